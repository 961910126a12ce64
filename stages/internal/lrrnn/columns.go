package lrrnn

import (
	"math"

	"gonum.org/v1/gonum/floats"
)

// Columns is a network component by component: M[r], N[r] and B[u] each hold
// one number a neuron. Stepping through time runs over neurons in the innermost
// loop, so this is the layout to step with; [Network] is the layout to keep.
type Columns struct {
	M, N [][]float64 // rank x neurons
	B    [][]float64 // inputs x neurons
	Bias []float64   // neurons
}

// Columns returns a copy of the network, component by component.
func (n *Network) Columns() *Columns {
	return &Columns{
		M: split(n.M, n.Neurons, n.Rank), N: split(n.N, n.Neurons, n.Rank),
		B: split(n.B, n.Neurons, n.Inputs), Bias: append([]float64(nil), n.Bias...),
	}
}

// Network returns a copy of the columns as a network, neuron by neuron.
func (c *Columns) Network() *Network {
	n := New(len(c.Bias), len(c.M), len(c.B))
	join(n.M, c.M)
	join(n.N, c.N)
	join(n.B, c.B)
	copy(n.Bias, c.Bias)
	return n
}

func split(rows []float64, neurons, components int) [][]float64 {
	out := make([][]float64, components)
	for r := range out {
		out[r] = make([]float64, neurons)
		for i := range neurons {
			out[r][i] = rows[i*components+r]
		}
	}
	return out
}

func join(rows []float64, columns [][]float64) {
	for r, column := range columns {
		for i, x := range column {
			rows[i*len(columns)+r] = x
		}
	}
}

// Drive writes x_i = m_i·κ + B_i·v to x, for every neuron: the drive without
// the threshold b.
func (c *Columns) Drive(x, kappa, v []float64) {
	clear(x)
	for r, column := range c.M {
		floats.AddScaled(x, kappa[r], column)
	}
	for u, column := range c.B {
		floats.AddScaled(x, v[u], column)
	}
}

// Advance writes h_i = tanh(x_i + b_i) to h and the latents one step later to
// next: (1−a) κ + (a/N) Σ_j n_j h_j, where a = dt/τ is the leak. next may be kappa.
func (c *Columns) Advance(next, h, x, kappa []float64, leak float64) {
	bias := c.Bias[:len(x)]
	h = h[:len(x)]
	for i, xi := range x {
		h[i] = math.Tanh(xi + bias[i])
	}
	scale := leak / float64(len(x))
	for r, column := range c.N {
		next[r] = (1-leak)*kappa[r] + scale*floats.Dot(column, h)
	}
}
