package maxentflow

import (
	"context"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

func solved(t *testing.T, net planted, tol float64) (*climb, *attempt) {
	t.Helper()
	p := net.problem(1)
	rows, f := net.visited(300, 9)
	c := &climb{problem: p, held: newStates(rows, net.r+1), f: f, seed: 1, report: func(*attempt, int) {}}
	c.nodes = defensive(p.base).nodes(16384, rand.New(rand.NewPCG(1, 9)))
	a, err := c.try(context.Background(), tol, defensive(p.base), firstNodes)
	if err != nil {
		t.Fatal(err)
	}
	return c, a
}

// Weighted nodes, draws and the closed-form density are the same law.
func TestSamplesFollowLaw(t *testing.T) {
	ctx := context.Background()
	_, a := solved(t, bistable, 1e-2)
	l := a.law
	pool, err := l.sample(ctx, 2, a.proposal, a.held, 100000, 1)
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]func(m, b, n float64) float64{
		"m²": func(m, _, _ float64) float64 { return m * m },
		"b²": func(_, b, _ float64) float64 { return b * b },
		"nm": func(m, _, n float64) float64 { return n * m },
		"n²": func(_, _, n float64) float64 { return n * n },
		"m⁴": func(m, _, _ float64) float64 { return m * m * m * m },
	} {
		drawn, want := 0.0, 0.0
		for i, mean := range pool.mean {
			drawn += f(pool.w[2*i], pool.w[2*i+1], mean) / float64(len(pool.mean))
		}
		for s, p := range a.held.p {
			want += p * f(a.held.w[2*s], a.held.w[2*s+1], a.held.mean[s])
		}
		if math.Abs(drawn-want) > 0.03*want {
			t.Errorf("E %s: %v of draws, %v of nodes", name, drawn, want)
		}
	}
	// Entropy by the closed-form density: H = -E log p*.
	r := rand.New(rand.NewPCG(1, 5))
	n := append([]float64{}, pool.mean...)
	for i := range n {
		n[i] += l.base.s * r.NormFloat64()
	}
	logs, err := l.logDensity(ctx, 2, pool.w, n)
	if err != nil {
		t.Fatal(err)
	}
	mean, se := meanAndError(logs)
	t.Logf("entropy %.4f of draws (standard error %.4f), %.4f of the law", -mean, se, l.entropy)
	if math.Abs(-mean-l.entropy) > 5*se {
		t.Errorf("entropy %v of draws (standard error %v), %v of the law", -mean, se, l.entropy)
	}
}

// Without a field the law is its base.
func TestLawOfNothingIsTheBase(t *testing.T) {
	p := cycle.problem(1)
	clear(p.f)
	l, err := p.solve(context.Background(), defensive(p.base).nodes(4096, rand.New(rand.NewPCG(1, 1))), 1e-2)
	if err != nil {
		t.Fatal(err)
	}
	h := 5*(log2Pi+1)/2 + math.Log(0.3)
	t.Logf("kl %.2g, entropy %.4f; the base has 0, %.4f", l.kl, l.entropy, h)
	if math.Abs(l.kl) > 1e-9 || math.Abs(l.entropy-h) > 2e-2 {
		t.Errorf("kl %v, entropy %v; the base has 0, %v", l.kl, l.entropy, h)
	}
}

// Nodes of any proposal integrate the base.
func TestNodesIntegrateTheBase(t *testing.T) {
	b := cycle.base()
	points := []float64{1, 1, 0.3, -1, -1, -0.3, 2, 2.2, 0}
	for name, p := range map[string]*proposal{"defensive": defensive(b), "adapted": around(b, points, []float64{0.4, 0.4, 0.2})} {
		for kind, n := range map[string]*nodes{"sobol": p.nodes(16384, rand.New(rand.NewPCG(1, 1))), "random": p.random(200000, rand.New(rand.NewPCG(1, 1)))} {
			total := logSumExp(n.logQ)
			var second [3]float64
			for s, q := range n.logQ {
				for i := range 3 {
					second[i] += math.Exp(q-total) * math.Pow(n.w[3*s+i]/b.w[i].Scale, 2)
				}
			}
			for i, x := range second {
				if math.Abs(x-1) > 0.02 {
					t.Errorf("%s, %s: second moment of coordinate %d is %v of the base's", name, kind, i, x)
				}
			}
		}
	}
}

// The climb keeps the best law that validates, and says so where there is none.
func TestClimb(t *testing.T) {
	p := bistable.problem(1)
	rows, f := bistable.visited(300, 9)
	few := defensive(p.base).nodes(16384, newTestRand()) // held-out nodes; fewer than usual, to be quick
	c := newClimb(p, newStates(rows, 2), f, 1, func(*attempt, int) {})
	c.nodes = few
	if err := c.run(context.Background(), 1e-1); err != nil {
		t.Fatal(err)
	}
	if c.best == nil || c.best.lawError > 5e-4 || c.best.tolerance > 1e-2 {
		t.Errorf("from tolerance 0.1 the climb ends at %+v", c.best)
	}
	for _, a := range c.attempts {
		t.Logf("tolerance %.3g, %d nodes: law_error %.3g", a.tolerance, a.nodes, a.lawError)
		if a.valid() && a.lawError < better*c.best.lawError {
			t.Errorf("an attempt with law_error %v validated, the best has %v", a.lawError, c.best.lawError)
		}
	}

	p = bistable.problem(1)
	p.base.s = 0.02 // so narrow a base on n needs exponents of hundreds
	c = newClimb(p, newStates(rows, 2), f, 1, func(*attempt, int) {})
	c.nodes = few
	if err := c.run(context.Background(), 0.3); err != nil {
		t.Fatal(err)
	}
	if c.best != nil {
		t.Fatalf("a law validates where none should: %+v", c.best)
	}
	if msg := c.failure().Error(); !strings.Contains(msg, "law_error") || !strings.Contains(msg, "base_n") {
		t.Errorf("the failure does not say what happened and what to try: %s", msg)
	}
}

func newTestRand() *rand.Rand { return rand.New(rand.NewPCG(1, 1)) }
