package maxentflow

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

// proposal is a mixture of centred Gaussians from which nodes are drawn, in the
// coordinates y in which the base is the standard Gaussian.
//
// The first two components are the base and the base widened twice: the
// defensive mixture of method.md, section 4.6. Nodes of the base alone leave the
// exponent uncontrolled where the base has less than one node, and there it
// explodes. A third component follows a law found before (section 15). It is
// centred too: tanh is odd, so exp(s²|g|²/2) and with it the law of w is even.
type proposal struct {
	base   *base
	parts  []gaussian
	rounds int // how often it was fitted to a law
}

// gaussian is one component: a share of the nodes and a lower Cholesky factor
// of its covariance, D x D row-major.
type gaussian struct {
	share  float64
	lower  []float64
	logDet float64 // log of the factor's determinant
}

const widening = 2

// defensive is the mixture of half the base and half the base widened.
func defensive(b *base) *proposal {
	return &proposal{base: b, parts: []gaussian{isotropic(0.5, 1, len(b.w)), isotropic(0.5, widening, len(b.w))}}
}

func isotropic(share, scale float64, d int) gaussian {
	g := gaussian{share: share, lower: make([]float64, d*d), logDet: float64(d) * math.Log(scale)}
	for i := range d {
		g.lower[i*d+i] = scale
	}
	return g
}

// around is the mixture of a quarter each of the base and the widened base,
// and half a Gaussian with 1.3 times the covariance of the weighted points
// (points S x D in coordinates w, weights summing to 1), and a tenth of the
// base's variance on top, so that no direction is lost.
func around(b *base, points, weights []float64) *proposal {
	d := len(b.w)
	cov := mat.NewSymDense(d, nil)
	y := make([]float64, d)
	for s, p := range weights {
		b.normal(y, points[s*d:(s+1)*d])
		for i := range d {
			for j := i; j < d; j++ {
				cov.SetSym(i, j, cov.At(i, j)+1.3*p*y[i]*y[j])
			}
		}
	}
	for i := range d {
		cov.SetSym(i, i, cov.At(i, i)+0.1)
	}
	p := &proposal{base: b, parts: []gaussian{isotropic(0.25, 1, d), isotropic(0.25, widening, d)}}
	var chol mat.Cholesky
	if !chol.Factorize(cov) {
		return defensive(b) // weights that are not finite: keep what is known to be safe
	}
	var l mat.TriDense
	chol.LTo(&l)
	g := gaussian{share: 0.5, lower: make([]float64, d*d), logDet: chol.LogDet() / 2}
	for i := range d {
		for j := range i + 1 {
			g.lower[i*d+j] = l.At(i, j)
		}
	}
	p.parts = append(p.parts, g)
	return p
}

// nodes places about count points, low-discrepancy within each component, with
// shifts from r, and weighs them by base over mixture.
func (p *proposal) nodes(count int, r *rand.Rand) *nodes {
	if p.base.line() {
		return grid(p.base, r.Float64())
	}
	d := len(p.base.w)
	out := &nodes{}
	y := make([]float64, d)
	for k := range p.parts {
		seq := newSobol(d, r)
		for range int(math.Round(p.parts[k].share * float64(count))) {
			seq.next(y)
			for i, u := range y {
				y[i] = quantile(u)
			}
			p.place(out, k, y)
		}
	}
	total := logSumExp(out.logQ)
	for i := range out.logQ {
		out.logQ[i] -= total
	}
	return out
}

// place appends the point that component k makes of a standard normal z, with
// its log weight.
func (p *proposal) place(out *nodes, k int, z []float64) {
	d := len(z)
	at := len(out.w)
	out.w = append(out.w, z...)
	w := out.w[at:]
	g := p.parts[k]
	for i := range d {
		w[i] = 0
		for j := range i + 1 {
			w[i] += g.lower[i*d+j] * z[j]
		}
	}
	out.logQ = append(out.logQ, p.logWeight(w))
	for i := range w {
		w[i] = p.base.w[i].At(w[i])
	}
}

// logWeight is log of base over mixture at y, in base coordinates.
func (p *proposal) logWeight(y []float64) float64 {
	var terms [3]float64
	for k, g := range p.parts {
		terms[k] = math.Log(g.share) - g.logDet - 0.5*g.mahalanobis(y)
	}
	return -0.5*square(y) - logSumExp(terms[:len(p.parts)])
}

// mahalanobis is |lower⁻¹ y|².
func (g *gaussian) mahalanobis(y []float64) float64 {
	d := len(y)
	var buf [16]float64
	x := buf[:0]
	sum := 0.0
	for i := range d {
		v := y[i]
		for j := range i {
			v -= g.lower[i*d+j] * x[j]
		}
		v /= g.lower[i*d+i]
		x = append(x, v)
		sum += v * v
	}
	return sum
}

func square(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v * v
	}
	return s
}

// quantile is the standard normal quantile of u, clipped seven sigmas out.
func quantile(u float64) float64 {
	return math.Sqrt2 * math.Erfinv(2*min(max(u, 1e-12), 1-1e-12)-1)
}
