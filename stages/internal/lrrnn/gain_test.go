package lrrnn

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestGainBiasDegeneracy checks the exact degeneracy of method.md, P4 (check
// C3): a neuron (m, B, b, n) and many (y m, y B, y (b − c), n), with c spread by
// the law μ_y, have the same field and the same Jacobian at every state and
// input, although the overlap of n and m is y times as large.
func TestGainBiasDegeneracy(t *testing.T) {
	const y, copies = 2.0, 4000
	r := rand.New(rand.NewPCG(3, 4))
	net := New(6, 2, 1)
	for _, x := range [][]float64{net.M, net.N, net.B, net.Bias} {
		for i := range x {
			x[i] = r.NormFloat64()
		}
	}
	spreadOfC := 0.0
	spread := New(net.Neurons*copies, 2, 1)
	for i := range net.Neurons {
		for q := range copies {
			// The sampler of P4 at the midpoints of the unit interval.
			u := (float64(q) + 0.5) / copies
			c := math.Atanh(math.Tan((u-0.5)*math.Pi/y) / math.Tan(math.Pi/(2*y)))
			spreadOfC += c * c / (copies * float64(net.Neurons))
			j := i*copies + q
			for a := range 2 {
				spread.M[2*j+a], spread.N[2*j+a] = y*net.M[2*i+a], net.N[2*i+a]
			}
			spread.B[j], spread.Bias[j] = y*net.B[i], y*(net.Bias[i]-c)
		}
	}
	// The variance of c that P4 gives: were c all but 0, the test would show nothing.
	if want := math.Pi * math.Pi / 12 * (1 - 1/(y*y)); math.Abs(spreadOfC-want) > 1e-2 {
		t.Errorf("c has variance %.4f, want %.4f", spreadOfC, want)
	}
	got, want := make([]float64, 4), make([]float64, 4)
	field, slope := 0.0, 0.0 // the largest differences
	for range 20 {
		kappa, v := []float64{2 * r.NormFloat64(), 2 * r.NormFloat64()}, []float64{r.NormFloat64()}
		spread.Field(got[:2], kappa, v)
		net.Field(want[:2], kappa, v)
		field = max(field, distance(got[:2], want[:2]))
		spread.Jacobian(got, kappa, v)
		net.Jacobian(want, kappa, v)
		slope = max(slope, distance(got, want))
	}
	t.Logf("fields differ by at most %.2g, Jacobians by %.2g", field, slope)
	if !(field < 5e-5) || !(slope < 1e-4) { // of 4000 midpoints
		t.Errorf("fields differ by %.2g, Jacobians by %.2g", field, slope)
	}
}

// TestGainBiasIdentity checks the identity behind it, which is exact:
// tanh s = ∫ tanh(y (s − c)) μ_y(c) dc at every s and for every y > 1, with
// μ_y(c) = (y/π) sin(π/y) / (cosh 2c + cos(π/y)). All is analytic and falls off, so
// that the sum over a fine grid is the integral to rounding.
func TestGainBiasIdentity(t *testing.T) {
	const h, end = 0.005, 25.0
	for _, y := range []float64{1.2, 1.5, 2, 4, 10} {
		density := func(c float64) float64 {
			return y / math.Pi * math.Sin(math.Pi/y) / (math.Cosh(2*c) + math.Cos(math.Pi/y))
		}
		variance := 0.0
		for c := -end; c <= end; c += h {
			variance += h * density(c) * c * c
		}
		if want := math.Pi * math.Pi / 12 * (1 - 1/(y*y)); math.Abs(variance-want) > 1e-9 {
			t.Errorf("y = %v: c has variance %v, want %v", y, variance, want)
		}
		worst := 0.0
		for s := -3.0; s <= 3; s += 0.1 {
			sum := 0.0
			for c := -end; c <= end; c += h {
				sum += h * density(c) * math.Tanh(y*(s-c))
			}
			worst = max(worst, math.Abs(sum-math.Tanh(s)))
		}
		t.Logf("y = %v: off by at most %.2g", y, worst)
		if worst > 1e-9 {
			t.Errorf("y = %v: off by %.2g", y, worst)
		}
	}
}

// TestJacobian compares with central differences of the field.
func TestJacobian(t *testing.T) {
	net, _, _ := example()
	kappa, v := []float64{0.3, -0.8}, []float64{0.5, 1, -2}
	got, up, down := make([]float64, 4), make([]float64, 2), make([]float64, 2)
	net.Jacobian(got, kappa, v)
	const h = 1e-5
	for b := range 2 {
		kappa[b] += h
		net.Field(up, kappa, v)
		kappa[b] -= 2 * h
		net.Field(down, kappa, v)
		kappa[b] += h
		for a := range 2 {
			if d := math.Abs((up[a]-down[a])/(2*h) - got[2*a+b]); d > 1e-9 {
				t.Errorf("dF%d/dκ%d is off by %.2g", a, b, d)
			}
		}
	}
}
