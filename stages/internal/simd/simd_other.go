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

func forward(s *Single, z, x, h, noise []float32, steps int) { forwardGo(s, z, x, h, noise, steps) }

func backward(s *Single, d, sum, a, h, e, adjoint []float32, steps int) {
	backwardGo(s, d, sum, a, h, e, adjoint, steps)
}

func rates(s *Single, e, x []float32, counts []uint8, base, more []float32, loss *[SingleBlock]float32, steps int) {
	ratesGo(s, e, x, counts, base, more, loss, steps)
}

func singleOuter(n int, dst, c, x []float32, width, steps, k int) {
	singleOuterGo(n, dst, c, x, width, steps, k)
}

func singleMoments(n int, sumD, sumEX, sumE, d, e, x []float32, steps int) {
	singleMomentsGo(n, sumD, sumEX, sumE, d, e, x, steps)
}

func dense(c, from, a, b []float32, m, n, k, fromRow, aRow, aColumn int) {
	denseGo(c, from, a, b, m, n, k, fromRow, aRow, aColumn)
}

func silu(z, slope []float32) { siluGo(z, slope) }

func singleProduct(dst, x []float32) { singleProductGo(dst, x) }

func addSingle(dst []float64, x []float32) { addSingleGo(dst, x) }

func adam(x, mean, square, gradient []float64, c *AdamConstants) {
	adamGo(x, mean, square, gradient, c)
}
