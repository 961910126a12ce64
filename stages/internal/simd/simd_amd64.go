package simd

import "golang.org/x/sys/cpu"

//go:generate sh -c "cd generate && go run . -out ../kernels_amd64.s -stubs ../kernels_amd64.go -pkg simd"

// instructions are the vector instructions that are used.
type instructions int

const (
	none instructions = iota
	avx2
	avx512
)

var level = best()

// best is the widest set that this processor has.
func best() instructions {
	x := &cpu.X86
	switch {
	case x.HasAVX512F && x.HasAVX512DQ && x.HasAVX512VL && x.HasFMA && x.HasAVX2:
		return avx512
	case x.HasAVX2 && x.HasFMA:
		return avx2
	}
	return none
}

func combine(dst, w, z []float64) {
	switch level {
	case avx512:
		combineAVX512(&dst[0], &w[0], &z[0], 8*len(dst), len(z), len(dst))
	case avx2:
		combineAVX2(&dst[0], &w[0], &z[0], 8*len(dst), len(z), len(dst))
	default:
		combineGo(dst, w, z)
	}
}

func dots(lanes *[4 * Block]float64, w, x []float64, k int) {
	switch {
	case level == none:
		dotsGo(lanes, w, x, k)
	case k == 4 && level == avx512:
		dots4AVX512(&lanes[0], &w[0], &x[0], 8*len(x), len(x))
	case k == 4 && level == avx2:
		dots4AVX2(&lanes[0], &w[0], &x[0], 8*len(x), len(x))
	case k == 2 && level == avx512:
		dots2AVX512(&lanes[0], &w[0], &x[0], 8*len(x), len(x))
	case k == 2 && level == avx2:
		dots2AVX2(&lanes[0], &w[0], &x[0], 8*len(x), len(x))
	case k == 1 && level == avx512:
		dots1AVX512(&lanes[0], &w[0], &x[0], 8*len(x), len(x))
	case k == 1 && level == avx2:
		dots1AVX2(&lanes[0], &w[0], &x[0], 8*len(x), len(x))
	}
}

func outer(dst, c, x []float64, width, k int) {
	n := len(dst) / k
	switch {
	case level == none:
		outerGo(dst, c, x, width, k)
	case k == 4 && level == avx512:
		outer4AVX512(&dst[0], &c[0], &x[0], 8*n, 8*width, len(x)/n, n)
	case k == 4 && level == avx2:
		outer4AVX2(&dst[0], &c[0], &x[0], 8*n, 8*width, len(x)/n, n)
	case k == 2 && level == avx512:
		outer2AVX512(&dst[0], &c[0], &x[0], 8*n, 8*width, len(x)/n, n)
	case k == 2 && level == avx2:
		outer2AVX2(&dst[0], &c[0], &x[0], 8*n, 8*width, len(x)/n, n)
	case k == 1 && level == avx512:
		outer1AVX512(&dst[0], &c[0], &x[0], 8*n, 8*width, len(x)/n, n)
	case k == 1 && level == avx2:
		outer1AVX2(&dst[0], &c[0], &x[0], 8*n, 8*width, len(x)/n, n)
	}
}

func product(dst, x, y []float64) {
	switch level {
	case avx512:
		productAVX512(&dst[0], &x[0], &y[0], len(dst))
	case avx2:
		productAVX2(&dst[0], &x[0], &y[0], len(dst))
	default:
		productGo(dst, x, y)
	}
}

func exp(dst, x []float64) {
	switch level {
	case avx512:
		expAVX512(&dst[0], &x[0], len(dst))
	case avx2:
		expAVX2(&dst[0], &x[0], len(dst))
	default:
		expGo(dst, x)
	}
}

func tanh(dst, x []float64) {
	switch level {
	case avx512:
		tanhAVX512(&dst[0], &x[0], len(dst))
	case avx2:
		tanhAVX2(&dst[0], &x[0], len(dst))
	default:
		tanhGo(dst, x)
	}
}

func softplus(dst, x []float64) {
	switch level {
	case avx512:
		softplusAVX512(&dst[0], &x[0], len(dst))
	case avx2:
		softplusAVX2(&dst[0], &x[0], len(dst))
	default:
		softplusGo(dst, x)
	}
}

func poisson(e, x []float64, counts []uint8, gain, base, more []float64, loss *[Block]float64) {
	switch level {
	case avx512:
		poissonAVX512(&e[0], &x[0], &counts[0], &gain[0], &base[0], &more[0], &loss[0], len(e))
	case avx2:
		poissonAVX2(&e[0], &x[0], &counts[0], &gain[0], &base[0], &more[0], &loss[0], len(e))
	default:
		poissonGo(e, x, counts, gain, base, more, loss)
	}
}

func backprop(d, s, h, e, gain []float64) {
	switch level {
	case avx512:
		backpropAVX512(&d[0], &s[0], &h[0], &e[0], &gain[0], len(d))
	case avx2:
		backpropAVX2(&d[0], &s[0], &h[0], &e[0], &gain[0], len(d))
	default:
		backpropGo(d, s, h, e, gain)
	}
}

func moments(sumD, sumEX, sumE, d, e, x []float64) {
	switch level {
	case avx512:
		momentsAVX512(&sumD[0], &sumEX[0], &sumE[0], &d[0], &e[0], &x[0], 8*len(sumD), len(d)/len(sumD), len(sumD))
	case avx2:
		momentsAVX2(&sumD[0], &sumEX[0], &sumE[0], &d[0], &e[0], &x[0], 8*len(sumD), len(d)/len(sumD), len(sumD))
	default:
		momentsGo(sumD, sumEX, sumE, d, e, x)
	}
}
