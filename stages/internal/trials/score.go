package trials

import "math"

// Score is what a fit of some rank gains on each of its test trials, summed over
// neurons and steps.
type Score struct {
	Rank     int
	Spikes   bool  // of spikes, and else of continuous activity
	Noisy    bool  // of a fit with latent noise, whose gains on spikes are lower bounds
	Position []int // place of each trial in its session, from 0
	// Gain is the log-likelihood above that of each neuron's training mean rate,
	// in nats; of activity, squared deviation from the training mean less squared error.
	Gain []float64
	// Total is the number of spikes; of activity, the squared deviation.
	Total []float64
}

// Name is what the ratio of a score is called as a metric.
func (s *Score) Name() string {
	if s.Spikes {
		return "bits_per_spike"
	}
	return "r_squared"
}

// Unit is the gain that makes 1 of a metric, for each of the total: ln 2 nats
// make a bit.
func (s *Score) Unit() float64 {
	if s.Spikes {
		return math.Ln2
	}
	return 1
}
