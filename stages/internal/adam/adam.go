// Package adam is the optimiser that all fits of the built-in kinds descend
// with (D. Kingma and J. Ba, "Adam: A Method for Stochastic Optimization", 2015).
package adam

import "reprise/stages/internal/simd"

// The constants that the paper recommends.
const (
	beta1   = 0.9   // how much of the mean gradient each step keeps
	beta2   = 0.999 // the same of the mean square
	epsilon = 1e-8  // added to the root of the mean square
)

// Adam is the memory of a descent over a vector of parameters of fixed length.
// Its fields are exported so that it can be kept and gone on with.
type Adam struct {
	Mean, Square   []float64 // running means of the gradient and of its square
	Decay1, Decay2 float64   // beta1 and beta2 to the number of steps
}

// New returns the optimiser of n parameters before its first step.
func New(n int) *Adam {
	return &Adam{Mean: make([]float64, n), Square: make([]float64, n), Decay1: 1, Decay2: 1}
}

// Step moves x against scale times gradient (both as long as New was told), each
// coordinate by about rate. A scale below 1 shortens a gradient that is clipped.
func (a *Adam) Step(x, gradient []float64, rate, scale float64) {
	a.Decay1 *= beta1
	a.Decay2 *= beta2
	simd.Adam(x, a.Mean, a.Square, gradient, &simd.AdamConstants{Scale: scale,
		Beta1: beta1, Rest1: 1 - beta1, Beta2: beta2, Rest2: 1 - beta2,
		Epsilon: epsilon, Rate: rate, Correction1: 1 / (1 - a.Decay1), Correction2: 1 / (1 - a.Decay2)})
}
