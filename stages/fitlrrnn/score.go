package fitlrrnn

import (
	"math"

	"reprise/stages/internal/trials"
)

// scorer turns a loss per step on some trials into bits a spike above each
// neuron's training mean rate, or for activity into R².
type scorer struct {
	spiking      bool
	null, spikes float64 // per step
	neurons      int
}

func newScorer(t *trials.Trials, which []int, mean []float64) *scorer {
	s := &scorer{spiking: t.Counts != nil, neurons: t.Neurons}
	counts, steps := make([]float64, t.Neurons), 0
	for _, k := range which {
		for j := range t.Steps[k] {
			addObservation(counts, t, t.First[k]+j)
		}
		steps += t.Steps[k]
	}
	if s.spiking && steps > 0 {
		for i, m := range mean {
			y := counts[i] / float64(steps)
			s.null += m - y*math.Log(m)
			s.spikes += y
		}
	}
	return s
}

func (s *scorer) of(loss float64) float64 {
	if s.spiking {
		return (s.null - loss) / (s.spikes * math.Ln2)
	}
	return 1 - 2*loss/float64(s.neurons)
}
