package perturb

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

// bistable is a network of the bistable law: m ~ N(0, 1), b ~ N(0, 0.3²),
// n = 1.8 m + spread z.
func bistable(neurons int, spread float64) *lrrnn.Network {
	r := rng.New(1, "test network")
	n := lrrnn.New(neurons, 1, 0)
	for i := range neurons {
		n.M[i], n.Bias[i] = r.NormFloat64(), 0.3*r.NormFloat64()
		n.N[i] = 1.8*n.M[i] + spread*r.NormFloat64()
	}
	return n
}

// line is states from -1.6 to 1.6.
func line() *lrrnn.States {
	s := &lrrnn.States{Rank: 1}
	for i := range 161 {
		s.Kappa = append(s.Kappa, -1.6+0.02*float64(i))
	}
	return s
}

// gain is E φ'(d ξ) of a standard normal ξ, on a grid.
func gain(d float64) float64 {
	sum, total := 0.0, 0.0
	for i := -800; i <= 800; i++ {
		x := float64(i) / 100
		w, h := math.Exp(-x*x/2), math.Tanh(d*x)
		sum, total = sum+w*(1-h*h), total+w
	}
	return sum / total
}

func run(t *testing.T, threads int, inputs map[string][]*artifacts.Artifact, change func(*Perturb)) (*artifacts.Artifact, error) {
	t.Helper()
	p := Kind.New().(*Perturb)
	change(p)
	if err := p.Check(); err != nil {
		return nil, err
	}
	return p.Run(t.Context(), spec.NewEnv(spec.EnvConfig{Threads: threads, Inputs: inputs}))
}

func ofNetwork(n *lrrnn.Network) map[string][]*artifacts.Artifact {
	return map[string][]*artifacts.Artifact{"network": {artifacts.New(tables.Network(n), tables.States(line()))}}
}

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > within {
		t.Errorf("%s is %g, not %g within %g", what, got, want, within)
	}
}

// TestCriticalFraction wants 1 − 1/(a g0) of the bistable network, and its stable
// states where (1−f) a g(√(κ²+s_b²)) = 1.
func TestCriticalFraction(t *testing.T) {
	n := bistable(20000, 0)
	for f, want := range map[float64]int{0.2: 2, 0.5: 1} {
		out, err := run(t, 2, ofNetwork(n), func(p *Perturb) { p.Silence, p.Fraction, p.Draws = "random", f, 1 })
		if err != nil {
			t.Fatal(err)
		}
		m := out.Metrics()
		near(t, "critical fraction", m["critical_fraction"], 1-1/(1.8*gain(0.3)), 0.02)
		if int(m["stable_fixed_points"]) != want || int(m["simulated_stable_fixed_points"]) != want {
			t.Errorf("with %g silent there are stable states: %v", f, m)
		}
		if want == 2 {
			near(t, "(1-f) a g at the stable state", (1-f)*1.8*gain(math.Hypot(m["stable_norm"], 0.3)), 1, 0.03)
			near(t, "effect", m["effect"], f, 0.02)
		}
		if m["scaled_error"] > 0.03 {
			t.Errorf("(1-f) F misses by %g", m["scaled_error"])
		}
	}
}

// TestNoStateOfRest wants no critical fraction where the origin is no state of rest.
func TestNoStateOfRest(t *testing.T) {
	n := bistable(20000, 0)
	for i, m := range n.M {
		n.Bias[i] += 0.3 * m // as if all that is felt at 0 were felt at 0.3
	}
	out, err := run(t, 2, ofNetwork(n), func(p *Perturb) { p.Silence, p.Draws = "random", 1 })
	if err != nil {
		t.Fatal(err)
	}
	if f, told := out.Metrics()["critical_fraction"]; told {
		t.Errorf("critical fraction %g where the origin moves", f)
	}
}

// TestIdentified wants n within the span of activities to be predicted exactly
// whatever is done, and what lies outside of it to make an error within its bound.
func TestIdentified(t *testing.T) {
	whole := bistable(400, 1)
	within, err := identifiedPart(whole, line(), 1e-4)
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range []func(*Perturb){
		func(p *Perturb) { p.Silence = "m" },
		func(p *Perturb) { p.Silence, p.Draws = "random", 2 },
		func(p *Perturb) { p.Silence, p.Fraction = "b", 0.4 },
		func(p *Perturb) { p.Silence, p.Input, p.Along = "m", 0.7, "random" },
	} {
		exact, err := run(t, 2, ofNetwork(within), change)
		if err != nil {
			t.Fatal(err)
		}
		m := exact.Metrics()
		near(t, "error of what is identified", m["field_error"], 0, 1e-5)
		near(t, "error of its fixed points", m["fixed_point_error"], 0, 1e-4)
		if m["unidentified"] < 0.1 || m["max_unidentified"] > 1 {
			t.Errorf("targeted silencing counts as identified: %v", m)
		}
		out, err := run(t, 2, ofNetwork(whole), change)
		if err != nil {
			t.Fatal(err)
		}
		boundHolds(t, whole, within, out)
	}
}

// boundHolds wants |error| ≤ |(1−P) h| |(1−P) n|/N at every state.
func boundHolds(t *testing.T, whole, within *lrrnn.Network, out *artifacts.Artifact) {
	t.Helper()
	table, err := out.Table("field")
	if err != nil {
		t.Fatal(err)
	}
	columns := map[string][]float64{}
	for _, name := range []string{"predicted", "simulated", "unidentified"} {
		if columns[name], err = table.Floats(name); err != nil {
			t.Fatal(err)
		}
	}
	outside := 0.0
	for i, n := range whole.N {
		outside += (n - within.N[i]) * (n - within.N[i])
	}
	for k, share := range columns["unidentified"] {
		// |h| is at most √N, as tanh is at most 1; 1e-4 is what the tolerance leaves.
		most := share*math.Sqrt(outside/float64(whole.Neurons)) + 1e-4
		if miss := math.Abs(columns["predicted"][k] - columns["simulated"][k]); miss > most {
			t.Errorf("state %d: predicted %g, simulated %g, at most %g apart", k, columns["predicted"][k], columns["simulated"][k], most)
		}
	}
}

// TestInputAlongLatent wants an input along m to be a shift of the latent: what
// was visited there says all of it.
func TestInputAlongLatent(t *testing.T) {
	n := bistable(500, 1)
	out, err := run(t, 1, ofNetwork(n), func(p *Perturb) { p.Input, p.Along = 0.25, "m" })
	if err != nil {
		t.Fatal(err)
	}
	table, err := out.Table("field")
	if err != nil {
		t.Fatal(err)
	}
	kappa, _ := table.Floats("kappa")
	simulated, err := table.Floats("simulated")
	if err != nil {
		t.Fatal(err)
	}
	want := make([]float64, 1)
	for i, k := range kappa {
		n.Field(want, []float64{k + 0.25}, nil)
		near(t, "field with an input along m", simulated[i], want[0], 1e-12)
	}
	if m := out.Metrics(); m["unidentified"] > 5e-3 || m["field_error"] > 5e-3 {
		t.Errorf("an input along m is not identified: %v", m)
	}
	random, err := run(t, 1, ofNetwork(n), func(p *Perturb) { p.Input, p.Along = 0.5, "random" })
	if err != nil {
		t.Fatal(err)
	}
	if m := random.Metrics(); m["unidentified"] < 0.2 {
		t.Errorf("a random input is identified: %v", m)
	}
}

// TestChoice wants as many silent neurons as the fraction says, and those.
func TestChoice(t *testing.T) {
	n := bistable(200, 1)
	equal := slices.Repeat([]float64{1.0 / 200}, 200)
	for _, by := range []string{"random", "m", "n", "b", "n above", "tied"} {
		p := &Perturb{Silence: by, Fraction: 0.3}
		var above *float64
		of := *n
		switch by {
		case "n above": // as of a law
			p.Silence = "n"
			at := threshold(n, "n", p.Fraction, equal)
			above = &at
		case "tied": // as in a ring
			p.Silence, of.M = "m", slices.Repeat([]float64{2}, 200)
		}
		n, by := &of, p.Silence
		silent := 0
		least, most := math.Inf(1), 0.0
		for i, k := range p.keep(n, above, false, 1) {
			if k == 0 {
				silent++
				least = min(least, size(n, by, i))
			} else {
				most = max(most, size(n, by, i))
			}
		}
		if silent != 60 || by != "random" && least < most {
			t.Errorf("by %s %d of 200 are silent, the smallest %g, the largest that is not %g", by, silent, least, most)
		}
	}
	weight := make([]float64, 200)
	weight[7], n.M[7] = 1, 9
	if above := threshold(n, "m", 0.5, weight); above != 9 {
		t.Errorf("the threshold is %g where one neuron of size 9 has all the weight", above)
	}
}

// ofLaw makes the tables of a law with multipliers that nobody fitted.
func ofLaw(t *testing.T) map[string][]*artifacts.Artifact {
	t.Helper()
	const grid, fitted = 81, 41
	s := line()
	lambda, held := make([]float64, s.Len()), make([]uint8, s.Len())
	for j := range s.Len() {
		if j < fitted { // spread over the line
			s.Kappa[j], s.Kappa[4*j%s.Len()] = s.Kappa[4*j%s.Len()], s.Kappa[j]
			lambda[j] = 0.06 * s.Kappa[j]
		} else {
			held[j] = 1
		}
	}
	n := lrrnn.New(grid*grid, 1, 0)
	weight, total := make([]float64, n.Neurons), 0.0
	for i := range weight {
		n.M[i], n.Bias[i] = 5*(2*float64(i%grid)/(grid-1)-1), 1.2*(2*float64(i/grid)/(grid-1)-1)
		for j := range fitted {
			n.N[i] += lambda[j] * math.Tanh(n.M[i]*s.Kappa[j]+n.Bias[i])
		}
		weight[i] = math.Exp(-n.M[i]*n.M[i]/2 - n.Bias[i]*n.Bias[i]/0.18 + n.N[i]*n.N[i]/2)
		total += weight[i]
	}
	mean := *n
	mean.N = make([]float64, n.Neurons)
	for i := range weight {
		weight[i] /= total
		mean.N[i] = n.N[i] * weight[i] * float64(n.Neurons)
	}
	field, err := mean.Fields(t.Context(), 1, s.Kappa, nil)
	if err != nil {
		t.Fatal(err)
	}
	latent := artifacts.Dim{Name: tables.Latent, Size: 1}
	return map[string][]*artifacts.Artifact{"law": {artifacts.New(
		artifacts.NewTable("law", artifacts.Dim{Name: "node", Size: n.Neurons}, artifacts.Floats("m", "", n.M, latent), artifacts.Floats("b", "", n.Bias),
			artifacts.Floats("nbar", "", n.N, latent), artifacts.Floats("weight", "", weight)),
		artifacts.NewTable("targets", artifacts.Dim{Name: "state", Size: s.Len()}, artifacts.Floats("kappa", "", s.Kappa, latent), artifacts.Floats("field", "", field, latent),
			artifacts.Bytes("held_out", "", held), artifacts.Floats("lambda", "", lambda, latent)),
		artifacts.NewTable("coordinates", artifacts.Dim{Name: "coordinate", Size: 3}, artifacts.Strings("name", []string{"m1", "b", "n1"}), artifacts.Strings("family", slices.Repeat([]string{"gaussian"}, 3)), artifacts.Floats("freedom", "", make([]float64, 3)), artifacts.Floats("base", "", []float64{1, 0.3, 1})),
	)}}
}

// TestLaw perturbs a law: a random fraction scales its field, and networks drawn
// from it do as it says; the same bytes for one thread and two.
func TestLaw(t *testing.T) {
	in := ofLaw(t)
	var text [2]string
	for i := range text {
		out, err := run(t, i+1, in, func(p *Perturb) { p.Silence, p.Fraction, p.Neurons, p.Draws = "random", 0.25, 4000, 2 })
		if err != nil {
			t.Fatal(err)
		}
		m := out.Metrics()
		near(t, "effect", m["effect"], 0.25, 1e-12)
		if m["field_error"] > 0.05 || m["unidentified"] > 1e-2 {
			t.Errorf("random silencing of a law: %v", m)
		}
		manifest, _, err := out.Encode()
		if err != nil {
			t.Fatal(err)
		}
		text[i] = string(manifest.Text())
	}
	if text[0] != text[1] {
		t.Error("one thread and two give different artifacts")
	}
	out, err := run(t, 2, in, func(p *Perturb) { p.Silence, p.Neurons = "m", 4000 })
	if err != nil {
		t.Fatal(err)
	}
	if m := out.Metrics(); m["field_error"] > 0.05 || m["unidentified"] < 0.1 {
		t.Errorf("targeted silencing of a law: %v", m)
	}
}

func TestRefusals(t *testing.T) {
	network, law := ofNetwork(bistable(50, 1)), ofLaw(t)
	both := map[string][]*artifacts.Artifact{"network": network["network"], "law": law["law"]}
	silence := func(by string) func(*Perturb) { return func(p *Perturb) { p.Silence = by } }
	for want, c := range map[string]struct {
		in     map[string][]*artifacts.Artifact
		change func(*Perturb)
	}{
		"either network or law":   {both, silence("m")},
		"nothing to perturb":      {network, func(*Perturb) {}},
		"silence is one of":       {network, silence("all")},
		"along is one of":         {network, func(p *Perturb) { p.Input, p.Along = 1, "n" }},
		"fraction":                {network, func(p *Perturb) { p.Silence, p.Fraction = "m", 1 }},
		"no inputs":               {network, silence("B")},
		"which neurons have a la": {law, silence("n")},
	} {
		if _, err := run(t, 1, c.in, c.change); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error %v does not speak of %q", err, want)
		}
	}
}
