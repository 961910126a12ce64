//go:build !amd64

package simd

func combine(dst, w, z []float64) { combineGo(dst, w, z) }

func dots(lanes *[4 * Block]float64, w, x []float64, k int) { dotsGo(lanes, w, x, k) }

func outer(dst, c, x []float64, width, k int) { outerGo(dst, c, x, width, k) }

func product(dst, x, y []float64) { productGo(dst, x, y) }

func exp(dst, x []float64) { expGo(dst, x) }

func tanh(dst, x []float64) { tanhGo(dst, x) }

func softplus(dst, x []float64) { softplusGo(dst, x) }

func poisson(e, x []float64, counts []uint8, gain, base, more []float64, loss *[Block]float64) {
	poissonGo(e, x, counts, gain, base, more, loss)
}

func backprop(d, s, h, e, gain []float64) { backpropGo(d, s, h, e, gain) }

func moments(sumD, sumEX, sumE, d, e, x []float64) { momentsGo(sumD, sumEX, sumE, d, e, x) }
