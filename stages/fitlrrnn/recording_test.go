package fitlrrnn

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"reprise/artifacts"
	"reprise/spec"
	"reprise/stages/internal/tables"
	"reprise/stages/internal/trials"
	"reprise/stages/loadclicks"
)

// recording loads a recording that lies beside the repository.
func recording(t testing.TB, name string) *trials.Trials {
	t.Helper()
	path := filepath.Join("..", "..", "..", "shared", "data", name+".mat")
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the recording %s is not beside the repository: %v", name, err)
	}
	a, err := loadclicks.Kind.New().Run(t.Context(), spec.NewEnv(spec.EnvConfig{File: map[string]string{"file": path}}))
	if err != nil {
		t.Fatal(err)
	}
	tr, err := tables.ReadTrials(a)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// TestRecordings wants the held-out likelihood that a correct implementation of
// the recipe reaches; above 0.1 would mean that test trials leak.
func TestRecordings(t *testing.T) {
	for name, least := range map[string]float64{"T176_2018_05_03": 0.085, "T212_2019_08_21": 0.063} {
		tr := recording(t, name)
		r, err := preset().fit(t.Context(), tr, outside{threads: 2})
		if err != nil {
			t.Fatal(err)
		}
		if bits := heldOutBits(r); bits < least || bits > 0.1 {
			t.Errorf("%s: %.4f bits a spike on test trials, want at least %.3f and no more than 0.1", name, bits, least)
		} else {
			t.Logf("%s: %.4f bits a spike on test trials, %.4f on training trials", name, bits, r.score)
		}
	}
}

func heldOutBits(r *result) float64 {
	var gain, spikes float64
	_, test := r.trials.Split()
	for _, k := range test {
		rates := make([]float64, r.trials.Steps[k]*r.trials.Neurons)
		r.model.Expect(rates, r.trials, r.states, k)
		for i, rate := range rates {
			y, mean := float64(r.trials.Counts[r.trials.First[k]*r.trials.Neurons+i]), r.mean[i%r.trials.Neurons]
			gain += y*math.Log(rate/mean) - rate + mean
			spikes += y
		}
	}
	return gain / spikes / math.Ln2
}

func preset() *Fit { return Kind.New().(*Fit) }

// runKind runs a kind on inputs.
func runKind(t *testing.T, m spec.Method, inputs map[string]*artifacts.Artifact) *artifacts.Artifact {
	t.Helper()
	in := map[string][]*artifacts.Artifact{}
	for name, a := range inputs {
		in[name] = []*artifacts.Artifact{a}
	}
	a, err := m.Run(t.Context(), spec.NewEnv(spec.EnvConfig{Threads: 2, Inputs: in}))
	if err != nil {
		t.Fatal(err)
	}
	return a
}
