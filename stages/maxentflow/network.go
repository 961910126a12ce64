package maxentflow

import (
	"math"
	"math/rand/v2"
)

// timeFeatures is how many inputs stand for the time t: t itself, and the sine
// and cosine of π t, 2π t and 3π t.
const timeFeatures = 7

// hiddenLayers is the number of hidden layers.
const hiddenLayers = 3

// network is the velocity field v(x, t) of the flow: a perceptron from x and
// time features through three hidden layers of SiLU units to a velocity
// (method.md, section 7). It is only its shape; parameters are passed in.
type network struct {
	dim, width int
	layers     [hiddenLayers + 1]layer
	parameters int
}

// layer is where one layer's weights (in x out, row-major) and biases (out) lie
// among the parameters.
type layer struct{ in, out, weights, biases int }

func newNetwork(dim, width int) *network {
	n := &network{dim: dim, width: width}
	in := dim + timeFeatures
	for i := range n.layers {
		out := width
		if i == hiddenLayers {
			out = dim
		}
		n.layers[i] = layer{in, out, n.parameters, n.parameters + in*out}
		n.parameters += (in + 1) * out
		in = out
	}
	return n
}

// initial draws parameters uniformly within 1/√in, as is usual for such layers.
func (n *network) initial(r *rand.Rand) []float64 {
	p := make([]float64, n.parameters)
	for _, l := range n.layers {
		bound := 1 / math.Sqrt(float64(l.in))
		for i := l.weights; i < l.biases+l.out; i++ {
			p[i] = bound * (2*r.Float64() - 1)
		}
	}
	return p
}

func (l layer) matrix(p []float64) []float64 { return p[l.weights : l.weights+l.in*l.out] }
func (l layer) bias(p []float64) []float64   { return p[l.biases : l.biases+l.out] }

// pass holds what one batch of at most rows points needs on its way through the
// network, so that no step allocates.
type pass struct {
	net    *network
	input  []float64               // rows x (dim + timeFeatures)
	hidden [hiddenLayers][]float64 // outputs of the hidden layers, rows x width
	slope  [hiddenLayers][]float64 // derivatives of their units, rows x width
	output []float64               // rows x dim
	work   [2][]float64            // rows x width
}

func newPass(n *network, rows int) *pass {
	b := &pass{net: n, input: make([]float64, rows*(n.dim+timeFeatures)), output: make([]float64, rows*n.dim)}
	for i := range hiddenLayers {
		b.hidden[i], b.slope[i] = make([]float64, rows*n.width), make([]float64, rows*n.width)
	}
	for i := range b.work {
		b.work[i] = make([]float64, rows*n.width)
	}
	return b
}

// set puts point i, x (length dim) at time t, into the input.
func (b *pass) set(i int, x []float64, t float64) {
	width := b.net.dim + timeFeatures
	row := b.input[i*width : (i+1)*width]
	copy(row, x)
	row = row[b.net.dim:]
	row[0] = t
	for k := range 3 {
		row[1+k], row[4+k] = math.Sincos(math.Pi * float64(k+1) * t)
	}
}

// forward computes the velocities of the first n points of the input into output.
func (b *pass) forward(p []float64, n int) {
	in := b.input
	for i, l := range b.net.layers {
		out := b.output
		if i < hiddenLayers {
			out = b.hidden[i]
		}
		for row := range n {
			copy(out[row*l.out:(row+1)*l.out], l.bias(p))
		}
		mul(out[:n*l.out], 1, in[:n*l.in], l.matrix(p), n, l.out, l.in)
		if i < hiddenLayers {
			silu(out[:n*l.out], b.slope[i])
		}
		in = out
	}
}

// silu replaces each z by z σ(z) and writes the derivative to slope.
func silu(z, slope []float64) {
	for i, x := range z {
		sigma := 1 / (1 + math.Exp(-x))
		z[i] = x * sigma
		slope[i] = sigma * (1 + x*(1-sigma))
	}
}

// backward sets grad to the derivatives by the parameters of a loss whose
// derivative by output is dOut (n x dim). forward must have run on the same
// points.
func (b *pass) backward(p, grad, dOut []float64, n int) {
	delta := dOut
	for i := hiddenLayers; i >= 0; i-- {
		l := b.net.layers[i]
		in := b.input
		if i > 0 {
			in = b.hidden[i-1]
		}
		mulTransA(l.matrix(grad), 0, in[:n*l.in], delta[:n*l.out], l.in, l.out, n)
		bias := l.bias(grad)
		clear(bias)
		for row := range n {
			addInto(bias, delta[row*l.out:(row+1)*l.out])
		}
		if i == 0 {
			return
		}
		next := b.work[i%2]
		mulTransB(next[:n*l.in], 0, delta[:n*l.out], l.matrix(p), n, l.in, l.out)
		for k, s := range b.slope[i-1][:n*l.in] {
			next[k] *= s
		}
		delta = next
	}
}

// divergence writes tr(∂v/∂x) of the first n points to div, exactly: one
// tangent for each coordinate of x. forward must have run on the same points.
func (b *pass) divergence(p, div []float64, n int) {
	clear(div[:n])
	first, last := b.net.layers[0], b.net.layers[hiddenLayers]
	out := last.matrix(p)
	for j := range b.net.dim {
		tangent := b.work[0][:n*first.out]
		row := first.matrix(p)[j*first.out : (j+1)*first.out]
		for k, s := range b.slope[0][:n*first.out] {
			tangent[k] = s * row[k%first.out]
		}
		for i := 1; i < hiddenLayers; i++ {
			l := b.net.layers[i]
			next := b.work[i%2][:n*l.out]
			mul(next, 0, tangent, l.matrix(p), n, l.out, l.in)
			for k, s := range b.slope[i][:n*l.out] {
				next[k] *= s
			}
			tangent = next
		}
		for i := range n {
			for k, x := range tangent[i*last.in : (i+1)*last.in] {
				div[i] += x * out[k*last.out+j]
			}
		}
	}
}
