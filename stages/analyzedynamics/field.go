package analyzedynamics

import (
	"fmt"
	"sync"

	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/simd"
)

// field is a network's field under a constant input, for any number of
// goroutines at once.
type field struct {
	columns *lrrnn.Columns
	v       []float64
	memory  sync.Pool // of *scratch, so that a call allocates nothing
}

// scratch is what one call needs.
type scratch struct{ x, h, z, slopes, product, sums []float64 }

func newField(n *lrrnn.Network, input []float64) (*field, error) {
	if len(input) != 0 && len(input) != n.Inputs {
		return nil, fmt.Errorf("input has %d numbers, and the network %d inputs", len(input), n.Inputs)
	}
	f := &field{columns: n.Columns(), v: make([]float64, n.Inputs)}
	copy(f.v, input)
	c := f.columns
	f.memory.New = func() any {
		return &scratch{make([]float64, c.Width()), make([]float64, c.Width()), make([]float64, c.Weights()),
			make([]float64, c.Width()), make([]float64, c.Width()), make([]float64, c.Rank)}
	}
	return f, nil
}

// drive sets the scratch's x to the drives of all neurons at κ.
func (f *field) drive(s *scratch, kappa []float64) {
	copy(s.z, kappa)
	copy(s.z[len(kappa):], f.v)
	s.z[len(s.z)-1] = 1
	f.columns.Drive(s.x, s.z)
}

// at writes F(κ) to dst.
func (f *field) at(dst, kappa []float64) {
	s := f.memory.Get().(*scratch)
	defer f.memory.Put(s)
	f.drive(s, kappa)
	f.columns.Advance(dst, s.h, s.x, kappa, 1) // a step of length τ: (1−1) κ + F
}

// jacobian writes dF_a/dκ_b to dst, R x R row-major.
func (f *field) jacobian(dst, kappa []float64) {
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
