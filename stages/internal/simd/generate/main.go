// Command generate writes the assembly of package simd and its declarations:
//
//	go run . -out ../kernels_amd64.s -stubs ../kernels_amd64.go -pkg simd
//
// It is a module of its own, so that reprise itself does not depend on the
// assembler. Every kernel is written once and comes out twice: with registers of
// four numbers (AVX2 and FMA) and of eight (AVX-512). Both work on blocks of
// eight numbers and do the same operations on each, so their bytes are the same.
package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// block is how many numbers a kernel handles at a time.
const block = 8

// isa is an instruction set.
type isa struct {
	suffix string
	lanes  int // numbers in a register
	vector func() VecVirtual
}

var sets = []isa{
	{"AVX2", 4, YMM},
	{"AVX512", 8, func() VecVirtual { return ZMM() }},
}

func main() {
	ConstraintExpr("amd64")
	for _, s := range sets {
		s.combine()
		s.dots(4)
		s.dots(2)
		s.dots(1)
		s.tanh()
		s.exp()
		s.softplus()
		s.outer(4)
		s.outer(2)
		s.outer(1)
		s.poisson()
		s.backprop()
		s.moments()
		s.product()
		s.adam()
	}
	for _, s := range sets {
		s := single{s}
		for _, weights := range []int{4, 5, 6, 8, 12} {
			s.forward(weights)
		}
		for _, rank := range []int{2, 4, 8} {
			s.backward(rank)
		}
		s.rates()
		for _, k := range []int{4, 2, 1} {
			s.outer(k)
		}
		s.moments()
		s.tile(1, 16)
		if s.lanes() == 16 { // there are registers for more
			s.tile(8, 16)
			s.tile(4, 64)
			s.tile(1, 64)
		} else {
			s.tile(4, 16)
		}
		s.silu()
		s.scale()
		s.widen()
	}
	Generate()
}

// begin starts a kernel.
func (s isa) begin(name, signature, doc string) {
	TEXT(name+s.suffix, NOSPLIT, signature)
	Pragma("noescape") // so that what callers pass can stay on their stacks
	Doc(doc)
}

// end returns from a kernel.
func (s isa) end() {
	VZEROUPPER()
	RET()
}

// parts is a block in registers.
type parts []VecVirtual

// parts returns registers for a block, with nothing in them.
func (s isa) parts() parts {
	p := make(parts, block/s.lanes)
	for i := range p {
		p[i] = s.vector()
	}
	return p
}

// zero returns a block of zeros.
func (s isa) zero() parts {
	p := s.parts()
	for _, r := range p {
		VXORPD(r, r, r)
	}
	return p
}

// at is the i-th register's worth of a block in memory.
func (s isa) at(m Mem, i int) Mem { return m.Offset(i * 8 * s.lanes) }

// load returns a block from memory.
func (s isa) load(m Mem) parts {
	p := s.parts()
	for i, r := range p {
		VMOVUPD(s.at(m, i), r)
	}
	return p
}

func (s isa) store(p parts, m Mem) {
	for i, r := range p {
		VMOVUPD(r, s.at(m, i))
	}
}

// broadcast returns one register that holds a number of memory in every lane.
func (s isa) broadcast(m Mem) VecVirtual {
	r := s.vector()
	VBROADCASTSD(m, r)
	return r
}

// constants that kernels use, eight times over so that they fit any register.
var constants = map[string]Mem{}

func constant(name string, x uint64) Mem {
	if m, ok := constants[name]; ok {
		return m
	}
	m := GLOBL(name, RODATA|NOPTR)
	for i := range block {
		DATA(i*8, U64(x))
	}
	constants[name] = m
	return m
}

func number(name string, x float64) Mem { return constant(name, math.Float64bits(x)) }

// loop emits body for offsets 0, step, … below n bytes, in register at.
func loop(label string, at, n Register, step int, body func()) {
	XORQ(at, at)
	Label(label)
	body()
	ADDQ(Imm(uint64(step)), at)
	CMPQ(at, n)
	JL(LabelRef(label))
}

func pointer(name string) Register { return Load(Param(name), GP64()) }

func index(base, offset Register) Mem { return Mem{Base: base, Index: offset, Scale: 1} }
