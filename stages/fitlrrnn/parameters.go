package fitlrrnn

import (
	"math"
	"math/rand/v2"

	"reprise/stages/internal/lrrnn"
)

// parameters is what a fit changes, as one vector for the optimiser and as
// named views of it for the model. A gradient has the same shape. Arrays over
// neurons are padded, as package simd takes them; what is behind the last neuron
// is 0 and stays so.
type parameters struct {
	flat    []float64
	net     *lrrnn.Columns // m, B, b; n
	gain    []float64      // g: width
	offset  []float64      // c: width
	initial []float64      // κ_0: rank, or trial x rank, or nothing
	noise   []float64      // log standard deviation of the latent noise: rank, or nothing
	spread  []float64      // log variance of activity about its mean: width, or nothing where it is fixed
}

// newParameters returns zeros for a problem.
func (p *problem) newParameters() *parameters {
	width, weights := p.width(), p.rank+p.Trials.Channels+1
	q := &parameters{flat: make([]float64, width*(weights+p.rank+2)+p.initialCount()+p.noiseCount()+p.spreadCount())}
	rest := q.flat
	take := func(n int) []float64 {
		out := rest[:n:n]
		rest = rest[n:]
		return out
	}
	q.net = &lrrnn.Columns{
		Neurons: p.Trials.Neurons, Rank: p.rank, Inputs: p.Trials.Channels, Phi: p.phi,
		W: take(weights * width), N: take(p.rank * width),
	}
	q.gain, q.offset = take(width), take(width)
	q.initial, q.noise, q.spread = take(p.initialCount()), take(p.noiseCount()), take(p.spreadCount())
	return q
}

// freeze clears these parts of a gradient (of m, n, B and b), so that descent
// leaves them as they are: Adam takes no step where no gradient ever was.
func (p *parameters) freeze(parts []string) {
	for _, part := range parts {
		switch part {
		case "m":
			for r := range p.net.Rank {
				clear(p.net.MRow(r))
			}
		case "n":
			clear(p.net.N)
		case "B":
			for u := range p.net.Inputs {
				clear(p.net.BRow(u))
			}
		case "b":
			clear(p.net.Bias())
		}
	}
}

// initialise draws the start of a fit: m, n and b of the family, B = 0.1 z with
// z independent standard normal numbers, g = 1, κ_0 = 0.1 z; latent noise of
// standard deviation firstNoise. c is given (neurons), and the log variance of
// activity.
func (p *parameters) initialise(start family, r *rand.Rand, offset []float64, spread float64) {
	start.draw(p.net, r)
	for u := range p.net.Inputs {
		for i := range p.net.BRow(u) {
			p.net.BRow(u)[i] = 0.1 * r.NormFloat64()
		}
	}
	for i := range offset {
		p.gain[i] = 1
	}
	copy(p.offset, offset)
	for i := range p.initial {
		p.initial[i] = 0.1 * r.NormFloat64()
	}
	for i := range p.noise {
		p.noise[i] = math.Log(firstNoise)
	}
	for i := range min(len(p.spread), len(offset)) {
		p.spread[i] = spread
	}
}
