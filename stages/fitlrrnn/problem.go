package fitlrrnn

import (
	"math"

	"reprise/stages/internal/lrrnn"
)

// problem is the data that a fit explains and what is fixed about the model.
type problem struct {
	*lrrnn.Observed
	rank      int
	leak      float64 // a = dt/τ
	inputLeak float64 // of the filter of inputs
	phi       lrrnn.Nonlinearity
	initial   initialState
	noisy     bool     // latent noise
	frozen    []string // of m, n, B and b, what stays as it started

	training    []int     // the trials that are fitted
	filtered    []float64 // v: step x channel
	mean        []float64 // neurons: training mean a step
	psth, drift []float64 // the offsets, bin x neuron and trial x neuron, or nil
	variance    float64   // of activity, pooled: in units of it errors count where it is not fitted
}

// initialState says where trials start.
type initialState string

const (
	sharedState initialState = "shared" // one κ_0, fitted
	trialState  initialState = "trial"  // a κ_0 for each trial, fitted
	givenState  initialState = "given"  // told by the data
)

// initialCount is how many initial values are fitted.
func (p *problem) initialCount() int {
	switch p.initial {
	case sharedState:
		return p.rank
	case trialState:
		return p.rank * p.Trials.Len()
	}
	return 0
}

// noiseCount is how many standard deviations of latent noise are fitted.
func (p *problem) noiseCount() int {
	if p.noisy {
		return p.rank
	}
	return 0
}

// spreadCount is how many variances are fitted. Without latent noise there is
// none: squared errors count alike in all neurons.
func (p *problem) spreadCount() int {
	if p.noisy && !p.Observation.Spikes() {
		return p.width()
	}
	return 0
}

// readout is how neurons are read.
func (p *problem) readout(par *parameters) lrrnn.Readout {
	r := lrrnn.Readout{Gain: par.gain, Offset: par.offset}
	if p.Observation.Spikes() {
		return r
	}
	r.Variance = make([]float64, p.width())
	for i := range r.Variance {
		r.Variance[i] = 1
	}
	for i := range p.Trials.Neurons {
		r.Variance[i] = p.variance
		if len(par.spread) > 0 {
			r.Variance[i] = math.Exp(par.spread[i])
		}
	}
	return r
}

// start returns κ at the first step of trial k, as a view of the values or,
// for gradients, of their gradient; nil where it is not fitted.
func (p *problem) start(values []float64, k int) []float64 {
	switch p.initial {
	case sharedState:
		return values
	case trialState:
		return values[k*p.rank : (k+1)*p.rank]
	}
	return nil
}
