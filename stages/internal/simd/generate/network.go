package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// counts returns one register's worth of counts as numbers.
func (s isa) counts(m Mem) VecVirtual {
	r := s.vector()
	if s.lanes == 8 {
		whole := YMM()
		VPMOVZXBD(m, whole)
		VCVTDQ2PD(whole, r)
		return r
	}
	whole := XMM()
	VPMOVZXBD(m, whole)
	VCVTDQ2PD(whole, r)
	return r
}

// differenceBelow returns x − y where v is less than limit, and 0 elsewhere.
func (s isa) differenceBelow(x, y, v, limit VecVirtual) VecVirtual {
	const lessThan = 1
	d := s.vector()
	if s.lanes == 8 {
		mask := K()
		VCMPPD(Imm(lessThan), limit, v, mask)
		VSUBPD_Z(y, x, mask, d)
		return d
	}
	VCMPPD(Imm(lessThan), limit, v, v)
	VSUBPD(y, x, d)
	VANDPD(v, d, d)
	return d
}

// poisson: the likelihood of one step's counts under rates exp(base + gain x + more).
func (s isa) poisson() {
	s.begin("poisson", "func(e, x *float64, counts *uint8, gain, base, more, lanes *float64, n int)", "poisson sets e to rate minus count, and adds rate minus count times log rate to the eight sums in lanes.")
	e, x, counts := pointer("e"), pointer("x"), pointer("counts")
	gain, base, more, lanes := pointer("gain"), pointer("base"), pointer("more"), pointer("lanes")
	n, at, byteAt := pointer("n"), GP64(), GP64()
	least, most := s.broadcast(number("leastExponent", -708)), s.broadcast(number("two", 2))
	loss := s.load(Mem{Base: lanes})
	SHLQ(Imm(3), n)
	XORQ(byteAt, byteAt)
	loop("block", at, n, 8*block, func() {
		for i, y := range s.load(index(base, at)) {
			g := s.vector()
			VADDPD(s.at(index(more, at), i), y, y)
			VMOVUPD(s.at(index(gain, at), i), g)
			VFMADD231PD(s.at(index(x, at), i), g, y)
			z := g
			VMINPD(y, most, z)
			VMAXPD(z, least, z)
			rate := s.exponential(z, least)
			count := s.counts(index(counts, byteAt).Offset(i * s.lanes))
			VFNMADD213PD(rate, count, z)
			VADDPD(z, loss[i], loss[i])
			VMOVUPD(s.differenceBelow(rate, count, y, most), s.at(index(e, at), i))
		}
		ADDQ(Imm(block), byteAt)
	})
	s.store(loss, Mem{Base: lanes})
	s.end()
}

// backprop: from the derivative by what a neuron gives to that by its drive.
func (s isa) backprop() {
	s.begin("backprop", "func(d, s, h, e, gain *float64, n int)", "backprop replaces d by d times 1 − h², and sets s to that plus gain times e.")
	d, sum, h, e, gain := pointer("d"), pointer("s"), pointer("h"), pointer("e"), pointer("gain")
	n, at := pointer("n"), GP64()
	SHLQ(Imm(3), n)
	one := s.broadcast(number("one", 1))
	loop("block", at, n, 8*block, func() {
		for i, r := range s.load(index(h, at)) {
			slope := s.vector()
			VMOVAPD(one, slope)
			VFNMADD231PD(r, r, slope)
			VMULPD(s.at(index(d, at), i), slope, slope)
			VMOVUPD(slope, s.at(index(d, at), i))
			VMOVUPD(s.at(index(gain, at), i), r)
			VFMADD231PD(s.at(index(e, at), i), r, slope)
			VMOVUPD(slope, s.at(index(sum, at), i))
		}
	})
	s.end()
}

// moments: sums over time of what each neuron contributes to gradients.
func (s isa) moments() {
	s.begin("moments", "func(sumD, sumEX, sumE, d, e, x *float64, stride, count, n int)", "moments adds to its sums, for each neuron, d, e x and e of all rows.")
	sumD, sumEX, sumE := pointer("sumD"), pointer("sumEX"), pointer("sumE")
	d, e, x := pointer("d"), pointer("e"), pointer("x")
	stride, count, n := pointer("stride"), pointer("count"), pointer("n")
	at, t, row := GP64(), GP64(), GP64()
	SHLQ(Imm(3), n)
	loop("block", at, n, 8*block, func() {
		ds, exs, es := s.load(index(sumD, at)), s.load(index(sumEX, at)), s.load(index(sumE, at))
		MOVQ(at, row)
		MOVQ(count, t)
		Label("row")
		for i, r := range s.load(index(e, row)) {
			VADDPD(r, es[i], es[i])
			VFMADD231PD(s.at(index(x, row), i), r, exs[i])
			VADDPD(s.at(index(d, row), i), ds[i], ds[i])
		}
		ADDQ(stride, row)
		DECQ(t)
		JNE(LabelRef("row"))
		s.store(ds, index(sumD, at))
		s.store(exs, index(sumEX, at))
		s.store(es, index(sumE, at))
	})
	s.end()
}
