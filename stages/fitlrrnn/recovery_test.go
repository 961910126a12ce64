package fitlrrnn

import (
	"math"
	"testing"

	"reprise/artifacts"
	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/tables"
	"reprise/stages/simulatenetwork"
)

// TestRecoversBistable fits a simulated network from its given initial states
// and compares the fields on the visited states, after the linear map that
// takes the fitted latents to the true ones.
func TestRecoversBistable(t *testing.T) {
	simulate := simulatenetwork.Kind.New().(*simulatenetwork.Simulate)
	simulate.Neurons = 300
	data := runKind(t, simulate, nil)
	fit := preset()
	fit.Rank, fit.Leak, fit.InitialState, fit.Batch = 1, simulate.Dt, "given", 5
	fitted := runKind(t, fit, map[string]*artifacts.Artifact{"trials": data})

	truth, visited := read(t, data)
	net, states := read(t, fitted)
	var same, cross float64
	for i, k := range states.Kappa {
		same += k * k
		cross += k * visited.Kappa[i]
	}
	toTrue := cross / same
	fitField := func(k float64) float64 {
		f := make([]float64, 1)
		net.Field(f, []float64{k / toTrue}, nil)
		return toTrue * f[0]
	}
	trueField := func(k float64) float64 {
		f := make([]float64, 1)
		truth.Field(f, []float64{k}, nil)
		return f[0]
	}
	var misses, size float64
	for _, k := range visited.Kappa {
		f := trueField(k)
		misses += (fitField(k) - f) * (fitField(k) - f)
		size += f * f
	}
	relative := math.Sqrt(misses / size)
	t.Logf("relative field error %.4f, latents scaled by %.4f, R² %.4f", relative, toTrue, fitted.Metrics()["training_r_squared"])
	if relative > 0.06 {
		t.Errorf("the fitted field is off by %.3f of its size, want less than 0.06", relative)
	}
	for _, side := range [][2]float64{{-2, -0.4}, {0.4, 2}} {
		got, want := rest(fitField, side[0], side[1]), rest(trueField, side[0], side[1])
		if math.Abs(got-want) > 0.1 {
			t.Errorf("the fit rests at %.3f, the truth at %.3f", got, want)
		}
	}
}

func read(t *testing.T, a *artifacts.Artifact) (*lrrnn.Network, *lrrnn.States) {
	t.Helper()
	net, err := tables.ReadNetwork(a)
	if err != nil {
		t.Fatal(err)
	}
	states, err := tables.ReadStates(a)
	if err != nil {
		t.Fatal(err)
	}
	return net, states
}

// rest finds where the field equals the state, between two states where it
// points inwards.
func rest(field func(float64) float64, lo, hi float64) float64 {
	for hi-lo > 1e-9 {
		mid := (lo + hi) / 2
		if field(mid) > mid {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo
}

// TestTrialStates wants a state of its own for each training trial, and the
// mean of those for test trials.
func TestTrialStates(t *testing.T) {
	simulate := simulatenetwork.Kind.New().(*simulatenetwork.Simulate)
	simulate.Neurons, simulate.Trials, simulate.Steps, simulate.LatentNoise = 40, 20, 60, 0
	data := runKind(t, simulate, nil)
	tr, err := tables.ReadTrials(data)
	if err != nil {
		t.Fatal(err)
	}
	fit := preset()
	fit.Rank, fit.Leak, fit.InitialState, fit.Batch, fit.Epochs = 1, simulate.Dt, "trial", 4, 150
	r, err := fit.fit(t.Context(), tr, outside{threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	var mean, xx, xy, yy float64
	training, test := tr.Split()
	for _, k := range training {
		x, y := r.model.Initial[k], tr.InitialState[k]
		mean += x / float64(len(training))
		xx, xy, yy = xx+x*x, xy+x*y, yy+y*y
	}
	if c := xy / math.Sqrt(xx*yy); math.Abs(c) < 0.97 {
		t.Errorf("fitted initial states correlate with the true ones by %.3f only", c)
	}
	for _, k := range test {
		if math.Abs(r.model.Initial[k]-mean) > 1e-12 {
			t.Errorf("test trial %d starts at %v, not at the mean %v", k, r.model.Initial[k], mean)
		}
	}
}
