package lrrnn

import (
	"math"
	"sync"

	"reprise/stages/internal/simd"
)

// Autonomous is a network under a constant input: its field and the Jacobian of
// it, for any number of goroutines at once.
type Autonomous struct {
	columns *Columns
	v       []float64
	bound   []float64
	memory  sync.Pool // of *scratch, so that a call allocates nothing
}

// scratch is what one call needs.
type scratch struct{ x, h, z, slopes, product, sums []float64 }

// Autonomous returns the network under the filtered input v; none means 0.
func (n *Network) Autonomous(v []float64) *Autonomous {
	f := &Autonomous{columns: n.Columns(), v: make([]float64, n.Inputs), bound: make([]float64, n.Rank)}
	copy(f.v, v)
	for i, x := range n.N {
		f.bound[i%n.Rank] += math.Abs(x) / float64(n.Neurons)
	}
	c := f.columns
	f.memory.New = func() any {
		return &scratch{make([]float64, c.Width()), make([]float64, c.Width()), make([]float64, c.Weights()),
			make([]float64, c.Width()), make([]float64, c.Width()), make([]float64, c.Rank)}
	}
	return f
}

// Bound is E|n|, length R, which |F| does not exceed where |φ| ≤ 1.
func (f *Autonomous) Bound() []float64 { return f.bound }

// drive sets the scratch's x to the drives of all neurons at κ.
func (f *Autonomous) drive(s *scratch, kappa []float64) {
	copy(s.z, kappa)
	copy(s.z[len(kappa):], f.v)
	s.z[len(s.z)-1] = 1
	f.columns.Drive(s.x, s.z)
}

// Field writes F(κ), length R, to dst.
func (f *Autonomous) Field(dst, kappa []float64) {
	s := f.memory.Get().(*scratch)
	defer f.memory.Put(s)
	f.drive(s, kappa)
	f.columns.Advance(dst, s.h, s.x, kappa, 1) // a step of length τ: (1−1) κ + F
}

// Jacobian writes dF_a/dκ_b to dst, R x R row-major.
func (f *Autonomous) Jacobian(dst, kappa []float64) {
	s := f.memory.Get().(*scratch)
	defer f.memory.Put(s)
	f.drive(s, kappa)
	c := f.columns
	c.Phi.Apply(s.h, s.x)
	c.Phi.Slopes(s.slopes, s.h)
	for b := range c.Rank {
		simd.Product(s.product, s.slopes, c.W[b*c.Width():(b+1)*c.Width()])
		simd.Dots(s.sums, c.N, s.product)
		for a, x := range s.sums {
			dst[a*c.Rank+b] = x / float64(c.Neurons)
		}
	}
}
