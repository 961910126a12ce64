package maxentflow

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"reprise/stages/internal/marginal"
)

// planted is a mean-field network of method.md, section 11: m ~ N(0, I),
// b ~ N(0, 0.3²), n = J m, seen at states uniform in [-2,2]^R. Its field comes
// from 16384 quasi-random neurons.
type planted struct {
	r        int
	coupling []float64 // J, R x R
}

var (
	bistable = planted{1, []float64{1.8}}
	cycle    = planted{2, []float64{1.8, -0.9, 0.9, 1.8}}
)

// neurons returns w (N x (R+1)) and n (N x R).
func (t planted) neurons() (w, n []float64) {
	d := t.r + 1
	seq := newSobol(d, rand.New(rand.NewPCG(1, 2)))
	y := make([]float64, d)
	for range 16384 {
		seq.next(y)
		for i := range t.r {
			y[i] = quantile(y[i])
		}
		y[t.r] = 0.3 * quantile(y[t.r])
		w = append(w, y...)
		for a := range t.r {
			x := 0.0
			for b := range t.r {
				x += t.coupling[a*t.r+b] * y[b]
			}
			n = append(n, x)
		}
	}
	return w, n
}

// visited returns states of 64 Euler-Maruyama trials (200 steps of 0.05, noise
// 0.1, starts uniform in [-2,2]^R) as rows z = (κ, 1), and F there: count of
// them, drawn at random.
func (t planted) visited(count int, seed uint64) (rows, f []float64) {
	w, n := t.neurons()
	few, fewN := w[:512*(t.r+1)], n[:512*t.r]
	r := rand.New(rand.NewPCG(seed, 3))
	d := t.r + 1
	now := make([]float64, 64*d)
	for i := range now {
		now[i] = 1
		if i%d < t.r {
			now[i] = 4*r.Float64() - 2
		}
	}
	var all []float64
	for range 200 {
		f, _ := newStates(now, d).field(context.Background(), 2, few, fewN, nil, t.r)
		for i := range now {
			if a := i % d; a < t.r {
				now[i] += 0.05*(f[i/d*t.r+a]-now[i]) + 0.1*math.Sqrt(0.05)*r.NormFloat64()
			}
		}
		all = append(all, now...)
	}
	for range count {
		i := r.IntN(len(all) / d)
		rows = append(rows, all[i*d:(i+1)*d]...)
	}
	f, _ = newStates(rows, d).field(context.Background(), 2, w, n, nil, t.r)
	return rows, f
}

func (t planted) base() *base {
	return gaussianBase(1, t.r, append(slices.Repeat([]float64{1}, t.r), 0.3)...)
}

// gaussianBase has the scale s of n, in r dimensions, and these of w.
func gaussianBase(s float64, r int, scales ...float64) *base {
	b := &base{s: s, r: r}
	for _, x := range scales {
		b.w = append(b.w, marginal.Marginal{Family: marginal.Gaussian, Scale: x})
	}
	return b
}

func (t planted) problem(seed uint64) *problem {
	rows, f := t.visited(150, seed)
	return &problem{base: t.base(), z: newStates(rows, t.r+1), f: f, eps: 3e-3 * rms(f), threads: 2}
}

// The gradient and the Hessian of the dual are those of its value (method.md, C5).
func TestDualDerivatives(t *testing.T) {
	ctx := context.Background()
	p := cycle.problem(1)
	n := defensive(p.base).nodes(2048, rand.New(rand.NewPCG(5, 6)))
	m, err := newModes(ctx, 2, n, p.z, p.f, 3e-2, p.eps)
	if err != nil {
		t.Fatal(err)
	}
	d := newDual(m, n.logQ, p.base.s, 2, 2)
	size := m.k * 2
	r := rand.New(rand.NewPCG(7, 8))
	theta := make([]float64, size)
	for i := range theta {
		theta[i] = 0.3 * r.NormFloat64()
	}
	slope := func(theta []float64) []float64 {
		g := make([]float64, size)
		_, _ = d.value(ctx, theta)
		_ = d.slope(ctx, g)
		return g
	}
	grad := slope(theta)
	hess := mat.NewSymDense(size, nil)
	if err := d.curvature(ctx, hess); err != nil {
		t.Fatal(err)
	}
	const h = 1e-5
	gradient, hessian := 0.0, 0.0 // the largest errors
	for i := range theta {
		up, down := append([]float64{}, theta...), append([]float64{}, theta...)
		up[i] += h
		down[i] -= h
		a, _ := d.value(ctx, up)
		b, _ := d.value(ctx, down)
		gradient = max(gradient, math.Abs((a-b)/(2*h)-grad[i]))
		ga, gb := slope(up), slope(down)
		for j := range theta {
			hessian = max(hessian, math.Abs((ga[j]-gb[j])/(2*h)-hess.At(i, j)))
		}
	}
	var eigen mat.EigenSym
	convex := eigen.Factorize(hess, false) && eigen.Values(nil)[0] > 0
	t.Logf("gradient off by at most %.2g, hessian by %.2g, its smallest eigenvalue %.3g", gradient, hessian, eigen.Values(nil)[0])
	if !(gradient < 1e-6) || !(hessian < 1e-5) {
		t.Errorf("gradient off by %.2g, hessian by %.2g", gradient, hessian)
	}
	if !convex {
		t.Error("the hessian of a strictly convex function has an eigenvalue that is not positive")
	}
}

// The basis is orthonormal under the base.
func TestModesAreOrthonormal(t *testing.T) {
	p := cycle.problem(1)
	n := defensive(p.base).nodes(4096, rand.New(rand.NewPCG(5, 6)))
	m, err := newModes(context.Background(), 2, n, p.z, p.f, 3e-3, p.eps)
	if err != nil {
		t.Fatal(err)
	}
	for k := range m.k {
		for l := range k + 1 {
			sum, want := 0.0, 0.0
			for s, q := range n.logQ {
				sum += math.Exp(q) * m.psi[s*m.k+k] * m.psi[s*m.k+l]
			}
			if k == l {
				want = 1
			}
			if math.Abs(sum-want) > 1e-8 {
				t.Fatalf("E[ψ%d ψ%d] = %v", k, l, sum)
			}
		}
	}
}

// Laws of the planted networks have the divergence and entropy that method.md,
// table T2, measured at tolerance 3e-3.
func TestReferenceLaws(t *testing.T) {
	for _, c := range []struct {
		name        string
		net         planted
		kl, h, errs float64
	}{
		{"bistable", bistable, 1.214, 3.214, 0.002},
		{"cycle", cycle, 3.269, 6.141, 0.002},
	} {
		p := c.net.problem(1)
		held, f := c.net.visited(300, 9)
		climb := &climb{problem: p, held: newStates(held, c.net.r+1), f: f, seed: 1, report: func(*attempt, int) {}}
		climb.nodes = defensive(p.base).nodes(16384, rand.New(rand.NewPCG(1, 9)))
		a, err := climb.try(context.Background(), 3e-3, defensive(p.base), firstNodes)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: K %d kl %.4f H %.4f law_error %.2g dlogz %.2g max_weight %.2g residual %.2g", c.name, a.law.modes, a.law.kl, a.law.entropy, a.lawError, a.dlogZ, a.maxWeight, a.law.residual)
		if a.law.newton < 3 || a.law.newton > 40 || a.law.gradient >= flatGradient {
			t.Errorf("%s: Newton's method took %d iterations to a gradient of %.2g; method.md has 5 to 23", c.name, a.law.newton, a.law.gradient)
		}
		if math.Abs(a.law.kl-c.kl) > 0.03*c.kl || math.Abs(a.law.entropy-c.h) > 0.1 {
			t.Errorf("%s: kl %.3f, entropy %.3f; method.md has %.3f, %.3f", c.name, a.law.kl, a.law.entropy, c.kl, c.h)
		}
		if !a.valid() || a.lawError > c.errs {
			t.Errorf("%s: law_error %.3g, dlogz %.3g, max_weight %.3g do not validate", c.name, a.lawError, a.dlogZ, a.maxWeight)
		}
	}
}
