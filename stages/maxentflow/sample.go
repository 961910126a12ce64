package maxentflow

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"sync/atomic"

	"reprise/stages/internal/rng"
)

// pool is draws of w from a law with the means of n there; n itself is
// mean + s times a standard normal, drawn where it is used.
type pool struct {
	w    []float64 // P x D
	mean []float64 // P x R
}

func (p *pool) size(r int) int { return len(p.mean) / r }

// leastRate is the least share of proposals that give a draw. A law whose
// highest weight asks for fewer gets some points more than once instead.
const leastRate = 0.1

// mostCopies is how many draws one proposal may give. A law that asks for more
// has a peak that no held-out node showed, and was validated in vain.
const mostCopies = 1000

// sample draws at least count points from the law, by proposals weighted with
// law over proposal. A proposal of weight ρ gives floor(ρ/ρ₀ + u) draws, u
// uniform: right on average whatever ρ₀ is, unlike rejection, which an envelope
// that is too low makes wrong without a word (method.md, section 6). held tells
// the scale of the weights.
func (l *law) sample(ctx context.Context, threads int, p *proposal, held *weighted, count, seed int) (*pool, error) {
	if l.base.line() {
		return l.alongLine(ctx, threads, held, count, rng.New(seed, "law sample"))
	}
	d, r := l.z.d, l.base.r
	ceiling := l.ceiling(p, held)
	const block = 4 * chunkRows
	out := &pool{}
	var peaked atomic.Bool
	for round := 0; len(out.mean) < count*r; round++ {
		const pieces = 32
		parts := make([]pool, pieces)
		err := chunks(ctx, threads, pieces, 1, func(c, _, _ int) {
			random := rng.New(seed, streamName("law sample", round*pieces+c))
			drawn := p.random(block, random)
			g, err := l.g(ctx, 1, drawn.w)
			if err != nil {
				return // cancelled: chunks says so
			}
			for s := range drawn.size() {
				copies := math.Exp(drawn.logQ[s] + l.base.s*l.base.s*square(g[s*r:(s+1)*r])/2 - ceiling)
				if !(copies <= mostCopies) {
					peaked.Store(true)
					return
				}
				for n := copies + random.Float64(); n >= 1; n-- {
					parts[c].w = append(parts[c].w, drawn.w[s*d:(s+1)*d]...)
					parts[c].mean = append(parts[c].mean, l.means(g[s*r:(s+1)*r])...)
				}
			}
		})
		if err != nil {
			return nil, err
		}
		if peaked.Load() {
			return nil, errors.New("the law has a peak that none of its nodes showed: draws of it would nearly all be one point; try a larger tolerance, a larger epsilon or a wider base")
		}
		for _, part := range parts {
			out.w = append(out.w, part.w...)
			out.mean = append(out.mean, part.mean...)
		}
	}
	return out, nil
}

// ceiling is log ρ₀: the largest log weight of the held-out nodes under the
// proposal, but no more than leaves leastRate of the proposals.
func (l *law) ceiling(p *proposal, held *weighted) float64 {
	d := l.z.d
	top := math.Inf(-1)
	y := make([]float64, d)
	for s, q := range held.p {
		l.base.normal(y, held.w[s*d:(s+1)*d])
		// p/q is exp(s²|g|²/2 - log Z), relative to the base.
		top = max(top, p.mixture.LogWeight(y)+math.Log(q)-held.logQ[s]+held.logZ)
	}
	return min(top, held.logZ-math.Log(leastRate))
}

// random draws points from the mixture with their log weights, not normalised:
// base over mixture.
func (p *proposal) random(count int, r *rand.Rand) *nodes {
	out := &nodes{}
	y := make([]float64, len(p.base.w))
	for range count {
		p.mixture.Draw(y, r)
		p.place(out, y)
	}
	return out
}
