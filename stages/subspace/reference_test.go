package subspace

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"

	"reprise/artifacts"
	"reprise/spec"
	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/tables"
	"reprise/stages/simulatenetwork"
)

// simulated is a system of method.md, section 11, with its noisy trials.
func simulated(t *testing.T, system string, neurons int) *artifacts.Artifact {
	t.Helper()
	s := simulatenetwork.Kind.New().(*simulatenetwork.Simulate)
	one := 1
	s.System, s.Neurons, s.ObservedNeurons, s.Seed = system, neurons, &one, 11
	out, err := s.Run(t.Context(), spec.NewEnv(spec.EnvConfig{Threads: 2}))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func runOn(t *testing.T, s *Subspace, fit, trials *artifacts.Artifact) *artifacts.Artifact {
	t.Helper()
	in := map[string][]*artifacts.Artifact{"fit": {fit}}
	if trials != nil {
		in["trials"] = []*artifacts.Artifact{trials}
	}
	out, err := s.Run(t.Context(), spec.NewEnv(spec.EnvConfig{Threads: 2, Inputs: in}))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := out.Encode(); err != nil {
		t.Fatal(err)
	}
	return out
}

// Dimensions, and shares of |n|² in them, are those of method.md, table T1, for
// its four systems, up to what another and smaller network changes.
func TestReferenceDimensions(t *testing.T) {
	for _, c := range []struct {
		system              string
		tolerance           float64
		dimension, fraction float64
	}{
		{"bistable", 1e-1, 2, .847}, {"bistable", 1e-2, 4, .915}, {"bistable", 1e-3, 8, .925},
		{"four_attractors", 1e-1, 3, .888}, {"four_attractors", 1e-2, 7, .956}, {"four_attractors", 1e-3, 14, .962},
		{"limit_cycle", 1e-1, 5, .886}, {"limit_cycle", 1e-2, 18, .929}, {"limit_cycle", 1e-3, 45, .939},
		{"ring_attractor", 1e-1, 5, .960}, {"ring_attractor", 1e-2, 11, .962}, {"ring_attractor", 1e-3, 23, .963},
	} {
		s := subspace(c.tolerance)
		s.States = 1000
		m := runOn(t, s, simulated(t, c.system, 400), nil).Metrics()
		t.Logf("%s at %g: %v", c.system, c.tolerance, m)
		if off := math.Abs(m["identified_dimension"] - c.dimension); off > max(1, 0.15*c.dimension) {
			t.Errorf("%s at %g: dimension %v, %v was measured", c.system, c.tolerance, m["identified_dimension"], c.dimension)
		}
		if math.Abs(m["identified_fraction"]-c.fraction) > 0.05 {
			t.Errorf("%s at %g: share %v, about %v was measured", c.system, c.tolerance, m["identified_fraction"], c.fraction)
		}
	}
}

// The noise of the field that cross-validation finds is that of the simulation,
// σ/√dt, the effective dimension that of method.md, table T5, and the n that it
// estimates from the noisy latents has the network's field.
func TestNoiseOfTheFieldIsMeasured(t *testing.T) {
	for system, dimension := range map[string]float64{"bistable": 4.4, "four_attractors": 6.0, "limit_cycle": 8.4, "ring_attractor": 7.6} {
		from := simulated(t, system, 250)
		network, err := tables.ReadNetwork(from)
		if err != nil {
			t.Fatal(err)
		}
		visited, err := tables.ReadStates(from)
		if err != nil {
			t.Fatal(err)
		}
		s := subspace(1e-2)
		leak := 0.05
		s.Leak, s.States = &leak, 20000
		out := runOn(t, s, from, from)
		field, err := network.Fields(t.Context(), 1, visited.Kappa, nil)
		if err != nil {
			t.Fatal(err)
		}
		m := out.Metrics()
		variance := math.Pow(m["field_noise"]*rms(field), 2)
		if math.Abs(variance/0.2-1) > 0.04 { // 0.1²/0.05; three standard errors of 12,700 samples, and the bias of the fit
			t.Errorf("%s: the noise has variance %.4f, not 0.2", system, variance)
		}
		// Its λ is what cross-validation chose, which tells noise from field roughly.
		if got := m["effective_dimension"]; math.Abs(got-dimension) > 0.5*dimension {
			t.Errorf("%s: effective dimension %.2f, %.1f was measured", system, got, dimension)
		}
		estimated, err := out.Table("neurons")
		if err != nil {
			t.Fatal(err)
		}
		other := *network
		if other.N, err = estimated.Floats("n_estimated"); err != nil {
			t.Fatal(err)
		}
		got, err := other.Fields(t.Context(), 1, visited.Kappa, nil)
		if err != nil {
			t.Fatal(err)
		}
		e := floats.Distance(got, field, 2) / math.Sqrt(sumSquares(field))
		t.Logf("%s: variance %.4f, effective dimension %.2f, field error %.4f", system, variance, m["effective_dimension"], e)
		if e > 0.025 {
			t.Errorf("%s: the estimated n misses the field by %.4f", system, e)
		}
		if sumSquares(other.N) > 1.2*sumSquares(network.N) {
			t.Errorf("%s: |n|² is %.3g, of the network %.3g: too little is held back", system, sumSquares(other.N), sumSquares(network.N))
		}
	}
}

// Latents without noise have none to measure, and the error says so.
func TestNoNoiseToMeasure(t *testing.T) {
	s := simulatenetwork.Kind.New().(*simulatenetwork.Simulate)
	s.Neurons, s.LatentNoise = 40, 0
	from, err := s.Run(t.Context(), spec.NewEnv(spec.EnvConfig{Threads: 2}))
	if err != nil {
		t.Fatal(err)
	}
	leak := 0.05
	for _, of := range []*Subspace{
		{Tolerance: 0.01, States: 3000, Leak: &leak},
		{Tolerance: 0.01, States: 3000},                                 // no leak to be found
		{Tolerance: 0.01, States: 3000, Leak: &leak, FieldNoise: &leak}, // measured or given?
	} {
		in := map[string][]*artifacts.Artifact{"fit": {from}, "trials": {from}}
		_, err := of.Run(t.Context(), spec.NewEnv(spec.EnvConfig{Threads: 2, Inputs: in}))
		t.Log(err)
		if err == nil {
			t.Errorf("%+v finds noise", of)
		}
	}
}

// The slope of a field is known where the latents went to states around: where
// they fill an area, and not where they keep to a line in it. More noise of the
// field makes it less known, by the formula of linear regression.
func TestSlopesAreKnownWhereStatesAreAround(t *testing.T) {
	n, area := recorded([]float64{1.8, -0.9, 0.9, 1.8}, 2, 100, 3000)
	line := &lrrnn.States{Rank: 2}
	for i := range 3000 {
		x := float64(i)/1500 - 1
		line.Kappa = append(line.Kappa, x, 0.5*x+1e-6*math.Sin(float64(i)))
	}
	known := func(states *lrrnn.States, noise float64) (share, median float64) {
		s := subspace(1e-2)
		s.FieldNoise = &noise
		n := n
		if states.Inputs > 0 {
			driven := *n
			driven.Inputs, driven.B = 1, slices.Repeat([]float64{0.1}, n.Neurons)
			n = &driven
		}
		m := run(t, s, n, states).Metrics()
		return m["slopes_known"], m["slope_error"]
	}
	share, low := known(area, 1e-3)
	if share < 0.95 {
		t.Errorf("in an area the slope is known at %.2f of the states", share)
	}
	held := &lrrnn.States{Rank: 2, Inputs: 1, Kappa: area.Kappa, V: slices.Repeat([]float64{0.7}, area.Len())}
	if share, _ := known(held, 1e-3); share < 0.95 {
		t.Errorf("with an input that never varies the slope is known at %.2f of the states", share)
	}
	if share, _ := known(line, 1e-3); share > 0.05 {
		t.Errorf("on a line the slope is known at %.2f of the states", share)
	}
	_, loud := known(area, 10)
	_, louder := known(area, 20)
	if !(loud > 10*low) || math.Abs(louder/loud-2) > 0.01 {
		t.Errorf("slopes are off by %.3g, %.3g and %.3g at field noise 0.001, 10 and 20", low, loud, louder)
	}
}

// A fit that left n outside of its subspace as it began is told to have copied
// it; one that started elsewhere is not.
func TestCopiesAreTold(t *testing.T) {
	n, s := recorded([]float64{1.8}, 1, 200, 1000)
	first := run(t, subspace(1e-2), n, s)
	neurons, err := first.Table("neurons")
	if err != nil {
		t.Fatal(err)
	}
	identified, err := neurons.Floats("n_identified")
	if err != nil {
		t.Fatal(err)
	}
	copied := func(start []float64) map[string]float64 {
		fit := artifacts.New(tables.Network(n, artifacts.Floats("n_start", "", start, artifacts.Dim{Name: tables.Latent, Size: 1})), tables.States(s))
		return runOn(t, subspace(1e-2), fit, nil).Metrics()
	}
	start := make([]float64, len(n.N)) // what is outside of the subspace, twice, and the opposite within
	for i, x := range n.N {
		start[i] = 2*(x-identified[i]) - identified[i]
	}
	if m := copied(start); math.Abs(m["copied"]-1) > 1e-9 || math.Abs(m["copied_identified"]+1) > 1e-9 {
		t.Errorf("a copy: %v", m)
	}
	for i := range start {
		start[i] = math.Sin(1e4 * float64(i*i))
	}
	if m := copied(start); math.Abs(m["copied"]) > 0.3 {
		t.Errorf("no copy: %v", m)
	}
	if _, told := first.Metrics()["copied"]; told {
		t.Error("without a start a copy is told")
	}
}

// From weights that are measured with errors n is not found, and its field is: the
// activities of so many neurons span it, whichever weights they have. Errors have
// the size that was asked for, and none leaves the weights as they are.
func TestErrorsOfWeights(t *testing.T) {
	from := simulated(t, "bistable", 400)
	network, err := tables.ReadNetwork(from)
	if err != nil {
		t.Fatal(err)
	}
	off := measured(network, 0.5, 3)
	for name, pair := range map[string][2][]float64{"m": {network.M, off.M}, "b": {network.Bias, off.Bias}} {
		if got := floats.Distance(pair[0], pair[1], 2) / math.Sqrt(sumSquares(pair[0])); math.Abs(got-0.5) > 0.06 {
			t.Errorf("errors of %s are %.3f of its size, not 0.5", name, got)
		}
	}
	leak := 0.05
	errors := []float64{0, 0.1, 1}
	var of []map[string]float64
	for _, e := range errors {
		s := subspace(1e-2)
		s.Leak, s.States, s.WeightError = &leak, 2000, e
		of = append(of, runOn(t, s, from, from).Metrics())
		t.Logf("errors of %g: %v", e, of[len(of)-1])
	}
	for i, m := range of {
		if m["estimated_error"] > 0.06 {
			t.Errorf("with errors of %g the field is missed by %.4f", errors[i], m["estimated_error"])
		}
		if i > 0 && (m["field_error"] < 5*of[i-1]["field_error"] || m["identified_fraction"] > of[i-1]["identified_fraction"]) {
			t.Errorf("with errors of %g the subspace is no worse than with %g: field %.4f, share %.3f", errors[i], errors[i-1], m["field_error"], m["identified_fraction"])
		}
	}
	s := subspace(1e-2)
	s.WeightError = -1
	if s.Check() == nil {
		t.Error("took a negative error")
	}
}
