package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// The kernels in single precision handle blocks of sixteen numbers, and whole
// trials at a time. They multiply and add apart, never fused, so that their twin
// is plain Go on any machine.

const singleBlock = 16

// single is an instruction set on numbers of single precision.
type single struct{ isa }

func (s single) lanes() int { return 2 * s.isa.lanes }

func singleNumber(name string, x float64) Mem {
	bits := uint64(math.Float32bits(float32(x)))
	return constant("single"+name, bits<<32|bits)
}

func (s single) at(m Mem, i int) Mem { return m.Offset(i * 4 * s.lanes()) }

func (s single) parts() parts {
	p := make(parts, singleBlock/s.lanes())
	for i := range p {
		p[i] = s.vector()
	}
	return p
}

func (s single) zero() parts {
	p := s.parts()
	for _, r := range p {
		VXORPS(r, r, r)
	}
	return p
}

func (s single) load(m Mem) parts {
	p := s.parts()
	for i, r := range p {
		VMOVUPS(s.at(m, i), r)
	}
	return p
}

func (s single) broadcast(m Mem) VecVirtual {
	r := s.vector()
	VBROADCASTSS(m, r)
	return r
}

// addProduct adds x y to sum.
func (s single) addProduct(x Op, y, sum VecVirtual) {
	t := s.vector()
	VMULPS(x, y, t)
	VADDPS(t, sum, sum)
}

// (e^r − 1 − r)/r² for |r| up to ln(2)/2, lowest power first.
var singleQ = []float64{0x1.0000000000000p-1, 0x1.5554dc0000000p-3, 0x1.55551a0000000p-5, 0x1.120ba20000000p-7, 0x1.6d113c0000000p-10}

// expm1Parts returns p and 2^k with e^u = 2^k (1 + p), for u from −80 to 88.
func (s single) expm1Parts(u VecVirtual) (p, scale VecVirtual) {
	magic := singleNumber("Magic", 0x1.8p23+127)
	t, k, r, q := s.vector(), s.vector(), s.vector(), s.vector()
	VMULPS(singleNumber("Log2e", math.Log2E), u, t)
	VADDPS(magic, t, t)
	VSUBPS(magic, t, k)
	VPSLLD(Imm(23), t, t)
	VMULPS(singleNumber("Ln2High", 0x1.62e4p-1), k, r)
	VSUBPS(r, u, r)
	VMULPS(singleNumber("Ln2Low", 0x1.7f7d1cp-20), k, k)
	VSUBPS(k, r, r)
	// (c0 + c1 r) + r² ((c2 + c3 r) + c4 r²): shorter to wait for than Horner's rule.
	c := func(i int) Mem { return singleNumber(fmt.Sprint("Q", i), singleQ[i]) }
	square, high := k, s.vector()
	VMULPS(r, r, square)
	VMULPS(c(3), r, high)
	VADDPS(c(2), high, high)
	VMULPS(c(4), square, q)
	VADDPS(q, high, high)
	VMULPS(c(1), r, q)
	VADDPS(c(0), q, q)
	VMULPS(square, high, high)
	VADDPS(high, q, q)
	VMULPS(square, q, q)
	VADDPS(r, q, q)
	return q, t
}

// tanh returns tanh(x) = (e^(2x) − 1)/(e^(2x) + 1).
func (s single) tanh(x, least, most, one VecVirtual) VecVirtual {
	u, below := s.vector(), s.vector()
	VADDPS(x, x, u)
	VMINPS(u, most, u)
	VMAXPS(u, least, u)
	p, scale := s.expm1Parts(u)
	VMULPS(scale, p, p)
	VADDPS(one, scale, below)
	VSUBPS(one, scale, scale)
	VADDPS(p, below, below)
	VADDPS(scale, p, p) // e^(2x) − 1, accurate where x is small
	VDIVPS(below, p, p)
	return p
}

// sum returns the sum of a block in the lowest lane of a register: halves are
// added until one number is left.
func (s single) sum(p parts) VecVirtual {
	half := YMM()
	if len(p) == 1 {
		VEXTRACTF64X4(Imm(1), p[0], half)
		VADDPS(p[0].AsY(), half, half)
	} else {
		VADDPS(p[0], p[1], half)
	}
	quarter, pair := XMM(), XMM()
	VEXTRACTF128(Imm(1), half, quarter)
	VADDPS(half.AsX(), quarter, quarter)
	VPERMILPS(Imm(0x4e), quarter, pair) // lanes 2 3 0 1
	VADDPS(pair, quarter, quarter)
	VPERMILPS(Imm(0xb1), quarter, pair) // lanes 1 0 3 2
	VADDSS(pair, quarter, quarter)
	return quarter
}

// row is memory at base + offset.
func row(base, offset Register) Mem { return Mem{Base: base, Index: offset, Scale: 1} }

// argument is where a kernel's argument is.
func argument(name string) Mem {
	p, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return p.Addr
}

// forward: a network through the steps of a trial, for z of that many numbers.
func (s single) forward(weights int) {
	s.begin(fmt.Sprint("forward", weights), "func(z, x, h, w, n, noise *float32, steps, rank, stride int, keep, scale float32)",
		fmt.Sprintf("forward%d sets x and h of all steps, and the latents in z of all but the first; z has rows of %d.", weights, weights))
	z, x, h, w, n, noise := pointer("z"), pointer("x"), pointer("h"), pointer("w"), pointer("n"), pointer("noise")
	steps, stride := pointer("steps"), pointer("stride")
	least, most := s.broadcast(singleNumber("LeastTanh", -20)), s.broadcast(singleNumber("MostTanh", 20))
	one := s.broadcast(singleNumber("One", 1))
	at, column := GP64(), GP64()
	Label("step")
	coefficients := make([]VecVirtual, weights)
	for d := range coefficients {
		coefficients[d] = s.broadcast(Mem{Base: z, Disp: 4 * d})
	}
	loop("block", at, stride, 4*singleBlock, func() {
		LEAQ(row(w, at), column)
		sums := s.parts()
		for d, c := range coefficients {
			for i, r := range sums {
				if d == 0 {
					VMULPS(s.at(Mem{Base: column}, i), c, r)
				} else {
					s.addProduct(s.at(Mem{Base: column}, i), c, r)
				}
			}
			if d < weights-1 {
				ADDQ(stride, column)
			}
		}
		for i, r := range sums {
			VMOVUPS(r, s.at(row(x, at), i))
			VMOVUPS(s.tanh(r, least, most, one), s.at(row(h, at), i))
		}
	})
	// The latents of the next step.
	left := GP64()
	Load(Param("rank"), left)
	MOVQ(n, column)
	Label("latent")
	sums := s.dot(column, h, at, stride, "product")
	total := s.sum(sums)
	kept := XMM()
	VMULSS(argument("scale"), total, total)
	VMOVSS(argument("keep"), kept)
	VMULSS(Mem{Base: z}, kept, kept)
	VADDSS(total, kept, kept)
	VADDSS(Mem{Base: noise}, kept, kept)
	VMOVSS(kept, Mem{Base: z, Disp: 4 * weights})
	ADDQ(Imm(4), z)
	ADDQ(Imm(4), noise)
	ADDQ(stride, column)
	DECQ(left)
	JNE(LabelRef("latent"))
	// z has moved on by the rank; it is to move on by a row.
	Load(Param("rank"), left)
	SHLQ(Imm(2), left)
	SUBQ(left, z)
	ADDQ(Imm(uint64(4*weights)), z)
	ADDQ(stride, x)
	ADDQ(stride, h)
	DECQ(steps)
	JNE(LabelRef("step"))
	s.end()
}

// dot returns the partial sums of two rows.
func (s single) dot(a, b, at, stride Register, label string) parts {
	sums := s.zero()
	loop(label, at, stride, 4*singleBlock, func() {
		for i, r := range s.load(row(a, at)) {
			s.addProduct(s.at(row(b, at), i), r, sums[i])
		}
	})
	return sums
}

// backward: derivatives from the last of some steps to the first.
func (s single) backward(rank int) {
	s.begin(fmt.Sprint("backward", rank), "func(d, sum, a, h, e, gain, n, m, adjoint *float32, steps, rank, stride int, keep, scale float32)",
		fmt.Sprintf("backward%d goes back through steps; a has rows of %d.", rank, rank))
	d, sum, a, h, e := pointer("d"), pointer("sum"), pointer("a"), pointer("h"), pointer("e")
	gain, n, stride := pointer("gain"), pointer("n"), pointer("stride")
	one := s.broadcast(singleNumber("One", 1))
	at, column, to, left := GP64(), GP64(), GP64(), GP64()
	// To the last step.
	Load(Param("steps"), left)
	DECQ(left)
	MOVQ(left, at)
	IMULQ(stride, at)
	for _, p := range []Register{d, sum, h, e} {
		ADDQ(at, p)
	}
	IMUL3Q(Imm(uint64(4*rank)), left, left)
	ADDQ(left, a)
	Label("step")
	Load(Param("adjoint"), to)
	coefficients := make([]VecVirtual, rank)
	scale := s.broadcast(argument("scale"))
	for r := range coefficients {
		coefficients[r] = s.broadcast(Mem{Base: to, Disp: 4 * r})
		VMULPS(scale, coefficients[r], coefficients[r])
		VMOVSS(coefficients[r].AsX(), Mem{Base: a, Disp: 4 * r})
	}
	loop("block", at, stride, 4*singleBlock, func() {
		LEAQ(row(n, at), column)
		sums := s.parts()
		for r, c := range coefficients {
			for i, x := range sums {
				if r == 0 {
					VMULPS(s.at(Mem{Base: column}, i), c, x)
				} else {
					s.addProduct(s.at(Mem{Base: column}, i), c, x)
				}
			}
			if r < rank-1 {
				ADDQ(stride, column)
			}
		}
		for i, x := range s.load(row(h, at)) {
			VMULPS(x, x, x)
			VSUBPS(x, one, x)
			VMULPS(sums[i], x, x)
			VMOVUPS(x, s.at(row(d, at), i))
			g := s.vector()
			VMOVUPS(s.at(row(gain, at), i), g)
			s.addProduct(s.at(row(e, at), i), g, x)
			VMOVUPS(x, s.at(row(sum, at), i))
		}
	})
	Load(Param("m"), column)
	Load(Param("rank"), left)
	Label("latent")
	total := s.sum(s.dot(column, sum, at, stride, "product"))
	kept := XMM()
	VMOVSS(argument("keep"), kept)
	VMULSS(Mem{Base: to}, kept, kept)
	VADDSS(total, kept, kept)
	VMOVSS(kept, Mem{Base: to})
	ADDQ(Imm(4), to)
	ADDQ(stride, column)
	DECQ(left)
	JNE(LabelRef("latent"))
	for _, p := range []Register{d, sum, h, e} {
		SUBQ(stride, p)
	}
	SUBQ(Imm(uint64(4*rank)), a)
	count := GP64()
	Load(Param("steps"), count)
	DECQ(count)
	Store(count, Param("steps"))
	JNE(LabelRef("step"))
	s.end()
}

// rates: the Poisson likelihood of rows of counts.
func (s single) rates() {
	s.begin("rates", "func(e, x *float32, counts *uint8, gain, base, more, loss *float32, steps, stride int)",
		"rates sets e to rate minus count, and adds rate minus count times log rate to the sixteen sums in loss.")
	e, x, counts := pointer("e"), pointer("x"), pointer("counts")
	gain, base, more := pointer("gain"), pointer("base"), pointer("more")
	stride, at := pointer("stride"), GP64()
	least, most := s.broadcast(singleNumber("LeastExponent", -80)), s.broadcast(singleNumber("Two", 2))
	to := pointer("loss")
	loss := s.load(Mem{Base: to})
	Label("step")
	loop("block", at, stride, 4*singleBlock, func() {
		for i, y := range s.load(row(base, at)) {
			z := s.vector()
			VADDPS(s.at(row(more, at), i), y, y)
			VMOVUPS(s.at(row(gain, at), i), z)
			s.addProduct(s.at(row(x, at), i), z, y)
			VMINPS(y, most, z)
			VMAXPS(z, least, z)
			p, rate := s.expm1Parts(z)
			VMULPS(rate, p, p)
			VADDPS(p, rate, rate)
			count := s.vector()
			VPMOVZXBD(Mem{Base: counts, Disp: i * s.lanes()}, count)
			VCVTDQ2PS(count, count)
			VMULPS(count, z, z)
			VSUBPS(z, rate, z)
			VADDPS(z, loss[i], loss[i])
			VMOVUPS(s.differenceBelow(rate, count, y, most), s.at(row(e, at), i))
		}
		ADDQ(Imm(singleBlock), counts)
	})
	for _, p := range []Register{e, x, more} {
		ADDQ(stride, p)
	}
	steps := GP64()
	Load(Param("steps"), steps)
	DECQ(steps)
	Store(steps, Param("steps"))
	JNE(LabelRef("step"))
	for i, r := range loss {
		VMOVUPS(r, s.at(Mem{Base: to}, i))
	}
	s.end()
}

// differenceBelow returns x − y where v is less than limit, and 0 elsewhere.
func (s single) differenceBelow(x, y, v, limit VecVirtual) VecVirtual {
	const lessThan = 1
	d := s.vector()
	if s.lanes() == 16 {
		mask := K()
		VCMPPS(Imm(lessThan), limit, v, mask)
		VSUBPS_Z(y, x, mask, d)
		return d
	}
	VCMPPS(Imm(lessThan), limit, v, v)
	VSUBPS(y, x, d)
	VANDPS(v, d, d)
	return d
}

// outer: k columns of dst each get a sum of rows over time.
func (s single) outer(k int) {
	s.begin(fmt.Sprint("singleOuter", k), "func(dst, coefficients, rows *float32, stride, width, count int)",
		fmt.Sprintf("singleOuter%d adds to each of %d columns of dst the sum over time of rows times the column's coefficient.", k, k))
	dst, coefficients, rows := pointer("dst"), pointer("coefficients"), pointer("rows")
	stride, width, count := pointer("stride"), pointer("width"), pointer("count")
	at, t, from, coefficient, column := GP64(), GP64(), GP64(), GP64(), GP64()
	loop("block", at, stride, 4*singleBlock, func() {
		sums := make([]parts, k)
		LEAQ(row(dst, at), column)
		for j := range k {
			sums[j] = s.load(Mem{Base: column})
			ADDQ(stride, column)
		}
		LEAQ(row(rows, at), from)
		MOVQ(coefficients, coefficient)
		MOVQ(count, t)
		Label("row")
		r := s.load(Mem{Base: from})
		for j := range k {
			c := s.broadcast(Mem{Base: coefficient, Disp: 4 * j})
			for i := range r {
				s.addProduct(r[i], c, sums[j][i])
			}
		}
		ADDQ(stride, from)
		ADDQ(width, coefficient)
		DECQ(t)
		JNE(LabelRef("row"))
		LEAQ(row(dst, at), column)
		for j := range k {
			for i, r := range sums[j] {
				VMOVUPS(r, s.at(Mem{Base: column}, i))
			}
			ADDQ(stride, column)
		}
	})
	s.end()
}

// moments: sums over time of what each neuron contributes to gradients.
func (s single) moments() {
	s.begin("singleMoments", "func(sumD, sumEX, sumE, d, e, x *float32, stride, count int)",
		"singleMoments adds to its sums, for each neuron, d, e x and e of all rows.")
	sumD, sumEX, sumE := pointer("sumD"), pointer("sumEX"), pointer("sumE")
	d, e, x := pointer("d"), pointer("e"), pointer("x")
	stride, count := pointer("stride"), pointer("count")
	at, t, from := GP64(), GP64(), GP64()
	loop("block", at, stride, 4*singleBlock, func() {
		ds, exs, es := s.load(row(sumD, at)), s.load(row(sumEX, at)), s.load(row(sumE, at))
		MOVQ(at, from)
		MOVQ(count, t)
		Label("row")
		for i, r := range s.load(row(e, from)) {
			VADDPS(r, es[i], es[i])
			s.addProduct(s.at(row(x, from), i), r, exs[i])
			VADDPS(s.at(row(d, from), i), ds[i], ds[i])
		}
		ADDQ(stride, from)
		DECQ(t)
		JNE(LabelRef("row"))
		for i := range ds {
			VMOVUPS(ds[i], s.at(row(sumD, at), i))
			VMOVUPS(exs[i], s.at(row(sumEX, at), i))
			VMOVUPS(es[i], s.at(row(sumE, at), i))
		}
	})
	s.end()
}
