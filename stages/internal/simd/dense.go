package simd

// Dense sets c (m x n, row-major) to from + a b, where number i, l of a (m x k)
// is a[i aRow + l aColumn] and b is k x n, row-major; n is a multiple of
// [SingleBlock]. from is m x n, and may be c itself, or one row that every row
// begins with. Each number is a sum in the order of l whose terms are rounded on
// their own.
func Dense(c, from, a, b []float32, m, n, k, aRow, aColumn int) {
	require(m > 0 && n > 0 && k > 0 && n%SingleBlock == 0 && len(c) == m*n && (len(from) == n || len(from) == m*n) &&
		len(b) == k*n && aRow >= 0 && aColumn >= 0 && len(a) > (m-1)*aRow+(k-1)*aColumn)
	fromRow := n
	if len(from) == n {
		fromRow = 0
	}
	dense(c, from, a, b, m, n, k, fromRow, aRow, aColumn)
}

// SiLU replaces each z by z σ(z) with σ the logistic function, and sets slope to
// the derivative. σ is that of ±40 outside of them.
func SiLU(z, slope []float32) {
	require(len(z)%SingleBlock == 0 && len(slope) == len(z))
	if len(z) > 0 {
		silu(z, slope)
	}
}

// SingleProduct multiplies each number of dst by that of x.
func SingleProduct(dst, x []float32) {
	require(len(dst)%SingleBlock == 0 && len(x) == len(dst))
	if len(dst) > 0 {
		singleProduct(dst, x)
	}
}

// AddSingle adds to each number of dst that of x.
func AddSingle(dst []float64, x []float32) {
	require(len(dst)%Block == 0 && len(x) == len(dst))
	if len(dst) > 0 {
		addSingle(dst, x)
	}
}

// AdamConstants are those of a step of [Adam].
type AdamConstants struct {
	Scale                                   float64 // of the gradient
	Beta1, Rest1, Beta2, Rest2              float64 // β and 1 − β
	Epsilon, Rate, Correction1, Correction2 float64 // the last are 1/(1 − βⁿ)
}

// Adam is a step of package adam over any number of parameters.
func Adam(x, mean, square, gradient []float64, c *AdamConstants) {
	require(len(mean) == len(x) && len(square) == len(x) && len(gradient) == len(x))
	whole := len(x) / Block * Block
	if whole > 0 {
		adam(x[:whole], mean[:whole], square[:whole], gradient[:whole], c)
	}
	adamGo(x[whole:], mean[whole:], square[whole:], gradient[whole:], c)
}
