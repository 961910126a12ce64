package samplenetwork

import (
	"math"
	"slices"
	"strings"
	"testing"

	"reprise/artifacts"
	"reprise/spec"
	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/rng"
	"reprise/stages/internal/tables"
)

// lawOf makes the tables of a law whose multipliers nobody fitted, in two
// latents and one input: any are a law. The field is its own, at its nodes; the
// flow's samples are nothing but noise.
func lawOf(t *testing.T) *artifacts.Artifact {
	t.Helper()
	const states, fitted, count = 240, 120, 30000
	r := rng.New(1, "test law")
	draw := func(n int, sd float64) []float64 {
		out := make([]float64, n)
		for i := range out {
			out[i] = sd * r.NormFloat64()
		}
		return out
	}
	kappa, v := draw(2*states, 1), draw(states, 1)
	lambda := make([]float64, 2*states)
	for i := range 2 * fitted {
		lambda[i] = 0.017 * kappa[i]
	}
	net := lrrnn.New(count, 2, 1)
	net.M, net.B, net.Bias = draw(2*count, 1), draw(count, 0.5), draw(count, 0.3)
	weight, total := make([]float64, count), 0.0
	for i := range count {
		for j := range fitted {
			h := math.Tanh(net.Drive(i, kappa[2*j:2*j+2], v[j:j+1]))
			net.N[2*i] += lambda[2*j] * h
			net.N[2*i+1] += lambda[2*j+1] * h
		}
		weight[i] = math.Exp((net.N[2*i]*net.N[2*i] + net.N[2*i+1]*net.N[2*i+1]) / 2)
		total += weight[i]
	}
	weighted := *net
	weighted.N = make([]float64, len(net.N))
	for i := range weight {
		weight[i] /= total
		weighted.N[2*i], weighted.N[2*i+1] = count*weight[i]*net.N[2*i], count*weight[i]*net.N[2*i+1]
	}
	field, err := weighted.Fields(t.Context(), 2, kappa, v)
	if err != nil {
		t.Fatal(err)
	}
	held := make([]uint8, states)
	for i := fitted; i < states; i++ {
		held[i] = 1
	}
	latent, channel, state := artifacts.Dim{Name: tables.Latent, Size: 2}, artifacts.Dim{Name: tables.Channel, Size: 1}, artifacts.Dim{Name: "state", Size: states}
	return artifacts.New(
		artifacts.NewTable("law", artifacts.Dim{Name: "node", Size: count}, artifacts.Floats("m", "", net.M, latent), artifacts.Floats("B", "", net.B, channel),
			artifacts.Floats("b", "", net.Bias), artifacts.Floats("nbar", "", net.N, latent), artifacts.Floats("weight", "", weight)),
		artifacts.NewTable("targets", state, artifacts.Floats("kappa", "", kappa, latent), artifacts.Floats("v", "", v, channel), artifacts.Floats("field", "", field, latent),
			artifacts.Bytes("held_out", "", held), artifacts.Floats("lambda", "", lambda, latent)),
		artifacts.NewTable("coordinates", artifacts.Dim{Name: "coordinate", Size: 6}, artifacts.Strings("name", []string{"m1", "m2", "B1", "b", "n1", "n2"}),
			artifacts.Strings("family", slices.Repeat([]string{"gaussian"}, 6)), artifacts.Floats("freedom", "", make([]float64, 6)), artifacts.Floats("base", "", []float64{1, 1, 0.5, 0.3, 1, 1})),
		artifacts.NewTable("samples", artifacts.Dim{Name: "sample", Size: 500}, artifacts.Floats("m", "", draw(1000, 1), latent), artifacts.Floats("B", "", draw(500, 0.5), channel),
			artifacts.Floats("b", "", draw(500, 0.3)), artifacts.Floats("n", "", draw(1000, 1), latent)),
		artifacts.NewTable("gauge", artifacts.Dim{Name: "gauge", Size: 1}, artifacts.Floats("A", "", []float64{1, 0, 0, 1}, latent, artifacts.Dim{Name: "target_latent", Size: 2})))
}

func run(t *testing.T, in *artifacts.Artifact, threads int, change func(*Sample)) (*artifacts.Artifact, error) {
	t.Helper()
	s := Kind.New().(*Sample)
	change(s)
	if err := s.Check(); err != nil {
		return nil, err
	}
	return s.Run(t.Context(), spec.NewEnv(spec.EnvConfig{Threads: threads, Inputs: map[string][]*artifacts.Artifact{"law": {in}}}))
}

// TestSample draws networks of three sizes: plain errors fall as the law
// predicts (check C1), conditioned ones are far below at any size (check C8).
func TestSample(t *testing.T) {
	in := lawOf(t)
	for _, neurons := range []int{100, 400} {
		out, err := run(t, in, 2, func(s *Sample) { s.Neurons, s.Draws = neurons, 60 })
		if err != nil {
			t.Fatal(err)
		}
		m := out.Metrics()
		for _, g := range Kind.Metrics {
			if _, ok := m[g.Name]; !ok {
				t.Errorf("no metric %s", g.Name)
			}
		}
		for _, g := range Kind.Tables {
			if !out.Has(g.Name) {
				t.Errorf("no table %s", g.Name)
			}
		}
		t.Logf("%d neurons: the error is %.3g, predicted is %.3g, conditioned %.2g", neurons, m["plain_error"], m["predicted_error"], m["field_error"])
		if ratio := m["plain_error"] / m["predicted_error"]; ratio < 0.8 || ratio > 1.25 {
			t.Errorf("%d neurons: the error is %g, predicted is %g", neurons, m["plain_error"], m["predicted_error"])
		}
		if m["field_error"] > m["plain_error"]/10 {
			t.Errorf("%d neurons: error %g as drawn, %g conditioned", neurons, m["plain_error"], m["field_error"])
		}
		net, err := tables.ReadNetwork(out)
		if err != nil {
			t.Fatal(err)
		}
		if net.Neurons != neurons || net.Rank != 2 || net.Inputs != 1 {
			t.Errorf("a network of %d neurons, rank %d, %d inputs", net.Neurons, net.Rank, net.Inputs)
		}
	}
}

// TestPlainAndFlow draws networks as they come, by resampling and from a flow.
func TestPlainAndFlow(t *testing.T) {
	in := lawOf(t)
	plain, err := run(t, in, 2, func(s *Sample) { s.Conditioned, s.Method, s.Draws, s.Neurons = false, "resampling", 30, 200 })
	if err != nil {
		t.Fatal(err)
	}
	m := plain.Metrics()
	if ratio := m["field_error"] / m["predicted_error"]; m["field_error"] != m["plain_error"] || m["shift"] != 0 || ratio < 0.75 || ratio > 1.3 {
		t.Errorf("plain draws by resampling: %v", m)
	}
	flow, err := run(t, in, 2, func(s *Sample) { s.Of, s.Neurons = "flow", 500 })
	if err != nil {
		t.Fatal(err)
	}
	if m := flow.Metrics(); m["field_error"] > 0.02 || m["plain_error"] < 0.1 { // the samples are noise, which conditioning mends
		t.Errorf("a network of the flow's samples: %v", m)
	}
}

// TestSameBytes wants the same artifact from one goroutine and from two.
func TestSameBytes(t *testing.T) {
	in := lawOf(t)
	var text [2]string
	for i := range text {
		out, err := run(t, in, i+1, func(s *Sample) { s.Neurons, s.Draws = 150, 3 })
		if err != nil {
			t.Fatal(err)
		}
		manifest, _, err := out.Encode()
		if err != nil {
			t.Fatal(err)
		}
		text[i] = string(manifest.Text())
	}
	if text[0] != text[1] {
		t.Errorf("one thread:\n%s\ntwo:\n%s", text[0], text[1])
	}
}

func TestRefusals(t *testing.T) {
	in := lawOf(t)
	for want, change := range map[string]func(*Sample){
		"of is":      func(s *Sample) { s.Of = "base" },
		"method is":  func(s *Sample) { s.Method = "mcmc" },
		"neurons is": func(s *Sample) { s.Neurons = 1 },
		"tolerance":  func(s *Sample) { s.Tolerance = 0 },
		"draws":      func(s *Sample) { s.Draws = 0 },
		"samples":    func(s *Sample) { s.Of, s.Neurons = "flow", 501 },
	} {
		if _, err := run(t, in, 1, change); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error %v does not speak of %q", err, want)
		}
	}
}
