package lrrnn

import "reprise/stages/internal/simd"

// Columns is a network component by component, as package simd takes it: each
// row has one number a neuron, then zeros up to the width. Stepping through time
// runs over neurons in the innermost loop, so this is the layout to step with;
// [Network] is the layout to keep.
type Columns struct {
	Neurons, Rank, Inputs int

	W   []float64 // (R + U + 1) x width: the weights on z = (κ, v, 1), rows m, B, b
	N   []float64 // R x width
	Phi Nonlinearity
}

// NewColumns returns a network of zeros.
func NewColumns(neurons, rank, inputs int) *Columns {
	width := simd.Padded(neurons)
	return &Columns{
		Neurons: neurons, Rank: rank, Inputs: inputs,
		W: make([]float64, (rank+inputs+1)*width), N: make([]float64, rank*width),
	}
}

// Width is the length of a row: the number of neurons, padded.
func (c *Columns) Width() int { return simd.Padded(c.Neurons) }

// Weights is the length of z and w: R + U + 1.
func (c *Columns) Weights() int { return c.Rank + c.Inputs + 1 }

// row is the i-th row of a matrix, without the padding.
func (c *Columns) row(matrix []float64, i int) []float64 {
	return matrix[i*c.Width():][:c.Neurons:c.Neurons]
}

// MRow returns how the neurons read latent r, as a view.
func (c *Columns) MRow(r int) []float64 { return c.row(c.W, r) }

// BRow returns how the neurons read input u, as a view.
func (c *Columns) BRow(u int) []float64 { return c.row(c.W, c.Rank+u) }

// Bias returns the neurons' b, as a view.
func (c *Columns) Bias() []float64 { return c.row(c.W, c.Rank+c.Inputs) }

// NRow returns how the neurons drive latent r, as a view.
func (c *Columns) NRow(r int) []float64 { return c.row(c.N, r) }

// Columns returns a copy of the network, component by component.
func (n *Network) Columns() *Columns {
	c := NewColumns(n.Neurons, n.Rank, n.Inputs)
	c.Phi = n.Phi
	for r := range n.Rank {
		split(c.MRow(r), n.M, n.Rank, r)
		split(c.NRow(r), n.N, n.Rank, r)
	}
	for u := range n.Inputs {
		split(c.BRow(u), n.B, n.Inputs, u)
	}
	copy(c.Bias(), n.Bias)
	return c
}

// Network returns a copy of the columns as a network, neuron by neuron.
func (c *Columns) Network() *Network {
	n := New(c.Neurons, c.Rank, c.Inputs)
	n.Phi = c.Phi
	for r := range c.Rank {
		join(n.M, c.MRow(r), c.Rank, r)
		join(n.N, c.NRow(r), c.Rank, r)
	}
	for u := range c.Inputs {
		join(n.B, c.BRow(u), c.Inputs, u)
	}
	copy(n.Bias, c.Bias())
	return n
}

func split(column, rows []float64, components, r int) {
	for i := range column {
		column[i] = rows[i*components+r]
	}
}

func join(rows, column []float64, components, r int) {
	for i, x := range column {
		rows[i*components+r] = x
	}
}

// Drive sets x (width) to w_i·z for every neuron, z = (κ, v, 1).
func (c *Columns) Drive(x, z []float64) { simd.Combine(x, c.W, z) }

// Advance sets h (width) to φ(x) and next (R) to the latents one step later:
// (1−a) κ + (a/N) Σ_j n_j h_j, where a = dt/τ is the leak. next may be kappa.
func (c *Columns) Advance(next, h, x, kappa []float64, leak float64) {
	c.Phi.Apply(h, x)
	clear(h[c.Neurons:]) // the softplus of 0 is not 0
	var sums [MaxRank]float64
	simd.Dots(sums[:c.Rank], c.N, h)
	scale := leak / float64(c.Neurons)
	for r, k := range kappa {
		next[r] = (1-leak)*k + scale*sums[r]
	}
}

// MaxRank is the most latents of a network that is stepped through trials.
const MaxRank = 8
