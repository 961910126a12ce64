package analyzedynamics

import (
	"bytes"
	"context"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"reprise/artifacts"
	"reprise/spec"
	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/tables"
	"reprise/stages/simulatenetwork"
)

// simulated is a network so even that it is the mean field of the system.
func simulated(t *testing.T, system string, neurons int) *artifacts.Artifact {
	t.Helper()
	s := simulatenetwork.Kind.New().(*simulatenetwork.Simulate)
	one := 1
	s.System, s.Neurons, s.Sampling, s.ObservedNeurons = system, neurons, "quasirandom", &one
	a, err := s.Run(t.Context(), spec.NewEnv(spec.EnvConfig{Threads: 2}))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func run(t *testing.T, a *Analyze, threads int, inputs map[string]*artifacts.Artifact) *artifacts.Artifact {
	t.Helper()
	if err := a.Check(); err != nil {
		t.Fatal(err)
	}
	given := map[string][]*artifacts.Artifact{}
	for name, in := range inputs {
		given[name] = []*artifacts.Artifact{in}
	}
	out, err := a.Run(t.Context(), spec.NewEnv(spec.EnvConfig{Threads: threads, Inputs: given}))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func preset() *Analyze { return Kind.New().(*Analyze) }

// TestGroundTruths wants of each system what method.md, section 11, says.
func TestGroundTruths(t *testing.T) {
	for _, c := range []struct {
		system string
		want   map[string]float64 // within 5e-4
	}{
		{"bistable", map[string]float64{"fixed_points": 3, "stable_fixed_points": 2, "stable_norm_min": 1.10730, "slowest_rate": -0.6128}},
		{"four_attractors", map[string]float64{"fixed_points": 9, "stable_fixed_points": 4, "stable_norm_min": 1.30302 * math.Sqrt2, "slowest_rate": -0.6809, "cycles": 0}},
		{"limit_cycle", map[string]float64{"fixed_points": 1, "stable_fixed_points": 0, "cycles": 1, "period": 12.56637, "cycle_radius": 1.10730, "cycle_radius_sd": 0, "floquet": math.Exp(-0.6128 * 12.56637)}},
		{"ring_attractor", map[string]float64{"ring_radius": 1.97133, "ring_drift": 0, "ring_rate": -0.6838, "cycles": 0}},
		{"heavy_tail", map[string]float64{"fixed_points": 3, "stable_fixed_points": 2, "stable_norm_max": 0.73595}},
	} {
		got := run(t, preset(), 2, map[string]*artifacts.Artifact{"of": simulated(t, c.system, 16384)}).Metrics()
		t.Logf("%s: %v", c.system, got)
		c.want["index_sum"] = 1
		for name, want := range c.want {
			if x, ok := got[name]; !ok || math.Abs(x-want) > 5e-4 {
				t.Errorf("%s: %s is %v, want %v", c.system, name, x, want)
			}
		}
	}
}

// TestSaddles wants the rates of the unstable points of section 11.
func TestSaddles(t *testing.T) {
	out := run(t, preset(), 2, map[string]*artifacts.Artifact{"of": simulated(t, "four_attractors", 16384)})
	table, err := out.Table("fixed_points")
	if err != nil {
		t.Fatal(err)
	}
	rate, _ := table.Floats("rate")
	re, _ := table.Array("real", "point", tables.Latent)
	saddles := 0
	for i, x := range rate {
		if re.Data[2*i] > 0 && re.Data[2*i+1] < 0 {
			saddles++
			if math.Abs(x-0.846) > 2e-3 {
				t.Errorf("a saddle has the rate %v, want 0.846", x)
			}
		}
	}
	if saddles != 4 {
		t.Errorf("%d saddles, want 4", saddles)
	}
}

// inGauge is the same network in other coordinates, κ → A κ.
func inGauge(t *testing.T, from *artifacts.Artifact, a *mat.Dense) *artifacts.Artifact {
	t.Helper()
	s, err := readNetwork(from, "target")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.transform(a); err != nil {
		t.Fatal(err)
	}
	return artifacts.New(tables.Network(s.network), tables.States(&lrrnn.States{Rank: s.network.Rank, Kappa: s.kappa}))
}

// TestGaugeIsFree compares a network in skew coordinates with itself: its latents
// are mapped back, and everything comes out as it was.
func TestGaugeIsFree(t *testing.T) {
	a := mat.NewDense(2, 2, []float64{0.8, 1.1, -0.4, 1.7})
	for _, system := range []string{"four_attractors", "limit_cycle"} {
		truth := simulated(t, system, 2048)
		want := run(t, preset(), 2, map[string]*artifacts.Artifact{"of": truth}).Metrics()
		got := run(t, preset(), 2, map[string]*artifacts.Artifact{"of": inGauge(t, truth, a), "truth": truth}).Metrics()
		for name, x := range want {
			if math.Abs(got[name]-x) > 1e-7*max(1, math.Abs(x)) {
				t.Errorf("%s: %s is %v in another gauge, %v in its own", system, name, got[name], x)
			}
		}
		for _, name := range []string{"truth_error", "attractor_error", "period_error", "cycle_radius_error", "ring_radius_error"} {
			if got[name] > 1e-7 {
				t.Errorf("%s: %s is %v between a network and itself", system, name, got[name])
			}
		}
		// What does not depend on coordinates comes out without a truth too.
		free := run(t, preset(), 2, map[string]*artifacts.Artifact{"of": inGauge(t, truth, a)}).Metrics()
		for _, name := range []string{"fixed_points", "stable_fixed_points", "slowest_rate", "cycles", "period", "floquet"} {
			if math.Abs(free[name]-want[name]) > 1e-7 {
				t.Errorf("%s: %s is %v in another gauge, %v in its own", system, name, free[name], want[name])
			}
		}
	}
}

// flowOf is a law of two kinds of node whose mean field is that of the network,
// in the gauge A, as maxent_flow writes one.
func flowOf(t *testing.T, network *artifacts.Artifact, a *mat.Dense) *artifacts.Artifact {
	t.Helper()
	s, err := readNetwork(inGauge(t, network, a), "target")
	if err != nil {
		t.Fatal(err)
	}
	n := s.network
	weight, nbar := make([]float64, n.Neurons), make([]float64, len(n.N))
	sum := 0.0
	for i := range weight {
		weight[i] = float64(1 + i%3)
		sum += weight[i]
	}
	for i := range weight {
		weight[i] /= sum
		for c := range n.Rank {
			nbar[i*n.Rank+c] = n.N[i*n.Rank+c] / (weight[i] * float64(n.Neurons))
		}
	}
	latent := artifacts.Dim{Name: tables.Latent, Size: n.Rank}
	points := func(name, row, mean string, values []float64) *artifacts.Table {
		return artifacts.NewTable(name, artifacts.Dim{Name: row, Size: n.Neurons},
			artifacts.Floats("m", "", n.M, latent), artifacts.Floats("b", "", n.Bias), artifacts.Floats(mean, "", values, latent),
			artifacts.Floats("weight", "", weight))
	}
	var kappa []float64
	var steps []int64
	for i := 0; i < len(s.kappa)/n.Rank; i += 7 {
		kappa, steps = append(kappa, s.kappa[i*n.Rank:(i+1)*n.Rank]...), append(steps, int64(i))
	}
	return artifacts.New(points("law", "node", "nbar", nbar), points("samples", "sample", "n", n.N),
		artifacts.NewTable("targets", artifacts.Dim{Name: "state", Size: len(steps)}, artifacts.Floats("kappa", "", kappa, latent), artifacts.Ints("step", "", steps)),
		artifacts.NewTable("gauge", artifacts.Dim{Name: "gauge", Size: 1},
			artifacts.Floats("A", "", a.RawMatrix().Data, latent, artifacts.Dim{Name: "target_latent", Size: n.Rank})))
}

// TestFlows reads a law with weights, and samples, out of a gauge.
func TestFlows(t *testing.T) {
	a := mat.NewDense(2, 2, []float64{0.8, 1.1, -0.4, 1.7})
	truth := simulated(t, "limit_cycle", 2048)
	want := run(t, preset(), 2, map[string]*artifacts.Artifact{"of": truth}).Metrics()
	for _, part := range []string{"law", "flow"} {
		for _, in := range []map[string]*artifacts.Artifact{{"of": flowOf(t, truth, a)}, {"of": flowOf(t, truth, a), "truth": truth}} {
			s := preset()
			s.Part = part
			out := run(t, s, 1, in)
			for name, x := range want {
				// The start of the radial search depends on the states that were seen.
				if got := out.Metrics()[name]; math.Abs(got-x) > 1e-6*max(1, math.Abs(x)) {
					t.Errorf("%s: %s is %v, want %v", part, name, got, x)
				}
			}
			field, err := out.Table("field")
			if err != nil || !field.Has(part) {
				t.Errorf("table field has no column %s: %v", part, err)
			}
		}
	}
}

// TestInput moves the fixed points of a network with one input.
func TestInput(t *testing.T) {
	n := lrrnn.New(1, 1, 1) // F = 0.5 tanh(κ + v): one fixed point, which moves with v
	n.M[0], n.N[0], n.B[0] = 1, 0.5, 1
	in := artifacts.New(tables.Network(n), tables.States(&lrrnn.States{Rank: 1, Inputs: 1, Kappa: []float64{0, 0.5, -1}, V: []float64{0, 1, 0}}))
	s := preset()
	s.Input = []float64{2}
	out := run(t, s, 1, map[string]*artifacts.Artifact{"of": in})
	table, err := out.Table("fixed_points")
	if err != nil {
		t.Fatal(err)
	}
	kappa, _ := table.Floats("kappa")
	if len(kappa) != 1 || math.Abs(kappa[0]-0.5*math.Tanh(kappa[0]+2)) > 1e-9 || kappa[0] < 0.4 {
		t.Errorf("rests at %v under an input", kappa)
	}
	s.Input = []float64{1, 2}
	if _, err := s.Run(t.Context(), spec.NewEnv(spec.EnvConfig{Inputs: map[string][]*artifacts.Artifact{"of": {in}}})); err == nil {
		t.Error("took two numbers for one input")
	}
}

func TestSameBytesForAnyThreads(t *testing.T) {
	in := map[string]*artifacts.Artifact{"of": simulated(t, "limit_cycle", 500)}
	var texts [][]byte
	for _, threads := range []int{1, 3} {
		m, _, err := run(t, preset(), threads, in).Encode()
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, m.Text())
	}
	if !bytes.Equal(texts[0], texts[1]) {
		t.Errorf("one thread gives\n%s\nthree give\n%s", texts[0], texts[1])
	}
}

func TestRefuses(t *testing.T) {
	for _, s := range []*Analyze{{Part: "samples", Align: "states", Angles: 64}, {Part: "law", Align: "", Angles: 64}, {Part: "law", Align: "none", Angles: 1},
		{Part: "law", Align: "none", Angles: 64, Input: []float64{math.Inf(1)}}} {
		if s.Check() == nil {
			t.Errorf("accepted %+v", *s)
		}
	}
	two, one := simulated(t, "ring_attractor", 64), simulated(t, "bistable", 64)
	for name, in := range map[string]map[string][]*artifacts.Artifact{
		"another rank":  {"of": {two}, "truth": {one}},
		"no network":    {"of": {artifacts.New(artifacts.NewTable("x", artifacts.Dim{Name: "row", Size: 0}))}},
		"other trials":  {"of": {two}, "truth": {shorter(t)}},
		"no such state": {"of": {flowOf(t, two, identity(2))}, "truth": {shorter(t)}},
	} {
		if _, err := preset().Run(t.Context(), spec.NewEnv(spec.EnvConfig{Threads: 1, Inputs: in})); err == nil {
			t.Errorf("%s: no error", name)
		} else {
			t.Log(err)
		}
	}
}

// shorter is a ring with fewer states than the preset has.
func shorter(t *testing.T) *artifacts.Artifact {
	t.Helper()
	s := simulatenetwork.Kind.New().(*simulatenetwork.Simulate)
	s.System, s.Neurons, s.Trials, s.Steps = "ring_attractor", 30, 6, 20
	a, err := s.Run(t.Context(), spec.NewEnv(spec.EnvConfig{Threads: 1}))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestStopsWhenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	in := map[string][]*artifacts.Artifact{"of": {simulated(t, "limit_cycle", 64)}}
	if _, err := preset().Run(ctx, spec.NewEnv(spec.EnvConfig{Threads: 1, Inputs: in})); err == nil {
		t.Error("ran on after it was cancelled")
	}
}

// TestDrawnNetworksLeaveTheGauge wants a network that comes with the gauge of a law to
// be analyzed in the coordinates of the law's target.
func TestDrawnNetworksLeaveTheGauge(t *testing.T) {
	target := simulated(t, "limit_cycle", 512)
	want := run(t, preset(), 2, map[string]*artifacts.Artifact{"of": target}).Metrics()
	network, err := tables.ReadNetwork(target)
	if err != nil {
		t.Fatal(err)
	}
	states, err := tables.ReadStates(target)
	if err != nil {
		t.Fatal(err)
	}
	a := mat.NewDense(2, 2, []float64{1.2, 0.3, -0.1, 0.8})
	inverse := new(mat.Dense)
	if err := inverse.Inverse(a); err != nil {
		t.Fatal(err)
	}
	drawn, seen := *network, *states
	drawn.M, drawn.N, seen.Kappa = make([]float64, len(network.M)), make([]float64, len(network.N)), make([]float64, len(states.Kappa))
	lrrnn.Transform(drawn.M, network.M, inverse.T())
	lrrnn.Transform(drawn.N, network.N, a)
	lrrnn.Transform(seen.Kappa, states.Kappa, a)
	gauge := artifacts.NewTable("gauge", artifacts.Dim{Name: "gauge", Size: 1},
		artifacts.Floats("A", "", a.RawMatrix().Data, artifacts.Dim{Name: tables.Latent, Size: 2}, artifacts.Dim{Name: "target_latent", Size: 2}))
	got := run(t, preset(), 2, map[string]*artifacts.Artifact{"of": artifacts.New(tables.Network(&drawn), tables.States(&seen), gauge)}).Metrics()
	for _, name := range []string{"cycles", "period", "cycle_radius", "fixed_points", "floquet"} {
		if math.Abs(got[name]-want[name]) > 1e-6 {
			t.Errorf("%s is %g, in the target's coordinates %g", name, got[name], want[name])
		}
	}
}
