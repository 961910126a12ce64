package main

import (
	"os/exec"
	"path/filepath"
	"testing"

	"reprise/internal/lacks"
)

// The experiments whose stages are programs, run as a user does.

// sharedStore is where tests keep the results of experiments that their pages
// (docs_test.go) ask for too.
func sharedStore(binary string) string {
	return filepath.Join(filepath.Dir(binary), "shared", "store.db")
}

// holdsAndIsCached runs an experiment twice: it passes its checks, and then
// nothing is left to do.
func holdsAndIsCached(t *testing.T, experiment string, args ...string) {
	t.Helper()
	binary, err := program()
	if err != nil {
		t.Fatal(err)
	}
	args = append([]string{"run", experiment, "--store", sharedStore(binary)}, args...)
	first := reprise(t, binary, nil, args...)
	if first.exit != 0 || first.summary.Executed+first.summary.Cached < 2 {
		t.Fatalf("exit %d, %+v\n%s", first.exit, first.summary, first.stderr)
	}
	again := reprise(t, binary, nil, args...)
	if again.exit != 0 || again.summary.Executed != 0 || again.summary.Cached != first.summary.Executed+first.summary.Cached {
		t.Errorf("again: exit %d, %+v\n%s", again.exit, again.summary, again.stderr)
	}
}

func TestShellExperiment(t *testing.T) {
	holdsAndIsCached(t, "experiments/shell")
}

func TestPythonExperiment(t *testing.T) {
	if out, err := exec.Command("python3", "-c", "import numpy, pyarrow").CombinedOutput(); err != nil {
		lacks.Skip(t, "it needs python3 with pyarrow and numpy: %v\n%s", err, out)
	}
	holdsAndIsCached(t, "experiments/python")
}

// TestPorts runs the pipelines of other tools' tutorials, whose stages need
// python3 and nothing beside it.
func TestPorts(t *testing.T) {
	if _, err := exec.LookPath("python3"); err != nil {
		lacks.Skip(t, "it needs python3")
	}
	for _, name := range []string{"dvc-get-started", "snakemake-tutorial"} {
		holdsAndIsCached(t, "experiments/ports/"+name)
	}
}
