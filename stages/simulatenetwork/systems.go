package simulatenetwork

import "math"

// system is a law of neurons whose mean field does something known
// (method.md, section 11). The law is given by two maps, so that the same
// neurons can be drawn at random or laid out evenly.
type system struct {
	rank     int
	uniforms int // numbers in (0,1) that place one neuron

	// place turns uniform numbers into how a neuron reads the latents, m (rank
	// long), and its threshold b.
	place func(m, uniform []float64) (b float64)
	// mean writes the mean of n given m to n (both rank long).
	mean func(n, m []float64)
}

const (
	thresholdSpread = 0.3 // standard deviation of b
	driveSpread     = 0.5 // standard deviation of n about its mean
)

// systems by the name of the attribute.
var systems = map[string]system{
	// m ~ N(0, 1), E[n|m] = 1.8 m: stable at κ = ±1.10730, which solves
	// 1.8 E[tanh'(ξ sqrt(κ² + 0.09))] = 1; the origin is unstable.
	"bistable": {
		rank: 1, uniforms: 2,
		place: func(m, uniform []float64) float64 {
			m[0] = normal(uniform[0])
			return thresholdSpread * normal(uniform[1])
		},
		mean: func(n, m []float64) { n[0] = 1.8 * m[0] },
	},
}

// normal is the quantile function of the standard normal law.
func normal(uniform float64) float64 { return math.Sqrt2 * math.Erfinv(2*uniform-1) }
