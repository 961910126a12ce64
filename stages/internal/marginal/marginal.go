// Package marginal is the distributions that the coordinates of a neuron's weights
// have under the base of a law of maximum entropy (method.md, section 4), each
// as an image of a standard normal.
package marginal

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mathext"
)

// Family is a family of distributions, symmetric about 0, of one coordinate of w
// under the base.
type Family string

// The families. A law has exactly the tails of its base (method.md, P6): which
// one to take is a choice.
const (
	Gaussian Family = "gaussian"
	Laplace  Family = "laplace"
	StudentT Family = "student_t"
)

// ParseFamily returns the family of that name and its degrees of freedom:
// "cauchy" is Student's t with one.
func ParseFamily(name string, freedom float64) (Family, float64, error) {
	switch name {
	case string(Gaussian), string(Laplace):
		return Family(name), 0, nil
	case string(StudentT):
		return StudentT, freedom, nil
	case "cauchy":
		return StudentT, 1, nil
	}
	return "", 0, fmt.Errorf("%q is none of gaussian, laplace, student_t and cauchy", name)
}

// Marginal is the distribution of one coordinate under the base, as a monotone
// image of a standard normal y. In y the base is the same whatever its tails,
// and so are the ways to draw from it, to integrate over it and to learn from it.
type Marginal struct {
	Family  Family
	Scale   float64 // standard deviation; of Student's t what it is multiplied by; 0: the coordinate is 0
	Freedom float64 // degrees of freedom of Student's t, above 0
}

// At is the value at y.
func (m Marginal) At(y float64) float64 {
	switch m.Family {
	case Laplace: // of unit variance at scale √½: half of e^(−√2|x|) lies on either side
		return math.Copysign(m.Scale*math.Sqrt(0.5)*-logTail(math.Abs(y)), y)
	case StudentT:
		return math.Copysign(m.Scale*studentOf(math.Abs(y), m.Freedom), y)
	}
	return m.Scale * y
}

// Normal is the y whose value is x: the inverse of At; 0 where the coordinate is
// always 0.
func (m Marginal) Normal(x float64) float64 {
	if m.Scale == 0 {
		return 0
	}
	switch m.Family {
	case Laplace:
		return math.Copysign(normalOf(math.Exp(-math.Sqrt2*math.Abs(x)/m.Scale)), x)
	case StudentT:
		return math.Copysign(normalOf(studentTail(math.Abs(x)/m.Scale, m.Freedom)), x)
	}
	return x / m.Scale
}

// LogDensity is that of x, in nats; 0 where the coordinate is always 0, which
// then is no coordinate.
func (m Marginal) LogDensity(x float64) float64 {
	if m.Scale == 0 {
		return 0
	}
	x /= m.Scale
	switch m.Family {
	case Laplace:
		return -math.Sqrt2*math.Abs(x) - math.Log(math.Sqrt2*m.Scale)
	case StudentT:
		v := m.Freedom
		return -(v+1)/2*math.Log1p(x*x/v) - math.Log(v)/2 - logBeta(v/2, 0.5) - math.Log(m.Scale)
	}
	return -x*x/2 - math.Log(2*math.Pi)/2 - math.Log(m.Scale)
}

// logTail is the log of what both tails of a standard normal hold beyond y ≥ 0.
func logTail(y float64) float64 {
	if y > 30 { // where Erfc is near 0: the first terms of its asymptotic series
		return -y*y/2 - math.Log(y*math.Sqrt(math.Pi/2)) + math.Log1p(-1/(y*y))
	}
	if y < 1 {
		return math.Log1p(-math.Erf(y / math.Sqrt2))
	}
	return math.Log(math.Erfc(y / math.Sqrt2))
}

// normalOf is the y ≥ 0 beyond which both tails of a standard normal hold p.
func normalOf(p float64) float64 {
	if p > 0.5 { // where 1 − p is what matters; Erfinv is exact there
		return math.Sqrt2 * math.Erfinv(1-p)
	}
	if p < 1e-300 {
		return 37
	}
	return -mathext.NormalQuantile(p / 2)
}

func logBeta(a, b float64) float64 {
	x, _ := math.Lgamma(a)
	y, _ := math.Lgamma(b)
	z, _ := math.Lgamma(a + b)
	return x + y - z
}

// studentTail is P(|T| > t) for Student's t, t ≥ 0.
func studentTail(t, v float64) float64 {
	if t == 0 {
		return 1
	}
	return mathext.RegIncBeta(v/2, 0.5, 1/(1+t*t/v))
}

// studentOf is the t ≥ 0 with P(|T| > t) = P(|Z| > y), by Newton's method on
// logarithms: of the tail's probability by log t where the tail is small, of the
// middle's where it is. Both are concave, and straight where they are small.
func studentOf(y, v float64) float64 {
	if y == 0 {
		return 0
	}
	middle := math.Erf(y / math.Sqrt2)
	low := middle < 0.5
	want, beta := math.Log(middle), logBeta(v/2, 0.5)
	// Near 0 the density is flat, far out a power.
	x := want + math.Log(0.5) + math.Log(v)/2 + beta
	if !low {
		want = logTail(y)
		x = math.Log(v)/2 - (want+math.Log(v/2)+beta)/v
	}
	for range 60 {
		t := math.Exp(x)
		have := studentTail(t, v)
		if low {
			have = mathext.RegIncBeta(0.5, v/2, t*t/v/(1+t*t/v))
		}
		// 2 t f(t): how fast either probability changes with log t.
		slope := math.Exp(math.Ln2 + x - (v+1)/2*math.Log1p(t*t/v) - math.Log(v)/2 - beta)
		if !(have > 0) || !(slope > 0) {
			break
		}
		if !low {
			slope = -slope
		}
		step := (math.Log(have) - want) * have / slope
		x -= max(-2, min(2, step))
		if math.Abs(step) < 1e-14*(1+math.Abs(x)) {
			break
		}
	}
	return math.Exp(x)
}
