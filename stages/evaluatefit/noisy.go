package evaluatefit

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"

	"reprise/artifacts"
	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/parallel"
	"reprise/stages/internal/rng"
)

const (
	boundPaths = 64 // weighted paths a trial of the bound
	priorPaths = 32 // draws over which rates are averaged
)

// noisy is how a fit with latent noise explains the test trials.
type noisy struct {
	gain      []float64 // a test trial: lower bound of its log-likelihood above the training means, nats
	effective float64   // of boundPaths, mean over trials
	prior     *score    // of rates averaged over the noise, for spikes
	scale     float64   // from summed gain to the metric
	spikes    bool
}

// noisy scores a fit with latent noise.
func (s *scorer) noisy(ctx context.Context, f *fit, states *lrrnn.States, training []int, seed int) *noisy {
	t, m := s.trials, f.model
	n := &noisy{gain: make([]float64, len(s.test)), spikes: m.Observation.Spikes()}
	effective := make([]float64, len(s.test))
	data, model := m.Observed(t), m.Noisy()
	work := make([]*lrrnn.Inference, min(s.threads, len(s.test)))
	for i := range work {
		work[i] = lrrnn.NewInference(data, states.V, states.Rank, boundPaths)
	}
	null := s.null(m.Observation, training)
	parallel.Workers(len(s.test), len(work), func(worker, i int) {
		if ctx.Err() != nil {
			return
		}
		k := s.test[i]
		work[worker].Smooth(model, k, m.Initial[k*states.Rank:(k+1)*states.Rank], nil)
		draws := work[worker].Draw(boundPaths, rng.New(seed, fmt.Sprint("paths of trial ", k)))
		n.gain[i], effective[i] = draws.Bound-null(k), draws.EffectiveSize
	})
	n.effective = floats.Sum(effective) / float64(len(effective))
	var total float64
	for _, k := range s.test {
		total += float64(t.Steps[k] * t.Neurons)
	}
	if n.spikes {
		own := s.buffers(m, states)
		n.prior = s.scoreOf(true, func(dst []float64, worker, k int) { s.meanRates(dst, f, own[worker], k, seed) })
		total = math.Ln2 * floats.Sum(n.prior.total)
	}
	n.scale = 1 / total
	return n
}

// null returns what gives the log-likelihood of a trial under the training means,
// without the terms that a bound leaves out too.
func (s *scorer) null(o lrrnn.Observation, training []int) func(k int) float64 {
	t := s.trials
	if o.Spikes() {
		return func(k int) float64 {
			var sum float64
			lo := t.First[k] * t.Neurons
			for i, y := range t.Counts[lo : lo+t.Steps[k]*t.Neurons] {
				mean := max(s.mean[i%t.Neurons], leastRate)
				sum += float64(y)*math.Log(mean) - mean
			}
			return sum
		}
	}
	variance, steps := make([]float64, t.Neurons), 0
	for _, k := range training {
		lo := t.First[k] * t.Neurons
		for i, y := range t.Activity[lo : lo+t.Steps[k]*t.Neurons] {
			d := y - s.mean[i%t.Neurons]
			variance[i%t.Neurons] += d * d
		}
		steps += t.Steps[k]
	}
	floats.Scale(1/float64(steps), variance)
	return func(k int) float64 {
		var sum float64
		lo := t.First[k] * t.Neurons
		for i, y := range t.Activity[lo : lo+t.Steps[k]*t.Neurons] {
			d, v := y-s.mean[i%t.Neurons], variance[i%t.Neurons]
			sum -= d*d/v/2 + math.Log(v)/2
		}
		return sum
	}
}

// meanRates writes the rates of trial k, averaged over draws of the noise, to dst;
// drawn is room for the draws.
func (s *scorer) meanRates(dst []float64, f *fit, drawn *lrrnn.States, k, seed int) {
	r := rng.New(seed, fmt.Sprint("prior of trial ", k))
	one := make([]float64, len(dst))
	clear(dst)
	for range priorPaths {
		f.model.Sample(drawn, s.trials, k, r)
		f.model.Expect(one, s.trials, drawn, k)
		floats.AddScaled(dst, 1.0/priorPaths, one)
	}
}

// setMetrics adds what a fit with latent noise has; n may be nil.
func (n *noisy) setMetrics(a *artifacts.Artifact) {
	if n == nil {
		return
	}
	name := "nats_per_value_bound"
	if n.spikes {
		name = "bits_per_spike_bound"
		if value, ok := n.prior.value(); ok {
			a.SetMetric("bits_per_spike_prior", value)
		}
	}
	if bound := n.scale * floats.Sum(n.gain); !math.IsNaN(bound) && !math.IsInf(bound, 0) {
		a.SetMetric(name, bound)
		a.SetMetric("effective_paths", n.effective)
	}
}
