package simd

import "math"

func denseGo(c, from, a, b []float32, m, n, k, fromRow, aRow, aColumn int) {
	for i := range m {
		row := c[i*n : (i+1)*n]
		copy(row, from[i*fromRow:i*fromRow+n])
		for l := range k {
			x := a[i*aRow+l*aColumn]
			for j, y := range b[l*n : (l+1)*n] {
				row[j] += float32(x * y)
			}
		}
	}
}

func siluGo(z, slope []float32) {
	for i, x := range z {
		u := -x
		if 40 < u {
			u = 40
		}
		p, e := singleExpm1Parts(singleAtLeast(u, -40))
		e += float32(p * e)
		sigma := 1 / (1 + e)
		z[i] = x * sigma
		slope[i] = sigma + float32(z[i]*float32(e*sigma))
	}
}

func singleProductGo(dst, x []float32) {
	for i, v := range x {
		dst[i] *= v
	}
}

func addSingleGo(dst []float64, x []float32) {
	for i, v := range x {
		dst[i] += float64(v)
	}
}

func adamGo(x, mean, square, gradient []float64, c *AdamConstants) {
	for i, g := range gradient {
		g = float64(g * c.Scale)
		mean[i] = float64(c.Beta1*mean[i]) + float64(c.Rest1*g)
		square[i] = float64(c.Beta2*square[i]) + float64(float64(c.Rest2*g)*g)
		x[i] -= float64(c.Rate*mean[i]) * c.Correction1 / (math.Sqrt(float64(square[i]*c.Correction2)) + c.Epsilon)
	}
}
