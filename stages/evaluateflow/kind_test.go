package evaluateflow

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"reprise/artifacts"
	"reprise/spec"
	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/tables"
)

// planted is a network of rank R with m ~ N(0, I), b ~ N(0, 0.3²), n = gain m:
// the bistable one of method.md, section 11, at rank 1. Neurons come in pairs
// (m, b, n), (−m, b, −n), which makes F odd.
func planted(rank, neurons int, gain float64) *lrrnn.Network {
	r := rand.New(rand.NewPCG(1, 2))
	n := lrrnn.New(neurons, rank, 0)
	for i := 0; i < neurons; i += 2 {
		n.Bias[i] = 0.3 * r.NormFloat64()
		n.Bias[i+1] = n.Bias[i]
		for k := range rank {
			x := r.NormFloat64()
			n.M[i*rank+k], n.M[(i+1)*rank+k] = x, -x
			n.N[i*rank+k], n.N[(i+1)*rank+k] = gain*x, -gain*x
		}
	}
	return n
}

// scale is the gauge of the flow below: κ there = scale κ of the target.
const scale = 2.5

// flowOf makes the tables of a law that is the network itself, in the gauge,
// with means of n times off, at states of the truth.
func flowOf(n *lrrnn.Network, s *lrrnn.States, off float64) *artifacts.Artifact {
	latent := artifacts.Dim{Name: tables.Latent, Size: n.Rank}
	times := func(x []float64, by float64) []float64 {
		out := make([]float64, len(x))
		for i := range x {
			out[i] = x[i] * by
		}
		return out
	}
	m, nbar := times(n.M, 1/scale), times(n.N, scale*off)
	weight, logs, other := make([]float64, n.Neurons), make([]float64, n.Neurons), make([]float64, n.Neurons)
	for i := range weight {
		weight[i] = 1 / float64(n.Neurons)
		logs[i], other[i] = -3+0.01*float64(i%2), -3.25
	}
	field := make([]float64, len(s.Kappa))
	held, steps := make([]uint8, s.Len()), make([]int64, s.Len())
	for t := range s.Len() {
		k, v := s.At(t)
		n.Field(field[t*n.Rank:(t+1)*n.Rank], k, v)
		held[t], steps[t] = uint8(t%2), int64(t)
	}
	a := make([]float64, n.Rank*n.Rank)
	for i := range n.Rank {
		a[i*n.Rank+i] = scale
	}
	return artifacts.New(
		artifacts.NewTable("law", artifacts.Dim{Name: "node", Size: n.Neurons},
			artifacts.Floats("m", "", m, latent), artifacts.Floats("b", "", n.Bias), artifacts.Floats("nbar", "", nbar, latent), artifacts.Floats("weight", "", weight)),
		artifacts.NewTable("samples", artifacts.Dim{Name: "sample", Size: n.Neurons},
			artifacts.Floats("m", "", m, latent), artifacts.Floats("b", "", n.Bias), artifacts.Floats("n", "", nbar, latent),
			artifacts.Floats("log_density_flow", "nat", logs), artifacts.Floats("log_density_law", "nat", other)),
		artifacts.NewTable("targets", artifacts.Dim{Name: "state", Size: s.Len()},
			artifacts.Floats("kappa", "", times(s.Kappa, scale), latent), artifacts.Floats("field", "", times(field, scale), latent),
			artifacts.Bytes("held_out", "", held), artifacts.Ints("step", "", steps)),
		artifacts.NewTable("coordinates", artifacts.Dim{Name: "coordinate", Size: 2*n.Rank + 1},
			artifacts.Floats("base", "", slices.Repeat([]float64{1e-9}, 2*n.Rank+1))), // n is its mean
		artifacts.NewTable("gauge", artifacts.Dim{Name: "gauge", Size: 1},
			artifacts.Floats("A", "", a, latent, artifacts.Dim{Name: "target_latent", Size: n.Rank})))
}

func visited(rank int) *lrrnn.States {
	r := rand.New(rand.NewPCG(3, 4))
	s := &lrrnn.States{Rank: rank}
	for range 200 * rank {
		s.Kappa = append(s.Kappa, 4*r.Float64()-2)
	}
	return s
}

func evaluate(t *testing.T, flow, truth *artifacts.Artifact) *artifacts.Artifact {
	t.Helper()
	inputs := map[string][]*artifacts.Artifact{"flow": {flow}}
	if truth != nil {
		inputs["truth"] = []*artifacts.Artifact{truth}
	}
	out, err := (&Evaluate{}).Run(context.Background(), spec.NewEnv(spec.EnvConfig{Threads: 2, Inputs: inputs}))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := out.Encode(); err != nil {
		t.Fatal(err)
	}
	return out
}

// A law that is the truth in another gauge has no error, the truth's attractors
// and, in the target's coordinates, their distance from the origin.
func TestTruthIsFoundInAnyGauge(t *testing.T) {
	n, s := planted(1, 4000, 1.8), visited(1)
	out := evaluate(t, flowOf(n, s, 1), artifacts.New(tables.Network(n), tables.States(s)))
	m := out.Metrics()
	for _, name := range []string{"law_error", "constraint_residual", "flow_error", "truth_error", "attractor_error"} {
		if x, ok := m[name]; !ok || x > 1e-6 {
			t.Errorf("%s is %v, %v", name, x, ok)
		}
	}
	if m["fixed_points"] != 3 || m["stable_fixed_points"] != 2 || m["truth_stable_fixed_points"] != 2 {
		t.Errorf("fixed points: %v", m)
	}
	// 1.1073 in the mean field; 4000 neurons are off by some hundredths.
	if math.Abs(m["stable_norm_max"]-1.1073) > 0.06 || m["stable_norm_max"]-m["stable_norm_min"] > 1e-6 {
		t.Errorf("stable points at %v to %v", m["stable_norm_min"], m["stable_norm_max"])
	}
	if math.Abs(m["kl_flow"]-0.255) > 1e-9 || math.Abs(m["entropy"]-2.995) > 1e-9 || m["max_weight"] != 1.0/4000 {
		t.Errorf("densities: %v", m)
	}
	for name := range m {
		if !declared(Kind.Metrics, name) {
			t.Errorf("metric %s is not declared", name)
		}
	}
	points, err := out.Table("fixed_points")
	if err != nil {
		t.Fatal(err)
	}
	if of, _ := points.Strings("of"); len(of) != 9 {
		t.Errorf("rows of fixed_points: %v", of)
	}
}

func declared(list []spec.Gives, name string) bool {
	for _, g := range list {
		if g.Name == name {
			return true
		}
	}
	return false
}

// A law whose means are a tenth too large is wrong by a tenth everywhere.
func TestErrorsAreMeasured(t *testing.T) {
	n, s := planted(2, 600, 1.8), visited(2)
	flow := flowOf(n, s, 1.1)
	m := evaluate(t, flow, artifacts.New(tables.Network(n), tables.States(s))).Metrics()
	for _, name := range []string{"law_error", "constraint_residual", "flow_error", "truth_error"} {
		if math.Abs(m[name]-0.1) > 1e-6 {
			t.Errorf("%s is %v, not 0.1", name, m[name])
		}
	}
	m = evaluate(t, flow, nil).Metrics()
	for _, name := range []string{"truth_error", "attractor_error", "truth_stable_fixed_points", "dlogz"} {
		if x, ok := m[name]; ok {
			t.Errorf("%s is %v without a truth", name, x)
		}
	}
}

// A network too weak to hold anything has one stable point, the origin; a
// metric about what is not there is left out.
func TestWeakNetwork(t *testing.T) {
	n, s := planted(1, 1000, 0.5), visited(1)
	m := evaluate(t, flowOf(n, s, 1), nil).Metrics()
	if m["fixed_points"] != 1 || m["stable_fixed_points"] != 1 || m["stable_norm_max"] > 1e-6 {
		t.Errorf("metrics %v", m)
	}
}

func TestTruthOfOtherTrials(t *testing.T) {
	n, s := planted(1, 100, 1.8), visited(1)
	few := &lrrnn.States{Rank: 1, Kappa: s.Kappa[:50]}
	_, err := (&Evaluate{}).Run(context.Background(), spec.NewEnv(spec.EnvConfig{Inputs: map[string][]*artifacts.Artifact{
		"flow": {flowOf(n, s, 1)}, "truth": {artifacts.New(tables.Network(n), tables.States(few))}}}))
	if err == nil || !strings.Contains(err.Error(), "same trials") {
		t.Errorf("a truth with fewer steps: %v", err)
	}
}
