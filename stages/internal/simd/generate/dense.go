package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// The kernels of dense layers, in single precision. A number of a product is a
// sum in the order of what is summed over, in whatever tile it lies: so tiles
// can have the shape that suits the registers.

// tile: so many rows and columns of a matrix product.
func (s single) tile(rows, columns int) {
	s.begin(fmt.Sprintf("tile%dx%d", rows, columns), "func(c, from, a, b *float32, cRow, fromRow, aRow, aColumn, bRow, k int)",
		fmt.Sprintf("tile%dx%d sets %d rows of %d numbers of c to those of from, plus a times b, summed over k.", rows, columns, rows, columns))
	c, from, a, b := pointer("c"), pointer("from"), pointer("a"), pointer("b")
	stride, aRow, aColumn, bRow, k := GP64(), pointer("aRow"), pointer("aColumn"), pointer("bRow"), pointer("k")
	Load(Param("fromRow"), stride)
	sums := make([][]VecVirtual, rows)
	for i := range sums {
		for j := range columns / s.lanes() {
			sums[i] = append(sums[i], s.vector())
			VMOVUPS(s.at(Mem{Base: from}, j), sums[i][j])
		}
		if i < rows-1 {
			ADDQ(stride, from)
		}
	}
	// Row i is at bases[i/4] plus (i%4) aRow.
	thrice, bases := GP64(), []Register{a}
	if rows > 1 {
		LEAQ(Mem{Base: aRow, Index: aRow, Scale: 2}, thrice)
	}
	for len(bases) < rows/4 {
		next := GP64()
		LEAQ(Mem{Base: bases[len(bases)-1], Index: aRow, Scale: 4}, next)
		bases = append(bases, next)
	}
	Label("term")
	right := make([]VecVirtual, len(sums[0]))
	for j := range right {
		right[j] = s.vector()
		VMOVUPS(s.at(Mem{Base: b}, j), right[j])
	}
	for i := range sums {
		m := Mem{Base: bases[i/4]}
		switch i % 4 {
		case 1:
			m.Index, m.Scale = aRow, 1
		case 2:
			m.Index, m.Scale = aRow, 2
		case 3:
			m.Index, m.Scale = thrice, 1
		}
		x := s.broadcast(m)
		for j, y := range right {
			s.addProduct(y, x, sums[i][j])
		}
	}
	for _, base := range bases {
		ADDQ(aColumn, base)
	}
	ADDQ(bRow, b)
	DECQ(k)
	JNE(LabelRef("term"))
	Load(Param("cRow"), stride)
	for i := range sums {
		for j, r := range sums[i] {
			VMOVUPS(r, s.at(Mem{Base: c}, j))
		}
		if i < rows-1 {
			ADDQ(stride, c)
		}
	}
	s.end()
}

// silu: units z σ(z) and their derivatives.
func (s single) silu() {
	s.begin("silu", "func(z, slope *float32, bytes int)", "silu replaces each z by z σ(z) and sets slope to the derivative.")
	z, slope, bytes := pointer("z"), pointer("slope"), pointer("bytes")
	at := GP64()
	sign := s.broadcast(constant("singleSign", 0x8000000080000000))
	least, most := s.broadcast(singleNumber("LeastSilu", -40)), s.broadcast(singleNumber("MostSilu", 40))
	one := s.broadcast(singleNumber("One", 1))
	loop("block", at, bytes, 4*singleBlock, func() {
		for i, x := range s.load(row(z, at)) {
			u, sigma := s.vector(), s.vector()
			VXORPS(sign, x, u)
			VMINPS(u, most, u)
			VMAXPS(u, least, u)
			p, e := s.expm1Parts(u)
			VMULPS(e, p, p)
			VADDPS(p, e, e) // e^−x
			VADDPS(one, e, sigma)
			VDIVPS(sigma, one, sigma)
			VMULPS(sigma, e, e) // 1 − σ
			VMULPS(sigma, x, x)
			VMOVUPS(x, s.at(row(z, at), i))
			VMULPS(x, e, e)
			VADDPS(sigma, e, e)
			VMOVUPS(e, s.at(row(slope, at), i))
		}
	})
	s.end()
}

// scale: products number by number.
func (s single) scale() {
	s.begin("singleProduct", "func(dst, x *float32, bytes int)", "singleProduct multiplies each number of dst by that of x.")
	dst, x, bytes := pointer("dst"), pointer("x"), pointer("bytes")
	at := GP64()
	loop("block", at, bytes, 4*singleBlock, func() {
		for i, r := range s.load(row(dst, at)) {
			VMULPS(s.at(row(x, at), i), r, r)
			VMOVUPS(r, s.at(row(dst, at), i))
		}
	})
	s.end()
}

// widen: a sum in double precision of numbers in single precision.
func (s single) widen() {
	s.begin("addSingle", "func(dst *float64, x *float32, count int)", "addSingle adds to each number of dst that of x.")
	dst, x, count := pointer("dst"), pointer("x"), pointer("count")
	Label("block")
	for i := range block / s.isa.lanes {
		r := s.vector()
		VCVTPS2PD(Mem{Base: x, Disp: 4 * i * s.isa.lanes}, r)
		VADDPD(s.isa.at(Mem{Base: dst}, i), r, r)
		VMOVUPD(r, s.isa.at(Mem{Base: dst}, i))
	}
	ADDQ(Imm(8*block), dst)
	ADDQ(Imm(4*block), x)
	SUBQ(Imm(block), count)
	JNE(LabelRef("block"))
	s.end()
}

// adam: a step of the optimiser, in double precision.
func (s isa) adam() {
	s.begin("adam", "func(x, mean, square, gradient *float64, constants *float64, count int)",
		"adam is [Adam] with the constants scale, β₁, 1 − β₁, β₂, 1 − β₂, ε, the rate, 1/(1 − β₁ⁿ) and 1/(1 − β₂ⁿ).")
	x, mean, square, gradient := pointer("x"), pointer("mean"), pointer("square"), pointer("gradient")
	constants, count := pointer("constants"), pointer("count")
	c := make([]VecVirtual, 9)
	for i := range c {
		c[i] = s.broadcast(Mem{Base: constants, Disp: 8 * i})
	}
	at, bytes := GP64(), count
	SHLQ(Imm(3), bytes)
	loop("block", at, bytes, 8*block, func() {
		for i := range block / s.lanes {
			g, m, q, t := s.vector(), s.vector(), s.vector(), s.vector()
			VMULPD(s.at(row(gradient, at), i), c[0], g)
			VMULPD(s.at(row(mean, at), i), c[1], m)
			VMULPD(c[2], g, t)
			VADDPD(t, m, m)
			VMOVUPD(m, s.at(row(mean, at), i))
			VMULPD(s.at(row(square, at), i), c[3], q)
			VMULPD(c[4], g, t)
			VMULPD(g, t, t)
			VADDPD(t, q, q)
			VMOVUPD(q, s.at(row(square, at), i))
			VMULPD(c[8], q, q)
			VSQRTPD(q, q)
			VADDPD(c[5], q, q)
			VMULPD(c[6], m, m)
			VMULPD(c[7], m, m)
			VDIVPD(q, m, m)
			VMOVUPD(s.at(row(x, at), i), t)
			VSUBPD(m, t, t)
			VMOVUPD(t, s.at(row(x, at), i))
		}
	})
	s.end()
}
