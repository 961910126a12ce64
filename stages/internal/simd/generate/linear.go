package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// combine: dst = Σ_d z_d w_d over columns w_d that lie stride bytes apart.
func (s isa) combine() {
	s.begin("combine", "func(dst, w, z *float64, stride, columns, n int)", "combine sets dst to the sum of columns of w, each times its number of z.")
	dst, w, z := pointer("dst"), pointer("w"), pointer("z")
	stride, columns, n := pointer("stride"), pointer("columns"), pointer("n")
	at, d, column := GP64(), GP64(), GP64()
	SHLQ(Imm(3), n)
	loop("block", at, n, 8*block, func() {
		sum := s.zero()
		LEAQ(index(w, at), column)
		XORQ(d, d)
		Label("column")
		c := s.broadcast(Mem{Base: z, Index: d, Scale: 8})
		for i, r := range sum {
			VFMADD231PD(s.at(Mem{Base: column}, i), c, r)
		}
		ADDQ(stride, column)
		INCQ(d)
		CMPQ(d, columns)
		JL(LabelRef("column"))
		s.store(sum, index(dst, at))
	})
	s.end()
}

// dots: the products of k columns with x, as eight partial sums each.
func (s isa) dots(k int) {
	s.begin(fmt.Sprint("dots", k), "func(lanes, w, x *float64, stride, n int)", fmt.Sprintf("dots%d sets lanes to the eight partial sums of x times each of %d columns of w.", k, k))
	lanes, w, x := pointer("lanes"), pointer("w"), pointer("x")
	stride, n, at := pointer("stride"), pointer("n"), GP64()
	SHLQ(Imm(3), n)
	sums, columns := make([]parts, k), make([]Register, k)
	for j := range k {
		sums[j], columns[j] = s.zero(), w
		if j > 0 {
			columns[j] = GP64()
			LEAQ(index(columns[j-1], stride), columns[j])
		}
	}
	loop("block", at, n, 8*block, func() {
		for i, r := range s.load(index(x, at)) {
			for j := range k {
				VFMADD231PD(s.at(index(columns[j], at), i), r, sums[j][i])
			}
		}
	})
	for j := range k {
		s.store(sums[j], Mem{Base: lanes, Disp: j * 8 * block})
	}
	s.end()
}

// outer: k columns of dst each get a sum of rows over time.
func (s isa) outer(k int) {
	s.begin(fmt.Sprint("outer", k), "func(dst, coefficients, rows *float64, stride, width, count, n int)", fmt.Sprintf("outer%d adds to each of %d columns of dst the sum over time of rows times the column's coefficient.", k, k))
	dst, coefficients, rows := pointer("dst"), pointer("coefficients"), pointer("rows")
	stride, width, count, n := pointer("stride"), pointer("width"), pointer("count"), pointer("n")
	at, t, row, coefficient, column := GP64(), GP64(), GP64(), GP64(), GP64()
	SHLQ(Imm(3), n)
	loop("block", at, n, 8*block, func() {
		sums := make([]parts, k)
		LEAQ(index(dst, at), column)
		for j := range k {
			sums[j] = s.load(Mem{Base: column})
			ADDQ(stride, column)
		}
		LEAQ(index(rows, at), row)
		MOVQ(coefficients, coefficient)
		MOVQ(count, t)
		Label("row")
		r := s.load(Mem{Base: row})
		for j := range k {
			c := s.broadcast(Mem{Base: coefficient, Disp: 8 * j})
			for i := range r {
				VFMADD231PD(r[i], c, sums[j][i])
			}
		}
		ADDQ(stride, row)
		ADDQ(width, coefficient)
		DECQ(t)
		JNE(LabelRef("row"))
		LEAQ(index(dst, at), column)
		for j := range k {
			s.store(sums[j], Mem{Base: column})
			ADDQ(stride, column)
		}
	})
	s.end()
}

// product: dst = x y.
func (s isa) product() {
	s.begin("product", "func(dst, x, y *float64, n int)", "product sets dst to x times y.")
	dst, x, y, n, at := pointer("dst"), pointer("x"), pointer("y"), pointer("n"), GP64()
	SHLQ(Imm(3), n)
	loop("block", at, n, 8*block, func() {
		p := s.load(index(x, at))
		for i, r := range p {
			VMULPD(s.at(index(y, at), i), r, r)
		}
		s.store(p, index(dst, at))
	})
	s.end()
}
