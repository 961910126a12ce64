package maxentflow

import (
	"math"
	"math/rand/v2"

	"reprise/stages/internal/mixture"
)

// proposal is where nodes come from: a mixture in the base's coordinates.
type proposal struct {
	base    *base
	mixture mixture.Mixture
	rounds  int // how often it was fitted to a law
}

// defensive is the mixture of half the base and half the base widened.
func defensive(b *base) *proposal {
	return &proposal{base: b, mixture: mixture.Defensive(len(b.w))}
}

// around follows weighted points (S x D in coordinates w, weights summing to 1).
func around(b *base, points, weights []float64) *proposal {
	d := len(b.w)
	return &proposal{base: b, mixture: mixture.Around(d, weights, func(y []float64, s int) { b.normal(y, points[s*d:(s+1)*d]) })}
}

// nodes places about count points, low-discrepancy within each component, with
// shifts from r, and weighs them by base over mixture.
func (p *proposal) nodes(count int, r *rand.Rand) *nodes {
	if p.base.line() {
		return grid(p.base, r.Float64())
	}
	d := len(p.base.w)
	out := &nodes{}
	y := make([]float64, d)
	for _, part := range p.mixture.Parts {
		seq := newSobol(d, r)
		for range int(math.Round(part.Share * float64(count))) {
			seq.next(y)
			for i, u := range y {
				y[i] = quantile(u)
			}
			part.Place(y)
			p.place(out, y)
		}
	}
	total := logSumExp(out.logQ)
	for i := range out.logQ {
		out.logQ[i] -= total
	}
	return out
}

// place appends the node at y, with its log weight.
func (p *proposal) place(out *nodes, y []float64) {
	out.logQ = append(out.logQ, p.mixture.LogWeight(y))
	for i, x := range y {
		out.w = append(out.w, p.base.w[i].At(x))
	}
}

func square(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v * v
	}
	return s
}

// quantile is the standard normal quantile of u, clipped seven sigmas out.
func quantile(u float64) float64 {
	return math.Sqrt2 * math.Erfinv(2*min(max(u, 1e-12), 1-1e-12)-1)
}
