package simd

func dense(c, from, a, b []float32, m, n, k, fromRow, aRow, aColumn int) {
	if level == none {
		denseGo(c, from, a, b, m, n, k, fromRow, aRow, aColumn)
		return
	}
	for j := 0; j < n; {
		columns := SingleBlock
		if level == avx512 && n-j >= 64 {
			columns = 64
		}
		for i := 0; i < m; {
			c, from, a := &c[i*n+j], &from[i*fromRow+j], &a[i*aRow]
			switch left := m - i; {
			case columns == 64 && left >= 4:
				tile4x64AVX512(c, from, a, &b[j], 4*n, 4*fromRow, 4*aRow, 4*aColumn, 4*n, k)
				i += 4
			case columns == 64:
				tile1x64AVX512(c, from, a, &b[j], 4*n, 4*fromRow, 4*aRow, 4*aColumn, 4*n, k)
				i++
			case level == avx512 && left >= 8:
				tile8x16AVX512(c, from, a, &b[j], 4*n, 4*fromRow, 4*aRow, 4*aColumn, 4*n, k)
				i += 8
			case level == avx512:
				tile1x16AVX512(c, from, a, &b[j], 4*n, 4*fromRow, 4*aRow, 4*aColumn, 4*n, k)
				i++
			case left >= 4:
				tile4x16AVX2(c, from, a, &b[j], 4*n, 4*fromRow, 4*aRow, 4*aColumn, 4*n, k)
				i += 4
			default:
				tile1x16AVX2(c, from, a, &b[j], 4*n, 4*fromRow, 4*aRow, 4*aColumn, 4*n, k)
				i++
			}
		}
		j += columns
	}
}

func silu(z, slope []float32) {
	switch level {
	case avx512:
		siluAVX512(&z[0], &slope[0], 4*len(z))
	case avx2:
		siluAVX2(&z[0], &slope[0], 4*len(z))
	default:
		siluGo(z, slope)
	}
}

func singleProduct(dst, x []float32) {
	switch level {
	case avx512:
		singleProductAVX512(&dst[0], &x[0], 4*len(dst))
	case avx2:
		singleProductAVX2(&dst[0], &x[0], 4*len(dst))
	default:
		singleProductGo(dst, x)
	}
}

func addSingle(dst []float64, x []float32) {
	switch level {
	case avx512:
		addSingleAVX512(&dst[0], &x[0], len(dst))
	case avx2:
		addSingleAVX2(&dst[0], &x[0], len(dst))
	default:
		addSingleGo(dst, x)
	}
}

func adam(x, mean, square, gradient []float64, c *AdamConstants) {
	switch level {
	case avx512:
		adamAVX512(&x[0], &mean[0], &square[0], &gradient[0], &c.Scale, len(x))
	case avx2:
		adamAVX2(&x[0], &mean[0], &square[0], &gradient[0], &c.Scale, len(x))
	default:
		adamGo(x, mean, square, gradient, c)
	}
}
