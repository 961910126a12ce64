package lrrnn

import (
	"context"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"

	"reprise/stages/internal/parallel"
	"reprise/stages/internal/simd"
)

// Fields returns the field at states κ (T x R) and v (T x U; nil means 0), T x R.
// It is [Network.Field], many states at a time: a law has tens of thousands of
// nodes and is asked for thousands of states. The error is ctx's.
func (n *Network) Fields(ctx context.Context, threads int, kappa, v []float64) ([]float64, error) {
	const block = 64 // states that one goroutine takes at a time
	states := len(kappa) / n.Rank
	if v == nil {
		v = make([]float64, states*n.Inputs)
	}
	out := make([]float64, len(kappa))
	parallel.For((states+block-1)/block, threads, func(c int) {
		lo, hi := c*block, min((c+1)*block, states)
		if ctx.Err() == nil {
			n.blockField(out[lo*n.Rank:hi*n.Rank], transposed(kappa[lo*n.Rank:hi*n.Rank], n.Rank), transposed(v[lo*n.Inputs:hi*n.Inputs], n.Inputs), hi-lo)
		}
	})
	return out, ctx.Err()
}

// transposed turns T rows of the given width into as many rows of T.
func transposed(x []float64, width int) []float64 {
	out := make([]float64, len(x))
	if width == 0 {
		return out
	}
	rows := len(x) / width
	for i, value := range x {
		out[i%width*rows+i/width] = value
	}
	return out
}

// blockField writes the field at T states, given as κ (R x T) and v (U x T), to
// dst (T x R).
func (n *Network) blockField(dst, kappa, v []float64, states int) {
	const rows = 256 // neurons at a time, so that what is between stays in cache
	var engine gonum.Implementation
	drive, sum := make([]float64, rows*states), make([]float64, n.Rank*states)
	for lo := 0; lo < n.Neurons; lo += rows {
		count := min(rows, n.Neurons-lo)
		h := drive[:count*states]
		for i := range count {
			for t := range states {
				h[i*states+t] = n.Bias[lo+i]
			}
		}
		engine.Dgemm(blas.NoTrans, blas.NoTrans, count, states, n.Rank, 1, n.M[lo*n.Rank:], n.Rank, kappa, states, 1, h, states)
		if n.Inputs > 0 {
			engine.Dgemm(blas.NoTrans, blas.NoTrans, count, states, n.Inputs, 1, n.B[lo*n.Inputs:], n.Inputs, v, states, 1, h, states)
		}
		whole := drive[:simd.Padded(len(h))] // rows is a multiple of a block, so there is room
		n.Phi.Apply(whole, whole)
		engine.Dgemm(blas.Trans, blas.NoTrans, n.Rank, states, count, 1, n.N[lo*n.Rank:], n.Rank, h, states, 1, sum, states)
	}
	for t := range states {
		for a := range n.Rank {
			dst[t*n.Rank+a] = sum[a*states+t] / float64(n.Neurons)
		}
	}
}
