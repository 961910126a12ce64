package simulateclicks

import (
	"context"
	"math"
	"testing"

	"reprise/stages/internal/rng"
	"reprise/stages/internal/trials"
)

func session(t *testing.T, c config) *simulation {
	t.Helper()
	s, err := simulate(context.Background(), c, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	for k := range s.trials.Len() {
		s.trials.Test = append(s.trials.Test, k%5 == 4)
	}
	return s
}

func byDefault(seed int) config {
	k := Kind.New().(*Simulate)
	return config{k.Trials, k.Neurons, seed, k.LatentNoise, k.MeanRate}
}

// predictor gives expected spikes per bin of all neurons in a step of a trial.
type predictor func(dst []float64, trial, step int)

// bitsPerSpike is how much better than each neuron's training mean rate the
// prediction is on test trials (data/README.md).
func bitsPerSpike(t *trials.Trials, p predictor) float64 {
	training, test := t.Split()
	mean := make([]float64, t.Neurons)
	steps := 0.0
	each := func(set []int, f func(k, step int, counts []uint8)) {
		for _, k := range set {
			for step := range t.Steps[k] {
				at := (t.First[k] + step) * t.Neurons
				f(k, step, t.Counts[at:at+t.Neurons])
			}
		}
	}
	each(training, func(_, _ int, counts []uint8) {
		steps++
		for i, c := range counts {
			mean[i] += float64(c)
		}
	})
	gain, spikes, rate := 0.0, 0.0, make([]float64, t.Neurons)
	each(test, func(k, step int, counts []uint8) {
		p(rate, k, step)
		for i, c := range counts {
			y, m := float64(c), mean[i]/steps
			gain += y*math.Log(rate[i]/m) - rate[i] + m
			spikes += y
		}
	})
	return gain / spikes / math.Ln2
}

// truth predicts with the true rates.
func (s *simulation) truth() predictor {
	return func(dst []float64, k, step int) {
		kappa, v := s.states.At(s.trials.First[k] + step)
		s.model.rates(dst, kappa, v, step, s.model.drifts(s.trials.Start[k]))
	}
}

// ratePSTH is the mean over training trials of the true rates without drift, step
// x neuron: the best that a prediction blind to clicks can do.
func (s *simulation) ratePSTH() []float64 {
	n := s.trials.Neurons
	sum, count := make([]float64, maxSteps*n), make([]float64, maxSteps)
	rate, still := make([]float64, n), make([]float64, n)
	training, _ := s.trials.Split()
	for _, k := range training {
		for step := range s.trials.Steps[k] {
			kappa, v := s.states.At(s.trials.First[k] + step)
			s.model.rates(rate, kappa, v, step, still)
			count[step]++
			for i, x := range rate {
				sum[step*n+i] += x
			}
		}
	}
	for i := range sum {
		sum[i] /= max(count[i/n], 1)
	}
	return sum
}

// offsetsOnly predicts with psth and drift alone.
func (s *simulation) offsetsOnly() predictor {
	psth := s.ratePSTH()
	return func(dst []float64, k, step int) {
		drift := s.model.drifts(s.trials.Start[k])
		for i := range dst {
			dst[i] = psth[step*len(dst)+i] * math.Exp(drift[i])
		}
	}
}

// withoutRecurrence is the same session with n = 0 and no noise: what clicks tell without the network.
func (s *simulation) withoutRecurrence() *simulation {
	net := *s.model.network
	net.N = make([]float64, len(net.N))
	m := *s.model
	m.network = &net
	states := *s.states
	states.Kappa, states.V = nil, nil
	out := &simulation{model: &m, trials: s.trials, states: &states}
	t := s.trials
	for k := range t.Len() {
		out.walk(t.Inputs[t.First[k]*t.Channels:(t.First[k]+t.Steps[k])*t.Channels], 0, rng.New(0, "no noise"), rng.New(0, "no noise"))
	}
	return out
}

// corrected predicts with the rates of a model, scaled in each step and neuron so that its
// PSTH is the true one: what is lost is what clicks tell of single trials.
func (s *simulation) corrected(o *simulation) predictor {
	want, have, p := s.ratePSTH(), o.ratePSTH(), o.truth()
	return func(dst []float64, k, step int) {
		p(dst, k, step)
		for i := range dst {
			at := step*len(dst) + i
			dst[i] *= want[at] / have[at]
		}
	}
}

// The bounds are what experiments rely on: the offsets explain little, the clicks
// explain more, and most of that only through the recurrence.
func TestTheNetworkMatters(t *testing.T) {
	for seed := range 3 {
		s := session(t, byDefault(seed))
		truth := bitsPerSpike(s.trials, s.truth())
		offsets := bitsPerSpike(s.trials, s.offsetsOnly())
		silent := bitsPerSpike(s.trials, s.corrected(s.withoutRecurrence()))
		t.Logf("seed %d: bits/spike of the true rates %.4f, of psth and drift %.4f, without recurrence %.4f", seed, truth, offsets, silent)
		if truth < .09 || truth > .2 {
			t.Errorf("seed %d: the true rates have %.4f bits/spike, want .09 to .2", seed, truth)
		}
		if offsets < .02 || offsets > .05 {
			t.Errorf("seed %d: psth and drift have %.4f bits/spike, want .02 to .05", seed, offsets)
		}
		if silent <= offsets || truth-silent < .03 {
			t.Errorf("seed %d: without recurrence %.4f bits/spike, of %.4f with it and %.4f without clicks", seed, silent, truth, offsets)
		}
	}
}

func TestChoiceFollowsTheLatentAndTheClicks(t *testing.T) {
	s := session(t, byDefault(1))
	byLatent, byGamma, rightward := 0.0, 0.0, 0.0
	for k, c := range s.trials.Choice {
		kappa, _ := s.states.At(s.trials.First[k] + s.trials.Steps[k] - 1)
		if (kappa[1] > kappa[0]) == (c == 1) {
			byLatent++
		}
		if (s.trials.Gamma[k] > 0) == (c == 1) {
			byGamma++
		}
		rightward += float64(c)
	}
	n := float64(s.trials.Len())
	if byLatent/n < .92 || byGamma/n < .85 || byGamma/n > .99 {
		t.Errorf("the last latent tells %.3f of the choices, the side of more clicks %.3f", byLatent/n, byGamma/n)
	}
	if rightward/n < .4 || rightward/n > .6 {
		t.Errorf("%.3f of the choices are to the right", rightward/n)
	}
}
