package law

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/mat"

	"reprise/stages/internal/lrrnn"
)

// Modes are the directions of the space of neurons (or of weighted points) that
// the field at some states depends on (method.md, sections 2 and 4.1):
// ψ = Φ Proj has E[ψ ψᵀ] = I over the neurons.
type Modes struct {
	Count int
	Psi   *mat.Dense // N x K
	Proj  *mat.Dense // T x K

	weight []float64 // of the neurons, summing to 1; nil: all equal
}

// NewModes finds the modes of a network's activity at the states whose singular
// value is above tolerance times the first. Weights of the neurons sum to 1; nil
// makes them equal. Singular values come from the T x T Gram matrix, which keeps
// them to about 1e-7 of the first.
func NewModes(n *lrrnn.Network, weight []float64, at *lrrnn.States, tolerance float64) (*Modes, error) {
	states := at.Len()
	phi := activity(n, at)
	scaled := mat.DenseCopyOf(phi)
	for i := range n.Neurons {
		s := math.Sqrt(share(weight, i, n.Neurons) / float64(states))
		row := scaled.RawRowView(i)
		for t := range row {
			row[t] *= s
		}
	}
	var gram mat.SymDense
	gram.SymOuterK(1, scaled.T())
	var eigen mat.EigenSym
	if !eigen.Factorize(&gram, true) {
		return nil, errors.New("the activities at the targets' states have no singular values: are weights and states finite?")
	}
	values := eigen.Values(nil) // rising
	last := len(values) - 1
	if !(values[last] > 0) {
		return nil, errors.New("no neuron is active at any of the targets' states")
	}
	m := &Modes{weight: weight}
	for m.Count <= last && values[last-m.Count] > tolerance*tolerance*values[last] {
		m.Count++
	}
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	m.Proj = mat.NewDense(states, m.Count, nil)
	for k := range m.Count {
		scale := 1 / math.Sqrt(values[last-k]*float64(states))
		for t := range states {
			m.Proj.Set(t, k, vectors.At(t, last-k)*scale)
		}
	}
	m.Psi = new(mat.Dense)
	m.Psi.Mul(phi, m.Proj)
	return m, nil
}

func share(weight []float64, i, count int) float64 {
	if weight == nil {
		return 1 / float64(count)
	}
	return weight[i]
}

// activity is Φ, neurons x states.
func activity(n *lrrnn.Network, at *lrrnn.States) *mat.Dense {
	columns := n.Columns()
	h, z := make([]float64, columns.Width()), make([]float64, columns.Weights())
	phi := mat.NewDense(n.Neurons, at.Len(), nil)
	for t := range at.Len() {
		columns.Drive(h, at.Z(z, t))
		columns.Phi.Apply(h, h)
		for i := range n.Neurons {
			phi.Set(i, t, h[i])
		}
	}
	return phi
}

// coefficients are E[ψ hᵀ] of h (N x C), K x C.
func (m *Modes) coefficients(h *mat.Dense) *mat.Dense {
	rows, cols := h.Dims()
	weighted := mat.NewDense(rows, cols, nil)
	weighted.Apply(func(i, _ int, x float64) float64 { return x * share(m.weight, i, rows) }, h)
	var out mat.Dense
	out.Mul(m.Psi.T(), weighted)
	return &out
}

// Project returns P h, the part of h (N x C) in the span of the modes.
func (m *Modes) Project(h *mat.Dense) *mat.Dense {
	var out mat.Dense
	out.Mul(m.Psi, m.coefficients(h))
	return &out
}

// Condition puts a network exactly on the constraints (1/N) Σ n φ = F at the
// states, up to directions whose singular value is below the tolerance, by the
// shift of n of minimum norm: n − ψ r with r = E[ψ n] − c (method.md, section 6).
// It changes n in place, and returns the number of constraints, and the shift's
// root mean square relative to that of n.
func Condition(n *lrrnn.Network, at *lrrnn.States, field []float64, tolerance float64) (modes int, shift float64, err error) {
	m, err := NewModes(n, nil, at, tolerance)
	if err != nil {
		return 0, 0, err
	}
	out := mat.NewDense(n.Neurons, n.Rank, n.N)
	var c, move mat.Dense
	c.Mul(m.Proj.T(), mat.NewDense(at.Len(), n.Rank, field))
	excess := m.coefficients(out)
	excess.Sub(excess, &c)
	move.Mul(m.Psi, excess)
	before := mat.Norm(out, 2)
	out.Sub(out, &move)
	return m.Count, mat.Norm(&move, 2) / before, nil
}
