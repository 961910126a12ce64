package runner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"reprise/cache"
	"reprise/spec"
)

const inParts = `
locals { ends = concat([stage.apart], stage.each[*]) }
stage "const" "one" {
  value = 1
  label = file("label.txt")
}
stage "read" "long" { file = "long.txt" }
stage "read" "short" { file = "short.txt" }
stage "add" "sum" {
  of   = [stage.one, stage.long]
  plus = stage.short.metrics.value
}
stage "add" "apart" { of = [stage.one] }
stage "add" "each" {
  for_each = { a = stage.long, b = stage.apart }
  of       = [each.value]
}
stage "add" "end" { of = local.ends }
stage "read" "alone" { file = "short.txt" }
stage "floor" "after" {
  of         = stage.one
  depends_on = [stage.sum]
}
check "small" {
  assert {
    condition     = stage.sum.metrics.value < 20 && stage.apart.metrics.value == 1
    error_message = "${stage.sum.metrics.value} and ${stage.apart.metrics.value}"
  }
}
output "end" { value = stage.end.metrics.value }
`

// partLab has run that, and gives what the run left.
func partLab(t *testing.T) (*lab, *Remembered) {
	l := newLab(t)
	l.write("label.txt", "label")
	l.write("long.txt", "long")
	l.write("short.txt", "sss")
	m := l.leave(inParts)
	if m == nil {
		t.Fatal("the run left nothing")
	}
	l.ran.take()
	return l, m
}

// TestRunsAPart changes a file: what needs it runs and no more, of what was read of
// the experiment; what is told, recorded and left is what a run of the whole tells,
// records and leaves.
func TestRunsAPart(t *testing.T) {
	t.Run("in sight", func(t *testing.T) { runsAPart(t, false, 5) }) // one, short, apart, each["b"], alone stand
	t.Run("out of sight", func(t *testing.T) { runsAPart(t, true, 4) })
}

func runsAPart(t *testing.T, outOfSight bool, stand int) {
	l, m := partLab(t)
	l.outOfSight = outOfSight
	whole, _ := partLab(t)
	for i, text := range []string{"longer", "long", "longest", "l"} {
		l.write("long.txt", text)
		whole.write("long.txt", text)
		_, x, ok := l.again(m)
		if ok || x == nil {
			t.Fatal("the experiment is not read in part")
		}
		standing := 0
		for _, task := range x.Tasks {
			if task.Standing {
				standing++
			}
		}
		if standing != stand {
			t.Errorf("%d tasks stand", standing)
		}
		var left, want *Remembered
		got := l.run(x, Options{Part: m, Remember: func(m *Remembered) { left = m }})
		usual := whole.run(whole.load(inParts), Options{Remember: func(m *Remembered) { want = m }})
		if !slices.Equal(got.ran, usual.ran) || (len(got.ran) == 0) != (text == "long") || !maps.Equal(got.states, usual.states) || strings.ReplaceAll(fmt.Sprint(got.checks, got.reasons), l.dir, whole.dir) != fmt.Sprint(usual.checks, usual.reasons) {
			t.Errorf("ran %q %v %v %v\nusual %q %v %v %v", got.ran, got.states, got.checks, got.reasons, usual.ran, usual.states, usual.checks, usual.reasons)
		}
		if a, b := record(t, l.store, got.Run), record(t, whole.store, usual.Run); fmt.Sprint(a) != fmt.Sprint(b) {
			t.Errorf("recorded is\n%v\nand as usual\n%v", a, b)
		}
		if left == nil || want == nil {
			t.Fatal("a run left nothing")
		}
		if left.Stamp == (cache.Stamp{}) {
			t.Error("it was alone with the store, and does not know that all stands")
		}
		alike(t, left, want, l.dir, whole.dir)
		m = l.written(left)
		if i == 1 { // from a plan that a spared run wrote
			if _, _, ok := l.again(m); !ok {
				t.Error("a run was not spared after one of a part")
			}
			m = l.left
		}
	}
}

// record is what a run's record says of its tasks, but for how long they took.
func record(t *testing.T, store *cache.Store, id string) []cache.RunTask {
	t.Helper()
	r, err := store.RunByID(id)
	if err != nil {
		t.Fatal(err)
	}
	for i := range r.Tasks {
		r.Tasks[i].Seconds = 0
	}
	return r.Tasks
}

// alike compares plans, but for what differs from one folder and one run to another.
func alike(t *testing.T, got, want *Remembered, here, there string) {
	t.Helper()
	moved := func(path string) string { return strings.Replace(path, there, here, 1) }
	if !reflect.DeepEqual(got.outline.Tasks, want.outline.Tasks) {
		t.Errorf("an outline of %+v, not of %+v", got.outline.Tasks, want.outline.Tasks)
	}
	for i, b := range want.outline.Blocks {
		if b.File = moved(b.File); got.outline.Blocks[i] != b {
			t.Errorf("block %+v, not %+v", got.outline.Blocks[i], b)
		}
	}
	files := map[string]string{}
	for path, f := range want.Files {
		files[moved(path)] = f.digest.String()
	}
	for path, f := range got.Files {
		if files[path] != f.digest.String() || len(got.Files) != len(files) {
			t.Errorf("files %v, not %v", got.Files, files)
		}
	}
	sorted := func(reads []spec.Question) []spec.Question {
		reads = slices.Clone(reads)
		for i := range reads {
			reads[i].Path, reads[i].Answer = moved(reads[i].Path), moved(reads[i].Answer)
		}
		slices.SortFunc(reads, func(a, b spec.Question) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		return reads
	}
	if a, b := sorted(got.Reads), sorted(want.Reads); !slices.Equal(a, b) {
		t.Errorf("asked was %v, not %v", a, b)
	}
	for i, one := range want.tasks {
		a, b := got.tasks[i], one
		for j := range b.files {
			b.files[j].Path = moved(b.files[j].Path)
		}
		if a.Address != b.Address || a.Key != b.Key || a.artifact != b.artifact || a.metrics != b.metrics || !slices.Equal(a.files, b.files) {
			t.Errorf("task %+v, not %+v", a, b)
		}
	}
	if got.Checks != want.Checks || got.Run == "" || got.Experiment != want.Experiment {
		t.Errorf("%+v, not %+v", got, want)
	}
}

// TestRunsNoPart is of what makes the whole of an experiment be read.
func TestRunsNoPart(t *testing.T) {
	for name, change := range map[string]func(l *lab){
		"nothing":             func(*lab) {},
		"the experiment":      func(l *lab) { l.write("x.hcl", inParts+"\n") },
		"a file that is gone": func(l *lab) { os.Remove(filepath.Join(l.dir, "long.txt")) },
		"what a stage that would stand reads": func(l *lab) {
			l.write("long.txt", "longer")
			l.write("label.txt", "other")
		},
		"a result forgotten": func(l *lab) {
			l.write("long.txt", "longer")
			l.store.Forget(l.result("stage.apart").Key)
		},
		"another result": func(l *lab) {
			l.run(l.load(strings.Replace(inParts, "value = 1", "value = 2", 1)), Options{})
			l.write("x.hcl", inParts)
			l.write("long.txt", "longer")
		},
	} {
		t.Run(name, func(t *testing.T) {
			l, m := partLab(t)
			change(l)
			if _, x, _ := l.again(m); x != nil {
				t.Error("the experiment is read in part")
			}
		})
	}
	l, m := rememberingLab(t) // it has a module
	l.write("data.txt", "123")
	if _, x, _ := l.again(m); x != nil {
		t.Error("an experiment with a module is read in part")
	}
}

// TestPartsFail holds that a failure, or a check that does not pass, is told and
// leaves the plan that was there, by which the next run does what is left.
func TestPartsFail(t *testing.T) {
	l, m := partLab(t)
	l.write("long.txt", strings.Repeat("l", 30))
	_, x, _ := l.again(m)
	got := l.run(x, Options{Part: m, Remember: func(*Remembered) { t.Error("it left something") }})
	if got.Exit != ExitCheck || got.ChecksFailed != 1 || got.checks["small"].Verdict != spec.Fail {
		t.Errorf("%+v %v", got.SummaryEvent, got.checks)
	}
	l.write("long.txt", "lo")
	l.fails = map[float64]bool{6: true}
	_, x, _ = l.again(m)
	if got = l.run(x, Options{Part: m, KeepGoing: true}); got.Failed != 1 || got.states["stage.sum"] != Failed || got.states["stage.after"] != Skipped || got.states["stage.end"] != Done {
		t.Errorf("%+v %v", got.SummaryEvent, got.states)
	}
	l.fails = nil
	_, x, _ = l.again(m)
	if got = l.run(x, Options{Part: m}); got.Exit != ExitDone || !slices.Equal(got.ran, []string{"add 6"}) {
		t.Errorf("%+v ran %q", got.SummaryEvent, got.ran)
	}
}

// TestDamageTearsAPart damages what stands: to make it anew takes the whole.
func TestDamageTearsAPart(t *testing.T) {
	l, m := partLab(t)
	l.damage("x", "stage.one")
	l.write("long.txt", "longer")
	_, x, _ := l.again(m)
	var torn *PartError
	if sum, err := Run(context.Background(), x, l.store, l.files(), Options{Part: m, Remember: func(*Remembered) { t.Error("it left something") }}); !errors.As(err, &torn) || sum.Run != "" {
		t.Fatalf("%+v %v", sum, err)
	}
	if got := l.run(l.load(inParts), Options{Run: torn.Run}); got.Run != torn.Run || got.Exit != ExitDone || !slices.Contains(got.ran, "const 1") {
		t.Errorf("%+v ran %q", got.SummaryEvent, got.ran)
	}
}

// TestPartsTellOfRegressions has a baseline fail in a part: its causes are those that a
// run of the whole tells, though what stands is one of them.
func TestPartsTellOfRegressions(t *testing.T) {
	t.Run("in sight", func(t *testing.T) { partsTellOfRegressions(t, false) })
	t.Run("out of sight", func(t *testing.T) { partsTellOfRegressions(t, true) })
}

func partsTellOfRegressions(t *testing.T, outOfSight bool) {
	const src = `
stage "read" "a" { file = "a.txt" }
stage "add" "more" { of = [stage.a] }
stage "read" "b" { file = "b.txt" }
stage "add" "sum" { of = [stage.more, stage.b] }
check "held" {
  baseline {
    metric    = stage.sum.metrics.value
    tolerance = { absolute = 3 }
  }
}
`
	var torn *PartError
	said := func(part, lost bool) string {
		l := newLab(t)
		l.outOfSight = outOfSight
		l.write("a.txt", "a")
		l.write("b.txt", "b")
		l.accept(l.load(src))
		l.write("a.txt", "aaaa")
		m := l.leave(src)
		l.write("b.txt", "bbbbbbb")
		x, o := l.load(src), Options{}
		if part {
			_, x, _ = l.again(m)
			o.Part = m
		}
		if lost { // of what stands, and is behind the metric that regresses
			l.store.Forget(l.result("stage.a").Key)
			if _, err := Run(context.Background(), x, l.store, l.files(), o); !errors.As(err, &torn) {
				t.Errorf("a part whose causes cannot be told ends with %v", err)
			}
			return ""
		}
		got := l.run(x, o)
		if got.Exit != ExitCheck {
			t.Errorf("%+v", got.SummaryEvent)
		}
		return strings.ReplaceAll(fmt.Sprint(got.checks["held"].Message, got.reasons), l.dir, "")
	}
	said(true, true)
	got, want := said(true, false), said(false, false)
	if got != want || !strings.Contains(got, "/a.txt has new content (stage.a), /b.txt has new content (stage.b)") {
		t.Errorf("%s\nnot %s", got, want)
	}
}

// TestFileChangesWhileAPartRuns changes a file that a standing task took, before a
// task that runs takes it: the two have different contents, and nothing is remembered.
func TestFileChangesWhileAPartRuns(t *testing.T) {
	const src = `
stage "read" "stands" { file = "f.txt" }
stage "read" "first" { file = "g.txt" }
stage "read" "later" {
  file  = "f.txt"
  label = "${stage.first.metrics.value}"
}
`
	l := newLab(t)
	l.write("f.txt", "one")
	l.write("g.txt", "g")
	m := l.leave(src)
	l.write("g.txt", "gg")
	l.afterwards = func() { l.write("f.txt", "three") }
	_, x, _ := l.again(m)
	got := l.run(x, Options{Part: m, Remember: func(*Remembered) { t.Error("it left something") }})
	if len(got.Mixed) != 1 || got.states["stage.later"] != Done {
		t.Errorf("%+v %v", got.SummaryEvent, got.states)
	}
}

// TestExperimentChangesBeforeItIsReadInPart edits what was looked at already.
func TestExperimentChangesBeforeItIsReadInPart(t *testing.T) {
	const src = `
stage "const" "one" { value = 1 }
stage "read" "long" { file = "long.txt" }
stage "add" "each" {
  for_each = toset(split(",", file("keys.txt")))
  of       = [stage.long, stage.one]
}
`
	for name, change := range map[string]func(l *lab){
		"nothing":                         func(*lab) {},
		"what stands, of the same length": func(l *lab) { l.silently("x.hcl", strings.Replace(src, "value = 1", "value = 2", 1)) },
		"an instance more":                func(l *lab) { l.write("keys.txt", "a,b") },
		"an instance less":                func(l *lab) { l.write("keys.txt", "") },
	} {
		l := newLab(t)
		l.write("long.txt", "long")
		l.write("keys.txt", "a")
		m := l.leave(src)
		l.write("long.txt", "longer")
		if _, part, ok := l.again(m); ok || part == nil {
			t.Fatal("the experiment is not read in part")
		}
		change(l)
		if _, ok := m.LoadPart(context.Background(), filepath.Join(l.dir, "x.hcl"), spec.Values{}, l.kinds(), l.store); ok != (name == "nothing") {
			t.Errorf("after an edit of %s a part was read: %v", name, ok)
		}
	}
}

// TestFileThatIsNoLongerTaken has a task take another file than before: that the one
// is still there is asked by a stage that stands.
func TestFileThatIsNoLongerTaken(t *testing.T) {
	const src = `
stage "const" "asks" { value = length(fileset(".", "maybe.txt")) }
stage "read" "number" { file = "number.txt" }
stage "read" "takes" { file = stage.number.metrics.value > 1 ? "maybe.txt" : "other.txt" }
`
	l := newLab(t)
	l.write("maybe.txt", "maybe")
	l.write("other.txt", "other")
	l.write("number.txt", "12")
	m := l.leave(src)
	l.write("number.txt", "1")
	_, x, _ := l.again(m)
	var left *Remembered
	if got := l.run(x, Options{Part: m, Remember: func(m *Remembered) { left = l.written(m) }}); !slices.Equal(got.ran, []string{"read 1", "read other"}) || left == nil {
		t.Fatalf("ran %q, left %v", got.ran, left)
	}
	if _, _, ok := l.again(left); !ok {
		t.Error("a run was not spared")
	}
	os.Remove(filepath.Join(l.dir, "maybe.txt"))
	if left.Holds() {
		t.Error("nobody asks for the file any more")
	}
}

// TestPartsWithoutRoom has a task that must run take more than there is: the whole is
// read, and says so.
func TestPartsWithoutRoom(t *testing.T) {
	src := inParts + `
stage "read" "large" {
  file = "long.txt"
  resources { gpus = 1 }
}
`
	l, _ := partLab(t)
	var m *Remembered
	l.run(l.load(src), Options{GPUs: 1, Remember: func(left *Remembered) { m = l.written(left) }})
	l.write("long.txt", "longer")
	_, x, _ := l.again(m)
	var torn *PartError
	if _, err := Run(context.Background(), x, l.store, l.files(), Options{Part: m}); !errors.As(err, &torn) {
		t.Fatal(err)
	}
	if _, err := Run(context.Background(), l.load(src), l.store, l.files(), Options{Run: torn.Run}); err == nil || !strings.Contains(err.Error(), "stage.large (") {
		t.Error(err)
	}
	if got := l.run(x, Options{Part: m, GPUs: 1}); got.Exit != ExitDone {
		t.Errorf("%+v %v", got.SummaryEvent, got.errors)
	}
}
