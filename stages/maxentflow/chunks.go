package maxentflow

import (
	"context"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"

	"reprise/stages/internal/parallel"
)

// chunkRows is how many rows one piece of work has. It is fixed, so that sums
// over pieces, added in the order of the pieces, do not depend on the threads.
const chunkRows = 256

// chunks cuts n rows into pieces of the given size and calls body for each, on
// as many goroutines as threads. Pieces run in any order and at the same time;
// body may write only what belongs to its own piece c or its own rows lo to hi.
// After ctx is cancelled no new piece begins, and the error is ctx's.
func chunks(ctx context.Context, threads, n, size int, body func(c, lo, hi int)) error {
	parallel.For(count(n, size), threads, func(c int) {
		if ctx.Err() == nil {
			body(c, c*size, min((c+1)*size, n))
		}
	})
	return ctx.Err()
}

// count is the number of pieces that chunks makes.
func count(n, size int) int { return (n + size - 1) / size }

// addInto adds src to dst.
func addInto(dst, src []float64) {
	for i, x := range src {
		dst[i] += x
	}
}

var engine gonum.Implementation

// mul sets dst (m x n) to a (m x k) times b (k x n).
func mul(dst, a, b []float64, m, n, k int) {
	engine.Dgemm(blas.NoTrans, blas.NoTrans, m, n, k, 1, a, k, b, n, 0, dst, n)
}

// mulTransB sets dst (m x n) to beta dst + a (m x k) times the transpose of b (n x k).
func mulTransB(dst []float64, beta float64, a, b []float64, m, n, k int) {
	engine.Dgemm(blas.NoTrans, blas.Trans, m, n, k, 1, a, k, b, k, beta, dst, n)
}

// mulTransA sets dst (m x n) to beta dst + the transpose of a (k x m) times b (k x n).
func mulTransA(dst []float64, beta float64, a, b []float64, m, n, k int) {
	engine.Dgemm(blas.Trans, blas.NoTrans, m, n, k, 1, a, m, b, n, beta, dst, n)
}
