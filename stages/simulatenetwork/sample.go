package simulatenetwork

import (
	"math/rand/v2"

	"reprise/stages/internal/lrrnn"
)

// law is a system with its parameters.
type law struct {
	system
	parameters
}

// drawn returns a network of neurons drawn from the law.
func (l law) drawn(neurons int, r *rand.Rand) *lrrnn.Network {
	net := lrrnn.New(neurons, l.rank, l.inputs)
	uniform := make([]float64, l.uniforms+l.inputs)
	for i := range neurons {
		for j := range uniform {
			uniform[j] = (float64(r.Int64N(1<<52)) + 0.5) / (1 << 52)
		}
		n := l.neuron(net, i, uniform)
		for c := range n {
			n[c] += l.spread * r.NormFloat64()
		}
	}
	return net
}

// even returns a network of neurons laid out evenly over the law, each
// with the mean of n there: its field is the mean field up to an error that
// falls nearly as 1/neurons. The layout is Hammersley's: the first uniform number
// runs through (i+1/2)/neurons, the others are radical inverses of i+1 in the
// bases 2, 3, 5, … (Hammersley 1960).
func (l law) even(neurons int) *lrrnn.Network {
	bases := []int{2, 3, 5, 7, 11, 13, 17, 19, 23, 29}
	net := lrrnn.New(neurons, l.rank, l.inputs)
	uniform := make([]float64, l.uniforms+l.inputs)
	for i := range neurons {
		uniform[0] = (float64(i) + 0.5) / float64(neurons)
		for j := range len(uniform) - 1 {
			uniform[j+1] = radicalInverse(i+1, bases[j])
		}
		l.neuron(net, i, uniform)
	}
	return net
}

// neuron places neuron i with the mean of its n, which it returns.
func (l law) neuron(net *lrrnn.Network, i int, uniform []float64) []float64 {
	m, n := net.M[i*l.rank:(i+1)*l.rank], net.N[i*l.rank:(i+1)*l.rank]
	net.Bias[i] = l.place(l.parameters, m, uniform)
	l.mean(l.parameters, n, m)
	for c := range l.inputs {
		b := l.inputScale * normal(uniform[l.uniforms+c])
		net.B[i*l.inputs+c] = b
		n[c] += l.inputGain * b
	}
	return n
}

// radicalInverse mirrors the digits of i > 0 in that base at the point: a number in (0, 1).
func radicalInverse(i, base int) float64 {
	var x float64
	for scale := 1 / float64(base); i > 0; scale /= float64(base) {
		x += float64(i%base) * scale
		i /= base
	}
	return x
}
