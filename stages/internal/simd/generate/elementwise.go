package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// Polynomials, lowest power first: nearly best approximations by Chebyshev's
// points, computed with 60 digits. The twin in Go has the same numbers.
var (
	// (e^r − 1 − r)/r² for |r| up to ln(2)/2.
	expm1Q = []float64{0x1.0000000000001p-1, 0x1.5555555555556p-3, 0x1.5555555553d4fp-5, 0x1.11111111109adp-7, 0x1.6c16c17893833p-10,
		0x1.a01a01a7c8d47p-13, 0x1.a019b8ef67c6cp-16, 0x1.71de0d9c145d0p-19, 0x1.2891a8c1d838dp-22, 0x1.af38d53857513p-26}
	// (2 artanh(s) − 2s)/s³ in powers of s² up to 1/9.
	artanhL = []float64{0x1.5555555555555p-1, 0x1.999999999a3dfp-2, 0x1.24924923d422cp-2, 0x1.c71c727164156p-3, 0x1.745cf0aa6a011p-3,
		0x1.3b18b34a260a3p-3, 0x1.10ac6a3d3e5f6p-3, 0x1.eb913ba3ef69ep-4, 0x1.687604d0c86a1p-4, 0x1.4b0ed4be611b2p-3}
)

func absMask() Mem  { return constant("absMask", 1<<63-1) }
func signMask() Mem { return constant("signMask", 1<<63) }

// polynomial returns Σ c_k x^k by Horner's rule.
func (s isa) polynomial(name string, c []float64, x VecVirtual) VecVirtual {
	sum := s.vector()
	VMOVUPD(number(fmt.Sprint(name, len(c)-1), c[len(c)-1]), sum)
	for k := len(c) - 2; k >= 0; k-- {
		VFMADD213PD(number(fmt.Sprint(name, k), c[k]), x, sum)
	}
	return sum
}

// expm1Parts returns p and 2^k with e^u = 2^k (1 + p), for u from −708 to 709.
func (s isa) expm1Parts(u VecVirtual) (p, scale VecVirtual) {
	// Adding it leaves k + 1023, rounded, in the low bits: the exponent of 2^k.
	magic := number("magic", 0x1.8p52+1023)
	t, k, r := s.vector(), s.vector(), s.vector()
	VMOVUPD(number("log2e", math.Log2E), t)
	VFMADD213PD(magic, u, t)
	VSUBPD(magic, t, k)
	VPSLLQ(Imm(52), t, t)
	VMOVAPD(u, r)
	VFNMADD231PD(number("ln2High", 0x1.62e42fefa39efp-1), k, r)
	VFNMADD231PD(number("ln2Low", 0x1.abc9e3b39803fp-56), k, r)
	p = s.polynomial("expm1Q", expm1Q, r)
	VMULPD(r, r, k)
	VFMADD213PD(r, k, p)
	return p, t
}

// exponential replaces u by e^u; below −708 it is as at −708.
func (s isa) exponential(u, least VecVirtual) VecVirtual {
	VMAXPD(u, least, u) // of NaN and a number, NaN
	p, scale := s.expm1Parts(u)
	VFMADD213PD(scale, scale, p)
	return p
}

// elementwise emits a kernel that computes each number of dst from that of x.
func (s isa) elementwise(name, doc string, once func() func(x VecVirtual) VecVirtual) {
	s.begin(name, "func(dst, x *float64, n int)", doc)
	dst, x, n, at := pointer("dst"), pointer("x"), pointer("n"), GP64()
	SHLQ(Imm(3), n)
	f := once()
	loop("block", at, n, 8*block, func() {
		for i, r := range s.load(index(x, at)) {
			VMOVUPD(f(r), s.at(index(dst, at), i))
		}
	})
	s.end()
}

func (s isa) exp() {
	s.elementwise("exp", "exp sets dst to e^x.", func() func(VecVirtual) VecVirtual {
		least := s.broadcast(number("leastExponent", -708))
		return func(x VecVirtual) VecVirtual { return s.exponential(x, least) }
	})
}

func (s isa) tanh() {
	s.elementwise("tanh", "tanh sets dst to tanh(x).", func() func(VecVirtual) VecVirtual {
		least := s.broadcast(number("leastTanh", -40))
		one, two := s.broadcast(number("one", 1)), s.broadcast(number("two", 2))
		abs, sign := s.broadcast(absMask()), s.broadcast(signMask())
		return func(x VecVirtual) VecVirtual {
			u := s.vector()
			VANDPD(abs, x, u)
			VMULPD(number("minusTwo", -2), u, u)
			VMAXPD(u, least, u)
			p, scale := s.expm1Parts(u)
			VSUBPD(one, scale, u)
			VFMADD213PD(u, scale, p) // e^(−2|x|) − 1
			VADDPD(two, p, u)
			VDIVPD(u, p, p)
			VANDPD(abs, p, p)
			VANDPD(sign, x, x)
			VORPD(x, p, p)
			return p
		}
	})
}

func (s isa) softplus() {
	s.elementwise("softplus", "softplus sets dst to log(1 + e^x).", func() func(VecVirtual) VecVirtual {
		least := s.broadcast(number("leastExponent", -708))
		sign, zero := s.broadcast(signMask()), s.vector()
		VXORPD(zero, zero, zero)
		return func(x VecVirtual) VecVirtual {
			u, q := s.vector(), s.vector()
			VORPD(sign, x, u) // −|x|
			e := s.exponential(u, least)
			VADDPD(number("two", 2), e, q)
			VDIVPD(q, e, e) // s = e/(2 + e): log(1 + e) = 2 artanh(s)
			VMULPD(e, e, q)
			l := s.polynomial("artanhL", artanhL, q)
			VMULPD(e, q, q)
			VADDPD(e, e, e)
			VFMADD213PD(e, q, l)
			VMAXPD(x, zero, x)
			VADDPD(x, l, l)
			return l
		}
	})
}
