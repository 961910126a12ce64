package evaluatefit

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"reprise/artifacts"
	"reprise/spec"
	"reprise/stages/fitlrrnn"
	"reprise/stages/loadclicks"
)

// recordingMetrics loads a recording that lies beside the repository, fits it
// with the defaults and scores the fit.
func recordingMetrics(t *testing.T, name string, shuffled bool) map[string]float64 {
	t.Helper()
	path := filepath.Join("..", "..", "..", "shared", "data", name+".mat")
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the recording %s is not beside the repository: %v", name, err)
	}
	load := loadclicks.Kind.New().(*loadclicks.Load)
	load.ShuffleClicks = shuffled
	data, err := load.Run(t.Context(), spec.NewEnv(spec.EnvConfig{File: map[string]string{"file": path}}))
	if err != nil {
		t.Fatal(err)
	}
	fit := run(t, fitlrrnn.Kind.New(), map[string]*artifacts.Artifact{"trials": data})
	return run(t, Kind.New(), map[string]*artifacts.Artifact{
		"trials": data, "fit": fit, "subspace": subspaceOf(t, fit, 1e-2),
	}).Metrics()
}

// TestRecording compares with the prototype's figures on T176_2018_05_03
// (method.md, section 15): fit .0889, n = 0 .0596, R² .568 and .644, choice .848.
func TestRecording(t *testing.T) {
	m := recordingMetrics(t, "T176_2018_05_03", false)
	t.Log(m)
	for metric, want := range map[string][2]float64{ // value and tolerance
		"bits_per_spike": {0.0889, 0.002}, "bits_per_spike_without_recurrence": {0.0596, 0.006},
		"psth_r2_median": {0.568, 0.03}, "psth_r2_pooled": {0.644, 0.03}, "choice_accuracy": {0.848, 0.03},
		"bits_per_spike_identified":            {m["bits_per_spike"], 0.0005},
		"bits_per_spike_identified_plus_noise": {m["bits_per_spike"], 0.0005},
	} {
		if math.Abs(m[metric]-want[0]) > want[1] {
			t.Errorf("%s is %.4f, want %.4f within %g", metric, m[metric], want[0], want[1])
		}
	}
}

// TestShuffledClicks wants nothing from clicks of other trials.
func TestShuffledClicks(t *testing.T) {
	m := recordingMetrics(t, "T176_2018_05_03", true)
	if d := m["bits_per_spike"] - m["bits_per_spike_offsets_only"]; math.Abs(d) > 0.003 {
		t.Errorf("with shuffled clicks the fit is %.4f bits a spike from the offsets alone", d)
	}
}
