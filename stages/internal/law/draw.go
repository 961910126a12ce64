package law

import (
	"context"
	"fmt"
	"math"
	"slices"

	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/mixture"
	"reprise/stages/internal/parallel"
	"reprise/stages/internal/rng"
)

// Draw is a finite network drawn from a law.
type Draw struct {
	Network    *lrrnn.Network
	Mean       []float64 // E[n|w] of each neuron, N x R
	Acceptance float64   // share of the candidates that became neurons
	Effective  float64   // independent draws that the candidates are worth, (Σρ)²/Σρ²
}

const (
	pieces      = 8     // of a round of candidates, drawn at the same time
	pieceSize   = 256   // candidates of a piece
	mostRounds  = 16384 // 33 million candidates
	perDraw     = 32    // candidates of one draw by resampling
	safeCeiling = 0.1   // what the envelope is above the highest node, in log
)

// Sampler draws networks from a law: candidates from a mixture of the base, the
// base widened twice, and a Gaussian around the law's nodes, weighted by law over
// mixture (method.md, section 6). All are in the standard normal y that each
// coordinate of w is an image of under the base.
type Sampler struct {
	law     *Law
	mixture mixture.Mixture
	ceiling float64 // log of the highest weight of a node
}

// NewSampler looks at the law's nodes for where to draw candidates from.
func (l *Law) NewSampler() *Sampler {
	y := make([]float64, len(l.Base))
	s := &Sampler{law: l, mixture: mixture.Around(len(l.Base), l.Weight, l.node), ceiling: math.Inf(-1)}
	for i := range l.Weight {
		l.node(y, i)
		s.ceiling = max(s.ceiling, s.rho(y, l.Nodes.N[i*l.Rank:(i+1)*l.Rank]))
	}
	s.ceiling += safeCeiling
	return s
}

// rho is the log of law over mixture at y, where n has that mean, up to the
// law's normaliser.
func (s *Sampler) rho(y, mean []float64) float64 {
	x := 0.0
	for _, n := range mean {
		x += n * n / (2 * s.law.Spread * s.law.Spread) // s²|g|²/2
	}
	return x + s.mixture.LogWeight(y)
}

// Draw draws neurons independently, by rejection. The envelope comes from nodes
// that the law was not fitted to; where a candidate exceeds it, it is raised, and
// all candidates so far are judged by it again, so that nothing is cut off in
// silence.
func (s *Sampler) Draw(ctx context.Context, threads, neurons, seed int) (*Draw, error) {
	c := &candidates{sampler: s, seed: seed}
	ceiling := s.ceiling
	for round := 0; ; round++ {
		if err := c.round(ctx, threads, round); err != nil {
			return nil, err
		}
		ceiling = max(ceiling, slices.Max(c.logRho))
		accepted := c.below(ceiling)
		if len(accepted) >= neurons {
			d := c.draw(accepted[:neurons])
			d.Acceptance = float64(neurons) / float64(accepted[neurons-1]+1)
			return d, nil
		}
		if round == mostRounds {
			return nil, fmt.Errorf("only %d of %d candidates were accepted: the law has a peak; resampling takes fewer candidates, some of them more than once", len(accepted), len(c.logRho))
		}
	}
}

// Resample draws neurons by sampling-importance-resampling: 32 candidates a
// neuron, at least 65536, drawn again with their weights, so that a candidate may come
// more than once.
func (s *Sampler) Resample(ctx context.Context, threads, neurons, seed int) (*Draw, error) {
	c := &candidates{sampler: s, seed: seed}
	for round := 0; len(c.logRho) < max(perDraw*neurons, 1<<16); round++ {
		if err := c.round(ctx, threads, round); err != nil {
			return nil, err
		}
	}
	top := slices.Max(c.logRho)
	sums, total := make([]float64, len(c.logRho)), 0.0
	for i, x := range c.logRho {
		total += math.Exp(x - top)
		sums[i] = total
	}
	r := rng.New(seed, "law resampling")
	chosen := make([]int, neurons)
	for i := range chosen {
		chosen[i], _ = slices.BinarySearch(sums, r.Float64()*total)
		chosen[i] = min(chosen[i], len(sums)-1)
	}
	return c.draw(chosen), nil
}

// candidates are points w with what decides on them.
type candidates struct {
	sampler *Sampler
	seed    int

	m, rest []float64 // w = (m, rest)
	mean    []float64 // E[n|w]
	logRho  []float64 // log of law over mixture, up to the law's normaliser
	logU    []float64 // log of a uniform number
}

// draw makes neurons of the chosen candidates, with n drawn given w.
func (c *candidates) draw(chosen []int) *Draw {
	l := c.sampler.law
	net := lrrnn.New(len(chosen), l.Rank, l.Inputs)
	d := &Draw{Network: net, Mean: make([]float64, len(net.N)), Acceptance: 1}
	r := rng.New(c.seed, "law n")
	for i, at := range chosen {
		copy(net.M[i*l.Rank:], c.m[at*l.Rank:(at+1)*l.Rank])
		rest := c.rest[at*(l.Inputs+1):]
		copy(net.B[i*l.Inputs:(i+1)*l.Inputs], rest)
		net.Bias[i] = rest[l.Inputs]
		copy(d.Mean[i*l.Rank:], c.mean[at*l.Rank:(at+1)*l.Rank])
	}
	for i := range net.N {
		net.N[i] = d.Mean[i] + l.Spread*r.NormFloat64()
	}
	top, sum, squares := slices.Max(c.logRho), 0.0, 0.0
	for _, x := range c.logRho {
		e := math.Exp(x - top)
		sum += e
		squares += e * e
	}
	d.Effective = sum * sum / squares
	return d
}

// node writes y of a node.
func (l *Law) node(y []float64, s int) {
	copy(y, l.Nodes.M[s*l.Rank:(s+1)*l.Rank])
	copy(y[l.Rank:], l.Nodes.B[s*l.Inputs:(s+1)*l.Inputs])
	y[len(y)-1] = l.Nodes.Bias[s]
	for i, w := range y {
		y[i] = l.Base[i].Normal(w)
	}
}

// round adds candidates: the same for any number of threads.
func (c *candidates) round(ctx context.Context, threads, round int) error {
	s, r := c.sampler, c.sampler.law.Rank
	parts := make([]candidates, pieces)
	parallel.For(pieces, threads, func(k int) {
		p := &parts[k]
		random := rng.New(c.seed, fmt.Sprintf("law candidates %d", round*pieces+k))
		points := make([][]float64, pieceSize)
		for i := range points {
			y, w := make([]float64, len(s.law.Base)), make([]float64, len(s.law.Base))
			s.mixture.Draw(y, random)
			for i, b := range s.law.Base {
				w[i] = b.At(y[i])
			}
			p.m, p.rest, points[i] = append(p.m, w[:r]...), append(p.rest, w[r:]...), y
		}
		var err error
		if p.mean, err = s.law.Means(ctx, 1, p.m, p.rest); err != nil {
			return // cancelled: said below
		}
		for i, y := range points {
			p.logRho = append(p.logRho, s.rho(y, p.mean[i*r:(i+1)*r]))
			p.logU = append(p.logU, math.Log(random.Float64()))
		}
	})
	if err := ctx.Err(); err != nil {
		return err
	}
	for i := range parts {
		c.m, c.rest, c.mean = append(c.m, parts[i].m...), append(c.rest, parts[i].rest...), append(c.mean, parts[i].mean...)
		c.logRho, c.logU = append(c.logRho, parts[i].logRho...), append(c.logU, parts[i].logU...)
	}
	return nil
}

// below are the candidates that an envelope accepts.
func (c *candidates) below(ceiling float64) (chosen []int) {
	for i, x := range c.logRho {
		if c.logU[i] < x-ceiling {
			chosen = append(chosen, i)
		}
	}
	return chosen
}
