package maxentflow

import (
	"context"
	"math"
	"math/rand/v2"

	"reprise/stages/internal/marginal"
)

// learned are the coordinates of w that a flow learns: those that vary.
func (b *base) learned() (out []int) {
	for i, m := range b.w {
		if m.Scale > 0 {
			out = append(out, i)
		}
	}
	return out
}

// learn turns points w (S x D) into what the flow learns, S x D': the coordinate
// itself where the base is Gaussian, else the standard normal y that it is an
// image of.
func (b *base) learn(w []float64) []float64 {
	var out []float64
	for at := 0; at < len(w); at += len(b.w) {
		for _, i := range b.learned() {
			x := w[at+i]
			if b.w[i].Family != marginal.Gaussian {
				x = b.w[i].Normal(x)
			}
			out = append(out, x)
		}
	}
	return out
}

// unlearn is the inverse of learn, and turns the points' log densities into
// those of w.
func (b *base) unlearn(learned, logDensity []float64) []float64 {
	kept := b.learned()
	w := make([]float64, len(logDensity)*len(b.w))
	for s := range logDensity {
		for k, i := range kept {
			x := learned[s*len(kept)+k]
			if b.w[i].Family != marginal.Gaussian {
				y := x
				x = b.w[i].At(y)
				// dw = φ(y)/q0(w) dy
				logDensity[s] += b.w[i].LogDensity(x) + (y*y+log2Pi)/2
			}
			w[s*len(b.w)+i] = x
		}
	}
	return w
}

// Of a base of m alone, nodes lie on a grid that is even in log |m|, as field
// and tails are: random nodes hardly reach the tails, and what they say of them
// is an artefact (method.md, T7).
const (
	gridNodes = 3000 // of both signs together
	gridLeast = 1e-4
	gridMost  = 3e4
)

// gridStep is the grid's step in log |m|.
var gridStep = math.Log(gridMost/gridLeast) / (gridNodes / 2)

// grid is that grid, moved by a part of a step, drawn from r, so that others are
// held out.
func grid(b *base, shift float64) *nodes {
	const half = gridNodes / 2
	out := &nodes{}
	for i := range half {
		m := gridLeast * math.Exp(gridStep*(float64(i)+shift))
		q := b.w[0].LogDensity(m) + math.Log(m)
		out.w = append(out.w, m, 0, -m, 0)
		out.logQ = append(out.logQ, q, q)
	}
	total := logSumExp(out.logQ)
	for i := range out.logQ {
		out.logQ[i] -= total
	}
	return out
}

// alongLine draws count points of a law whose nodes are a grid: nodes by their
// weights, moved within their step.
func (l *law) alongLine(ctx context.Context, threads int, held *weighted, count int, r *rand.Rand) (*pool, error) {
	out := &pool{}
	at, sum := 0, held.p[0]
	offset := r.Float64()
	for i := range count {
		u := (float64(i) + offset) / float64(count)
		for sum < u && at < len(held.p)-1 {
			at++
			sum += held.p[at]
		}
		out.w = append(out.w, held.w[2*at]*math.Exp(gridStep*(r.Float64()-0.5)), 0)
	}
	g, err := l.g(ctx, threads, out.w)
	out.mean = l.means(g)
	return out, err
}
