// Package law is a maximum-entropy law of connectivity in closed form
// (method.md, section 4): its density, its mean field, draws of it, and finite
// networks put exactly on its constraints.
//
//	w = (m, B, b) has the density q0(w) exp(s²|g(w)|²/2) / Z,   n | w ~ N(s² g(w), s² I)
//	g(w) = Σ_j λ_j tanh(w·z_j),   F(z) = E[n tanh(w·z)]
package law

import (
	"context"
	"math"

	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/marginal"
	"reprise/stages/internal/parallel"
	"reprise/stages/internal/simd"
)

// Law is a law in the gauge that it was found in.
type Law struct {
	Rank, Inputs int
	Base         []marginal.Marginal // D = R + U + 1: of each coordinate of w
	Spread       float64             // s: of n given w

	Targets Targets
	Lambda  []float64 // J x R: multipliers of the first J targets

	// Nodes are quadrature nodes w that the law was not fitted to, with E[n|w]
	// as their n, and their weights under the law, which sum to 1.
	Nodes  *lrrnn.Network
	Weight []float64
}

// Targets are states and the field that was asked for there: those that the law
// was fitted to come first.
type Targets struct {
	States *lrrnn.States
	Field  []float64 // T x R
	Fitted int       // J
}

// FittedTo returns the states that the law was fitted to and their field, and
// HeldOut up to count of the others.
func (t Targets) FittedTo() (*lrrnn.States, []float64) { return t.slice(0, t.Fitted) }

// HeldOut returns up to count states that the law was not fitted to, and their field.
func (t Targets) HeldOut(count int) (*lrrnn.States, []float64) {
	return t.slice(t.Fitted, min(t.Fitted+count, t.States.Len()))
}

func (t Targets) slice(lo, hi int) (*lrrnn.States, []float64) {
	s := t.States
	return &lrrnn.States{Rank: s.Rank, Inputs: s.Inputs, Kappa: s.Kappa[lo*s.Rank : hi*s.Rank], V: s.V[lo*s.Inputs : hi*s.Inputs]},
		t.Field[lo*s.Rank : hi*s.Rank]
}

// MeanField is the law as a network, whose field is the law's: each node's n
// counts as often as its weight says.
func (l *Law) MeanField() *lrrnn.Network {
	out := *l.Nodes
	out.N = make([]float64, len(l.Nodes.N))
	for i, n := range l.Nodes.N {
		out.N[i] = n * l.Weight[i/l.Rank] * float64(l.Nodes.Neurons)
	}
	return &out
}

// Means returns E[n|w] = s² g(w) of points w, given as m (S x R) and the rest of
// w, (B, b), (S x U+1), as S x R.
func (l *Law) Means(ctx context.Context, threads int, m, rest []float64) ([]float64, error) {
	// g is the field at the states m, (B, b) of a network whose neurons are the
	// law's collocation states z, and whose n are the multipliers.
	states, _ := l.Targets.FittedTo()
	dual := lrrnn.New(states.Len(), l.Rank, l.Inputs+1)
	scale := l.Spread * l.Spread * float64(states.Len()) // the field is a mean
	for j := range states.Len() {
		kappa, v := states.At(j)
		copy(dual.M[j*l.Rank:], kappa)
		copy(dual.B[j*(l.Inputs+1):], v)
		dual.B[j*(l.Inputs+1)+l.Inputs] = 1
		for r := range l.Rank {
			dual.N[j*l.Rank+r] = scale * l.Lambda[j*l.Rank+r]
		}
	}
	return dual.Fields(ctx, threads, m, rest)
}

// FiniteSize is C of E|F_N − F|² = C² |F|²/N, the exact law of the field's error
// of networks of N neurons drawn independently, relative and over the given
// states (method.md, section 1). Points are given with weights summing to 1,
// square is E|n|² of each.
func FiniteSize(ctx context.Context, threads int, points *lrrnn.Network, weight, square []float64, at *lrrnn.States) (float64, error) {
	columns := points.Columns()
	mass := make([]float64, columns.Width())
	for i, w := range weight {
		mass[i] = w * square[i]
	}
	weighted := *points
	weighted.N = make([]float64, len(points.N))
	for i, n := range points.N {
		weighted.N[i] = n * weight[i/points.Rank] * float64(points.Neurons)
	}
	field, err := weighted.Fields(ctx, threads, at.Kappa, at.V)
	if err != nil {
		return 0, err
	}
	second := make([]float64, at.Len())
	parallel.For(at.Len(), threads, func(t int) {
		if ctx.Err() != nil {
			return
		}
		h, z := make([]float64, columns.Width()), make([]float64, columns.Weights())
		columns.Drive(h, at.Z(z, t))
		columns.Phi.Apply(h, h)
		for i := range h {
			h[i] *= h[i]
		}
		var sum [1]float64
		simd.Dots(sum[:], mass, h)
		second[t] = sum[0]
	})
	total, size := 0.0, 0.0
	for _, x := range second {
		total += x
	}
	for _, f := range field {
		size += f * f
	}
	return math.Sqrt(max(0, total-size) / size), ctx.Err()
}

// SquareN is E|n|² = |E[n|w]|² + R s² of each node.
func (l *Law) SquareN() []float64 {
	out := make([]float64, l.Nodes.Neurons)
	for i := range out {
		out[i] = float64(l.Rank) * l.Spread * l.Spread
		for _, n := range l.Nodes.N[i*l.Rank : (i+1)*l.Rank] {
			out[i] += n * n
		}
	}
	return out
}
