package simulatenetwork

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// parameters are the numbers that a system's law depends on (method.md, section
// 11). A system presets them; attributes replace them one by one.
type parameters struct {
	rank      int
	gain      float64 // a: how strongly n follows m
	rotation  float64 // how much of n follows m turned by a quarter
	scale     float64 // of m: its standard deviation, radius, or factor
	threshold float64 // standard deviation of b
	spread    float64 // standard deviation of n about its mean
	tail      float64 // degrees of freedom of Student's t

	// Channels of input, which are no system's own: B ~ N(0, inputScale² I), and n
	// of latent c follows B of channel c by inputGain.
	inputs                int
	inputScale, inputGain float64
}

// system is a law of neurons whose mean field does something known
// (method.md, section 11). The law is given by two maps, so that the same
// neurons can be drawn at random or laid out evenly.
type system struct {
	uniforms int // numbers in (0,1) that place one neuron
	preset   parameters

	// place turns uniform numbers into how a neuron reads the latents, m (rank
	// long), and its threshold b.
	place func(p parameters, m, uniform []float64) (b float64)
	// mean writes the mean of n given m to n (both rank long).
	mean func(p parameters, n, m []float64)
	// response is F along the direction of an attractor, at distance r from 0:
	// the attractor is where response(r) = r.
	response func(p parameters, r float64) float64
	// cube tells that each coordinate of an attractor has that size, so that |κ|
	// there is √rank r, and not that |κ| has it.
	cube bool
}

// Names of the systems.
const (
	bistable       = "bistable"
	fourAttractors = "four_attractors"
	limitCycle     = "limit_cycle"
	ringAttractor  = "ring_attractor"
	heavyTail      = "heavy_tail"
)

// systems by the name of the attribute.
var systems = map[string]system{
	// m ~ N(0, s²), E[n|m] = a m: stable at κ = ±k.
	bistable: {
		uniforms: 2,
		preset:   parameters{rank: 1, gain: 1.8, scale: 1, threshold: 0.3, spread: 0.5},
		place: func(p parameters, m, uniform []float64) float64 {
			m[0] = p.scale * normal(uniform[0])
			return p.threshold * normal(uniform[1])
		},
		mean:     follow,
		response: func(p parameters, r float64) float64 { return p.gaussian(p.gain, r) },
	},
	// Half of the neurons read the first latent alone, half the second: stable at
	// (±k, ±k), saddles between them. Of more latents, each has its share of the
	// neurons, and 2^rank points are stable.
	fourAttractors: {
		uniforms: 3, cube: true,
		preset: parameters{rank: 2, gain: 4, scale: 1, threshold: 0.3, spread: 0.5},
		place: func(p parameters, m, uniform []float64) float64 {
			clear(m)
			m[len(m)-1-int(uniform[1]*float64(len(m)))] = p.scale * normal(uniform[0])
			return p.threshold * normal(uniform[2])
		},
		mean:     follow,
		response: func(p parameters, r float64) float64 { return p.gaussian(p.gain/float64(p.rank), r) },
	},
	// m ~ N(0, s² I), E[n|m] = J m, J = [[a, −c], [c, a]] with the rotation c: a
	// circle, once around in 2π a/c.
	limitCycle: {
		uniforms: 3,
		preset:   parameters{rank: 2, gain: 1.8, rotation: 0.9, scale: 1, threshold: 0.3, spread: 0.5},
		place: func(p parameters, m, uniform []float64) float64 {
			// In polar coordinates an even layout is even around the circle too.
			radius := p.scale * math.Sqrt(-2*math.Log(uniform[1]))
			m[1], m[0] = math.Sincos(2 * math.Pi * uniform[0])
			m[0], m[1] = radius*m[0], radius*m[1]
			return p.threshold * normal(uniform[2])
		},
		mean: func(p parameters, n, m []float64) {
			n[0], n[1] = p.gain*m[0]-p.rotation*m[1], p.rotation*m[0]+p.gain*m[1]
		},
		response: func(p parameters, r float64) float64 { return p.gaussian(p.gain, r) },
	},
	// m on a circle of radius s, E[n|m] = a m: a circle of fixed points.
	ringAttractor: {
		uniforms: 2,
		preset:   parameters{rank: 2, gain: 3.6, scale: 1, threshold: 0.3, spread: 0.5},
		place: func(p parameters, m, uniform []float64) float64 {
			m[1], m[0] = math.Sincos(2 * math.Pi * uniform[0])
			m[0], m[1] = p.scale*m[0], p.scale*m[1]
			return p.threshold * normal(uniform[1])
		},
		mean:     follow,
		response: parameters.circular,
	},
	// m is s times Student's t, E[n|m] = a sign(m): stable at κ = ±k, and F grows
	// as |κ|^tail from 0.
	heavyTail: {
		uniforms: 2,
		preset:   parameters{rank: 1, gain: 1.5, scale: 0.5, spread: 0.5, tail: 0.7},
		place: func(p parameters, m, uniform []float64) float64 {
			m[0] = p.scale * distuv.StudentsT{Sigma: 1, Nu: p.tail}.Quantile(uniform[0])
			return p.threshold * normal(uniform[1])
		},
		mean: func(p parameters, n, m []float64) {
			n[0] = math.Copysign(p.gain, m[0])
		},
		response: parameters.heavy,
	},
}

// follow is the mean of n where it follows m.
func follow(p parameters, n, m []float64) {
	for c := range n {
		n[c] = p.gain * m[c]
	}
}

// normal is the quantile function of the standard normal law.
func normal(uniform float64) float64 { return math.Sqrt2 * math.Erfinv(2*uniform-1) }
