package smoother

import "math"

// The matrices here are small (R x R, R from 1 to 8), row-major.

// cholesky replaces the lower triangle of a by its factor C, a = C Cᵀ, and
// returns log det a. The upper triangle is left alone.
func cholesky(a []float64, n int) (logDet float64) {
	for i := range n {
		for j := range i + 1 {
			sum := a[i*n+j]
			for k := range j {
				sum -= a[i*n+k] * a[j*n+k]
			}
			if i == j {
				a[i*n+i] = math.Sqrt(sum)
				logDet += math.Log(sum)
			} else {
				a[i*n+j] = sum / a[j*n+j]
			}
		}
	}
	return logDet
}

// solveLower replaces x by C⁻¹ x, for a lower triangular C.
func solveLower(c, x []float64) {
	n := len(x)
	for i := range n {
		for k := range i {
			x[i] -= c[i*n+k] * x[k]
		}
		x[i] /= c[i*n+i]
	}
}

// solveUpper replaces x by C⁻ᵀ x.
func solveUpper(c, x []float64) {
	n := len(x)
	for i := n - 1; i >= 0; i-- {
		for k := i + 1; k < n; k++ {
			x[i] -= c[k*n+i] * x[k]
		}
		x[i] /= c[i*n+i]
	}
}

// multiply writes a b to dst.
func multiply(dst, a, b []float64, n int) {
	for i := range n {
		for j := range n {
			sum := 0.0
			for k := range n {
				sum += a[i*n+k] * b[k*n+j]
			}
			dst[i*n+j] = sum
		}
	}
}

// transposeMultiply writes aᵀ b to dst.
func transposeMultiply(dst, a, b []float64, n int) {
	for i := range n {
		for j := range n {
			sum := 0.0
			for k := range n {
				sum += a[k*n+i] * b[k*n+j]
			}
			dst[i*n+j] = sum
		}
	}
}

// addOuter adds a aᵀ to dst.
func addOuter(dst, a []float64, n int) {
	for i := range n {
		for j := range n {
			sum := 0.0
			for k := range n {
				sum += a[i*n+k] * a[j*n+k]
			}
			dst[i*n+j] += sum
		}
	}
}

// addMultiple adds a x to dst.
func addMultiple(dst, a, x []float64) {
	n := len(x)
	for i := range n {
		for k, xk := range x {
			dst[i] += a[i*n+k] * xk
		}
	}
}

// addTransposed adds aᵀ x to dst.
func addTransposed(dst, a, x []float64) {
	n := len(x)
	for i := range n {
		for k, xk := range x {
			dst[i] += a[k*n+i] * xk
		}
	}
}

func dot(x, y []float64) float64 {
	sum := 0.0
	for i, xi := range x {
		sum += xi * y[i]
	}
	return sum
}
