package fitlrrnn

import (
	"math/rand/v2"

	"reprise/stages/internal/lrrnn"
)

// parameters is what a fit changes, as one vector for the optimiser and as
// named views of it for the model. A gradient has the same shape.
type parameters struct {
	flat    []float64
	net     *lrrnn.Columns // m, n, B, b
	gain    []float64      // g: neurons
	offset  []float64      // c: neurons
	initial []float64      // κ_0: rank, or trial x rank, or nothing
}

// newParameters returns zeros. initial is the number of fitted initial values.
func newParameters(neurons, rank, inputs, initial int) *parameters {
	p := &parameters{flat: make([]float64, neurons*(2*rank+inputs+3)+initial)}
	rest := p.flat
	take := func(n int) []float64 {
		out := rest[:n:n]
		rest = rest[n:]
		return out
	}
	columns := func(n int) [][]float64 {
		out := make([][]float64, n)
		for i := range out {
			out[i] = take(neurons)
		}
		return out
	}
	p.net = &lrrnn.Columns{M: columns(rank), N: columns(rank), B: columns(inputs), Bias: take(neurons)}
	p.gain, p.offset, p.initial = take(neurons), take(neurons), take(initial)
	return p
}

// initialise draws the start of a fit from independent standard normal numbers
// z: m = 0.3 z₁, n = (0.5/0.3) z₁ + z₂, so that the overlap E[nm] is 0.5,
// B = 0.1 z₃, b = 0, g = 1, κ_0 = 0.1 z₄. c is the log of mean counts, or mean
// activity.
func (p *parameters) initialise(r *rand.Rand, offset []float64) {
	for k := range p.net.M {
		for i := range p.offset {
			z := r.NormFloat64()
			p.net.M[k][i] = 0.3 * z
			p.net.N[k][i] = 0.5/0.3*z + r.NormFloat64()
		}
	}
	for _, column := range p.net.B {
		for i := range column {
			column[i] = 0.1 * r.NormFloat64()
		}
	}
	for i := range p.gain {
		p.gain[i] = 1
	}
	copy(p.offset, offset)
	for i := range p.initial {
		p.initial[i] = 0.1 * r.NormFloat64()
	}
}
