package maxentflow

import (
	"context"
	"math/rand/v2"
	"testing"
)

// cycleLaw is the law of the planted limit cycle, d = 5, with draws of it and nodes to
// validate it on.
func cycleLaw(tb testing.TB) (*law, *pool, *weighted) {
	tb.Helper()
	ctx := context.Background()
	p := cycle.problem(1)
	held, f := cycle.visited(300, 9)
	climb := &climb{problem: p, held: newStates(held, cycle.r+1), f: f, seed: 1, report: func(*attempt, int) {}}
	climb.nodes = defensive(p.base).nodes(16384, rand.New(rand.NewPCG(1, 9)))
	a, err := climb.try(ctx, 3e-3, defensive(p.base), firstNodes)
	if err != nil {
		tb.Fatal(err)
	}
	pool, err := a.law.sample(ctx, 2, a.proposal, a.held, poolSize, 1)
	if err != nil {
		tb.Fatal(err)
	}
	return a.law, pool, a.held
}

// BenchmarkStep is a step of training on one thread, batch 512.
func BenchmarkStep(b *testing.B) {
	l, pool, _ := cycleLaw(b)
	mean, sd := l.moments(pool)
	b.ResetTimer()
	t := &training{law: l, pool: pool, net: newNetwork(len(mean), 64), mean: mean, sd: sd, steps: b.N, batch: 512, seed: 1, threads: 1}
	if _, err := t.run(context.Background(), func(int, float64) {}); err != nil {
		b.Fatal(err)
	}
}
