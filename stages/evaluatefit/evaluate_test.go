package evaluatefit

import (
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"

	"reprise/artifacts"
	"reprise/spec"
	"reprise/stages/fitlrrnn"
	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/rng"
	"reprise/stages/internal/tables"
	"reprise/stages/internal/trials"
)

// planted is trials of spikes drawn from a network that turns toward the input
// channel that had more, with a choice by the sign of its latent.
func planted(t *testing.T) *trials.Trials {
	t.Helper()
	const neurons, count, steps = 12, 150, 30
	r := rng.New(3, "planted")
	tr := &trials.Trials{Neurons: neurons, Channels: 2}
	for k := range count {
		tr.First = append(tr.First, k*steps)
		tr.Steps = append(tr.Steps, steps)
		tr.Test = append(tr.Test, k%5 == 4)
		more := r.IntN(2)
		for range steps {
			for u := range 2 {
				rate := 0.1
				if u == more {
					rate = 0.4
				}
				click := 0.0
				if r.Float64() < rate {
					click = 1
				}
				tr.Inputs = append(tr.Inputs, click)
			}
		}
	}
	net := lrrnn.New(neurons, 1, 2)
	m := &lrrnn.Model{Leak: 0.1, Observation: lrrnn.PoissonExp, InputLeak: 0.1, Initial: make([]float64, count)}
	for i := range neurons {
		net.M[i], net.N[i] = r.NormFloat64(), 2*r.NormFloat64()
		net.N[i] += 2 * net.M[i]
		net.B[2*i], net.B[2*i+1] = -0.2*net.M[i], 0.2*net.M[i]
		m.Gain, m.Offset = append(m.Gain, 1), append(m.Offset, -1)
	}
	m.Network = net.Columns()
	states := m.States(tr, 1)
	for k := range count {
		rates := make([]float64, steps*neurons)
		m.Expect(rates, tr, states, k)
		for _, rate := range rates {
			tr.Counts = append(tr.Counts, uint8(min(255, distuv.Poisson{Lambda: rate, Src: r}.Rand())))
		}
		kappa, _ := states.At(k*steps + steps - 1)
		choice := 0
		if kappa[0] > 0 {
			choice = 1
		}
		tr.Choice = append(tr.Choice, choice)
	}
	return tr
}

func run(t *testing.T, m spec.Method, inputs map[string]*artifacts.Artifact) *artifacts.Artifact {
	t.Helper()
	in := map[string][]*artifacts.Artifact{}
	for name, a := range inputs {
		in[name] = []*artifacts.Artifact{a}
	}
	a, err := m.Run(t.Context(), spec.NewEnv(spec.EnvConfig{Threads: 2, Inputs: in}))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := a.Encode(); err != nil {
		t.Fatal(err)
	}
	return a
}

// fitted fits trials for a few epochs.
func fitted(t *testing.T, tr *trials.Trials) (data, fit *artifacts.Artifact) {
	t.Helper()
	f := fitlrrnn.Kind.New().(*fitlrrnn.Fit)
	f.Rank, f.Epochs = 1, 15
	data = artifacts.New(tables.Trials(tr)...)
	return data, run(t, f, map[string]*artifacts.Artifact{"trials": data})
}

// subspaceOf is the subspace that the states of a fit span, with a tolerance.
func subspaceOf(t *testing.T, fit *artifacts.Artifact, tolerance float64) *artifacts.Artifact {
	t.Helper()
	net, err := tables.ReadNetwork(fit)
	if err != nil {
		t.Fatal(err)
	}
	states, err := tables.ReadStates(fit)
	if err != nil {
		t.Fatal(err)
	}
	const columns = 500
	phi := mat.NewDense(net.Neurons, columns, nil)
	for j := range columns {
		kappa, v := states.At(j * states.Len() / columns)
		for i := range net.Neurons {
			phi.Set(i, j, math.Tanh(net.Drive(i, kappa, v)))
		}
	}
	var svd mat.SVD
	svd.Factorize(phi, mat.SVDThinU)
	values := svd.Values(nil)
	kept := 0
	for kept < len(values) && values[kept] > tolerance*values[0] {
		kept++
	}
	var u, weights, identified mat.Dense
	svd.UTo(&u)
	modes := mat.DenseCopyOf(u.Slice(0, net.Neurons, 0, kept))
	weights.Mul(modes.T(), mat.NewDense(net.Neurons, net.Rank, net.N))
	identified.Mul(modes, &weights)
	neuron := artifacts.Dim{Name: "neuron", Size: net.Neurons}
	return artifacts.New(
		artifacts.NewTable("neurons", neuron, artifacts.Floats("n_identified", "", identified.RawMatrix().Data, artifacts.Dim{Name: "latent", Size: net.Rank})),
		artifacts.NewTable("modes", neuron, artifacts.Floats("mode", "", modes.RawMatrix().Data, artifacts.Dim{Name: "mode", Size: kept})))
}

func TestPlanted(t *testing.T) {
	data, fit := fitted(t, planted(t))
	sub := subspaceOf(t, fit, 1e-2)
	a := run(t, Kind.New(), map[string]*artifacts.Artifact{"trials": data, "fit": fit, "subspace": sub})
	m := a.Metrics()
	t.Log(m)
	whole := m["bits_per_spike"]
	if !(whole > 0.02) || m["bits_per_spike_offsets_only"] > whole/2 || m["bits_per_spike_without_recurrence"] > whole-0.001 {
		t.Errorf("the network does not count: %v", m)
	}
	for _, part := range []string{"bits_per_spike_identified", "bits_per_spike_identified_plus_noise"} {
		if math.Abs(m[part]-whole) > 0.02*whole {
			t.Errorf("%s is %v, the whole %v", part, m[part], whole)
		}
	}
	if m["choice_accuracy"] < 0.9 || m["psth_r2_pooled"] < 0.7 {
		t.Errorf("choice %v, PSTH %v", m["choice_accuracy"], m["psth_r2_pooled"])
	}
	neurons, err := a.Table("neurons")
	if err != nil {
		t.Fatal(err)
	}
	bits, _ := neurons.Floats("bits")
	spikes, _ := neurons.Floats("spikes")
	if got := floats.Sum(bits) / floats.Sum(spikes); math.Abs(got-whole) > 1e-12 {
		t.Errorf("neurons sum to %v, the metric says %v", got, whole)
	}
}

// TestTestTrials wants the metric back from the trials, spikes and activity
// alike, and the positions that the loader gave.
func TestTestTrials(t *testing.T) {
	tr := planted(t)
	for _, metric := range []string{"bits_per_spike", "r_squared"} {
		_, fit := fitted(t, tr)
		position := make([]int64, tr.Len())
		for k := range position {
			position[k] = int64(1000 + 2*k)
		}
		data := artifacts.New(tables.Trials(tr, artifacts.Ints("position", "", position))...)
		a := run(t, Kind.New(), map[string]*artifacts.Artifact{"trials": data, "fit": fit})
		score, err := tables.ReadScore(a)
		if err != nil {
			t.Fatal(err)
		}
		if score.Rank != 1 || score.Name() != metric || len(score.Gain) != 30 || score.Position[0] != 1008 || score.Position[29] != 1298 {
			t.Errorf("a score of rank %d, %s, on %d trials, %v", score.Rank, score.Name(), len(score.Gain), score.Position)
		}
		got := floats.Sum(score.Gain) / (floats.Sum(score.Total) * score.Unit())
		if want := a.Metrics()[metric]; math.Abs(got-want) > 1e-12 || want == 0 {
			t.Errorf("trials make %s %v, the metric says %v", metric, got, want)
		}
		for _, count := range tr.Counts {
			tr.Activity = append(tr.Activity, float64(count))
		}
		tr.Counts = nil
	}
}

// TestWholeSpace wants the fit itself back where all directions are identified.
func TestWholeSpace(t *testing.T) {
	data, fit := fitted(t, planted(t))
	m := run(t, Kind.New(), map[string]*artifacts.Artifact{"trials": data, "fit": fit, "subspace": subspaceOf(t, fit, 0)}).Metrics()
	for _, part := range []string{"bits_per_spike_identified", "bits_per_spike_identified_plus_noise"} {
		if math.Abs(m[part]-m["bits_per_spike"]) > 1e-9 {
			t.Errorf("%s is %v, the whole %v", part, m[part], m["bits_per_spike"])
		}
	}
}

// TestAbsentMetrics wants only what the data allow.
func TestAbsentMetrics(t *testing.T) {
	tr := planted(t)
	tr.Choice = nil
	data, fit := fitted(t, tr)
	metrics := func(data, fit *artifacts.Artifact) []string {
		return slices.Sorted(maps.Keys(run(t, Kind.New(), map[string]*artifacts.Artifact{"trials": data, "fit": fit}).Metrics()))
	}
	if got, want := metrics(data, fit), []string{"bits_per_spike", "bits_per_spike_offsets_only", "bits_per_spike_without_recurrence",
		"correlation_data", "correlation_model", "fano_data", "fano_model"}; !slices.Equal(got, want) {
		t.Errorf("spikes without choices: %v", got)
	}
	for _, count := range tr.Counts {
		tr.Activity = append(tr.Activity, float64(count))
	}
	tr.Counts = nil
	data, fit = fitted(t, tr)
	if got, want := metrics(data, fit), []string{"r_squared", "r_squared_offsets_only", "r_squared_without_recurrence"}; !slices.Equal(got, want) {
		t.Errorf("activity: %v", got)
	}
}

func TestFitOfOtherTrials(t *testing.T) {
	tr := planted(t)
	_, fit := fitted(t, tr)
	short := *tr
	short.First, short.Steps, short.Test, short.Choice = tr.First[:9], tr.Steps[:9], tr.Test[:9], tr.Choice[:9]
	short.Counts, short.Inputs = tr.Counts[:9*30*tr.Neurons], tr.Inputs[:9*30*2]
	in := map[string][]*artifacts.Artifact{"fit": {fit}, "trials": {artifacts.New(tables.Trials(&short)...)}}
	_, err := Kind.New().Run(t.Context(), spec.NewEnv(spec.EnvConfig{Inputs: in}))
	if err == nil || !strings.Contains(err.Error(), "of other trials") {
		t.Errorf("error %v", err)
	}
}
