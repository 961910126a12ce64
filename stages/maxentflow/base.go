package maxentflow

import (
	"math"

	"reprise/stages/internal/marginal"
)

// base is what the law stays closest to: independent coordinates of w = (m, B,
// b), and n ~ N(0, s² I) in R dimensions.
//
// Each coordinate of w is a monotone image of a standard normal y. Nodes are
// placed in y, and flows learn in it where it is not w itself: the law's density
// by y is that of a Gaussian times something bounded, whatever the base's tails
// are, and a smooth velocity cannot make power laws from a Gaussian.
type base struct {
	w []marginal.Marginal // D
	s float64             // > 0
	r int                 // R
}

const log2Pi = 1.8378770664093453

// logW is the log density of w (length D) under the base.
func (b *base) logW(w []float64) float64 {
	l := 0.0
	for i, x := range w {
		l += b.w[i].LogDensity(x)
	}
	return l
}

// normal writes to y the standard normal that w is the image of.
func (b *base) normal(y, w []float64) {
	for i, x := range w {
		y[i] = b.w[i].Normal(x)
	}
}

// line tells that w is m alone, of one latent: then nodes lie on a grid.
func (b *base) line() bool {
	return b.r == 1 && len(b.w) == 2 && b.w[1].Scale == 0
}

// logN is the log density of n (length R) under the base.
func (b *base) logN(n []float64) float64 {
	l := -0.5*log2Pi*float64(len(n)) - float64(len(n))*math.Log(b.s)
	for _, x := range n {
		l -= 0.5 * x * x / (b.s * b.s)
	}
	return l
}

// nodes are points w in the space of (m, B, b) with weights that turn averages
// over the base into sums: E_q0 f = Σ_s exp(logQ_s) f(w_s), weights summing to 1.
type nodes struct {
	w    []float64 // S x D
	logQ []float64 // S
}

// size is the number of nodes.
func (n *nodes) size() int { return len(n.logQ) }

// logSumExp is log Σ exp(x), added in order.
func logSumExp(x []float64) float64 {
	top := math.Inf(-1)
	for _, v := range x {
		top = max(top, v)
	}
	if math.IsInf(top, 0) {
		return top
	}
	sum := 0.0
	for _, v := range x {
		sum += math.Exp(v - top)
	}
	return top + math.Log(sum)
}
