package runner

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"reprise/cache"
	"reprise/spec"
)

// remembering reads the file system in every way that an experiment can.
const remembering = `
variable "a" { default = 1 }
module "inner" { source = "./inner" }
stage "const" "one" {
  value = var.a
  label = "${file("label.txt")} ${filesha256("big.bin")} ${join(" ", fileset("lib", "*.txt"))}"
}
stage "read" "file" { file = "data.txt" }
stage "add" "sum" { of = [stage.one, stage.file] }
check "holds" {
  baseline {
    metric    = stage.sum.metrics.value
    tolerance = { absolute = 0.5 }
  }
}
`

// rememberingLab has run that, and gives what the run left.
func rememberingLab(t *testing.T) (*lab, *Remembered) {
	l := newLab(t)
	for _, folder := range []string{"inner", "lib"} {
		if err := os.Mkdir(filepath.Join(l.dir, folder), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	l.write("inner/m.hcl", `stage "const" "x" { value = 4 }`)
	l.write("label.txt", "label")
	l.write("big.bin", "big")
	l.write("lib/a.txt", "a")
	l.write("data.txt", "12345")
	l.accept(l.load(remembering))
	m := l.leave(remembering)
	if m == nil {
		t.Fatal("the run left nothing")
	}
	return l, m
}

// leave runs an experiment and gives what that leaves, as it is written and read again.
func (l *lab) leave(src string, flags ...string) *Remembered {
	l.t.Helper()
	var left *Remembered
	l.run(l.load(src, flags...), Options{Remember: func(m *Remembered) {
		left = l.written(m)
	}})
	return left
}

// written is a plan that was written and is read again.
func (l *lab) written(m *Remembered) *Remembered {
	l.t.Helper()
	head, tail, err := m.Encode()
	if err != nil {
		l.t.Fatal(err)
	}
	again, err := DecodeRemembered(cache.Plan{Head: head, Tail: func() []byte { return tail }})
	if err != nil {
		l.t.Fatal(err)
	}
	return again
}

// recall tells whether a run is spared.
func (l *lab) recall(m *Remembered) (SummaryEvent, bool) {
	l.t.Helper()
	if !m.Holds() {
		return SummaryEvent{}, false
	}
	sum, ok, err := Recall(context.Background(), m, l.store, l.files(), Options{})
	if err != nil {
		l.t.Fatal(err)
	}
	return sum, ok
}

// silently writes a file of the same size and puts its times back.
func (l *lab) silently(name, text string) {
	path := filepath.Join(l.dir, name)
	before, err := os.Stat(path)
	if err != nil || before.Size() != int64(len(text)) {
		l.t.Fatalf("%v: %d bytes", err, before.Size())
	}
	l.write(name, text)
	if err := os.Chtimes(path, before.ModTime(), before.ModTime()); err != nil {
		l.t.Fatal(err)
	}
}

func TestRecallsWhereNothingChanged(t *testing.T) {
	l, m := rememberingLab(t)
	later := time.Now().Add(time.Hour)
	for _, name := range []string{"x.hcl", "data.txt", "label.txt", "inner/m.hcl"} { // touched alone
		if err := os.Chtimes(filepath.Join(l.dir, name), later, later); err != nil {
			t.Fatal(err)
		}
	}
	l.write("lib/of no pattern", "")
	sum, ok := l.recall(m)
	if !ok || sum.Cached != 4 || sum.ChecksPassed != 1 || sum.Exit != ExitDone {
		t.Fatalf("%v, %+v", ok, sum)
	}
	usual := l.run(l.load(remembering), Options{})
	want, err := l.store.RunByID(usual.Run)
	if err != nil {
		t.Fatal(err)
	}
	got, err := l.store.RunByID(sum.Run)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.Tasks, want.Tasks) || got.Experiment != want.Experiment || len(got.Variables) != len(want.Variables) || got.Counts[Cached] != want.Counts[Cached] {
		t.Errorf("the run is recorded as\n%+v, and a usual one as\n%+v", got, want)
	}
}

// TestNoticesEveryChange changes each thing that a remembered plan was made from.
func TestNoticesEveryChange(t *testing.T) {
	accepted := func(l *lab) string { return l.load(remembering).Beside(baselineName) }
	for name, change := range map[string]func(l *lab){
		"the experiment":            func(l *lab) { l.write("x.hcl", remembering+"\n") },
		"the experiment, silently":  func(l *lab) { l.silently("x.hcl", remembering[:len(remembering)-1]+" ") },
		"a module":                  func(l *lab) { l.write("inner/m.hcl", `stage "const" "x" { value = 5 }`) },
		"a module, silently":        func(l *lab) { l.silently("inner/m.hcl", `stage "const" "x" { value = 5 }`) },
		"another file of a module":  func(l *lab) { l.write("inner/n.hcl", `stage "const" "y" { value = 5 }`) },
		"file()":                    func(l *lab) { l.write("label.txt", "other") },
		"file(), silently":          func(l *lab) { l.silently("label.txt", "lebal") },
		"filesha256(), silently":    func(l *lab) { l.silently("big.bin", "gib") },
		"fileset() with one more":   func(l *lab) { l.write("lib/b.txt", "b") },
		"fileset() with one less":   func(l *lab) { os.Remove(filepath.Join(l.dir, "lib/a.txt")) },
		"a task's file":             func(l *lab) { l.write("data.txt", "123") },
		"a task's file, silently":   func(l *lab) { l.silently("data.txt", "54321") },
		"a task's file, gone":       func(l *lab) { os.Remove(filepath.Join(l.dir, "data.txt")) },
		"the accepted values":       func(l *lab) { l.write(filepath.Base(accepted(l)), "{}") },
		"the accepted values, gone": func(l *lab) { os.Remove(accepted(l)) },
		"a result forgotten":        func(l *lab) { l.store.Forget(l.result("stage.one").Key) },
		"all results collected": func(l *lab) {
			l.store.Close() // what a living store asked for stays
			l.open()
			for _, address := range []string{"stage.sum", "stage.file"} {
				l.store.Forget(l.result(address).Key)
			}
			if _, err := l.store.Collect(cache.Keep{Since: time.Now()}); err != nil {
				l.t.Fatal(err)
			}
		},
		"a run with other values since": func(l *lab) { l.run(l.load(remembering, "a=1.25"), Options{}) },
		"an interrupted store": func(l *lab) {
			l.store.Close()
			os.RemoveAll(filepath.Join(l.dir, ".reprise"))
			l.open()
		},
	} {
		t.Run(name, func(t *testing.T) {
			l, m := rememberingLab(t)
			if _, ok := l.recall(m); !ok {
				t.Fatal("a run was not spared though nothing changed")
			}
			change(l)
			if _, ok := l.recall(m); ok {
				t.Error("a run was spared")
			}
			l.write("data.txt", "12345")
			l.run(l.load(remembering), Options{})
		})
	}
}

// TestNoticesAnOlderStore puts a copy of the store in its place that was made before
// the results that the plan is about.
func TestNoticesAnOlderStore(t *testing.T) {
	l, _ := rememberingLab(t)
	at := l.store.Path()
	copyTo := func(to, from string) {
		t.Helper()
		l.store.Close()
		b, err := os.ReadFile(from)
		if err == nil {
			err = os.WriteFile(to, b, 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
		l.open()
	}
	copyTo(at+".copy", at)
	l.write("label.txt", "another")
	m := l.leave(remembering)
	for range 2 {
		if _, ok := l.recall(m); !ok {
			t.Fatal("a run was not spared though nothing changed")
		}
	}
	copyTo(at, at+".copy")
	if _, ok := l.recall(m); ok {
		t.Error("a run was spared whose results are not there")
	}
}

// TestRecallsAgain holds that the second run that is spared needs no more than the
// stamp of the store, and is recorded with the tasks of the first.
func TestRecallsAgain(t *testing.T) {
	l, m := rememberingLab(t)
	first, ok := l.recall(m)
	if !ok || m.Stamp == (cache.Stamp{}) {
		t.Fatal("the plan has no stamp")
	}
	again := l.written(m)
	again.tail = func() []byte { t.Error("the tasks are read"); return nil }
	second, ok := l.recall(again)
	if !ok {
		t.Fatal("a run was not spared")
	}
	of := func(sum SummaryEvent) *cache.Run {
		r, err := l.store.RunByID(sum.Run)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if a, b := of(first), of(second); a.List != b.List || len(b.Tasks) != 4 || !slices.Equal(a.Tasks, b.Tasks) || b.Counts[Cached] != 4 {
		t.Errorf("recorded are\n%+v\n%+v", a, b)
	}
	if faults := l.store.Check(); len(faults) > 0 {
		t.Error(faults)
	}
	l.store.Close()
	l.open()
	if _, err := l.store.Collect(cache.Keep{Since: time.Now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	if r := of(second); len(r.Tasks) != 4 {
		t.Errorf("gc took the tasks of the last run: %+v", r)
	}
}

// TestNoticesRacyChanges changes a file right after it was looked at, in the same
// tick of a coarse clock or not.
func TestNoticesRacyChanges(t *testing.T) {
	l, m := rememberingLab(t)
	for i := range 50 {
		l.silently("data.txt", "abcde")
		if _, ok := l.recall(m); ok {
			t.Fatalf("round %d: a run was spared", i)
		}
		l.silently("data.txt", "12345")
		if _, ok := l.recall(m); !ok {
			t.Fatalf("round %d: a run was not spared with the old content", i)
		}
	}
}

// TestLeavesNothing is of runs that depend on more than a plan remembers.
func TestLeavesNothing(t *testing.T) {
	for name, c := range map[string]struct {
		src string
		o   Options
	}{
		"cache = false":    {`stage "const" "a" {` + "\n  value = 1\n  cache = false\n}\n", Options{}},
		"a failed task":    {`stage "fail" "a" { how = "error" }`, Options{}},
		"a failed check":   {"stage \"const\" \"a\" { value = 1 }\ncheck \"c\" {\n  assert {\n    condition = stage.a.metrics.value > 1\n    error_message = \"no\"\n  }\n}\n", Options{}},
		"a part of it":     {"stage \"const\" \"a\" { value = 1 }\nstage \"const\" \"b\" { value = 1 }\n", Options{Only: []string{"a"}}},
		"a fault it hides": {`stage "const" "a" { value = length(try(file("none.txt"), "1")) }`, Options{}},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			c.o.Remember = func(*Remembered) { t.Error("it left something") }
			l.run(l.load(c.src), c.o)
		})
	}
}

func TestPlanKeys(t *testing.T) {
	given := spec.Values{Flags: []string{"a=1"}, Files: []string{"v.hcl"}, Environ: []string{"REPRISE_VAR_x=1", "HOME=/"}}
	key, ok := PlanKey("x.hcl", given, "plain")
	for !ok { // the test's program was written just now
		time.Sleep(100 * time.Millisecond)
		key, ok = PlanKey("x.hcl", given, "plain")
	}
	same := given
	same.Environ = []string{"REPRISE_VAR_x=1", "HOME=/elsewhere"}
	if again, _ := PlanKey("x.hcl", same, "plain"); again != key {
		t.Error("another environment that no experiment sees, another key")
	}
	for name, other := range map[string]func() (cache.Key, bool){
		"path": func() (cache.Key, bool) { return PlanKey("y.hcl", given, "plain") },
		"form": func() (cache.Key, bool) { return PlanKey("x.hcl", given, "colour") },
		"flags": func() (cache.Key, bool) {
			return PlanKey("x.hcl", spec.Values{Flags: []string{"a=2"}, Files: given.Files, Environ: given.Environ}, "plain")
		},
		"files": func() (cache.Key, bool) {
			return PlanKey("x.hcl", spec.Values{Flags: given.Flags, Environ: given.Environ}, "plain")
		},
		"environment": func() (cache.Key, bool) {
			return PlanKey("x.hcl", spec.Values{Flags: given.Flags, Files: given.Files, Environ: []string{"REPRISE_VAR_x=2"}}, "plain")
		},
		"folder": func() (cache.Key, bool) {
			t.Chdir(t.TempDir())
			return PlanKey("x.hcl", given, "plain")
		},
	} {
		if k, ok := other(); !ok || k == key {
			t.Errorf("another %s has the same key", name)
		}
	}
}

// TestHostilePlan reads what no run wrote.
func TestHostilePlan(t *testing.T) {
	_, m := rememberingLab(t)
	if err := m.load(); err != nil {
		t.Fatal(err)
	}
	head, tail, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for n := range head {
		if _, err := DecodeRemembered(cache.Plan{Head: head[:n]}); err == nil {
			t.Fatalf("%d bytes of %d are taken for a plan", n, len(head))
		}
	}
	text, err := m.Files.MarshalText()
	if err != nil || len(m.Files) == 0 {
		t.Fatal(err)
	}
	for n := range text {
		var f takenFiles
		if err := f.UnmarshalText(text[:n]); err == nil && len(f) >= len(m.Files) {
			t.Fatalf("%d bytes of %d are taken for all files", n, len(text))
		}
	}
	for n := range tail {
		m, err := DecodeRemembered(cache.Plan{Head: head, Tail: func() []byte { return tail[:n] }})
		if err != nil {
			t.Fatal(err)
		}
		if m.load() == nil {
			t.Fatalf("%d bytes of %d are taken for tasks", n, len(tail))
		}
	}
}

// TestRunIDsDiffer begins runs as fast as it can: no two have one ID, and they sort by
// their beginnings.
func TestRunIDsDiffer(t *testing.T) {
	at := time.Date(2026, 11, 30, 20, 30, 45, 0, time.UTC)
	if id := newRunID(at.Add(time.Second - 1)); !strings.HasPrefix(id, "20261130T203045Z-ffff") || len(id) != len("20261130T203045Z-ffff00") {
		t.Errorf("an ID is %s", id)
	}
	before := ""
	for i := range 1000 {
		id := newRunID(at.Add(time.Duration(i) * time.Millisecond))
		if id <= before {
			t.Fatalf("%s comes behind %s", id, before)
		}
		before = id
	}
}
