package maxentflow

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"reprise/artifacts"
	"reprise/spec"
	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/tables"
)

// targetOf makes the artifact of a planted network at states that it visited.
func targetOf(net planted) *artifacts.Artifact {
	w, n := net.neurons()
	network := lrrnn.New(len(w)/(net.r+1), net.r, 0)
	copy(network.N, n)
	for i := range network.Neurons {
		copy(network.M[i*net.r:(i+1)*net.r], w[i*(net.r+1):])
		network.Bias[i] = w[i*(net.r+1)+net.r]
	}
	rows, _ := net.visited(600, 4)
	s := &lrrnn.States{Rank: net.r}
	for i := 0; i < len(rows); i += net.r + 1 {
		s.Kappa = append(s.Kappa, rows[i:i+net.r]...)
	}
	return artifacts.New(tables.Network(network), tables.States(s))
}

func run(t *testing.T, f *Flow, in *artifacts.Artifact, threads int) *artifacts.Artifact {
	t.Helper()
	if err := f.Check(); err != nil {
		t.Fatal(err)
	}
	out, err := f.Run(context.Background(), spec.NewEnv(spec.EnvConfig{Threads: threads, Inputs: map[string][]*artifacts.Artifact{"target": {in}}}))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func bistableFlow() *Flow {
	f := Kind.New().(*Flow)
	one, bias := 1.0, 0.3
	f.Whiten, f.BaseM, f.BaseN, f.BaseBias = false, &one, &one, &bias
	return f
}

// On the bistable network the kind gives the law of method.md, table T2, and a
// flow close to it, and the same bytes on one thread and on two.
func TestBistable(t *testing.T) {
	in := targetOf(bistable)
	f := bistableFlow()
	f.Steps, f.Width, f.Samples, f.Tolerance = 300, 32, 500, 3e-3
	one := run(t, f, in, 1)
	two := run(t, f, in, 2)
	a, _, err := one.Encode()
	if err != nil {
		t.Fatal(err)
	}
	b, _, err := two.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if string(a.Text()) != string(b.Text()) {
		t.Errorf("one thread and two give different artifacts:\n%s\n%s", a.Text(), b.Text())
	}
	m := one.Metrics()
	for _, name := range Kind.Metrics {
		if _, ok := m[name.Name]; !ok {
			t.Errorf("no metric %s", name.Name)
		}
	}
	for _, name := range Kind.Tables {
		if !one.Has(name.Name) {
			t.Errorf("no table %s", name.Name)
		}
	}
	if len(m) != len(Kind.Metrics) || len(one.Tables()) != len(Kind.Tables) {
		t.Errorf("metrics %v and tables %v are not those that the kind declares", m, one.Tables())
	}
	if math.Abs(m["kl_law"]-1.214) > 0.05 || m["law_error"] > 0.002 || m["kl_flow"] > 0.25 || m["kl_flow"] < -3*m["kl_flow_se"] {
		t.Errorf("metrics %v are not those of the bistable law", m)
	}
	if math.Abs(m["entropy"]-m["entropy_law"]) > 0.25 {
		t.Errorf("entropy %v of the flow, %v of the law", m["entropy"], m["entropy_law"])
	}
}

// A change of the target's coordinates (κ → A κ, n → A n, m → A^{-T} m) changes nothing
// in the whitened gauge but a rotation: the base's scales and the law's distance from it
// stay, in one latent and in two.
func TestWhiteningFixesTheGauge(t *testing.T) {
	for _, c := range []struct {
		net         planted
		a, inverseT []float64 // R x R
	}{
		{bistable, []float64{3.7}, []float64{1 / 3.7}},
		{cycle, []float64{2, 0.5, -1, 1}, []float64{0.4, 0.4, -0.2, 0.8}},
	} {
		in := targetOf(c.net)
		network, err := tables.ReadNetwork(in)
		if err != nil {
			t.Fatal(err)
		}
		visited, err := tables.ReadStates(in)
		if err != nil {
			t.Fatal(err)
		}
		change := func(x, by []float64) {
			var moved mat.Dense
			rows := mat.NewDense(len(x)/c.net.r, c.net.r, x)
			moved.Mul(rows, mat.NewDense(c.net.r, c.net.r, by).T())
			copy(x, moved.RawMatrix().Data)
		}
		change(network.M, c.inverseT)
		change(network.N, c.a)
		change(visited.Kappa, c.a)
		var kl, scale [2]float64
		for i, target := range []*artifacts.Artifact{targetOf(c.net), artifacts.New(tables.Network(network), tables.States(visited))} {
			f := Kind.New().(*Flow)
			tg, err := f.readTarget(context.Background(), spec.NewEnv(spec.EnvConfig{Inputs: map[string][]*artifacts.Artifact{"target": {target}}}))
			if err != nil {
				t.Fatal(err)
			}
			l, err := tg.problem.solve(context.Background(), defensive(tg.problem.base).nodes(16384, newTestRand()), 1e-2)
			if err != nil {
				t.Fatal(err)
			}
			kl[i], scale[i] = l.kl, tg.problem.base.s
			if x := rms(tg.rows[:(c.net.r+1)*600]); math.Abs(x-1) > 0.01 {
				t.Errorf("whitened latents (and the 1 behind each) have rms %v", x)
			}
		}
		t.Logf("kl_law %v, base_n %v", kl, scale)
		// A rotation turns the law against the nodes: for two latents it is found on others.
		if off := math.Abs(kl[0] - kl[1]); off > 1e-6 && (c.net.r == 1 || off > 1e-3*kl[0]) {
			t.Errorf("kl_law %v, %v after a change of gauge", kl[0], kl[1])
		}
		if math.Abs(scale[0]/scale[1]-1) > 1e-9 {
			t.Errorf("the base's scale of n is %v, %v after a change of gauge", scale[0], scale[1])
		}
	}
}

func TestBadInput(t *testing.T) {
	for _, c := range []struct {
		change func(*Flow)
		want   string
	}{
		{func(f *Flow) { f.Tolerance = 0 }, "tolerance"},
		{func(f *Flow) { f.Tolerance = math.NaN() }, "tolerance"},
		{func(f *Flow) { f.Epsilon = 1 }, "epsilon"},
		{func(f *Flow) { f.States = 1 }, "states"},
		{func(f *Flow) { f.Steps = 0 }, "steps"},
		{func(f *Flow) { x := -1.0; f.BaseN = &x }, "base_n"},
	} {
		f := bistableFlow()
		c.change(f)
		if err := f.Check(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v does not speak of %s", err, c.want)
		}
	}
	quiet := lrrnn.New(10, 1, 0)
	s := &lrrnn.States{Rank: 1, Kappa: make([]float64, 500)}
	for i := range s.Kappa {
		s.Kappa[i] = float64(i)
	}
	in := artifacts.New(tables.Network(quiet), tables.States(s))
	_, err := bistableFlow().Run(context.Background(), spec.NewEnv(spec.EnvConfig{Inputs: map[string][]*artifacts.Artifact{"target": {in}}}))
	if err == nil || !strings.Contains(err.Error(), "field") {
		t.Errorf("a target without a field: %v", err)
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	env := spec.NewEnv(spec.EnvConfig{Threads: 2, Inputs: map[string][]*artifacts.Artifact{"target": {targetOf(bistable)}},
		Progress: func(p spec.Progress) {
			if p.Unit == "step" {
				cancel()
			}
		}})
	f := bistableFlow()
	f.Tolerance = 3e-3
	if _, err := f.Run(ctx, env); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled run gives %v", err)
	}
}
