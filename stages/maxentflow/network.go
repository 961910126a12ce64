package maxentflow

import (
	"math"
	"math/rand/v2"

	"reprise/stages/internal/simd"
)

// timeFeatures is how many inputs stand for the time t: t itself, and the sine
// and cosine of π t, 2π t and 3π t.
const timeFeatures = 7

// hiddenLayers is the number of hidden layers.
const hiddenLayers = 3

// network is what the flow learns of its velocity field v(x, t): a perceptron from
// x and time features through three hidden layers of SiLU units to a velocity
// (method.md, section 7). It is only its shape; parameters are passed in.
type network struct {
	dim, width int
	layers     [hiddenLayers + 1]layer
	parameters int // with the padding, which is and stays 0
}

// layer is where one layer's weights (in x stride, row-major) and biases (stride)
// lie among the parameters. Its rows are padded from out to a multiple of
// [simd.SingleBlock].
type layer struct{ in, out, stride, weights, biases int }

func newNetwork(dim, width int) *network {
	n := &network{dim: dim, width: width}
	in := dim + timeFeatures
	for i := range n.layers {
		out := width
		if i == hiddenLayers {
			out = dim
		}
		stride := simd.SingleWidth(out)
		n.layers[i] = layer{in, out, stride, n.parameters, n.parameters + in*stride}
		n.parameters += (in + 1) * stride
		in = out
	}
	return n
}

// initial draws parameters uniformly within 1/√in, as is usual for such layers.
func (n *network) initial(r *rand.Rand) []float64 {
	p := make([]float64, n.parameters)
	for _, l := range n.layers {
		bound := 1 / math.Sqrt(float64(l.in))
		for i := range l.in + 1 {
			for j := range l.out {
				p[l.weights+i*l.stride+j] = bound * (2*r.Float64() - 1)
			}
		}
	}
	return p
}

// matrix and bias are a layer's part of something as long as the parameters.
func matrix[T any](l layer, p []T) []T { return p[l.weights:l.biases] }
func bias[T any](l layer, p []T) []T   { return p[l.biases : l.biases+l.stride] }

// packed are parameters as passes through the network want them: in single
// precision, and transposed for the way back.
type packed struct {
	net     *network
	forward []float32                   // as the parameters
	back    [hiddenLayers + 1][]float32 // out x stride of the layer before; none for the first
}

func newPacked(n *network) *packed {
	w := &packed{net: n, forward: make([]float32, n.parameters)}
	for i := 1; i < len(n.layers); i++ {
		w.back[i] = make([]float32, n.layers[i].out*n.layers[i-1].stride)
	}
	return w
}

// set takes the parameters over.
func (w *packed) set(p []float64) {
	for i, x := range p {
		w.forward[i] = float32(x)
	}
	for i := 1; i < len(w.back); i++ {
		l, stride := w.net.layers[i], w.net.layers[i-1].stride
		from := matrix(l, w.forward)
		for j := range l.out {
			to := w.back[i][j*stride : j*stride+l.in]
			for k := range to {
				to[k] = from[k*l.stride+j]
			}
		}
	}
}

// pass holds what rows points need on their way through the network, so that no
// step allocates. All is in single precision: sums over points, over more than
// one pass, are for the caller to take in double. Rows have the strides of the
// layers.
type pass struct {
	net    *network
	rows   int
	input  []float32               // rows x (dim + timeFeatures)
	hidden [hiddenLayers][]float32 // outputs of the hidden layers
	slope  [hiddenLayers][]float32 // derivatives of their units
	output []float32
	work   [2][]float32
	zeros  []float32
}

func newPass(n *network, rows int) *pass {
	wide, narrow := rows*n.layers[0].stride, rows*n.layers[hiddenLayers].stride
	b := &pass{net: n, rows: rows, input: make([]float32, rows*(n.dim+timeFeatures)), output: make([]float32, narrow), zeros: make([]float32, max(wide, narrow))}
	for i := range hiddenLayers {
		b.hidden[i], b.slope[i] = make([]float32, wide), make([]float32, wide)
	}
	for i := range b.work {
		b.work[i] = make([]float32, max(wide, narrow))
	}
	return b
}

// features writes what the network is told of time t.
func features(to []float32, t float64) {
	sin, cos := math.Sincos(math.Pi * t)
	twice, least := 2*sin*cos, 1-2*sin*sin
	to[0] = float32(t)
	to[1], to[2], to[3] = float32(sin), float32(twice), float32(sin*least+cos*twice)
	to[4], to[5], to[6] = float32(cos), float32(least), float32(cos*least-sin*twice)
}

// point is row i of the input, first the coordinates of x and then the features
// of time.
func (b *pass) point(i int) (x, time []float32) {
	width := b.net.dim + timeFeatures
	row := b.input[i*width : (i+1)*width]
	return row[:b.net.dim], row[b.net.dim:]
}

// into is what comes into layer i, with the length of its rows.
func (b *pass) into(i int) (in []float32, stride int) {
	if i == 0 {
		return b.input, b.net.dim + timeFeatures
	}
	return b.hidden[i-1], b.net.layers[i-1].stride
}

// forward computes the velocities of the input into output.
func (b *pass) forward(w *packed) {
	for i, l := range b.net.layers {
		out := b.output
		if i < hiddenLayers {
			out = b.hidden[i]
		}
		in, stride := b.into(i)
		simd.Dense(out, bias(l, w.forward), in, matrix(l, w.forward), b.rows, l.stride, l.in, stride, 1)
		if i < hiddenLayers {
			simd.SiLU(out, b.slope[i])
		}
	}
}

// one is what the sums over points that make a gradient by biases are weighted
// with.
var one = []float32{1}

// backward sets grad to the derivatives by the parameters of a loss whose
// derivative by output is delta. forward must have run on the same points.
func (b *pass) backward(w *packed, grad, delta []float32) {
	for i := hiddenLayers; i >= 0; i-- {
		l := b.net.layers[i]
		in, stride := b.into(i)
		simd.Dense(matrix(l, grad), b.zeros[:l.stride], in, delta, l.in, l.stride, b.rows, 1, stride)
		simd.Dense(bias(l, grad), b.zeros[:l.stride], one, delta, 1, l.stride, b.rows, 0, 0)
		if i == 0 {
			return
		}
		next := b.work[i%2][:len(b.slope[i-1])]
		simd.Dense(next, b.zeros[:stride], delta, w.back[i], b.rows, stride, l.out, l.stride, 1)
		simd.SingleProduct(next, b.slope[i-1])
		delta = next
	}
}

// divergence writes tr(∂v/∂x) to div, exactly: one tangent for each coordinate
// of x. forward must have run on the same points.
func (b *pass) divergence(w *packed, div []float64) {
	clear(div)
	first, last := b.net.layers[0], b.net.layers[hiddenLayers]
	for j := range b.net.dim {
		tangent := b.work[0][:len(b.slope[0])]
		row := matrix(first, w.forward)[j*first.stride : (j+1)*first.stride]
		for i := 0; i < len(tangent); i += first.stride {
			copy(tangent[i:], row)
		}
		simd.SingleProduct(tangent, b.slope[0])
		for i := 1; i < hiddenLayers; i++ {
			l := b.net.layers[i]
			next := b.work[i%2][:len(b.slope[i])]
			simd.Dense(next, b.zeros[:l.stride], tangent, matrix(l, w.forward), b.rows, l.stride, l.in, l.stride, 1)
			simd.SingleProduct(next, b.slope[i])
			tangent = next
		}
		out := b.work[hiddenLayers%2][:len(b.output)]
		simd.Dense(out, b.zeros[:last.stride], tangent, matrix(last, w.forward), b.rows, last.stride, last.in, first.stride, 1)
		for i := range div {
			div[i] += float64(out[i*last.stride+j])
		}
	}
}
