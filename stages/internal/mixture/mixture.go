// Package mixture has the mixture of centred Gaussians from which points are drawn
// that a law of connectivity is computed or sampled with (method.md, sections 4.6, 6
// and 15), in the coordinates y in which the law's base is the standard Gaussian.
//
// Its first two components are the base and the base widened twice: points of the base
// alone leave the law's exponent uncontrolled where the base has less than one point,
// and there it explodes. A third follows a law that is known roughly. It is centred
// too: tanh is odd, so that the law of the weights is even.
package mixture

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// Mixture is a mixture of centred Gaussians in D coordinates.
type Mixture struct{ Parts []Gaussian }

// Gaussian is one component: its share of the points and the lower Cholesky factor of
// its covariance, D x D row-major.
type Gaussian struct {
	Share  float64
	lower  []float64
	logDet float64 // of the factor
}

const (
	widening = 2
	inflate  = 1.3 // of the covariance of the law that is followed
	floor    = 0.1 // of the base's variance on top, so that no direction is lost
)

// Defensive is half the base and half the base widened, in d coordinates.
func Defensive(d int) Mixture {
	return Mixture{[]Gaussian{isotropic(0.5, 1, d), isotropic(0.5, widening, d)}}
}

// Around is a quarter each of the base and the widened base, and half a Gaussian with
// 1.3 times the covariance of weighted points and a tenth of the base's variance. at
// writes the coordinates of point s to y; weights sum to 1. Weights that are not finite
// give what is safe without them, [Defensive].
func Around(d int, weight []float64, at func(y []float64, s int)) Mixture {
	cov, y := mat.NewSymDense(d, nil), make([]float64, d)
	for i := range d {
		cov.SetSym(i, i, floor)
	}
	for s, p := range weight {
		at(y, s)
		cov.SymRankOne(cov, inflate*p, mat.NewVecDense(d, y))
	}
	var chol mat.Cholesky
	if !chol.Factorize(cov) {
		return Defensive(d)
	}
	var l mat.TriDense
	chol.LTo(&l)
	near := Gaussian{Share: 0.5, lower: make([]float64, d*d), logDet: chol.LogDet() / 2}
	for i := range d {
		for j := range i + 1 {
			near.lower[i*d+j] = l.At(i, j)
		}
	}
	return Mixture{[]Gaussian{isotropic(0.25, 1, d), isotropic(0.25, widening, d), near}}
}

func isotropic(share, scale float64, d int) Gaussian {
	g := Gaussian{Share: share, lower: make([]float64, d*d), logDet: float64(d) * math.Log(scale)}
	for i := range d {
		g.lower[i*d+i] = scale
	}
	return g
}

// Draw writes a point of the mixture to y.
func (m Mixture) Draw(y []float64, r *rand.Rand) {
	u, part := r.Float64(), 0
	for part < len(m.Parts)-1 && u >= m.Parts[part].Share {
		u -= m.Parts[part].Share
		part++
	}
	for i := range y {
		y[i] = r.NormFloat64()
	}
	m.Parts[part].Place(y)
}

// Place turns a standard normal y into the component's point, in place.
func (g *Gaussian) Place(y []float64) {
	d := len(y)
	for i := d - 1; i >= 0; i-- {
		y[i] = floats.Dot(g.lower[i*d:i*d+i+1], y[:i+1])
	}
}

// LogWeight is log of base over mixture at y, at most -log of the base's share.
func (m Mixture) LogWeight(y []float64) float64 {
	var buf [3]float64
	logs := buf[:0]
	for k := range m.Parts {
		logs = append(logs, math.Log(m.Parts[k].Share)+m.Parts[k].logDensity(y))
	}
	return -0.5*floats.Dot(y, y) - floats.LogSumExp(logs)
}

// logDensity is that of the component at y, without the part that all share.
func (g *Gaussian) logDensity(y []float64) float64 {
	d := len(y)
	var buf [16]float64
	z := buf[:0] // lower⁻¹ y; more coordinates than these are rare, and allocate
	sum := 0.0
	for i, x := range y {
		for j, before := range z {
			x -= g.lower[i*d+j] * before
		}
		x /= g.lower[i*d+i]
		z = append(z, x)
		sum += x * x
	}
	return -sum/2 - g.logDet
}
