package evaluatefit

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"reprise/artifacts"
	"reprise/stages/fitlrrnn"
	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/rng"
	"reprise/stages/internal/tables"
	"reprise/stages/internal/trials"
)

// noisySession is trials of one latent that noise drives through steps of a
// network, with what its neurons do: spikes, or activity of standard deviation 0.5.
func noisySession(t *testing.T, spikes bool) (*trials.Trials, *lrrnn.Model) {
	t.Helper()
	tr := planted(t)
	r := rng.New(3, "noisy session")
	net := lrrnn.New(tr.Neurons, 1, 2)
	m := &lrrnn.Model{Leak: 0.1, InputLeak: 0.1, Observation: lrrnn.Gaussian, Initial: make([]float64, tr.Len()), Noise: []float64{0.04}}
	for i := range tr.Neurons {
		net.M[i] = r.NormFloat64()
		net.N[i] = net.M[i]
		m.Gain, m.Offset, m.Variance = append(m.Gain, 1), append(m.Offset, -1), append(m.Variance, 0.25)
	}
	m.Network = net.Columns()
	if spikes {
		m.Observation, m.Variance = lrrnn.PoissonExp, nil
	} else {
		tr.Counts = nil
		tr.Activity = make([]float64, tr.TotalSteps()*tr.Neurons)
	}
	states := m.States(tr, 1)
	for k := range tr.Len() {
		m.Sample(states, tr, k, r)
		row := make([]float64, tr.Steps[k]*tr.Neurons)
		m.Expect(row, tr, states, k)
		for i, mean := range row {
			if spikes {
				tr.Counts[tr.First[k]*tr.Neurons+i] = uint8(min(255, distuv.Poisson{Lambda: mean, Src: r}.Rand()))
			} else {
				tr.Activity[tr.First[k]*tr.Neurons+i] = mean + 0.5*r.NormFloat64()
			}
		}
	}
	return tr, m
}

// asFit is a model as the tables of a fit.
func asFit(m *lrrnn.Model, tr *trials.Trials) *artifacts.Artifact {
	training, _ := tr.Split()
	latent := artifacts.Dim{Name: tables.Latent, Size: 1}
	mean, columns := "mean_activity", []artifacts.Column{artifacts.Floats("g", "", m.Gain), artifacts.Floats("c", "", m.Offset)}
	if m.Observation.Spikes() {
		mean = "mean_count"
	} else {
		columns = append(columns, artifacts.Floats("variance", "", m.Variance))
	}
	columns = append(columns, artifacts.Floats(mean, "", tr.Means(training)))
	return artifacts.New(tables.Network(m.Network.Network(), columns...), tables.States(m.States(tr, 1)), tables.Dynamics(m),
		artifacts.NewTable("initial_state", artifacts.Dim{Name: tables.Trial, Size: tr.Len()}, artifacts.Floats("kappa", "", m.Initial, latent)),
		artifacts.NewTable("latent_noise", latent, artifacts.Floats("covariance", "", m.Noise, latent)))
}

// TestFitsComeNearTheTrueLikelihood scores the model that made the data, and fits
// with and without latent noise, for spikes and for activity.
func TestFitsComeNearTheTrueLikelihood(t *testing.T) {
	for _, spikes := range []bool{true, false} {
		tr, m := noisySession(t, spikes)
		data := artifacts.New(tables.Trials(tr)...)
		metrics := func(fit *artifacts.Artifact) map[string]float64 {
			return run(t, Kind.New(), map[string]*artifacts.Artifact{"trials": data, "fit": fit}).Metrics()
		}
		without := false
		fit := fitlrrnn.Kind.New().(*fitlrrnn.Fit)
		fit.Rank, fit.LatentNoise, fit.PSTH, fit.Batch = 1, true, &without, 10
		name, plain := "nats_per_value_bound", "r_squared"
		if spikes {
			name, plain = "bits_per_spike_bound", "bits_per_spike"
		}
		truth := metrics(asFit(m, tr))
		got := metrics(run(t, fit, map[string]*artifacts.Artifact{"trials": data}))
		t.Logf("spikes %v: bound %.4f, the true model's %.4f; without noise %.4f; %.1f effective paths", spikes, got[name], truth[name], got[plain], got["effective_paths"])
		if !(got[name] > 0.9*truth[name] && got[name] < 1.05*truth[name]) {
			t.Errorf("spikes %v: the fit's bound is %.4f, the true model's %.4f", spikes, got[name], truth[name])
		}
		if spikes && !(got[name] > got[plain]+0.02) {
			t.Errorf("the bound %.4f is not above the likelihood without noise, %.4f", got[name], got[plain])
		}
		if got["effective_paths"] < boundPaths/4 {
			t.Errorf("spikes %v: %.1f of %d paths count", spikes, got["effective_paths"], boundPaths)
		}
		if spikes && math.Abs(got["correlation_model"]-truth["correlation_model"]) > 0.05 {
			t.Errorf("the fit's spikes have the correlation %.3f, the true model's %.3f", got["correlation_model"], truth["correlation_model"])
		}
	}
}

// TestEveryModelIsScored fits a little with every nonlinearity and link, with and
// without latent noise.
func TestEveryModelIsScored(t *testing.T) {
	tr, _ := noisySession(t, true)
	data := artifacts.New(tables.Trials(tr)...)
	for _, phi := range lrrnn.Nonlinearities() {
		for _, link := range []string{"exp", "softplus"} {
			for _, noise := range []bool{false, true} {
				fit := fitlrrnn.Kind.New().(*fitlrrnn.Fit)
				fit.Rank, fit.Epochs, fit.Nonlinearity, fit.Link, fit.LatentNoise = 1, 5, phi.String(), &link, noise
				m := run(t, Kind.New(), map[string]*artifacts.Artifact{"trials": data, "fit": run(t, fit, map[string]*artifacts.Artifact{"trials": data})}).Metrics()
				name := fmt.Sprintf("%v, %s, noise %v", phi, link, noise)
				if !(m["bits_per_spike"] > -0.5) {
					t.Errorf("%s: %v", name, m)
				}
				if bound, ok := m["bits_per_spike_bound"]; ok != noise || noise && !(bound > m["bits_per_spike_offsets_only"]) {
					t.Errorf("%s: bound %v, offsets only %v", name, bound, m["bits_per_spike_offsets_only"])
				}
			}
		}
	}
}
