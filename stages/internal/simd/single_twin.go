package simd

import "math"

// The kernels in single precision in Go. Products are converted where they are
// added to something, so that no compiler fuses the two.

var singleQ = [...]float32{0x1.0000000000000p-1, 0x1.5554dc0000000p-3, 0x1.55551a0000000p-5, 0x1.120ba20000000p-7, 0x1.6d113c0000000p-10}

const (
	singleMagic         = 0x1.8p23 + 127
	singleLog2e float32 = math.Log2E
	singleHigh  float32 = 0x1.62e4p-1
	singleLow   float32 = 0x1.7f7d1cp-20
)

// singleExpm1Parts returns p and 2^k with e^u = 2^k (1 + p), for u from −80 to 88.
func singleExpm1Parts(u float32) (p, scale float32) {
	t := float32(singleLog2e*u) + singleMagic
	k := t - singleMagic
	r := u - float32(singleHigh*k)
	r -= float32(singleLow * k)
	square := r * r
	high := (float32(r*singleQ[3]) + singleQ[2]) + float32(square*singleQ[4])
	q := (float32(r*singleQ[1]) + singleQ[0]) + float32(high*square)
	return float32(q*square) + r, math.Float32frombits(math.Float32bits(t) << 23)
}

func singleAtLeast(u, least float32) float32 {
	if least > u {
		return least
	}
	return u
}

// singleTanh is (e^(2x) − 1)/(e^(2x) + 1).
func singleTanh(x float32) float32 {
	u := x + x
	if 20 < u {
		u = 20
	}
	p, scale := singleExpm1Parts(singleAtLeast(u, -20))
	p = float32(p * scale)
	return (p + (scale - 1)) / (p + (scale + 1))
}

func forwardGo(s *Single, z, x, h, noise []float32, steps int) {
	var sums [SingleBlock]float32
	for t := range steps {
		at, next := z[t*s.Weights:(t+1)*s.Weights], z[(t+1)*s.Weights:]
		xs, hs := x[t*s.Width:(t+1)*s.Width], h[t*s.Width:(t+1)*s.Width]
		for i := range xs {
			sum := float32(s.W[i] * at[0])
			for d := 1; d < s.Weights; d++ {
				sum += float32(s.W[d*s.Width+i] * at[d])
			}
			xs[i], hs[i] = sum, singleTanh(sum)
		}
		for r := range s.Rank {
			total := singleDot(&sums, s.N[r*s.Width:(r+1)*s.Width], hs)
			next[r] = float32(float32(s.Keep*at[r])+float32(s.Scale*total)) + noise[t*s.Rank+r]
		}
	}
}

func singleDot(sums *[SingleBlock]float32, a, b []float32) float32 {
	*sums = [SingleBlock]float32{}
	for i, x := range a {
		sums[i%SingleBlock] += float32(x * b[i])
	}
	return SumSingle(sums)
}

func backwardGo(s *Single, d, sum, a, h, e, adjoint []float32, steps int) {
	var sums [SingleBlock]float32
	for t := steps - 1; t >= 0; t-- {
		lo, hi := t*s.Width, (t+1)*s.Width
		to := a[t*s.Latents : (t+1)*s.Latents]
		for r, x := range adjoint {
			to[r] = s.Scale * x
		}
		for i := lo; i < hi; i++ {
			x := float32(s.N[i-lo] * to[0])
			for r := 1; r < s.Latents; r++ {
				x += float32(s.N[r*s.Width+i-lo] * to[r])
			}
			d[i] = float32(x * (1 - float32(h[i]*h[i])))
			sum[i] = d[i] + float32(e[i]*s.Gain[i-lo])
		}
		for r := range s.Rank {
			adjoint[r] = float32(s.Keep*adjoint[r]) + singleDot(&sums, s.W[r*s.Width:(r+1)*s.Width], sum[lo:hi])
		}
	}
}

func ratesGo(s *Single, e, x []float32, counts []uint8, base, more []float32, loss *[SingleBlock]float32, steps int) {
	for t := range steps {
		for i := range s.Width {
			at := t*s.Width + i
			y := (base[i] + more[at]) + float32(x[at]*s.Gain[i])
			z := y
			if MaxLogRate < z {
				z = MaxLogRate
			}
			z = singleAtLeast(z, -80)
			p, scale := singleExpm1Parts(z)
			rate, count := scale+float32(p*scale), float32(counts[at])
			loss[i%SingleBlock] += rate - float32(z*count)
			e[at] = 0
			if y < MaxLogRate {
				e[at] = rate - count
			}
		}
	}
}

func singleOuterGo(n int, dst, c, x []float32, width, steps, k int) {
	for j := range k {
		column := dst[j*n : (j+1)*n]
		for t := range steps {
			a := c[t*width+j]
			for i, v := range x[t*n : (t+1)*n] {
				column[i] += float32(v * a)
			}
		}
	}
}

func singleMomentsGo(n int, sumD, sumEX, sumE, d, e, x []float32, steps int) {
	for t := range steps {
		for i := range n {
			at := t*n + i
			sumD[i] += d[at]
			sumEX[i] += float32(e[at] * x[at])
			sumE[i] += e[at]
		}
	}
}
