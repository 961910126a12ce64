package maxentflow

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"reprise/stages/internal/lrrnn"
)

// gauge is the choice of coordinates in which the law is stated (method.md, P1
// and section 4.7): κ → A κ, n → A n, m → A^{-T} m; v divided by its scale, B
// multiplied by it. The dynamics are the same in every gauge; the law's
// distance from its base is not, so the gauge comes first.
type gauge struct {
	a      *mat.Dense // R x R
	inverT *mat.Dense // A^{-T}
	scales []float64  // U
}

// newGauge whitens the latents over the visited states (E κκᵀ = I, A symmetric)
// and scales each input to unit root mean square; with whiten false it leaves
// everything as it is.
func newGauge(s *lrrnn.States, whiten bool) (*gauge, error) {
	r := s.Rank
	g := &gauge{a: identity(r), inverT: identity(r), scales: make([]float64, s.Inputs)}
	if !whiten {
		for u := range g.scales {
			g.scales[u] = 1
		}
		return g, nil
	}
	second := mat.NewSymDense(r, nil)
	for t := range s.Len() {
		kappa, v := s.At(t)
		second.SymRankOne(second, 1/float64(s.Len()), mat.NewVecDense(r, kappa))
		for u, x := range v {
			g.scales[u] += x * x
		}
	}
	for u := range g.scales {
		g.scales[u] = math.Sqrt(g.scales[u] / float64(s.Len()))
		if !(g.scales[u] > 0) || math.IsInf(g.scales[u], 0) {
			return nil, fmt.Errorf("input %d of the target's states is 0 or not finite at every step, so it cannot be scaled to unit size; leave it out, or set whiten = false", u+1)
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(second, true) {
		return nil, errors.New("the target's latents are not finite")
	}
	values := eigen.Values(nil)
	if !(values[0] > 1e-10*values[r-1]) {
		return nil, fmt.Errorf("the target's %d latents stay within fewer dimensions (the second moments' eigenvalues go from %.3g to %.3g), so they cannot be whitened; take a smaller rank, or set whiten = false", r, values[0], values[r-1])
	}
	var q mat.Dense
	eigen.VectorsTo(&q)
	power := func(p float64) *mat.Dense {
		var scaled, out mat.Dense
		scaled.Apply(func(_, j int, x float64) float64 { return x * math.Pow(values[j], p) }, &q)
		out.Mul(&scaled, q.T())
		return &out
	}
	g.a, g.inverT = power(-0.5), power(0.5) // symmetric, so A^{-T} is A^{-1}
	return g, nil
}

func identity(r int) *mat.Dense {
	d := mat.NewDense(r, r, nil)
	for i := range r {
		d.Set(i, i, 1)
	}
	return d
}

// network returns the network in the gauge.
func (g *gauge) network(n *lrrnn.Network) *lrrnn.Network {
	out := lrrnn.New(n.Neurons, n.Rank, n.Inputs)
	copy(out.Bias, n.Bias)
	transform(out.M, n.M, g.inverT)
	transform(out.N, n.N, g.a)
	for i, x := range n.B {
		out.B[i] = x * g.scales[i%n.Inputs]
	}
	return out
}

// rows returns the chosen states in the gauge as rows z = (κ, v, 1).
func (g *gauge) rows(s *lrrnn.States, steps []int) []float64 {
	d := s.Rank + s.Inputs + 1
	out := make([]float64, 0, len(steps)*d)
	for _, t := range steps {
		kappa, v := s.At(t)
		at := len(out)
		out = append(out, kappa...)
		transform(out[at:], kappa, g.a)
		for u, x := range v {
			out = append(out, x/g.scales[u])
		}
		out = append(out, 1)
	}
	return out
}

// transform sets each row of dst to a times that row of src.
func transform(dst, src []float64, a *mat.Dense) {
	r, _ := a.Dims()
	mulTransB(dst, 0, src, a.RawMatrix().Data, len(src)/r, r, r)
}

// weights returns the rows w = (m, B, b) of a network, N x D.
func weights(n *lrrnn.Network) []float64 {
	var out []float64
	for i := range n.Neurons {
		out = append(out, n.M[i*n.Rank:(i+1)*n.Rank]...)
		out = append(out, n.B[i*n.Inputs:(i+1)*n.Inputs]...)
		out = append(out, n.Bias[i])
	}
	return out
}
