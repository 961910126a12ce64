package evaluatefit

import (
	"context"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"

	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/rng"
)

// partScores scores parts of the fit, by the ending of their metrics' names.
// It stops early when ctx is cancelled.
func (s *scorer) partScores(ctx context.Context, f *fit, sub *subspace, seed int) map[string]*score {
	models := map[string]*lrrnn.Model{
		"_offsets_only":       offsetsOnly(f),
		"_without_recurrence": withN(f.model, nil),
	}
	if sub != nil {
		models["_identified"] = withN(f.model, sub.identified)
		models["_identified_plus_noise"] = withN(f.model, sub.plusNoise(f.model.Network, rng.New(seed, "noise in the complement")))
	}
	scores := map[string]*score{}
	for part, m := range models {
		if ctx.Err() != nil {
			break
		}
		scores[part] = s.score(m, m.States(s.trials, s.threads))
	}
	return scores
}

// offsetsOnly is the model of mean rates or activity and the offsets, with no network.
func offsetsOnly(f *fit) *lrrnn.Model {
	m := *f.model
	m.Gain = make([]float64, len(f.mean))
	m.Offset = make([]float64, len(f.mean))
	for i, x := range f.mean {
		m.Offset[i] = m.Observation.Resting(x)
	}
	return &m
}

// withN is the model with another n (rank x neurons), or with n = 0.
func withN(m *lrrnn.Model, n [][]float64) *lrrnn.Model {
	changed, net := *m, *m.Network
	net.N = make([]float64, len(net.N))
	for r, column := range n {
		copy(net.NRow(r), column)
	}
	changed.Network = &net
	return &changed
}

// plusNoise returns the identified part of n plus, in each column, Gaussian
// noise in the complement of the modes with the norm of what n has there.
func (s *subspace) plusNoise(n *lrrnn.Columns, r *rand.Rand) [][]float64 {
	out := make([][]float64, n.Rank)
	for c := range out {
		out[c] = make([]float64, n.Neurons)
		rest := make([]float64, n.Neurons)
		floats.SubTo(rest, n.NRow(c), s.identified[c])
		noise := make([]float64, len(rest))
		for i := range noise {
			noise[i] = r.NormFloat64()
		}
		drawn := floats.Norm(noise, 2)
		// Twice, because rounding leaves something of the modes after the first time.
		for range 2 {
			for _, mode := range s.modes {
				floats.AddScaled(noise, -floats.Dot(mode, noise), mode)
			}
		}
		copy(out[c], s.identified[c])
		if left := floats.Norm(noise, 2); left > 1e-8*drawn {
			floats.AddScaled(out[c], floats.Norm(rest, 2)/left, noise)
		}
	}
	return out
}
