package plot

import (
	"context"
	"sync"
	"testing"

	"reprise/artifacts"
	"reprise/spec"
	"reprise/stages/compareconnectivity"
	"reprise/stages/evaluatefit"
	"reprise/stages/evaluateflow"
	"reprise/stages/fitlrrnn"
	"reprise/stages/maxentflow"
	"reprise/stages/samplenetwork"
	"reprise/stages/simulateclicks"
	"reprise/stages/simulatenetwork"
	"reprise/stages/subspace"
)

type inputs = map[string][]*artifacts.Artifact

// given runs a method as the runner would.
func given(t *testing.T, m spec.Method, in inputs) *artifacts.Artifact {
	t.Helper()
	a, err := m.Run(context.Background(), spec.NewEnv(spec.EnvConfig{Threads: 1, Inputs: in}))
	if err != nil {
		t.Fatalf("%T: %v", m, err)
	}
	return a
}

// made are artifacts of the kinds themselves, small: of the clicks task, and of a
// bistable mean field with its law.
type made struct {
	clicks, fit, other, score, subspace, comparison *artifacts.Artifact
	mean, law, flowScore, drawnPart                 *artifacts.Artifact // drawnPart: what is identified of the first of networks
	networks                                        []*artifacts.Artifact
}

var makeOnce = struct {
	sync.Once
	made
}{}

// makeAll makes them once for all tests.
func makeAll(t *testing.T) *made {
	t.Helper()
	makeOnce.Do(func() {
		m := &makeOnce.made
		clicks := simulateclicks.Kind.New().(*simulateclicks.Simulate)
		clicks.Trials, clicks.Neurons = 60, 16
		m.clicks = given(t, clicks, nil)
		m.fit, m.other = fitted(t, m.clicks, 1), fitted(t, m.clicks, 2)
		m.score = given(t, evaluatefit.Kind.New(), inputs{"trials": {m.clicks}, "fit": {m.fit}})
		m.subspace = given(t, subspace.Kind.New(), inputs{"fit": {m.fit}})
		m.comparison = given(t, compareconnectivity.Kind.New(), inputs{"fits": {m.fit, m.other}, "networks": {m.fit, m.other}})

		mean := simulatenetwork.Kind.New().(*simulatenetwork.Simulate)
		one := 1
		mean.Neurons, mean.Sampling, mean.ObservedNeurons = 4096, "quasirandom", &one
		m.mean = given(t, mean, nil)
		flow := maxentflow.Kind.New().(*maxentflow.Flow)
		flow.Steps, flow.Width, flow.States, flow.Samples = 25, 8, 40, 500
		m.law = given(t, flow, inputs{"target": {m.mean}})
		m.flowScore = given(t, evaluateflow.Kind.New(), inputs{"flow": {m.law}, "truth": {m.mean}})
		for _, n := range []int{128, 512} {
			sample := samplenetwork.Kind.New().(*samplenetwork.Sample)
			sample.Neurons, sample.Draws = n, 4
			m.networks = append(m.networks, given(t, sample, inputs{"law": {m.law}}))
		}
		m.drawnPart = given(t, subspace.Kind.New(), inputs{"fit": {m.networks[0]}})
	})
	if makeOnce.drawnPart == nil {
		t.Fatal("the artifacts to draw could not be made; see the first test that needs them")
	}
	return &makeOnce.made
}

func fitted(t *testing.T, trials *artifacts.Artifact, seed int) *artifacts.Artifact {
	fit := fitlrrnn.Kind.New().(*fitlrrnn.Fit)
	fit.Epochs, fit.Seed = 3, seed
	return given(t, fit, inputs{"trials": {trials}})
}

// drawings are all figures, of what the kinds make.
func drawings(t *testing.T) map[string]struct {
	plot *Plot
	in   inputs
} {
	m, step := makeAll(t), 0.01
	type d = struct {
		plot *Plot
		in   inputs
	}
	return map[string]d{
		"phase_portrait":  {&Plot{}, inputs{"field": {m.flowScore}, "states": {m.mean}}},
		"fields":          {&Plot{}, inputs{"field": {m.flowScore}, "states": {m.mean}}},
		"psth":            {&Plot{Step: &step}, inputs{"score": {m.score}}},
		"raster":          {&Plot{Neurons: []int{3, 1}}, inputs{"trials": {m.clicks}}},
		"singular_values": {&Plot{}, inputs{"subspace": {m.subspace}}},
		"connectivity":    {&Plot{}, inputs{"network": {m.networks[0]}, "law": {m.law}, "subspace": {m.drawnPart}}},
		"loss":            {&Plot{Groups: []string{"fit", "other", "flow"}}, inputs{"runs": {m.fit, m.other, m.law}}},
		"dissimilarity":   {&Plot{}, inputs{"comparison": {m.comparison}}},
		"error_against_n": {&Plot{}, inputs{"networks": m.networks}},
		"sweep":           {&Plot{X: []float64{1, 1, 2, 2, 3}, Y: []float64{3, 4, 5, 7, 6}, XLabel: "rank", YLabel: "bits a spike"}, nil},
	}
}
