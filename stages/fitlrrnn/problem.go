package fitlrrnn

import "reprise/stages/internal/lrrnn"

// problem is the data that a fit explains and what is fixed about the model.
type problem struct {
	*lrrnn.Observed
	rank      int
	leak      float64 // a = dt/τ
	inputLeak float64 // of the filter of inputs
	phi       lrrnn.Nonlinearity
	initial   initialState

	filtered    []float64 // v: step x channel
	mean        []float64 // neurons: training mean a step
	psth, drift []float64 // the offsets, bin x neuron and trial x neuron, or nil
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
