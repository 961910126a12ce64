package subspace

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/trials"
)

// moves are the steps of trials that have a next one, and the field that the
// latents show there: κ + Δκ/a, a = dt/τ (method.md, section 3), T x R. Latents
// with noise of standard deviation σ a step show the field with noise of σ/a.
type moves struct {
	steps []int
	field []float64
}

func newMoves(t *trials.Trials, s *lrrnn.States, leak float64) (*moves, error) {
	if t.TotalSteps() != s.Len() {
		return nil, fmt.Errorf("the trials have %d steps and the fit %d states: they are not of the same trials", t.TotalSteps(), s.Len())
	}
	m := &moves{}
	for k, first := range t.First {
		for step := first; step+1 < first+t.Steps[k]; step++ {
			now, _ := s.At(step)
			next, _ := s.At(step + 1)
			m.steps = append(m.steps, step)
			for r, x := range now {
				m.field = append(m.field, x+(next[r]-x)/leak)
			}
		}
	}
	if len(m.steps) == 0 {
		return nil, errors.New("no trial has two steps, so that the latents show no field")
	}
	return m, nil
}

// some are those of the moves.
func (m *moves) some(which []int, rank int) *moves {
	out := &moves{}
	for _, i := range which {
		out.steps = append(out.steps, m.steps[i])
		out.field = append(out.field, m.field[i*rank:(i+1)*rank]...)
	}
	return out
}

// ridge is n as noisy moves tell it: (AᵀA + λ)⁻¹ Aᵀ y with A = Φᵀ/N and y the
// field, λ by generalised cross-validation (method.md, section 5).
type ridge struct {
	lambda float64
	noise  float64   // standard deviation of the field's noise, s_F
	n      []float64 // N x R
}

// regress finds the λ with the least (|y − A n|²/(T R)) / (1 − d_eff/T)², whose
// value is the estimate of s_F². phi is N x T, y T x R.
func (d *decomposition) regress(phi, y []float64, r int) (*ridge, error) {
	var b mat.Dense // Aᵀ y
	b.Mul(mat.NewDense(d.neurons, d.states, phi), mat.NewDense(d.states, r, y))
	b.Scale(1/float64(d.neurons), &b)
	along, e := d.along(b.RawMatrix().Data, r), d.eigenvalues()
	whole, steps := sumSquares(y), float64(d.states)
	best, lambda := math.Inf(1), 0.0
	const perDecade = 20 // the minimum is flat
	for i := -12 * perDecade; i <= 2*perDecade; i++ {
		l := e[0] * math.Pow(10, float64(i)/perDecade)
		rest, effective := whole, 0.0
		for k, x := range e {
			rest -= sumSquares(along.RawRowView(k)) * (x + 2*l) / ((x + l) * (x + l))
			effective += x / (x + l)
		}
		if score := rest / (steps * float64(r)) / math.Pow(1-effective/steps, 2); effective < steps && score < best {
			best, lambda = score, l
		}
	}
	if !(best > 1e-9*whole/(steps*float64(r))) {
		return nil, errors.New("the latents move as the network's field says, without noise: there is none to estimate, so give field_noise")
	}
	for k, x := range e {
		for c := range r {
			along.Set(k, c, along.At(k, c)/(x+lambda))
		}
	}
	var n mat.Dense
	n.Mul(d.vectors, along)
	return &ridge{lambda: lambda, noise: math.Sqrt(best), n: n.RawMatrix().Data}, nil
}
