package dynamics

import (
	"context"
	"math"
	"math/cmplx"
	"testing"
)

// circle is the mean field of a limit cycle with the gain a and the rotation b.
func circle(a, b float64) Field { return meanField([]float64{a, -b, b, a}, 2) }

// TestPlantedCycle wants the cycle of method.md, section 11: the period is
// 2π·1.8/0.9, the radius 1.10730, and a disturbance of the radius dies out at the
// rate −0.6128, so that a turn multiplies it by e^(−0.6128·12.566).
func TestPlantedCycle(t *testing.T) {
	for _, c := range []struct{ a, b, radius, rate float64 }{{1.8, 0.9, 1.10730, -0.6128}, {1.8, -0.9, 1.10730, -0.6128}} {
		f := circle(c.a, c.b)
		found, err := Cycles(context.Background(), 2, f, differences(f, 2), starts(2, 2), nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(found) != 1 {
			t.Fatalf("%d cycles, not 1", len(found))
		}
		period := 2 * math.Pi * c.a / math.Abs(c.b)
		radius, sd := found[0].Radius()
		want := math.Exp(c.rate * period)
		t.Logf("period %.6f, radius %.6f, sd %.1g, Floquet %.3g", found[0].Period, radius, sd, found[0].Floquet())
		if math.Abs(found[0].Period-period) > 1e-5 || math.Abs(radius-c.radius) > 1e-5 || sd > 1e-5 || math.Abs(found[0].Floquet()-want) > 0.02*want {
			t.Errorf("period %v, radius %v ± %v, Floquet %v; want %v, %v ± 0, %v", found[0].Period, radius, sd, found[0].Floquet(), period, c.radius, want)
		}
		nearest := math.Inf(1)
		for _, m := range found[0].Multipliers {
			nearest = min(nearest, cmplx.Abs(m-1))
		}
		if nearest > 1e-5 {
			t.Errorf("multipliers %v: none is 1", found[0].Multipliers)
		}
	}
}

// A cycle in three latents of which the third decays, in a skew gauge: the
// period and the multipliers are those of the plane and e^(−T).
func TestCycleInMoreLatents(t *testing.T) {
	plane := circle(1.8, 0.9)
	f := func(dst, kappa []float64) { // κ' = A κ with A = [[1, .5, 0], [0, 1, .3], [0, 0, 1]]
		x := []float64{kappa[0] - 0.5*kappa[1] + 0.15*kappa[2], kappa[1] - 0.3*kappa[2], kappa[2]}
		var y [3]float64
		plane(y[:2], x[:2])
		dst[0], dst[1], dst[2] = y[0]+0.5*y[1], y[1]+0.3*y[2], y[2]
	}
	found, err := Cycles(context.Background(), 2, f, differences(f, 3), starts(3, 1), nil)
	if err != nil || len(found) != 1 {
		t.Fatalf("%d cycles, %v", len(found), err)
	}
	if c := found[0]; math.Abs(c.Period-4*math.Pi) > 1e-5 || math.Abs(c.Floquet()-math.Exp(-0.6128*4*math.Pi)) > 1e-5 {
		t.Errorf("period %v, Floquet %v", c.Period, c.Floquet())
	}
}

// TestNoCycle wants none where everything comes to rest, also very slowly.
func TestNoCycle(t *testing.T) {
	f := circle(1.8, 0.001) // a turn takes 11 000 τ
	found, err := Cycles(context.Background(), 2, f, differences(f, 2), starts(2, 1), nil)
	if err != nil || len(found) != 0 {
		t.Errorf("%d cycles, %v", len(found), err)
	}
}

// TestOrderOfTheIntegrator halves the step: the error at the end falls by 2⁴.
func TestOrderOfTheIntegrator(t *testing.T) {
	// F(κ) = κ + J κ turns the plane rigidly: κ(t) is known, and so is the tangent map.
	f := func(dst, kappa []float64) { dst[0], dst[1] = kappa[0]-kappa[1], kappa[1]+kappa[0] }
	d := func(dst, _ []float64) { copy(dst, []float64{1, -1, 1, 1}) }
	errors := func(steps int) (path, tangent float64) {
		p := newPath(f, d, []float64{1, 0})
		for range steps {
			p.step(2 / float64(steps))
		}
		sin, cos := math.Sincos(2)
		return Distance(p.kappa(), []float64{cos, sin}), Distance(p.y[2:], []float64{cos, -sin, sin, cos})
	}
	p, m := errors(20)
	p2, m2 := errors(40)
	if o := math.Log2(p / p2); math.Abs(o-4) > 0.1 {
		t.Errorf("observed order %.2f", o)
	}
	if o := math.Log2(m / m2); math.Abs(o-4) > 0.1 {
		t.Errorf("observed order of the tangents %.2f", o)
	}
	// And on the nonlinear field, against a much finer path.
	g := circle(1.8, 0.9)
	end := func(steps int) []float64 {
		p := newPath(g, nil, []float64{0.3, -0.2})
		for range steps {
			p.step(4 / float64(steps))
		}
		return p.kappa()
	}
	exact := end(640)
	if o := math.Log2(Distance(end(20), exact) / Distance(end(40), exact)); math.Abs(o-4) > 0.4 {
		t.Errorf("observed order %.2f on a nonlinear field", o)
	}
}

// ringField is E[3.6 m tanh(m·κ + b)] for m on the unit circle, b ~ N(0, 0.3²).
func ringField(dst, kappa []float64) {
	dst[0], dst[1] = 0, 0
	weight := 0.0
	for x := -6.0; x <= 6; x += 0.25 {
		w := math.Exp(-x * x / 2)
		weight += w
		for i := range 128 {
			sin, cos := math.Sincos(2 * math.Pi * float64(i) / 128)
			h := w * math.Tanh(cos*kappa[0]+sin*kappa[1]+0.3*x) / 128
			dst[0] += 3.6 * cos * h
			dst[1] += 3.6 * sin * h
		}
	}
	dst[0] /= weight
	dst[1] /= weight
}

// TestPlantedRing wants the ring of method.md, section 11.
func TestPlantedRing(t *testing.T) {
	ring, ok, err := FindRing(context.Background(), 2, ringField, differences(ringField, 2), 16, 2)
	if err != nil || !ok {
		t.Fatalf("no ring: %v", err)
	}
	radius, sd, mean, fastest, rate := ring.Summary()
	t.Logf("radius %.6f ± %.1g, drift %.1g, at most %.1g, rate %.5f", radius, sd, mean, fastest, rate)
	if math.Abs(radius-1.97133) > 1e-5 || sd > 1e-6 || fastest > 1e-6 || math.Abs(rate+0.6838) > 1e-4 {
		t.Errorf("radius %v ± %v, drift %v, at most %v, rate %v", radius, sd, mean, fastest, rate)
	}
}

// A planted drift is measured: turning F by a small angle turns states.
func TestDriftOfARing(t *testing.T) {
	f := func(dst, kappa []float64) {
		ringField(dst, kappa)
		dst[0], dst[1] = dst[0]-0.01*kappa[1], dst[1]+0.01*kappa[0]
	}
	ring, ok, err := FindRing(context.Background(), 1, f, differences(f, 2), 8, 2)
	if err != nil || !ok {
		t.Fatalf("no ring: %v", err)
	}
	for _, d := range ring.Drift {
		if math.Abs(d-0.0197133) > 1e-6 {
			t.Errorf("drift %v, want 0.0197133", d)
		}
	}
	if _, ok, _ := FindRing(context.Background(), 1, func(dst, kappa []float64) { clear(dst) }, differences(f, 2), 8, 2); ok {
		t.Error("found a ring where all falls into 0")
	}
}

// TestIndices wants the sum 1 of all fixed points, whatever the system.
func TestIndices(t *testing.T) {
	for _, f := range []Field{
		circle(1.8, 0.9), meanField([]float64{1.8, 0.1, 0.2, 1.5}, 2),
		func(dst, kappa []float64) {
			for i, k := range kappa {
				dst[i] = 2 * math.Tanh(k)
			}
		},
	} {
		found, err := FixedPoints(context.Background(), 2, f, differences(f, 2), starts(2, 200))
		if err != nil {
			t.Fatal(err)
		}
		sum := 0
		for _, p := range found {
			sum += p.Index()
			for i, e := range p.Eigenvalues {
				if i == 0 && real(e) != p.Rate || i > 0 && real(e) > real(p.Eigenvalues[i-1]) {
					t.Errorf("eigenvalues %v, rate %v", p.Eigenvalues, p.Rate)
				}
			}
		}
		if sum != 1 {
			t.Errorf("the indices of %d fixed points add up to %d", len(found), sum)
		}
	}
}
