package simd

import "math"

// The kernels in Go. Each operation is that of the assembly, on the same
// numbers, in the same order: math.FMA where that has a fused one, the operands
// of minimum and maximum so that NaN comes through, and no product within a sum
// that a compiler might fuse.

// Polynomials, lowest power first; generate/elementwise.go says of what.
var (
	expm1Q = [...]float64{0x1.0000000000001p-1, 0x1.5555555555556p-3, 0x1.5555555553d4fp-5, 0x1.11111111109adp-7, 0x1.6c16c17893833p-10,
		0x1.a01a01a7c8d47p-13, 0x1.a019b8ef67c6cp-16, 0x1.71de0d9c145d0p-19, 0x1.2891a8c1d838dp-22, 0x1.af38d53857513p-26}
	artanhL = [...]float64{0x1.5555555555555p-1, 0x1.999999999a3dfp-2, 0x1.24924923d422cp-2, 0x1.c71c727164156p-3, 0x1.745cf0aa6a011p-3,
		0x1.3b18b34a260a3p-3, 0x1.10ac6a3d3e5f6p-3, 0x1.eb913ba3ef69ep-4, 0x1.687604d0c86a1p-4, 0x1.4b0ed4be611b2p-3}
)

const (
	ln2High       = 0x1.62e42fefa39efp-1
	ln2Low        = 0x1.abc9e3b39803fp-56
	magic         = 0x1.8p52 + 1023
	leastExponent = -708
	leastTanh     = -40
)

func polynomial(c *[10]float64, x float64) float64 {
	sum := c[9]
	for k := 8; k >= 0; k-- {
		sum = math.FMA(sum, x, c[k])
	}
	return sum
}

// atLeast is the larger of u and least, or NaN where u is NaN.
func atLeast(u, least float64) float64 {
	if least > u {
		return least
	}
	return u
}

// expm1Parts returns p and 2^k with e^u = 2^k (1 + p), for u from −708 to 709.
func expm1Parts(u float64) (p, scale float64) {
	t := math.FMA(math.Log2E, u, magic)
	k := t - magic
	r := math.FMA(-ln2High, k, u)
	r = math.FMA(-ln2Low, k, r)
	q := polynomial(&expm1Q, r)
	rr := r * r
	return math.FMA(q, rr, r), math.Float64frombits(math.Float64bits(t) << 52)
}

func exponential(u float64) float64 {
	p, scale := expm1Parts(atLeast(u, leastExponent))
	return math.FMA(scale, p, scale)
}

func expGo(dst, x []float64) {
	for i, u := range x {
		dst[i] = exponential(u)
	}
}

func tanhGo(dst, x []float64) {
	for i, v := range x {
		u := math.Abs(v) * -2
		p, scale := expm1Parts(atLeast(u, leastTanh))
		p = math.FMA(scale, p, scale-1) // e^(−2|x|) − 1
		dst[i] = math.Copysign(p/(p+2), v)
	}
}

func softplusGo(dst, x []float64) {
	for i, v := range x {
		e := exponential(-math.Abs(v))
		s := e / (e + 2) // log(1 + e) = 2 artanh(s)
		ss := s * s
		l := polynomial(&artanhL, ss)
		cube := s * ss
		dst[i] = atLeast(v, 0) + math.FMA(l, cube, s+s)
	}
}

func combineGo(dst, w, z []float64) {
	clear(dst)
	for d, c := range z {
		column := w[d*len(dst):][:len(dst)]
		for i, x := range column {
			dst[i] = math.FMA(x, c, dst[i])
		}
	}
}

func dotsGo(lanes *[4 * Block]float64, w, x []float64, k int) {
	for j := range k {
		sums := lanes[j*Block:][:Block]
		clear(sums)
		column := w[j*len(x):][:len(x)]
		for i, v := range x {
			sums[i%Block] = math.FMA(column[i], v, sums[i%Block])
		}
	}
}

func outerGo(dst, c, x []float64, width, k int) {
	n := len(dst) / k
	for j := range k {
		column := dst[j*n:][:n]
		for t := range len(x) / n {
			a := c[t*width+j]
			for i, v := range x[t*n:][:n] {
				column[i] = math.FMA(v, a, column[i])
			}
		}
	}
}

func productGo(dst, x, y []float64) {
	for i, v := range x {
		dst[i] = v * y[i]
	}
}

func poissonGo(e, x []float64, counts []uint8, gain, base, more []float64, loss *[Block]float64) {
	for i, v := range x {
		y := math.FMA(v, gain[i], base[i]+more[i])
		z := y
		if MaxLogRate < z {
			z = MaxLogRate
		}
		z = atLeast(z, leastExponent)
		rate := exponential(z)
		count := float64(counts[i])
		loss[i%Block] += math.FMA(-count, z, rate)
		if y < MaxLogRate {
			e[i] = rate - count
		} else {
			e[i] = 0
		}
	}
}

func backpropGo(d, s, h, e, gain []float64) {
	for i, v := range h {
		slope := d[i] * math.FMA(-v, v, 1)
		d[i] = slope
		s[i] = math.FMA(e[i], gain[i], slope)
	}
}

func momentsGo(sumD, sumEX, sumE, d, e, x []float64) {
	n := len(sumD)
	for i := range sumD {
		for at := i; at < len(d); at += n {
			sumD[i] += d[at]
			sumEX[i] = math.FMA(e[at], x[at], sumEX[i])
			sumE[i] += e[at]
		}
	}
}
