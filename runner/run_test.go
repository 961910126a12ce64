package runner

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"reprise/artifacts"
	"reprise/spec"
)

const chain = `
variable "a" {
  type    = number
  default = 1
}
variable "plus" {
  type    = number
  default = 0.5
}
stage "const" "one" { value = var.a }
stage "const" "two" { value = 2 }
stage "add" "sum" {
  of   = [stage.one, stage.two]
  plus = var.plus
}
stage "floor" "down" { of = stage.sum }
stage "add" "last" { of = [stage.down] }
check "positive" {
  assert {
    condition     = stage.last.metrics.value > 0
    error_message = "last is ${stage.last.metrics.value}"
  }
}
`

// TestOnlyWhatChanged runs one experiment, edits it, and looks at what executes.
func TestOnlyWhatChanged(t *testing.T) {
	edits := []struct {
		name   string
		edit   func(l *lab) *spec.Experiment
		ran    []string
		reason string // one that must be given, "ADDRESS: reason"
	}{
		{"nothing", func(l *lab) *spec.Experiment { return l.load(chain) }, nil, ""},
		{"a comment", func(l *lab) *spec.Experiment { return l.load("# x\n" + chain) }, nil, ""},
		{"a renamed stage", func(l *lab) *spec.Experiment {
			return l.load(strings.NewReplacer("stage.one", "stage.uno", `"one"`, `"uno"`).Replace(chain))
		}, nil, ""},
		{"another order", func(l *lab) *spec.Experiment {
			return l.load(strings.Replace(chain, `stage "const" "two" { value = 2 }`, "", 1) + `stage "const" "two" { value = 2 }`)
		}, nil, ""},
		{"an attribute", func(l *lab) *spec.Experiment { return l.load(chain, "a=5") },
			[]string{"add 7", "add 7.5", "const 5", "floor 7.5"}, "stage.one: value: 1 -> 5"},
		{"same bytes upstream", func(l *lab) *spec.Experiment { return l.load(chain, "plus=0.7") },
			[]string{"add 3.7", "floor 3.7"}, "stage.down: input of changed: stage.sum ran again because plus: 0.5 -> 0.7"},
		{"code of a kind", func(l *lab) *spec.Experiment { l.code = "2"; return l.load(chain) },
			[]string{"add 3", "add 3.5"}, "stage.last: code: stages/add changed"},
		{"a new stage with old content", func(l *lab) *spec.Experiment {
			return l.load(chain + "\nstage \"floor\" \"again\" { of = stage.sum }\n")
		}, nil, ""},
	}
	for _, e := range edits {
		t.Run(e.name, func(t *testing.T) {
			l := newLab(t)
			first := l.run(l.load(chain), Options{})
			if first.Exit != 0 || first.Executed != 5 || first.ChecksPassed != 1 {
				t.Fatalf("first run: %+v", first)
			}
			x := e.edit(l)
			steps, plan, err := Plan(context.Background(), x, l.store, l.files(), Options{})
			if err != nil {
				t.Fatal(err)
			}
			second := l.run(x, Options{})
			if !slices.Equal(second.ran, e.ran) || second.Executed != len(e.ran) || second.Exit != 0 {
				t.Errorf("ran %q, want %q; %+v", second.ran, e.ran, second.SummaryEvent)
			}
			if plan.Executed+plan.Unknown < len(e.ran) || (plan.Executed == 0) != (len(e.ran) == 0) {
				t.Errorf("the plan says %+v, and %d ran", plan, len(e.ran))
			}
			for _, s := range steps {
				if s.Action == ActionRun && second.states[s.Task.Address] != Done {
					t.Errorf("%s was planned to run and is %s", s.Task.Address, second.states[s.Task.Address])
				}
			}
			if address, reason, ok := strings.Cut(e.reason, ": "); ok && !slices.Contains(second.reasons[address], reason) {
				t.Errorf("%s ran because %q, want %q", address, second.reasons[address], reason)
			}
			if third := l.run(l.load(chain), Options{}); e.name != "code of a kind" && third.Executed != 0 {
				t.Errorf("back to the first experiment, %q ran", third.ran)
			}
		})
	}
}

// TestSameDigests holds that neither the number of jobs nor a warm store
// changes an artifact.
func TestSameDigests(t *testing.T) {
	digests := func(jobs int) map[string]artifacts.Digest {
		l := newLab(t)
		x := l.load(chain)
		l.run(x, Options{Jobs: jobs})
		out := map[string]artifacts.Digest{}
		for _, task := range x.Tasks {
			r, err := l.store.Latest(x.Name, task.Address)
			if err != nil {
				t.Fatal(err)
			}
			out[task.Address] = r.Artifact
		}
		return out
	}
	one, four := digests(1), digests(4)
	if len(one) != 5 {
		t.Fatalf("%d results", len(one))
	}
	for address, d := range one {
		if four[address] != d {
			t.Errorf("%s has another digest with four jobs", address)
		}
	}
}

func TestFailureSkipsOnlyWhatNeedsIt(t *testing.T) {
	const src = `
stage "fail" "bad" { how = "%s" }
stage "add" "needs_it" { of = [stage.bad] }
stage "add" "needs_that" { of = [stage.needs_it] }
stage "const" "other" { value = 3 }
stage "floor" "of_other" { of = stage.other }
check "c" {
  assert {
    condition     = stage.needs_that.metrics.value > 0
    error_message = "no"
  }
}`
	for how, say := range map[string]string{"error": "it failed as asked", "panic": "it panicked as asked", "undeclared": "secret", "nan": "NaN",
		"own deadline": "it asked somebody: context deadline exceeded", "own cancel": "it asked somebody: context canceled"} {
		t.Run(how, func(t *testing.T) {
			l := newLab(t)
			x := l.load(fmt.Sprintf(src, how))
			got := l.run(x, Options{KeepGoing: true})
			if got.Exit != ExitFailed || got.Failed != 1 || got.Skipped != 2 || got.Executed != 2 || got.ChecksFailed != 1 {
				t.Errorf("%+v", got.SummaryEvent)
			}
			if got.checks["c"].Verdict != spec.Inconclusive {
				t.Errorf("the check says %+v", got.checks["c"])
			}
			if !strings.Contains(got.errors["stage.bad"], say) {
				t.Errorf("the error is %q, which does not say %q", got.errors["stage.bad"], say)
			}
			if !strings.Contains(got.errors["stage.needs_that"], "stage.bad failed") {
				t.Errorf("the skipped task says %q", got.errors["stage.needs_that"])
			}
			steps, _, err := Plan(context.Background(), x, l.store, l.files(), Options{})
			if err != nil || !strings.HasPrefix(steps[0].Reasons[0], "last run failed: ") {
				t.Errorf("the plan says %q, %v", steps[0].Reasons, err)
			}
			_, log, err := l.store.Log(steps[0].Key)
			if err != nil || !strings.Contains(string(log), say) {
				t.Errorf("the log is %q, %v", log, err)
			}
		})
	}
}

func TestStopAfterFailure(t *testing.T) {
	l := newLab(t)
	got := l.run(l.load(`
stage "fail" "bad" { how = "error" }
stage "const" "later" { value = 1 }`), Options{Jobs: 1})
	if got.Executed != 0 || got.Skipped != 1 || got.states["stage.later"] != Skipped {
		t.Errorf("%+v %v", got.SummaryEvent, got.states)
	}
}

func TestCancel(t *testing.T) {
	for _, how := range []string{"hang", "stubborn"} {
		t.Run(how, func(t *testing.T) {
			l := newLab(t)
			x := l.load(`
stage "const" "first" { value = 1 }
stage "fail" "slow" {
  how = "` + how + `"
  of  = [stage.first]
}
stage "floor" "after" { of = stage.slow }`)
			ctx, cancel := context.WithCancel(context.Background())
			got := l.runCtx(ctx, x, Options{Watch: func(e Event) { // returns, though the stubborn one never does
				if e, ok := e.(TaskEvent); ok && e.Address == "stage.slow" && e.State == Started {
					cancel()
				}
			}})
			if got.Exit != ExitInterrupted || got.states["stage.first"] != Done || got.states["stage.slow"] != Cancelled {
				t.Errorf("%+v %v", got.SummaryEvent, got.states)
			}
			again := l.run(l.load(`stage "const" "first" { value = 1 }`), Options{})
			if again.Cached != 1 {
				t.Errorf("what was done is lost: %+v", again.SummaryEvent)
			}
		})
	}
}

func TestTimeoutAndRetries(t *testing.T) {
	l := newLab(t)
	got := l.run(l.load(`
stage "fail" "slow" {
  how     = "hang"
  timeout = "20ms"
}
stage "fail" "bad" {
  how     = "error"
  retries = 2
}`), Options{KeepGoing: true})
	if !strings.Contains(got.errors["stage.slow"], "timeout of 20ms") {
		t.Errorf("timeout: %q", got.errors["stage.slow"])
	}
	if n := strings.Count(strings.Join(got.ran, " "), "error"); n != 3 {
		t.Errorf("two retries make %d attempts", n)
	}
}

// A method that goes on after its timeout keeps its slot and its folder, is not
// tried again beside itself, and is not heard.
func TestDeafMethodKeepsItsSlot(t *testing.T) {
	l := newLab(t)
	var before []string
	got := l.run(l.load(`
stage "fail" "slow" {
  how     = "deaf"
  timeout = "20ms"
  retries = 3
}
stage "const" "next" { value = 1 }`), Options{Jobs: 1, KeepGoing: true, Watch: func(e Event) {
		switch e := e.(type) {
		case TaskEvent:
			if e.Address == "stage.next" && e.State == Started {
				before = slices.Clone(l.ran.names)
			}
		case ProgressEvent:
			t.Errorf("progress of a task that is over: %+v", e)
		}
	}})
	if !slices.Equal(before, []string{"deaf", "deaf returned"}) {
		t.Errorf("when the next began there was %q", before)
	}
	if !slices.Equal(got.ran, []string{"const 1", "deaf", "deaf returned"}) || !strings.Contains(got.errors["stage.slow"], "timeout of 20ms passed, and its code goes on") {
		t.Errorf("ran %q: %q", got.ran, got.errors)
	}
}

// Tasks that do not say how many CPUs they take may use all.
func TestThreads(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(8))
	for src, want := range map[string]float64{
		`stage "threads" "one" {}`: 8,
		`stage "threads" "one" {
  resources { cpus = 3 }
}`: 3,
		`stage "threads" "one" { for_each = { for i in range(9) : "i=${i}" => i } }`: 8,
	} {
		l := newLab(t)
		x := l.load(src)
		l.run(x, Options{Jobs: 4})
		r, err := l.store.Latest(x.Name, x.Tasks[0].Address)
		if err != nil || r.Metrics["value"] != want {
			t.Errorf("%s: %v threads, not %g: %v", src, r, want, err)
		}
	}
}

func TestFilesAreContent(t *testing.T) {
	l := newLab(t)
	const src = `stage "read" "file" { file = "data.txt" }`
	l.write("data.txt", "abc")
	if got := l.run(l.load(src), Options{}); !slices.Equal(got.ran, []string{"read abc"}) {
		t.Fatalf("%q %v", got.ran, got.errors)
	}
	old := time.Now().Add(-time.Hour)
	l.write("data.txt", "abd") // same size, and the time put back
	if err := os.Chtimes(filepath.Join(l.dir, "data.txt"), old, old); err != nil {
		t.Fatal(err)
	}
	got := l.run(l.load(src), Options{})
	if !slices.Equal(got.ran, []string{"read abd"}) || !strings.Contains(strings.Join(got.reasons["stage.file"], ""), "data.txt has new content") {
		t.Errorf("ran %q because %q", got.ran, got.reasons)
	}
	loaded := l.load(src) // which would tell of a file that is not there
	if err := os.Remove(filepath.Join(l.dir, "data.txt")); err != nil {
		t.Fatal(err)
	}
	if got := l.run(loaded, Options{}); got.Exit != ExitFailed || !strings.Contains(got.errors["stage.file"], "there is no file") {
		t.Errorf("%+v %v", got.SummaryEvent, got.errors)
	}
}

func TestCacheFalseAndRerun(t *testing.T) {
	l := newLab(t)
	const src = `
stage "const" "always" {
  value = 1
  cache = false
}
stage "floor" "down" { of = stage.always }`
	l.run(l.load(src), Options{})
	if got := l.run(l.load(src), Options{}); !slices.Equal(got.ran, []string{"const 1"}) {
		t.Errorf("cache = false: ran %q", got.ran)
	}
	if got := l.run(l.load(src), Options{Rerun: []string{"down"}}); !slices.Equal(got.ran, []string{"const 1", "floor 1"}) {
		t.Errorf("--rerun: ran %q", got.ran)
	}
	if _, err := Run(context.Background(), l.load(src), l.store, l.files(), Options{Rerun: []string{"dwon"}}); err == nil || !strings.Contains(err.Error(), "down") {
		t.Errorf("a wrong address: %v", err)
	}
	if got := l.run(l.load(src), Options{Only: []string{"always"}}); len(got.states) != 1 {
		t.Errorf("--only: %v", got.states)
	}
}

func TestMetricAsAttribute(t *testing.T) {
	l := newLab(t)
	const src = `
variable "a" {
  type    = number
  default = 1
}
stage "const" "one" { value = var.a }
stage "const" "twice" { value = stage.one.metrics.value * 2 }`
	if got := l.run(l.load(src), Options{}); !slices.Equal(got.ran, []string{"const 1", "const 2"}) || got.Exit != 0 {
		t.Errorf("ran %q: %v", got.ran, got.errors)
	}
	got := l.run(l.load(src, "a=4"), Options{})
	if !slices.Equal(got.ran, []string{"const 4", "const 8"}) || !slices.Contains(got.reasons["stage.twice"], "value: 2 -> 8, from stage.one, which ran again because value: 1 -> 4") {
		t.Errorf("ran %q because %q", got.ran, got.reasons)
	}
}

// A plan that is interrupted says so, and claims nothing.
func TestPlanIsCancelled(t *testing.T) {
	l := newLab(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var events []Event
	_, _, err := Plan(ctx, l.load(chain), l.store, l.files(), Options{Watch: func(e Event) { events = append(events, e) }})
	if !errors.Is(err, context.Canceled) || len(events) != 1 {
		t.Fatalf("%v, %v", err, events)
	}
	if sum, ok := events[0].(SummaryEvent); !ok || sum.Exit != ExitInterrupted {
		t.Errorf("%+v", events[0])
	}
}

// TestOrderAloneMakesNoKeyWait holds that depends_on says when a task runs, not
// whether: a plan knows its key, and it is cached while what it follows runs.
func TestOrderAloneMakesNoKeyWait(t *testing.T) {
	l := newLab(t)
	const src = `
variable "a" {
  type    = number
  default = 1
}
stage "const" "first" { value = var.a }
stage "const" "second" {
  value      = 2
  depends_on = [stage.first]
}`
	order := []string{}
	watch := func(e Event) {
		if e, ok := e.(TaskEvent); ok && e.State != Started {
			order = append(order, e.Address)
		}
	}
	l.run(l.load(src), Options{Watch: watch})
	if !slices.Equal(order, []string{"stage.first", "stage.second"}) {
		t.Errorf("they ran in the order %q", order)
	}
	steps, _, err := Plan(context.Background(), l.load(src, "a=5"), l.store, l.files(), Options{})
	if err != nil || steps[0].Action != ActionRun || steps[1].Action != ActionCached {
		t.Errorf("the plan says %s and %s, %v", steps[0].Action, steps[1].Action, err)
	}
}

// Two modules that went from the same version to the same other are two changes.
func TestCodeChangesAreOfOnePackage(t *testing.T) {
	l := newLab(t)
	p, err := newPlanner(l.load(chain), l.store, l.files(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"example.org/a", "example.org/b"} {
		if got := p.codeChange(Difference{What: "code", Name: name, Old: "v1.2.0", New: "v1.3.0"}); !strings.Contains(got, name) {
			t.Errorf("the change of %s is told as %q", name, got)
		}
	}
}

// A run whose record cannot be written says so of itself, not of a task.
func TestUnwrittenRecord(t *testing.T) {
	l := newLab(t)
	x := l.load(`stage "const" "one" { value = 1 }`)
	l.run(x, Options{})
	var tasks []string
	sum, err := Run(context.Background(), x, l.store, l.files(), Options{Watch: func(e Event) {
		switch e := e.(type) {
		case PlanEvent:
			l.store.Close()
		case TaskEvent:
			tasks = append(tasks, e.Address)
		}
	}})
	if err == nil || !strings.Contains(err.Error(), sum.Run) || sum.Run == "" || sum.Exit != ExitFailed || !slices.Equal(tasks, []string{"stage.one"}) {
		t.Errorf("%v, %+v, events of %q", err, sum, tasks)
	}
	l.open()
}

// What cannot be kept is not computed: where the disk refuses one result, nothing
// more is started.
func TestRefusedByTheDisk(t *testing.T) {
	l := newLab(t)
	claims := l.store.Path() + ".claims"
	if err := os.Rename(claims, claims+".moved"); err != nil {
		t.Fatal(err)
	}
	l.write(filepath.Join(".reprise", filepath.Base(claims)), "where a folder should be")
	got := l.run(l.load(`
stage "const" "one" { value = 1 }
stage "const" "two" { value = 2 }
stage "const" "three" { value = 3 }`), Options{Jobs: 1, KeepGoing: true})
	if got.Failed != 1 || got.Skipped != 2 || len(got.ran) > 0 || got.Exit != ExitFailed || !strings.Contains(got.errors["stage.one"], "choose another with --store") {
		t.Errorf("%+v, ran %q: %q", got.SummaryEvent, got.ran, got.errors)
	}
}

// TestLooksAhead has a task go on until the run says how long what is left may take: by
// results of before, of what runs and what waits.
func TestLooksAhead(t *testing.T) {
	const src = `
stage "read" "long" { file = "f.txt" }
stage "add" "later" { of = [stage.long] }
`
	l := newLab(t)
	l.write("f.txt", "one")
	l.run(l.load(src), Options{})
	l.write("f.txt", "other")
	told := make(chan AheadEvent, 1)
	var ahead AheadEvent
	l.afterwards = func() {
		select {
		case ahead = <-told:
		case <-time.After(time.Minute):
			t.Error("nothing was told")
		}
	}
	l.run(l.load(src), Options{Estimate: true, Watch: func(e Event) {
		if e, ok := e.(AheadEvent); ok {
			told <- e
		}
	}})
	if ahead.Tasks != 2 || len(ahead.Likely) != 2 || ahead.Likely["stage.long"].Results != 1 || ahead.Likely["stage.later"].Results != 1 {
		t.Errorf("told was %+v", ahead)
	}
}
