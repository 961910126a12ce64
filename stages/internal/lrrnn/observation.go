package lrrnn

import "math"

// Observation is how neurons are observed: the law of y given their drive.
type Observation string

// The observations. y = c + g (m·κ + B·v) + psth + drift, where the offsets are
// log ratios for spikes and differences for activity.
const (
	PoissonExp      Observation = "poisson_exp"      // spikes of rate exp(min(y, MaxLogRate)) a step
	PoissonSoftplus Observation = "poisson_softplus" // spikes of rate s log(1 + e^(c + g x)) exp(psth + drift), s the neuron's mean count
	Gaussian        Observation = "gaussian"         // activity of mean y
)

// Observations returns all of them.
func Observations() []Observation { return []Observation{PoissonExp, PoissonSoftplus, Gaussian} }

// Spikes tells whether counts are observed.
func (o Observation) Spikes() bool { return o != Gaussian }

// unitSoftplus is where the softplus is 1.
var unitSoftplus = math.Log(math.E - 1)

// Resting is the c at which a neuron without drive and offsets has that mean.
func (o Observation) Resting(mean float64) float64 {
	switch o {
	case PoissonExp:
		return math.Log(mean)
	case PoissonSoftplus:
		return unitSoftplus
	}
	return mean
}

// expected returns the expected observation of a neuron: linear is c + g x,
// offset the sum of psth and drift, scale what a softplus is multiplied by.
func (o Observation) expected(linear, offset, scale float64) float64 {
	switch o {
	case PoissonExp:
		return math.Exp(min(linear+offset, MaxLogRate))
	case PoissonSoftplus:
		h, _ := Softplus.Value(linear)
		return scale * h * math.Exp(offset)
	}
	return linear + offset
}
