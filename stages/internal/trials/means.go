package trials

// Means returns each neuron's mean count or activity per step over the given
// trials. A neuron without a spike counts as one with half a spike, so that its
// log rate is finite.
func (t *Trials) Means(which []int) []float64 {
	sums, steps := make([]float64, t.Neurons), 0
	for _, k := range which {
		for j := range t.Steps[k] {
			t.AddObservation(sums, t.First[k]+j)
		}
		steps += t.Steps[k]
	}
	for i := range sums {
		if t.Counts != nil {
			sums[i] = max(sums[i], 0.5)
		}
		sums[i] /= float64(steps)
	}
	return sums
}

// AddObservation adds the counts or the activity of a step to dst (neurons).
func (t *Trials) AddObservation(dst []float64, step int) {
	lo := step * t.Neurons
	for i := range dst {
		if t.Counts != nil {
			dst[i] += float64(t.Counts[lo+i])
		} else {
			dst[i] += t.Activity[lo+i]
		}
	}
}
