package fitlrrnn

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"reprise/stages/internal/trials"
)

const (
	psthWidth  = 6   // steps: standard deviation of the kernel that smooths over time
	psthPrior  = 20  // pseudo-steps at the mean that steady the ends, where data are few
	driftWidth = 180 // seconds: standard deviation of the kernel that smooths over the session
	driftFloor = 0.5 // Hz, added to rates so that the logarithm stays tame
)

// psthOffsets returns, for each step since the start of a trial and each neuron,
// how the training trials' average there differs from the neuron's mean: the
// log ratio for spikes, the difference for activity (bin x neuron, one bin for
// each step of the longest training trial). The average is
//
//	(Σ_s G(t−s) Σ_k y_{k,s} + P mean) / (Σ_s G(t−s) trials_s + P)
//
// with a Gaussian G of peak 1. It knows nothing of choices or inputs.
func psthOffsets(t *trials.Trials, training []int, mean []float64) []float64 {
	bins := 0
	for _, k := range training {
		bins = max(bins, t.Steps[k])
	}
	n := t.Neurons
	sums, count := make([]float64, bins*n), make([]float64, bins)
	for _, k := range training {
		for j := range t.Steps[k] {
			t.AddObservation(sums[j*n:(j+1)*n], t.First[k]+j)
			count[j]++
		}
	}
	out := make([]float64, bins*n)
	for b := range bins {
		row := out[b*n : (b+1)*n]
		weight := float64(psthPrior)
		floats.AddScaled(row, psthPrior, mean)
		for s := range bins {
			z := float64(b-s) / psthWidth
			g := math.Exp(-z * z / 2)
			weight += g * count[s]
			floats.AddScaled(row, g, sums[s*n:(s+1)*n])
		}
		for i, x := range row {
			if t.Counts != nil {
				row[i] = math.Log(x / weight / mean[i])
			} else {
				row[i] = x/weight - mean[i]
			}
		}
	}
	return out
}

// driftOffsets returns the slow drift of each neuron's rate over the session
// (trial x neuron, log ratio to its training mean): the baseline rates of the
// training trials, smoothed over the session. Raw baselines must not be used:
// their window contains the trial itself.
func driftOffsets(t *trials.Trials, training []int) []float64 {
	n := t.Neurons
	mean := make([]float64, n)
	for _, k := range training {
		floats.AddScaled(mean, 1/float64(len(training)), t.Baseline[k*n:(k+1)*n])
	}
	out := make([]float64, t.Len()*n)
	exponent := make([]float64, len(training))
	for k := range t.Len() {
		row := out[k*n : (k+1)*n]
		smallest := math.Inf(1)
		for i, other := range training {
			z := (t.Start[k] - t.Start[other]) / driftWidth
			exponent[i] = z * z / 2
			smallest = min(smallest, exponent[i])
		}
		var weight float64
		for i, other := range training {
			g := math.Exp(smallest - exponent[i])
			weight += g
			floats.AddScaled(row, g, t.Baseline[other*n:(other+1)*n])
		}
		for i, x := range row {
			row[i] = math.Log((x/weight + driftFloor) / (mean[i] + driftFloor))
		}
	}
	return out
}
