package maxentflow

import (
	"context"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"reprise/stages/internal/marginal"
)

// heavy is the problem of method.md, T7, down to |κ| = 1e-2: a field that rises
// as |κ|^0.7, on a base of this family.
func heavy(one marginal.Marginal) *problem {
	m := marginal.Marginal{Family: marginal.StudentT, Scale: 0.5, Freedom: 0.7}
	const neurons, side = 20000, 40
	var w, n, rows []float64
	for i := range neurons {
		x := m.At(math.Sqrt2 * math.Erfinv(2*(float64(i)+0.5)/neurons-1))
		w, n = append(w, x, 0), append(n, math.Copysign(1.5, x))
	}
	for i := range side {
		k := 0.01 * math.Pow(200, float64(i)/(side-1))
		rows = append(rows, k, 1, -k, 1)
	}
	z := newStates(rows, 2)
	f, _ := z.field(context.Background(), 2, w, n, nil, 1)
	b := &base{s: 1, r: 1, w: []marginal.Marginal{one, {Family: marginal.Gaussian}}}
	return &problem{base: b, z: z, f: f, eps: 1e-3 * rms(f), threads: 2}
}

var cauchy = marginal.Marginal{Family: marginal.StudentT, Scale: 1, Freedom: 1}

// TestHeavyReference compares with method.md, T7: relative entropies, and the
// errors that tell heavy bases from light ones.
func TestHeavyReference(t *testing.T) {
	for _, c := range []struct {
		base   marginal.Marginal
		kl     float64
		lo, hi float64 // of the largest relative error
	}{
		{cauchy, 0.962, 0, 2e-4},
		{marginal.Marginal{Family: marginal.StudentT, Scale: 1, Freedom: 2}, 1.058, 0, 5e-4},
		{marginal.Marginal{Family: marginal.Laplace, Scale: 1}, 2.03, 0.03, 0.09},
		{marginal.Marginal{Family: marginal.Gaussian, Scale: 1}, 4.68, 0.15, 0.3},
	} {
		p := heavy(c.base)
		l, err := p.solve(context.Background(), grid(p.base, 0.5), 1e-7)
		if err != nil {
			t.Fatal(err)
		}
		near(t, string(c.base.Family)+": nats", l.kl, c.kl, 0.03*c.kl)
		seen, err := l.at(context.Background(), 2, grid(p.base, 0))
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.z.field(context.Background(), 2, seen.w, seen.mean, seen.p, 1)
		if err != nil {
			t.Fatal(err)
		}
		worst := 0.0
		for i, x := range got {
			worst = max(worst, math.Abs(x/p.f[i]-1))
		}
		if worst < c.lo || worst > c.hi {
			t.Errorf("%s: largest relative error %g, not from %g to %g", c.base.Family, worst, c.lo, c.hi)
		}
	}
}

// TestTailsAreInherited: far out a law is its base times a constant, since tanh
// saturates there, so that its tail is the base's (method.md, P6).
func TestTailsAreInherited(t *testing.T) {
	p := heavy(cauchy)
	l, err := p.solve(context.Background(), grid(p.base, 0.5), 1e-5)
	if err != nil {
		t.Fatal(err)
	}
	ratio := func(m float64) float64 { // of law to base, up to a constant
		g, err := l.g(context.Background(), 1, []float64{m, 0})
		if err != nil {
			t.Fatal(err)
		}
		return g[0] * g[0] / 2
	}
	near(t, "log ratio in the tail", ratio(1e5), ratio(1e4), 1e-6)
	if math.Abs(ratio(1)-ratio(1e4)) < 0.1 {
		t.Error("the law is its base everywhere: nothing is shown")
	}
}

// TestFieldsThatNoLawGives: without thresholds fields are odd, so one that is
// not is refused, and its odd part is not.
func TestFieldsThatNoLawGives(t *testing.T) {
	p := heavy(cauchy)
	at := &target{problem: p}
	for i := range p.z.count {
		at.rows = append(at.rows, p.z.z[i], 1)
	}
	nodes := grid(p.base, 0.5)
	if err := at.exists(context.Background(), nodes); err != nil {
		t.Errorf("a field that the law has: %v", err)
	}
	for i := range p.f {
		p.f[i] += 0.1 * math.Abs(p.z.z[i])
	}
	if err := at.exists(context.Background(), nodes); err == nil || !strings.Contains(err.Error(), "base_b") {
		t.Errorf("a field with an even part: %v", err)
	}
	// With thresholds there is a law for it.
	p.base.w[1].Scale = 0.3
	if err := at.exists(context.Background(), defensive(p.base).nodes(16384, rand.New(rand.NewPCG(1, 1)))); err != nil {
		t.Errorf("with thresholds: %v", err)
	}
}

// TestLearnedCoordinates: there and back, and densities with them.
func TestLearnedCoordinates(t *testing.T) {
	b := &base{s: 1, r: 2, w: []marginal.Marginal{cauchy, {Family: marginal.Gaussian, Scale: 2}, {Family: marginal.Gaussian}}}
	w := []float64{0.3, -1, 0, -50, 2, 0, 1e4, 0, 0}
	learned := b.learn(w)
	if len(learned) != 6 || learned[1] != -1 {
		t.Fatalf("learned coordinates %v", learned)
	}
	// Under the base the first is standard normal, and the second as it is.
	density := make([]float64, 3)
	for s := range density {
		density[s] = logNormal(learned[2*s:2*s+1]) + marginal.Marginal{Family: marginal.Gaussian, Scale: 2}.LogDensity(learned[2*s+1])
	}
	back := b.unlearn(learned, density)
	for i, x := range w {
		near(t, "there and back", back[i], x, 1e-9*max(1, math.Abs(x)))
	}
	for s, d := range density {
		near(t, "log density", d, b.logW(w[3*s:3*s+3]), 1e-9)
	}
}

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > within {
		t.Errorf("%s is %g, not %g within %g", what, got, want, within)
	}
}
