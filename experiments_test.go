package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// These tests run the real experiments with the binary, as a user does.

// program builds the binary once.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "reprise-test")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "reprise")
	out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput()
	if err != nil {
		return "", errors.New(string(out))
	}
	return path, nil
})

// event is one line of --json; fields that a type lacks stay empty.
type event struct {
	Type, Address, Name, State, Action, Verdict, Message, Error string
	Reasons                                                     []string
	Step                                                        *int
	Value                                                       float64
	Executed, Cached, Failed                                    int
}

// did is what a command told.
type did struct {
	exit    int
	summary event
	metrics map[string]float64 // "stage.fit loss"
	plan    map[string]event   // by address
	stderr  string
}

// reprise runs the binary with --json.
func reprise(t *testing.T, binary string, env []string, args ...string) did {
	t.Helper()
	cmd := exec.Command(binary, append(args, "--json")...)
	cmd.Env = append(os.Environ(), env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var status *exec.ExitError
	if err != nil && !errors.As(err, &status) {
		t.Fatal(err)
	}
	d := did{exit: cmd.ProcessState.ExitCode(), metrics: map[string]float64{}, plan: map[string]event{}, stderr: stderr.String()}
	lines := bufio.NewScanner(&stdout)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			continue // an output object, whose value may be of any type
		}
		switch e.Type {
		case "metric":
			if e.Step == nil {
				d.metrics[e.Address+" "+e.Name] = e.Value
			}
		case "plan":
			d.plan[e.Address] = e
		case "check":
			if e.Verdict != "pass" {
				d.stderr += "check " + e.Name + ": " + e.Verdict + ": " + e.Message + "\n"
			}
		case "summary":
			d.summary = e
		}
	}
	return d
}

// smallExperiments have a small size that runs in seconds to tens of seconds.
var smallExperiments = []string{"rat-cortex", "bistable", "four-attractors", "limit-cycle", "ring-attractor"}

// smallRuns runs these experiments at a small size, once for all tests that need
// them, and returns the store and what the first runs gave.
var smallRuns struct {
	once  sync.Once
	store string
	first map[string]did
}

func small(t *testing.T) (binary, store string, first map[string]did) {
	t.Helper()
	binary, err := program()
	if err != nil {
		t.Fatal(err)
	}
	s := &smallRuns
	s.once.Do(func() {
		s.store = filepath.Join(filepath.Dir(binary), "small", "store.db")
		s.first = map[string]did{}
		for _, name := range smallExperiments {
			s.first[name] = reprise(t, binary, []string{"GOMAXPROCS=2"}, "run", "experiments/"+name, "--var", "size=small", "--store", s.store, "--jobs", "2")
		}
	})
	return binary, s.store, s.first
}

func TestExperimentsHold(t *testing.T) {
	binary, store, first := small(t)
	for name, d := range first {
		// Tasks that are the same as others, under another name, run once.
		if same := map[string]int{"rat-cortex": 4}[name]; d.exit != 0 || d.summary.Executed == 0 || d.summary.Cached != same {
			t.Fatalf("%s: exit %d, %+v\n%s", name, d.exit, d.summary, d.stderr)
		}
		again := reprise(t, binary, nil, "run", "experiments/"+name, "--var", "size=small", "--store", store)
		if again.exit != 0 || again.summary.Executed != 0 || again.summary.Cached != d.summary.Executed+d.summary.Cached {
			t.Errorf("%s again: exit %d, %+v\n%s", name, again.exit, again.summary, again.stderr)
		}
		if !maps.Equal(again.metrics, d.metrics) {
			t.Errorf("%s: cached metrics differ from those of the run", name)
		}
	}
}

// TestSameBytesForAnyThreads runs with one job on one processor what ran with
// two on two.
func TestSameBytesForAnyThreads(t *testing.T) {
	binary, store, _ := small(t)
	for _, name := range smallExperiments {
		if name == "limit-cycle" { // its kinds are those of the others, and it takes as long as they all
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			other := filepath.Join(t.TempDir(), "store.db")
			d := reprise(t, binary, []string{"GOMAXPROCS=1"}, "run", "experiments/"+name, "--var", "size=small", "--store", other, "--jobs", "1")
			if d.exit != 0 {
				t.Fatalf("exit %d\n%s", d.exit, d.stderr)
			}
			two, one := digests(t, binary, name, store), digests(t, binary, name, other)
			if len(one) < 10 {
				t.Errorf("status tells %d artifacts", len(one))
			}
			for address, want := range two {
				if one[address] != want || want == "" {
					t.Errorf("%s has the artifact %s with one thread, %s with two", address, one[address], want)
				}
			}
		})
	}
}

// digests asks status for the digest of each task's artifact.
func digests(t *testing.T, binary, name, store string) map[string]string {
	t.Helper()
	out, err := exec.Command(binary, "status", "experiments/"+name, "--var", "size=small", "--store", store, "--json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var status struct {
		Tasks []struct{ Address, Artifact string }
	}
	if err := json.Unmarshal(out, &status); err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, task := range status.Tasks {
		found[task.Address] = task.Artifact
	}
	return found
}

// TestOnlyWhatAnEditTouches builds the project with an edited stage: a comment
// changes nothing, a statement the flow and what follows from it.
func TestOnlyWhatAnEditTouches(t *testing.T) {
	_, store, _ := small(t)
	dir := t.TempDir()
	if err := os.CopyFS(dir, sourceOnly{os.DirFS(".")}); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "stages", "maxentflow", "climb.go")
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	planned := func(added string) map[string]event {
		if err := os.WriteFile(file, append(slices.Clone(before), added...), 0o666); err != nil {
			t.Fatal(err)
		}
		edited := filepath.Join(dir, "edited")
		build := exec.Command("go", "build", "-o", edited, ".")
		build.Dir = dir
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		// The copy of the experiment lies elsewhere, which changes nothing either.
		return reprise(t, edited, nil, "plan", filepath.Join(dir, "experiments", "rat-cortex"), "--var", "size=small", "--store", store).plan
	}
	for address, e := range planned("\n// A comment.\n") {
		if e.Action != "cached" {
			t.Errorf("after an edit of a comment, %s: %s, %q", address, e.Action, e.Reasons)
		}
	}
	plan := planned("\nvar _ = 1\n")
	want := map[string]string{"stage.flow": "run", "stage.flow_score": "unknown", "stage.portrait": "unknown"}
	for address, e := range plan {
		if action := want[address]; e.Action != action && (action != "" || e.Action != "cached") {
			t.Errorf("after an edit of the flow, %s: %s, %q", address, e.Action, e.Reasons)
		}
	}
	if reasons := plan["stage.flow"].Reasons; !slices.Contains(reasons, "code: stages/maxentflow: var _ new") {
		t.Errorf("the flow runs because %q", reasons)
	}
}

// TestRecordings runs the main experiment on the real recordings, with few seeds,
// and holds it to what a correct implementation reaches.
func TestRecordings(t *testing.T) {
	folder, err := filepath.Abs("../shared/data")
	if err != nil {
		t.Fatal(err)
	}
	binary, store, _ := small(t)
	for recording, least := range map[string]float64{"T176_2018_05_03": 0.085, "T212_2019_08_21": 0.063} {
		t.Run(recording, func(t *testing.T) {
			if _, err := os.Stat(filepath.Join(folder, recording+".mat")); err != nil {
				t.Skipf("no recording %s.mat in ../shared/data", recording)
			}
			d := reprise(t, binary, []string{"REPRISE_DATASETS=" + folder}, "run", "experiments/rat-cortex", "--var", "recording="+recording,
				"--var", "seeds=2", "--var", "folds=1", "--var", "laws=[]", "--store", store)
			if d.exit != 0 {
				t.Fatalf("exit %d, %+v\n%s", d.exit, d.summary, d.stderr)
			}
			if got := d.metrics["stage.score bits_per_spike"]; got < least || got > least+0.015 {
				t.Errorf("held-out likelihood is %g bits/spike, want at least %g and not much more, which would be a leak", got, least)
			}
			shuffled, offsets := d.metrics[`stage.control_score["shuffled"] bits_per_spike`], d.metrics[`stage.control_score["shuffled"] bits_per_spike_offsets_only`]
			if diff := shuffled - offsets; diff > 0.003 || diff < -0.003 || offsets == 0 {
				t.Errorf("with shuffled clicks %g bits/spike, psth and drift alone %g", shuffled, offsets)
			}
			for name, most := range map[string]float64{"law_error": 0.05, "max_weight": 0.005, "kl_flow": 0.3} {
				if got, ok := d.metrics["stage.flow "+name]; !ok || got >= most {
					t.Errorf("%s is %g, want below %g", name, got, most)
				}
			}
			t.Logf("%s: %v", recording, strings.Join(figures(d), ", "))
		})
	}
}

// figures are the metrics that a log should show.
func figures(d did) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(d.metrics)) {
		if strings.HasPrefix(name, "stage.score ") || strings.HasPrefix(name, "stage.flow ") || strings.HasPrefix(name, "stage.subspace ") {
			out = append(out, name+" "+jsonNumber(d.metrics[name]))
		}
	}
	return out
}

func jsonNumber(x float64) string {
	b, err := json.Marshal(x)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// TestSweepGrows runs the sweep of experiments/cross-validation at a small size:
// again it runs nothing, and with one more rank only the tasks of that.
func TestSweepGrows(t *testing.T) {
	binary, err := program()
	if err != nil {
		t.Fatal(err)
	}
	store := filepath.Join(t.TempDir(), "store.db")
	run := func(ranks string) event {
		t.Helper()
		d := reprise(t, binary, nil, "run", "experiments/cross-validation", "--store", store, "--var", "ranks="+ranks, "--var", "seeds=2", "--var", "folds=2", "--var", "epochs=3")
		if d.summary.Failed > 0 || d.exit != 0 && d.exit != 3 { // so short a training may predict too badly for the check
			t.Fatalf("exit %d\n%s", d.exit, d.stderr)
		}
		return d.summary
	}
	// Two folds of trials; of each rank 4 fits, 4 scores, their agreement and its figure; the
	// choice, a fit of the chosen rank, which is one of the sweep, and its subspace,
	// which one more rank can leave as it is; and a figure of all scores.
	for _, c := range []struct {
		ranks            string
		executed, cached int
		either           int // run or cached
	}{{"[1, 2]", 25, 1, 0}, {"[1, 2]", 0, 26, 0}, {"[1, 2, 3]", 12, 23, 1}, {"[3]", 2, 13, 1}} {
		sum := run(c.ranks)
		if sum.Executed < c.executed || sum.Cached < c.cached || sum.Executed+sum.Cached != c.executed+c.cached+c.either {
			t.Errorf("ranks %s: %d run and %d cached, not %d and %d, and %d of either", c.ranks, sum.Executed, sum.Cached, c.executed, c.cached, c.either)
		}
	}
}

// TestSessions runs the experiment that pools sessions, on simulated ones.
func TestSessions(t *testing.T) {
	holdsAndIsCached(t, "experiments/sessions")
}

// TestDegeneracy runs the experiment whose fits differ and whose laws agree.
func TestDegeneracy(t *testing.T) {
	holdsAndIsCached(t, "experiments/degeneracy", "--var", "size=small")
}

// TestFiniteNetworks draws networks of few neurons from a law.
func TestFiniteNetworks(t *testing.T) {
	holdsAndIsCached(t, "experiments/finite-networks", "--var", "size=small")
}

// TestHeavyTails runs the experiment in which a heavy tail is needed.
func TestHeavyTails(t *testing.T) {
	holdsAndIsCached(t, "experiments/heavy-tails", "--var", "size=small")
}

// TestIdentifiability counts the directions that dynamics identify.
func TestIdentifiability(t *testing.T) {
	holdsAndIsCached(t, "experiments/identifiability", "--var", "size=small")
}

// TestMoreLatents runs the experiment with eight attractors.
func TestMoreLatents(t *testing.T) {
	holdsAndIsCached(t, "experiments/more-latents", "--var", "size=small")
}

// TestNoise runs the experiment that adds noise to latents and observations.
func TestNoise(t *testing.T) {
	holdsAndIsCached(t, "experiments/noise", "--var", "size=small")
}

// TestSameLaws compares laws with those of another program.
func TestSameLaws(t *testing.T) {
	holdsAndIsCached(t, "experiments/reference", "--var", "size=small")
}

// TestPerturbations runs the experiment that draws networks from a law, silences
// and drives them.
func TestPerturbations(t *testing.T) {
	holdsAndIsCached(t, "experiments/perturbations", "--var", "size=small")
}

// TestLatentNoise runs the experiment whose fit must come within 5 % of the true
// model's held-out likelihood, and with it both recordings.
func TestLatentNoise(t *testing.T) {
	holdsAndIsCached(t, "experiments/latent-noise")
	folder, err := filepath.Abs("../shared/data")
	if err != nil {
		t.Fatal(err)
	}
	binary, err := program()
	if err != nil {
		t.Fatal(err)
	}
	for _, recording := range []string{"T176_2018_05_03", "T212_2019_08_21"} {
		t.Run(recording, func(t *testing.T) {
			if _, err := os.Stat(filepath.Join(folder, recording+".mat")); err != nil {
				t.Skipf("no recording %s.mat in ../shared/data", recording)
			}
			d := reprise(t, binary, []string{"REPRISE_DATASETS=" + folder}, "run", "experiments/latent-noise", "--var", "recording="+recording,
				"--store", filepath.Join(t.TempDir(), "store.db"))
			if d.exit != 0 {
				t.Fatalf("exit %d, %+v\n%s", d.exit, d.summary, d.stderr)
			}
			t.Logf("%s: %.4f bits/spike by clicks, at least %.4f with latent noise", recording,
				d.metrics[`stage.score["clicks"] bits_per_spike`], d.metrics[`stage.score["noise"] bits_per_spike_bound`])
		})
	}
}
