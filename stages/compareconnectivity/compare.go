package compareconnectivity

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"reprise/stages/internal/lrrnn"
)

// distance is |W - W'| over the root mean square of |W| and |W'|, Frobenius
// norms of W = n mᵀ (N x N). It lies from 0 to 2 and does not depend on the gauge
// of either network. Both have the same neurons; ranks may differ.
//
// Nothing of size N x N is made: <W, W'> = tr((nᵀn')(m'ᵀm)). The difference is
// formed in a basis of at most 2R vectors, so that small ones are exact.
func distance(a, b *lrrnn.Network) float64 {
	var n, m mat.Dense // W - W' = [n, -n'] [m, m']ᵀ
	n.Augment(dense(a.N, a.Neurons, a.Rank), negative(dense(b.N, b.Neurons, b.Rank)))
	m.Augment(dense(a.M, a.Neurons, a.Rank), dense(b.M, b.Neurons, b.Rank))
	scale := math.Sqrt((squared(dense(a.N, a.Neurons, a.Rank), dense(a.M, a.Neurons, a.Rank)) +
		squared(dense(b.N, b.Neurons, b.Rank), dense(b.M, b.Neurons, b.Rank))) / 2)
	if scale == 0 {
		return 0 // neither has connections
	}
	return math.Sqrt(squared(&n, &m)) / scale
}

// squared is |n mᵀ|² = |Rn Rmᵀ|², with the triangles of the QR decompositions.
func squared(n, m *mat.Dense) float64 {
	rn, rm := triangle(n), triangle(m)
	var w mat.Dense
	w.Mul(rn, rm.T())
	norm := mat.Norm(&w, 2)
	return norm * norm
}

func triangle(x *mat.Dense) mat.Matrix {
	rows, cols := x.Dims()
	if rows < cols { // fewer neurons than columns: as they are
		return x
	}
	var qr mat.QR
	qr.Factorize(x)
	var r mat.Dense
	qr.RTo(&r)
	return r.Slice(0, cols, 0, cols)
}

func dense(v []float64, rows, cols int) *mat.Dense { return mat.NewDense(rows, cols, v) }

func negative(x *mat.Dense) *mat.Dense {
	var out mat.Dense
	out.Scale(-1, x)
	return &out
}

// span is a linear subspace of the space of neurons, by an orthonormal basis;
// nil where it is {0}.
type span struct{ basis *mat.Dense }

// newSpan is the span of the columns of a neurons x cols matrix. Directions below
// 1e-10 of the largest count as none.
func newSpan(v []float64, neurons, cols int) *span {
	if cols == 0 {
		return &span{}
	}
	var svd mat.SVD
	if !svd.Factorize(dense(v, neurons, cols), mat.SVDThin) {
		return &span{}
	}
	singular := svd.Values(nil)
	kept := 0
	for kept < len(singular) && singular[kept] > 1e-10*singular[0] {
		kept++
	}
	if kept == 0 {
		return &span{}
	}
	var u mat.Dense
	svd.UTo(&u)
	return &span{mat.DenseCopyOf(u.Slice(0, neurons, 0, kept))}
}

// largestAngle is the largest principal angle between two subspaces, in degrees:
// that of the smaller one's direction that is farthest from the larger one. It is
// 0 where the smaller lies within the larger, and where one of them is {0}.
//
// Sine and cosine both come from singular values (Knyazev and Argentati 2002),
// so that angles near 0 and near 90 degrees are accurate.
func largestAngle(a, b *span) float64 {
	if a.basis == nil || b.basis == nil {
		return 0
	}
	_, ca := a.basis.Dims()
	if _, cb := b.basis.Dims(); cb > ca {
		a, b = b, a
	}
	var overlap, within, rest mat.Dense
	overlap.Mul(a.basis.T(), b.basis)
	within.Mul(a.basis, &overlap)
	rest.Sub(b.basis, &within)
	cosines, sines := singularValues(&overlap), singularValues(&rest)
	_, cb := b.basis.Dims()
	return math.Atan2(sines[0], cosines[cb-1]) * 180 / math.Pi
}

func singularValues(x *mat.Dense) []float64 {
	var svd mat.SVD
	if !svd.Factorize(x, mat.SVDNone) {
		return make([]float64, min(x.RawMatrix().Rows, x.RawMatrix().Cols))
	}
	return svd.Values(nil)
}
