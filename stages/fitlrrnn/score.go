package fitlrrnn

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/trials"
)

// scorer turns a loss per step on some trials into how much better it is than
// each neuron's training mean: bits a spike, or for activity R²; with latent
// noise, where the loss bounds a density, nats a value above a Gaussian.
type scorer struct {
	scale float64 // of null − loss
	null  float64 // loss of the training means, per step
}

// newScorer is for the given trials. variance is the training trials' variance
// about the means.
func (p *problem) newScorer(which []int, variance []float64) *scorer {
	t := p.Trials
	if len(which) == 0 {
		return nil
	}
	counts, steps := make([]float64, t.Neurons), 0
	for _, k := range which {
		for j := range t.Steps[k] {
			t.AddObservation(counts, t.First[k]+j)
		}
		steps += t.Steps[k]
	}
	s := &scorer{}
	if p.Observation.Spikes() {
		var spikes float64
		for i, m := range p.mean {
			y := counts[i] / float64(steps)
			s.null += m - y*math.Log(m)
			spikes += y
		}
		s.scale = 1 / (spikes * math.Ln2)
		return s
	}
	n := float64(t.Neurons)
	now := variances(t, which, p.mean)
	if !p.noisy {
		s.null = floats.Sum(now) / p.variance / 2
		s.scale = 1 / s.null
		return s
	}
	for i, v := range variance {
		s.null += now[i]/v/2 + math.Log(v)/2
	}
	s.scale = 1 / n
	return s
}

// scorable refuses trials whose scores would be no numbers.
func (p *problem) scorable(validation []int) error {
	t := p.Trials
	if p.Observation.Spikes() {
		fire := func(k int) bool {
			return slices.ContainsFunc(t.Counts[t.First[k]*t.Neurons:(t.First[k]+t.Steps[k])*t.Neurons], func(y uint8) bool { return y > 0 })
		}
		if !slices.ContainsFunc(p.training, fire) {
			return fmt.Errorf("no neuron fires in the %d training trials: there is nothing to fit", len(p.training))
		}
		if len(validation) > 0 && !slices.ContainsFunc(validation, fire) {
			return fmt.Errorf("the %d validation trials have no spike to score; set a larger validation, or 0", len(validation))
		}
		return nil
	}
	if p.noisy && !p.Observation.Spikes() {
		for i, v := range variances(t, p.training, p.mean) {
			if !(v > 1e-12*p.variance) { // but for rounding
				return fmt.Errorf("the activity of neuron %d (from 0) does not vary over the training trials, so that its density has no bound; leave it out, or fit without latent noise", i)
			}
		}
	}
	if !p.Observation.Spikes() && len(validation) > 0 && !(floats.Sum(variances(t, validation, p.mean)) > 0) {
		return fmt.Errorf("the activity of the %d validation trials does not vary; set a larger validation, or 0", len(validation))
	}
	return nil
}

func (s *scorer) of(loss float64) float64 { return s.scale * (s.null - loss) }

// scoreName is what a score is called.
func scoreName(o lrrnn.Observation, noisy bool) string {
	switch {
	case o.Spikes():
		return "bits_per_spike"
	case noisy:
		return "nats_per_value"
	}
	return "r_squared"
}

// variances returns each neuron's mean squared difference from mean over the
// given trials, for activity.
func variances(t *trials.Trials, which []int, mean []float64) []float64 {
	if t.Activity == nil {
		return nil
	}
	sums, steps := make([]float64, t.Neurons), 0
	for _, k := range which {
		for j := range t.Steps[k] {
			at := (t.First[k] + j) * t.Neurons
			for i, y := range t.Activity[at : at+t.Neurons] {
				sums[i] += (y - mean[i]) * (y - mean[i])
			}
		}
		steps += t.Steps[k]
	}
	for i := range sums {
		sums[i] /= float64(steps)
	}
	return sums
}
