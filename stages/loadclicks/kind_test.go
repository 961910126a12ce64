package loadclicks

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"reprise/artifacts"
	"reprise/spec"
	"reprise/stages/internal/tables"
)

func contains(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error; one with %q was expected", parts)
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("error %q does not say %q", err, p)
		}
	}
}

func run(l *Load, content []byte) (*artifacts.Artifact, error) {
	file, err := os.CreateTemp("", "*.mat")
	if err != nil {
		return nil, err
	}
	defer os.Remove(file.Name())
	if err := errors.Join(os.WriteFile(file.Name(), content, 0o600), file.Close()); err != nil {
		return nil, err
	}
	return l.Run(context.Background(), spec.NewEnv(spec.EnvConfig{File: map[string]string{"file": file.Name()}}))
}

func defaults() *Load { return Kind.New().(*Load) }

func recording(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "data", name+".mat"))
	if err != nil {
		t.Skipf("recording %s is not beside the repository: %v", name, err)
	}
	return b
}

// Sums that scipy gives for the same files. Inputs are summed over steps.
func TestRecordings(t *testing.T) {
	for _, c := range []struct {
		name                     string
		all                      bool // all areas, photostimulated trials too
		trials, neurons, spikes  float64
		test, steps, left, right float64
		baseline                 float64
	}{
		{"T176_2018_05_03", false, 664, 76, 292291, 132, 44419, 8419, 6760, 415010.5},
		{"T212_2019_08_21", false, 588, 58, 244790, 117, 44117, 6993, 7175, 318412.5},
		{"T274_2020_12_09", false, 206, 1, 1609, 40, 18791, 3075, 3575, 1835},
		{"T274_2020_12_09", true, 296, 12, 18894, 59, 27786, 4803, 5527, 20299},
	} {
		l := defaults()
		if c.all {
			l.Areas, l.Photostimulated = nil, include
		}
		a, err := run(l, recording(t, c.name))
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		want := map[string]float64{"trials": c.trials, "neurons": c.neurons, "spikes": c.spikes, "test_trials": c.test}
		if got := a.Metrics(); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: metrics %v, want %v", c.name, got, want)
		}
		tr, err := tables.ReadTrials(a)
		if err != nil {
			t.Fatal(err)
		}
		sums := []float64{float64(tr.TotalSteps()), 0, 0, 0}
		for i, u := range tr.Inputs {
			sums[1+i%2] += u
		}
		for _, b := range tr.Baseline {
			sums[3] += b
		}
		if want := []float64{c.steps, c.left, c.right, c.baseline}; !reflect.DeepEqual(sums, want) {
			t.Errorf("%s: steps, left, right, baseline are %v, want %v", c.name, sums, want)
		}
	}
}

func TestRecordingFilters(t *testing.T) {
	b := recording(t, "T274_2020_12_09")
	l := defaults()
	l.Photostimulated = only
	a, err := run(l, b)
	if err != nil {
		t.Fatal(err)
	}
	if n := a.Metrics()["trials"]; n != 90 {
		t.Errorf("%g photostimulated trials, want 90", n)
	}
	l.Areas = []string{"FOF", "mPFC"}
	_, err = run(l, b)
	contains(t, err, "no neuron lies in FOF, mPFC", "dStr (9)", "vStr (2)", "M1 (1)")
	_, err = run(defaults(), b[:len(b)-1000])
	contains(t, err, "variable 2", "truncated")
}

func encoded(t *testing.T, a *artifacts.Artifact) []byte {
	t.Helper()
	m, _, err := a.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return m.Text()
}

// Wherever a recording is cut off or a byte of it is wrong, the answer is an
// error, never a panic and never other data.
func TestDamagedRecording(t *testing.T) {
	b := recording(t, "T274_2020_12_09")
	whole, err := run(defaults(), b)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 24 {
		n := len(b) * i / 24
		_, err := run(defaults(), b[:n])
		contains(t, err, "MATLAB")
		damaged := bytes.Clone(b)
		damaged[n+200] ^= 0x10 // beyond the text of the header
		// Zlib's checksum finds all but bits that do not matter.
		if a, err := run(defaults(), damaged); err == nil && !bytes.Equal(encoded(t, a), encoded(t, whole)) {
			t.Errorf("byte %d of %d was changed, and other data are read without an error", n+200, len(b))
		}
	}
}

func TestRunRefusesOtherFiles(t *testing.T) {
	_, err := run(defaults(), []byte("trial,choice\n1,1\n"))
	contains(t, err, "no MATLAB file")
	_, err = defaults().Run(context.Background(), spec.NewEnv(spec.EnvConfig{}))
	contains(t, err, "no file was given")
}

func TestCheck(t *testing.T) {
	for want, change := range map[string]func(*Load){
		`not "maybe"`:                      func(l *Load) { l.Photostimulated = "maybe" },
		"folds is a whole number from 2":   func(l *Load) { l.Folds = 1 },
		"test_fold is a whole number from": func(l *Load) { l.TestFold = 5 },
	} {
		l := defaults()
		if err := l.Check(); err != nil {
			t.Errorf("the defaults: %v", err)
		}
		change(l)
		contains(t, l.Check(), want)
	}
}

// The kind is documented, and what it documents is what it gives.
func TestKindGives(t *testing.T) {
	spec.NewKinds(&Kind)
	a, err := defaults().tables(toySession(10))
	if err != nil {
		t.Fatal(err)
	}
	if got := a.Tables(); !reflect.DeepEqual(got, []string{"neurons", "steps", "trials"}) || len(got) != len(Kind.Tables) {
		t.Errorf("tables %v", got)
	}
	for _, m := range Kind.Metrics {
		if _, ok := a.Metrics()[m.Name]; !ok {
			t.Errorf("no metric %s", m.Name)
		}
	}
}

func TestSameBytes(t *testing.T) {
	encode := func() artifacts.Digest {
		l := defaults()
		l.ShuffleClicks = true
		a, err := l.tables(toySession(20))
		if err != nil {
			t.Fatal(err)
		}
		m, _, err := a.Encode()
		if err != nil {
			t.Fatal(err)
		}
		return m.Digest()
	}
	if first, second := encode(), encode(); first != second {
		t.Error("two runs give different bytes")
	}
}
