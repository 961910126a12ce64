package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"reprise/internal/lacks"
)

// regressing is a small experiment whose metric must not get worse.
const regressing = `
stage "simulate_network" "network" {
  system  = "bistable"
  neurons = 60
  trials  = 24
  steps   = 40
}

stage "fit_lrrnn" "fit" {
  for_each      = { for s in range(4) : "seed=${s}" => s }
  trials        = stage.network
  rank          = 1
  leak          = 0.05
  initial_state = "given"
  epochs        = 40
  seed          = each.value
}

check "fits" {
  baseline {
    metric    = stage.fit[*].metrics.training_r_squared
    tolerance = { relative = 0.01 }
    better    = "higher"
  }
}
`

// TestRegressionIsCaught makes one line of the optimiser's numerics worse: the
// experiment that passed before fails, and says which metric moved, by how much,
// against which tolerance, and which function did it.
func TestRegressionIsCaught(t *testing.T) {
	binary, err := program()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	experiment, store := filepath.Join(dir, "fits.hcl"), filepath.Join(dir, "store.db")
	if err := os.WriteFile(experiment, []byte(regressing), 0o666); err != nil {
		t.Fatal(err)
	}
	do := func(program string, want int, args ...string) checked {
		t.Helper()
		return runChecked(t, program, want, append(args, experiment, "--store", store)...)
	}
	if before := do(binary, 3, "run"); before.Verdict != "inconclusive" || !strings.Contains(before.Message, "no baseline: reprise baseline update ") {
		t.Fatalf("without a baseline: %+v", before)
	}
	do(binary, 0, "baseline", "update")
	if c := do(binary, 0, "run"); c.Verdict != "pass" {
		t.Fatalf("unchanged: %+v", c)
	}

	edited := editedProgram(t, "stages/internal/adam/adam.go", "Rest2: 1 - beta2", "Rest2: 1 - beta1")
	for _, what := range []string{"first", "with everything cached"} {
		c := do(edited, 3, "run")
		if c.Verdict != "regressed" || len(c.Baselines) != 1 {
			t.Fatalf("%s: %+v", what, c)
		}
		b := c.Baselines[0]
		if b.Metric != "stage.fit[*].metrics.training_r_squared" || b.Change >= 0 || b.Test.Pairs != 4 || b.Tolerance["relative"] != 0.01 {
			t.Errorf("%s: %+v", what, b)
		}
		if len(b.Causes) != 1 || b.Causes[0] != "code: stages/internal/adam: func (*Adam).Step changed (stage.fit)" {
			t.Errorf("%s: because %q", what, b.Causes)
		}
		for _, want := range []string{"mean of 4 pairs ", ", down ", "95 % CI ", "paired t p = ", "beyond the tolerance of 1 % (", "; because code: stages/internal/adam: func (*Adam).Step changed"} {
			if !strings.Contains(c.Message, want) {
				t.Errorf("%s: %q lacks %q", what, c.Message, want)
			}
		}
		t.Log(c.Message)
	}
}

// checked is what a run says of a check.
type checked struct {
	Type, Verdict, Message string
	Baselines              []struct {
		Metric    string
		Change    float64
		Tolerance map[string]float64
		Test      struct{ Pairs int }
		Causes    []string
	}
}

// runChecked runs a command that should end with this status, and returns the
// check that it told of.
func runChecked(t *testing.T, program string, want int, args ...string) (c checked) {
	t.Helper()
	cmd := exec.Command(program, append(args, "--json")...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, _ := cmd.Output() // the status tells
	if got := cmd.ProcessState.ExitCode(); got != want {
		t.Fatalf("%v: exit status %d, not %d\n%s%s", args, got, want, out, stderr.Bytes())
	}
	for line := range bytes.Lines(out) {
		var one checked
		if err := json.Unmarshal(line, &one); err == nil && one.Type == "check" {
			c = one
		}
	}
	return c
}

// editedProgram builds the project with one piece of its source replaced.
func editedProgram(t *testing.T, file, old, new string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, sourceOnly{os.DirFS(".")}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, file)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(text), old) != 1 {
		t.Fatalf("%s has %q %d times", file, old, strings.Count(string(text), old))
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), old, new, 1)), 0o666); err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(dir, "edited")
	build := exec.Command("go", "build", "-o", binary, ".")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return binary
}

// TestWorkflowIsYAML reads the ready workflow, where a reader of YAML is at hand.
func TestWorkflowIsYAML(t *testing.T) {
	if exec.Command("python3", "-c", "import yaml").Run() != nil {
		lacks.Skip(t, "it needs python3 with yaml")
	}
	const read = "import sys, yaml; print([s.get('run', '') for s in yaml.safe_load(open(sys.argv[1]))['jobs']['run']['steps']])"
	out, err := exec.Command("python3", "-c", read, "docs/ci/github.yml").CombinedOutput()
	if err != nil || !strings.Contains(string(out), `run "$EXPERIMENT" --junit "$RUNNER_TEMP/junit.xml" --summary `) {
		t.Errorf("%v\n%s", err, out)
	}
}
