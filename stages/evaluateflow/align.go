package evaluateflow

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/mat"
)

// align is the linear map between two networks' latents that saw the same
// trials: the least-squares L (R' x R) with κ' ≈ L κ over paired states (T x R'
// and T x R), and its pseudoinverse.
func align(from []float64, r int, to []float64, r2 int) (l, inverse *mat.Dense, err error) {
	rows := len(from) / r
	var transposed mat.Dense
	if err := transposed.Solve(mat.NewDense(rows, r, from), mat.NewDense(rows, r2, to)); err != nil {
		return nil, nil, errors.New("the flow's latents do not span as many dimensions as they are, so they cannot be mapped onto the truth's")
	}
	l = mat.DenseCopyOf(transposed.T())
	inverse, err = pseudoinverse(l)
	return l, inverse, err
}

// pseudoinverse is that of Moore and Penrose.
func pseudoinverse(a *mat.Dense) (*mat.Dense, error) {
	rows, _ := a.Dims()
	identity := mat.NewDense(rows, rows, nil)
	for i := range rows {
		identity.Set(i, i, 1)
	}
	var svd mat.SVD
	if !svd.Factorize(a, mat.SVDThin) {
		return nil, errors.New("the map between latents has no singular values: are the states finite?")
	}
	rank := svd.Rank(1e-10)
	if rank == 0 {
		return nil, errors.New("the map from the flow's latents to the truth's is 0")
	}
	out := new(mat.Dense)
	svd.SolveTo(out, identity, rank)
	return out, nil
}

// apply returns a x.
func apply(a *mat.Dense, x []float64) []float64 {
	rows, cols := a.Dims()
	out := make([]float64, rows)
	for i := range rows {
		for j := range cols {
			out[i] += a.At(i, j) * x[j]
		}
	}
	return out
}

// applyRows returns a times each row of x (T x R).
func applyRows(a *mat.Dense, x []float64) []float64 {
	_, cols := a.Dims()
	var out []float64
	for i := 0; i < len(x); i += cols {
		out = append(out, apply(a, x[i:i+cols])...)
	}
	return out
}

// relativeError is the root mean square of got-want over that of want.
func relativeError(got, want []float64) float64 {
	diff, size := 0.0, 0.0
	for i, x := range want {
		diff += (got[i] - x) * (got[i] - x)
		size += x * x
	}
	return math.Sqrt(diff / size)
}
