package spec

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files of testdata/good anew")

// TestGoodFiles compares what every experiment of testdata/good stands for with
// its golden file: before the run, and with a metric for each task.
func TestGoodFiles(t *testing.T) {
	entries, err := os.ReadDir("testdata/good")
	if err != nil {
		t.Fatal(err)
	}
	tested := 0
	for _, entry := range entries {
		name, isFile := strings.CutSuffix(entry.Name(), ".hcl")
		if !isFile && !entry.IsDir() {
			continue
		}
		tested++
		t.Run(name, func(t *testing.T) {
			x, diags, err := Load(filepath.Join("testdata/good", entry.Name()), Values{}, toyKinds())
			if err != nil || diags.HasErrors() {
				t.Fatal(err, diags.Error())
			}
			got := dump(t, x)
			golden := filepath.Join("testdata/good", name+".golden")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
	if tested < 6 {
		t.Errorf("only %d experiments", tested)
	}
}

// numbered gives each task a metric, 10 for the first, 11 for the second, ….
func numbered(t *Task) (map[string]float64, bool) {
	number := float64(10 + t.Place)
	return map[string]float64{"value": number, "spread": number / 2}, true
}

func dump(t testing.TB, x *Experiment) string {
	var b strings.Builder
	fmt.Fprintf(&b, "experiment %q %q %q %q\n", x.Name, x.Title, x.Description, x.Cites)
	fmt.Fprintf(&b, "variables %v\n", x.Variables())
	seen := map[*Task]bool{}
	for _, task := range x.Tasks {
		for _, n := range task.Needs {
			if !seen[n] {
				t.Errorf("%s stands before %s, which it needs", task.Address, n.Address)
			}
		}
		seen[task] = true
		dumpTask(t, &b, task)
	}
	dumpEnds(t, &b, x)
	return b.String()
}

func dumpTask(t testing.TB, b *strings.Builder, task *Task) {
	fmt.Fprintf(b, "\n%s %s at %s\n", task.Kind.Name, task.Address, task.Where)
	if task.Description != "" || task.Timeout != 0 || task.Retries != 0 || !task.Cache {
		fmt.Fprintf(b, "  description %q timeout %s retries %d cache %t\n", task.Description, task.Timeout, task.Retries, task.Cache)
	}
	if task.Resources != (Resources{}) {
		fmt.Fprintf(b, "  resources %+v\n", task.Resources)
	}
	if s := task.Kind.Name; s == "program" {
		fmt.Fprintf(b, "  gives %+v\n", task.Gives)
	}
	fmt.Fprintf(b, "  needs %s\n", strings.Join(addressesOf(task.Needs), " "))
	r, diags := task.Resolve(nil)
	if diags.HasErrors() {
		t.Fatal(diags.Error())
	}
	if r == nil {
		b.WriteString("  (known after run) with the metrics of this test:\n")
		if r, diags = task.Resolve(numbered); diags.HasErrors() || r == nil {
			t.Fatalf("%s is not resolved: %v", task.Address, diags)
		}
	}
	dumpResolved(b, r)
}

// dumpEnds writes what depends on the tasks.
func dumpEnds(t testing.TB, b *strings.Builder, x *Experiment) {
	for _, c := range x.Checks {
		fmt.Fprintf(b, "\ncheck %s %q\n  %v\n  %v\n", c.Name, c.Description, c.Evaluate(nil), c.Evaluate(numbered))
		for _, base := range c.Baselines {
			fmt.Fprintf(b, "  baseline %s of %s %v %q at %s\n", base.Metric, base.Check, base.Tolerance, base.Better, base.Where)
			_, waits, err := base.Samples(nil)
			fmt.Fprintf(b, "    waits for %s %v\n", strings.Join(addressesOf(waits), " "), err)
			samples, waits, err := base.Samples(numbered)
			if len(waits) > 0 || err != nil {
				t.Errorf("%s: %v %v", base.Metric, waits, err)
			}
			for _, s := range samples {
				fmt.Fprintf(b, "    %q = %g of %s\n", s.Name, s.Value, strings.Join(addressesOf(s.Tasks), " "))
			}
		}
	}
	for _, o := range x.Outputs {
		before, knownBefore, err := o.Value(nil)
		after, knownAfter, err2 := o.Value(numbered)
		fmt.Fprintf(b, "\noutput %s %q\n  %s %t %v\n  %s %t %v\n", o.Name, o.Description, before, knownBefore, err, after, knownAfter, err2)
	}
}

func dumpResolved(b *strings.Builder, r *Resolved) {
	for _, s := range r.Settings {
		fmt.Fprintf(b, "  set %s %s\n", s.Name, s.Value)
	}
	for _, in := range r.Inputs {
		fmt.Fprintf(b, "  in %s %s\n", in.Label(), strings.Join(addressesOf(in.Tasks), " "))
	}
	for _, f := range r.Files {
		fmt.Fprintf(b, "  file %s %s", f.Label(), f.Path)
		if f.Dataset != nil {
			fmt.Fprintf(b, "%s %s %s %s", f.Dataset.Address, f.Dataset.URL, f.Dataset.FileName(), f.Dataset.SHA256)
		}
		b.WriteString("\n")
	}
}
