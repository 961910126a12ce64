package simd

func forward(s *Single, z, x, h, noise []float32, steps int) {
	switch {
	case level == none:
		forwardGo(s, z, x, h, noise, steps)
	case s.Weights == 4 && level == avx512:
		forward4AVX512(&z[0], &x[0], &h[0], &s.W[0], &s.N[0], &noise[0], steps, s.Rank, 4*s.Width, s.Keep, s.Scale)
	case s.Weights == 4 && level == avx2:
		forward4AVX2(&z[0], &x[0], &h[0], &s.W[0], &s.N[0], &noise[0], steps, s.Rank, 4*s.Width, s.Keep, s.Scale)
	case s.Weights == 5 && level == avx512:
		forward5AVX512(&z[0], &x[0], &h[0], &s.W[0], &s.N[0], &noise[0], steps, s.Rank, 4*s.Width, s.Keep, s.Scale)
	case s.Weights == 5 && level == avx2:
		forward5AVX2(&z[0], &x[0], &h[0], &s.W[0], &s.N[0], &noise[0], steps, s.Rank, 4*s.Width, s.Keep, s.Scale)
	case s.Weights == 6 && level == avx512:
		forward6AVX512(&z[0], &x[0], &h[0], &s.W[0], &s.N[0], &noise[0], steps, s.Rank, 4*s.Width, s.Keep, s.Scale)
	case s.Weights == 6 && level == avx2:
		forward6AVX2(&z[0], &x[0], &h[0], &s.W[0], &s.N[0], &noise[0], steps, s.Rank, 4*s.Width, s.Keep, s.Scale)
	case s.Weights == 8 && level == avx512:
		forward8AVX512(&z[0], &x[0], &h[0], &s.W[0], &s.N[0], &noise[0], steps, s.Rank, 4*s.Width, s.Keep, s.Scale)
	case s.Weights == 8 && level == avx2:
		forward8AVX2(&z[0], &x[0], &h[0], &s.W[0], &s.N[0], &noise[0], steps, s.Rank, 4*s.Width, s.Keep, s.Scale)
	case s.Weights == 12 && level == avx512:
		forward12AVX512(&z[0], &x[0], &h[0], &s.W[0], &s.N[0], &noise[0], steps, s.Rank, 4*s.Width, s.Keep, s.Scale)
	case s.Weights == 12 && level == avx2:
		forward12AVX2(&z[0], &x[0], &h[0], &s.W[0], &s.N[0], &noise[0], steps, s.Rank, 4*s.Width, s.Keep, s.Scale)
	}
}

func backward(s *Single, d, sum, a, h, e, adjoint []float32, steps int) {
	switch {
	case level == none:
		backwardGo(s, d, sum, a, h, e, adjoint, steps)
	case s.Latents == 2 && level == avx512:
		backward2AVX512(&d[0], &sum[0], &a[0], &h[0], &e[0], &s.Gain[0], &s.N[0], &s.W[0], &adjoint[0], steps, s.Rank, 4*s.Width, s.Keep, s.Scale)
	case s.Latents == 2 && level == avx2:
		backward2AVX2(&d[0], &sum[0], &a[0], &h[0], &e[0], &s.Gain[0], &s.N[0], &s.W[0], &adjoint[0], steps, s.Rank, 4*s.Width, s.Keep, s.Scale)
	case s.Latents == 4 && level == avx512:
		backward4AVX512(&d[0], &sum[0], &a[0], &h[0], &e[0], &s.Gain[0], &s.N[0], &s.W[0], &adjoint[0], steps, s.Rank, 4*s.Width, s.Keep, s.Scale)
	case s.Latents == 4 && level == avx2:
		backward4AVX2(&d[0], &sum[0], &a[0], &h[0], &e[0], &s.Gain[0], &s.N[0], &s.W[0], &adjoint[0], steps, s.Rank, 4*s.Width, s.Keep, s.Scale)
	case s.Latents == 8 && level == avx512:
		backward8AVX512(&d[0], &sum[0], &a[0], &h[0], &e[0], &s.Gain[0], &s.N[0], &s.W[0], &adjoint[0], steps, s.Rank, 4*s.Width, s.Keep, s.Scale)
	case s.Latents == 8 && level == avx2:
		backward8AVX2(&d[0], &sum[0], &a[0], &h[0], &e[0], &s.Gain[0], &s.N[0], &s.W[0], &adjoint[0], steps, s.Rank, 4*s.Width, s.Keep, s.Scale)
	}
}

func rates(s *Single, e, x []float32, counts []uint8, base, more []float32, loss *[SingleBlock]float32, steps int) {
	switch level {
	case avx512:
		ratesAVX512(&e[0], &x[0], &counts[0], &s.Gain[0], &base[0], &more[0], &loss[0], steps, 4*s.Width)
	case avx2:
		ratesAVX2(&e[0], &x[0], &counts[0], &s.Gain[0], &base[0], &more[0], &loss[0], steps, 4*s.Width)
	default:
		ratesGo(s, e, x, counts, base, more, loss, steps)
	}
}

func singleOuter(n int, dst, c, x []float32, width, steps, k int) {
	switch {
	case level == none:
		singleOuterGo(n, dst, c, x, width, steps, k)
	case k == 4 && level == avx512:
		singleOuter4AVX512(&dst[0], &c[0], &x[0], 4*n, 4*width, steps)
	case k == 4 && level == avx2:
		singleOuter4AVX2(&dst[0], &c[0], &x[0], 4*n, 4*width, steps)
	case k == 2 && level == avx512:
		singleOuter2AVX512(&dst[0], &c[0], &x[0], 4*n, 4*width, steps)
	case k == 2 && level == avx2:
		singleOuter2AVX2(&dst[0], &c[0], &x[0], 4*n, 4*width, steps)
	case k == 1 && level == avx512:
		singleOuter1AVX512(&dst[0], &c[0], &x[0], 4*n, 4*width, steps)
	case k == 1 && level == avx2:
		singleOuter1AVX2(&dst[0], &c[0], &x[0], 4*n, 4*width, steps)
	}
}

func singleMoments(n int, sumD, sumEX, sumE, d, e, x []float32, steps int) {
	switch level {
	case avx512:
		singleMomentsAVX512(&sumD[0], &sumEX[0], &sumE[0], &d[0], &e[0], &x[0], 4*n, steps)
	case avx2:
		singleMomentsAVX2(&sumD[0], &sumEX[0], &sumE[0], &d[0], &e[0], &x[0], 4*n, steps)
	default:
		singleMomentsGo(n, sumD, sumEX, sumE, d, e, x, steps)
	}
}
