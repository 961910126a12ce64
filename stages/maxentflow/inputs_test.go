package maxentflow

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"reprise/artifacts"
	"reprise/spec"
	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/tables"
)

// A law of a network with an input reproduces its field where it was not told of
// it, and the field there is known: of neurons with Gaussian m, B, b and n = 1.8 m +
// B it is (1.8 κ + s² v) E tanh'(ξ √(κ² + s² v² + 0.3²)), by Stein's lemma, with B
// of standard deviation s.
func TestLawWithInput(t *testing.T) {
	const neurons, s = 16384, 0.5
	ctx := context.Background()
	net := lrrnn.New(neurons, 1, 1)
	even, y := newSobol(3, rand.New(rand.NewPCG(1, 2))), make([]float64, 3)
	for i := range neurons {
		even.next(y)
		net.M[i], net.B[i], net.Bias[i] = quantile(y[0]), s*quantile(y[1]), 0.3*quantile(y[2])
		net.N[i] = 1.8*net.M[i] + net.B[i]
	}
	r := rand.New(rand.NewPCG(3, 4))
	visited := &lrrnn.States{Rank: 1, Inputs: 1}
	for range 800 {
		visited.Kappa, visited.V = append(visited.Kappa, 4*r.Float64()-2), append(visited.V, r.NormFloat64())
	}
	f := bistableFlow()
	f.BaseB = new(float64)
	*f.BaseB = s
	in := artifacts.New(tables.Network(net), tables.States(visited))
	target, err := f.readTarget(ctx, spec.NewEnv(spec.EnvConfig{Threads: 2, Inputs: map[string][]*artifacts.Artifact{"target": {in}}}))
	if err != nil {
		t.Fatal(err)
	}
	nodes := defensive(target.problem.base)
	l, err := target.problem.solve(ctx, nodes.nodes(32768, rand.New(rand.NewPCG(5, 6))), 1e-2)
	if err != nil {
		t.Fatal(err)
	}
	held, err := l.at(ctx, 2, nodes.nodes(32768, rand.New(rand.NewPCG(7, 8))))
	if err != nil {
		t.Fatal(err)
	}
	var rows, want []float64
	for range 500 {
		kappa, v := 4*r.Float64()-2, r.NormFloat64()
		rows = append(rows, kappa, v, 1)
		width, slope := math.Sqrt(kappa*kappa+s*s*v*v+0.09), 0.0
		const points = 400
		for i := range points {
			h := math.Tanh(width * quantile((float64(i)+0.5)/points))
			slope += (1 - h*h) / points
		}
		want = append(want, slope*(1.8*kappa+s*s*v))
	}
	got, err := newStates(rows, 3).field(ctx, 2, held.w, held.mean, held.p, 1)
	if err != nil {
		t.Fatal(err)
	}
	e := relativeError(got, want)
	t.Logf("K %d, kl %.3f, error of the field %.2g", l.modes, l.kl, e)
	if e > 0.01 {
		t.Errorf("the law's field is %.3g from the known one", e)
	}
}
