package evaluatefit

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"reprise/artifacts"
	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/parallel"
	"reprise/stages/internal/tables"
	"reprise/stages/internal/trials"
)

// leastRate bounds rates from below where their logarithm is taken, counts a step.
const leastRate = 1e-9

// scorer scores models on test trials.
type scorer struct {
	trials  *trials.Trials
	test    []int
	mean    []float64 // neurons: training mean
	threads int
}

// score is what a model explains of each neuron, on the test trials.
type score struct {
	poisson bool
	gain    []float64 // log-likelihood above the mean rate, nats; or how far squared errors lie below total
	total   []float64 // spikes; or squared deviations from the mean
	// The same of each test trial, over neurons.
	trialGain, trialTotal []float64
}

// score compares a model, at its states, with the training means.
func (s *scorer) score(m *lrrnn.Model, states *lrrnn.States) *score {
	return s.scoreOf(m.Observation.Spikes(), func(dst []float64, _, k int) { m.Expect(dst, s.trials, states, k) })
}

// scoreOf compares what is expected with the training means. expect writes what
// is expected of a trial to dst (step x neuron), on one of the scorer's threads.
func (s *scorer) scoreOf(spikes bool, expect func(dst []float64, worker, k int)) *score {
	t := s.trials
	partial := make([]*score, len(s.test))
	parallel.Workers(len(s.test), s.threads, func(worker, i int) {
		k := s.test[i]
		partial[i] = &score{gain: make([]float64, t.Neurons), total: make([]float64, t.Neurons)}
		expected := make([]float64, t.Steps[k]*t.Neurons)
		expect(expected, worker, k)
		if spikes {
			partial[i].addSpikes(t.Counts[t.First[k]*t.Neurons:], expected, s.mean)
		} else {
			partial[i].addActivity(t.Activity[t.First[k]*t.Neurons:], expected, s.mean)
		}
	})
	sum := &score{poisson: spikes, gain: make([]float64, t.Neurons), total: make([]float64, t.Neurons)}
	for _, p := range partial {
		for i := range sum.gain {
			sum.gain[i] += p.gain[i]
			sum.total[i] += p.total[i]
		}
		sum.trialGain = append(sum.trialGain, floats.Sum(p.gain))
		sum.trialTotal = append(sum.trialTotal, floats.Sum(p.total))
	}
	return sum
}

func (s *score) addSpikes(counts []uint8, expected, mean []float64) {
	for i, rate := range expected {
		neuron, y := i%len(mean), float64(counts[i])
		rate = max(rate, leastRate)
		null := max(mean[neuron], leastRate)
		s.gain[neuron] += y*math.Log(rate/null) - (rate - null)
		s.total[neuron] += y
	}
}

func (s *score) addActivity(activity, expected, mean []float64) {
	for i, x := range expected {
		neuron, y := i%len(mean), activity[i]
		deviation := (y - mean[neuron]) * (y - mean[neuron])
		s.gain[neuron] += deviation - (y-x)*(y-x)
		s.total[neuron] += deviation
	}
}

// name is how the metric's name begins.
func (s *score) name() string {
	if s.poisson {
		return "bits_per_spike"
	}
	return "r_squared"
}

// value is bits a spike, or R², pooled over neurons; not ok where there are no
// spikes or no variance to explain, or where a model ran away.
func (s *score) value() (value float64, ok bool) {
	var gain, total float64
	for i := range s.gain {
		gain += s.gain[i]
		total += s.total[i]
	}
	if s.poisson {
		total *= math.Ln2
	}
	value = gain / total
	return value, total > 0 && !math.IsNaN(value) && !math.IsInf(value, 0)
}

// table is the score of each neuron.
func (s *score) table(t *trials.Trials) *artifacts.Table {
	neuron := artifacts.Dim{Name: tables.Neuron, Size: t.Neurons}
	explained := make([]float64, t.Neurons)
	if s.poisson {
		for i, nats := range s.gain {
			explained[i] = nats / math.Ln2
		}
		return artifacts.NewTable("neurons", neuron, artifacts.Floats("spikes", "", s.total), artifacts.Floats("bits", "bit", explained))
	}
	for i, below := range s.gain {
		explained[i] = s.total[i] - below
	}
	return artifacts.NewTable("neurons", neuron, artifacts.Floats("squared_error", "", explained), artifacts.Floats("squared_deviation", "", s.total))
}

// heldOut is the score of each test trial, by the positions of all trials; with
// latent noise it is that of the bound.
func (s *score) heldOut(rank int, positions, test []int, n *noisy) *trials.Score {
	h := &trials.Score{Rank: rank, Noisy: n != nil, Spikes: s.poisson, Gain: s.trialGain, Total: s.trialTotal}
	if n != nil && s.poisson {
		h.Gain = n.gain
	}
	for _, k := range test {
		h.Position = append(h.Position, positions[k])
	}
	return h
}
