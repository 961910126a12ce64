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

// solveLower replaces x (n x any number of columns) by C⁻¹ x, for a lower
// triangular C.
func solveLower(c, x []float64, n int) {
	m := len(x) / n
	for i := range n {
		row := x[i*m : (i+1)*m]
		for k := range i {
			addScaled(row, -c[i*n+k], x[k*m:(k+1)*m])
		}
		scale(row, 1/c[i*n+i])
	}
}

// solveUpper replaces x by C⁻ᵀ x.
func solveUpper(c, x []float64, n int) {
	m := len(x) / n
	for i := n - 1; i >= 0; i-- {
		row := x[i*m : (i+1)*m]
		for k := i + 1; k < n; k++ {
			addScaled(row, -c[k*n+i], x[k*m:(k+1)*m])
		}
		scale(row, 1/c[i*n+i])
	}
}

func addScaled(dst []float64, a float64, x []float64) {
	x = x[:len(dst)]
	for i := range dst {
		dst[i] += a * x[i]
	}
}

func scale(x []float64, a float64) {
	for i := range x {
		x[i] *= a
	}
}

// multiply writes a b to dst.
func multiply(dst, a, b []float64, n int) {
	clear(dst)
	for i := range n {
		row := dst[i*n : (i+1)*n]
		for k, x := range a[i*n : (i+1)*n] {
			addScaled(row, x, b[k*n:(k+1)*n])
		}
	}
}

// transposeMultiply writes aᵀ b to dst.
func transposeMultiply(dst, a, b []float64, n int) {
	clear(dst)
	for k := range n {
		row := b[k*n : (k+1)*n]
		for i, x := range a[k*n : (k+1)*n] {
			addScaled(dst[i*n:(i+1)*n], x, row)
		}
	}
}

// addMultiple adds a x to dst.
func addMultiple(dst, a, x []float64) {
	for i := range dst {
		dst[i] += dot(a[i*len(x):(i+1)*len(x)], x)
	}
}

// addTransposed adds aᵀ x to dst.
func addTransposed(dst, a, x []float64) {
	for k, xk := range x {
		addScaled(dst, xk, a[k*len(dst):(k+1)*len(dst)])
	}
}

func dot(x, y []float64) float64 {
	sum := 0.0
	for i, xi := range x {
		sum += xi * y[i]
	}
	return sum
}
