package lrrnn

import (
	"math"

	"reprise/stages/internal/simd"
)

// Nonlinearity is φ, what a neuron makes of its drive. The zero value is tanh.
type Nonlinearity string

// The nonlinearities. Only tanh is bounded and odd, as the maximum-entropy law
// needs it (method.md, section 4.5).
const (
	Tanh     Nonlinearity = ""
	ReLU     Nonlinearity = "relu"     // max(x, 0)
	Softplus Nonlinearity = "softplus" // log(1 + e^x)
)

// Nonlinearities returns all of them.
func Nonlinearities() []Nonlinearity { return []Nonlinearity{Tanh, ReLU, Softplus} }

// String is the name that users write.
func (f Nonlinearity) String() string {
	if f == Tanh {
		return "tanh"
	}
	return string(f)
}

// ParseNonlinearity is the reverse of String.
func ParseNonlinearity(name string) (f Nonlinearity, ok bool) {
	for _, f := range Nonlinearities() {
		if f.String() == name {
			return f, true
		}
	}
	return "", false
}

// Value returns φ(x) and its slope φ'(x).
func (f Nonlinearity) Value(x float64) (h, slope float64) {
	switch f {
	case ReLU:
		return max(x, 0), f.slope(x)
	case Softplus:
		h = max(x, 0) + math.Log1p(math.Exp(-math.Abs(x)))
	default:
		h = math.Tanh(x)
	}
	return h, f.slope(h)
}

// slope is φ' where φ is h.
func (f Nonlinearity) slope(h float64) float64 {
	switch f {
	case ReLU:
		if h > 0 {
			return 1
		}
		return 0
	case Softplus:
		return -math.Expm1(-h)
	}
	return 1 - h*h
}

// Apply sets h to φ(x), for arrays of a length that package simd takes.
func (f Nonlinearity) Apply(h, x []float64) {
	switch f {
	case ReLU:
		for i, v := range x {
			h[i] = max(v, 0)
		}
	case Softplus:
		simd.Softplus(h, x)
	default:
		simd.Tanh(h, x)
	}
}

// Slopes sets dst to φ' of neurons whose φ is h.
func (f Nonlinearity) Slopes(dst, h []float64) {
	if f == Tanh {
		for i, v := range h {
			dst[i] = 1 - v*v
		}
		return
	}
	for i, v := range h {
		dst[i] = f.slope(v)
	}
}
