package runner

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"reprise/runner/baseline"
	"reprise/spec"
)

const held = `
variable "a" {
  default = 1
}
variable "name" {
  type    = string
  default = ""
}
stage "const" "a" {
  value = var.a
}
stage "add" "b" {
  of   = [stage.a]
  plus = 10
}
stage "add" "other" {
  of = [stage.a]
}
check "holds" {
  assert {
    condition     = stage.b.metrics.value < 1000
    error_message = "it is too large"
  }
  baseline {
    metric    = stage.b.metrics.value
    tolerance = { absolute = 0.5 }
    better    = "lower"
  }
}
`

// accept runs an experiment and accepts what it gives.
func (l *lab) accept(x *spec.Experiment, names ...string) *Acceptance {
	l.t.Helper()
	l.run(x, Options{})
	a, err := Accept(context.Background(), x, l.store, l.files(), names, "")
	if err != nil {
		l.t.Fatal(err)
	}
	if err := os.WriteFile(a.Path, a.Content(), 0o666); err != nil {
		l.t.Fatal(err)
	}
	return a
}

func TestBaselineOfARun(t *testing.T) {
	l := newLab(t)
	none := l.run(l.load(held), Options{})
	if c := none.checks["holds"]; none.Exit != ExitCheck || c.Verdict != spec.Inconclusive || !strings.HasPrefix(c.Message, "stage.b.metrics.value inconclusive: no baseline: reprise baseline update ") {
		t.Errorf("without a baseline: %d, %+v", none.Exit, c)
	}
	a := l.accept(l.load(held))
	if !a.Changed || len(a.Checks) != 1 || a.Checks[0].Baselines[0].Verdict != Unaccepted || *a.Checks[0].Baselines[0].New != 11 {
		t.Errorf("accepted %+v", a)
	}
	if a = l.accept(l.load(held)); a.Changed {
		t.Error("the same again is a change")
	}
	if out := l.run(l.load(held), Options{}); out.Exit != ExitDone || out.ChecksPassed != 1 || out.checks["holds"].Message != "" {
		t.Errorf("with a baseline: %+v", out)
	}

	// Worse, then better; stage.other is not behind the metric.
	for _, tt := range []struct {
		edit    []string
		exit    int
		verdict string
		message string
		causes  []string
	}{
		{[]string{"plus = 10", "plus = 12"}, ExitCheck, spec.Regressed, "11 -> 13, up 2 (18.2 %); beyond the tolerance of 0.5", []string{"plus: 10 -> 12 (stage.b)"}},
		{[]string{"var.a\n", "var.a + 1\n"}, ExitCheck, spec.Regressed, "11 -> 12, up 1 (9.09 %)", []string{"value: 1 -> 2 (stage.a)"}},
		{[]string{"plus = 10", "plus = 1"}, ExitDone, spec.Improved, "11 -> 2, down 9 (81.8 %); beyond the tolerance of 0.5; accept it: reprise baseline update", []string{"plus: 10 -> 1 (stage.b)"}},
		{[]string{"plus = 10", "plus = 10.25"}, ExitDone, spec.Pass, "within", nil},
		{[]string{"absolute = 0.5", "absolute = 5", "plus = 10", "plus = 13"}, ExitDone, spec.Pass, "; within the tolerance of 5; accepted when it was absolute 0.5, lower is better, and is absolute 5, lower is better now", nil},
		{[]string{"[stage.a]\n  plus", "[stage.c]\n  plus", "stage \"const\" \"a\"", "stage \"const\" \"c\" {\n  value = 5\n}\nstage \"const\" \"a\""}, ExitCheck, spec.Regressed, "up 4", []string{"it is new (stage.c)"}},
		{[]string{"plus = 10", "plus = 2000"}, ExitCheck, spec.Fail, "up 1990", []string{"plus: 10 -> 2000 (stage.b)"}},
		{[]string{"absolute = 0.5", "relative = 0.5", "plus = 10", "plus = 20"}, ExitCheck, spec.Regressed, "; accepted when it was absolute 0.5, lower is better, and is relative 0.5, lower is better now", []string{"plus: 10 -> 20 (stage.b)"}},
	} {
		out := l.run(l.load(strings.NewReplacer(tt.edit...).Replace(held)), Options{})
		c := out.checks["holds"]
		if out.Exit != tt.exit || c.Verdict != tt.verdict || !strings.Contains(c.Baselines[0].Message, tt.message) || !slices.Equal(c.Baselines[0].Causes, tt.causes) {
			t.Errorf("%q: exit %d, %+v\nwant %d, %+v", tt.edit, out.Exit, c, tt.exit, tt)
		}
		if tt.verdict == spec.Fail && !strings.HasPrefix(c.Message, "it is too large; stage.b.metrics.value regressed: 11 -> 2001") {
			t.Errorf("both say: %s", c.Message)
		}
	}
}

// TestCodeBehindARegression changes the code of a kind: what gives the same as
// before is no cause, and neither is a stage under another name.
func TestCodeBehindARegression(t *testing.T) {
	l := newLab(t)
	l.accept(l.load(held))
	l.code = "2" // of the kind add, whose result stays the same
	edited := strings.NewReplacer("value = var.a", "value = var.a + 1", "of = [stage.a]\n}", "of = [stage.a]\n  plus = 3\n}").Replace(held)
	out := l.run(l.load(edited), Options{})
	if c := out.checks["holds"].Baselines[0]; !slices.Equal(c.Causes, []string{"value: 1 -> 2 (stage.a)", "code: stages/add changed (stage.b)"}) {
		t.Errorf("%q", c.Causes)
	}
	renamed := strings.NewReplacer("\"a\" {\n  value", "\"z\" {\n  value", "stage.a]", "stage.z]", "absolute = 0.5", "absolute = 0", "stage.b.metrics.value\n", "1 * stage.b.metrics.value\n").Replace(held)
	l.code = "1"
	l.accept(l.load(renamed))
	again := strings.NewReplacer("\"z\" {\n  value", "\"y\" {\n  value", "stage.z]", "stage.y]", "plus = 10", "plus = 11").Replace(renamed)
	out = l.run(l.load(again), Options{})
	if c := out.checks["holds"].Baselines[0]; !slices.Equal(c.Causes, []string{"plus: 10 -> 11 (stage.b)"}) {
		t.Errorf("renamed: %q", c.Causes)
	}

	// Without the earlier results, the file tells of the code.
	l.accept(l.load(held))
	l.store.Close()
	if err := os.RemoveAll(l.dir + "/.reprise"); err != nil {
		t.Fatal(err)
	}
	l.open()
	l.code = "2"
	out = l.run(l.load(edited), Options{})
	if c := out.checks["holds"].Baselines[0]; !slices.Equal(c.Causes, []string{"code: stages/add changed (stage.b)"}) {
		t.Errorf("elsewhere: %q", c.Causes)
	}
	l.code = "1"
	out = l.run(l.load(edited), Options{})
	if c := out.checks["holds"].Baselines[0]; len(c.Causes) != 1 || !strings.HasPrefix(c.Causes[0], "settings, files or inputs of stage.a changed, and its earlier result is not in the store") {
		t.Errorf("elsewhere, without a change of code: %q", c.Causes)
	}
}

func TestBaselineOfVariables(t *testing.T) {
	l := newLab(t)
	l.accept(l.load(held))
	out := l.run(l.load(held, "a=3", "name=it's"), Options{})
	if c := out.checks["holds"]; !strings.HasSuffix(c.Message, `--var a=3 --var 'name=it'\''s'`) || !strings.Contains(c.Message, "no baseline for a=3, name=it's: ") {
		t.Errorf("%s", c.Message)
	}
	l.accept(l.load(held, "a=3"))
	for _, flags := range [][]string{nil, {"a=3"}, {"a=1"}} {
		if out := l.run(l.load(held, flags...), Options{}); out.Exit != ExitDone {
			t.Errorf("%v: %+v", flags, out.checks)
		}
	}
}

// TestOtherMachine tells where the accepted values come from, if from elsewhere.
func TestOtherMachine(t *testing.T) {
	l := newLab(t)
	a := l.accept(l.load(held))
	text, err := os.ReadFile(a.Path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := baseline.Decode("x", text)
	if err != nil {
		t.Fatal(err)
	}
	f.Accepted[0].Arch, f.Accepted[0].Toolchain, f.Accepted[0].Tasks["stage.b"] = "plan9/mips", "go1.2", "no key"
	if err := os.WriteFile(a.Path, f.Encode(), 0o666); err != nil {
		t.Fatal(err)
	}
	if out := l.run(l.load(held), Options{}); out.Exit != ExitDone {
		t.Errorf("within the tolerance: %+v", out.checks)
	}
	out := l.run(l.load(strings.Replace(held, "plus = 10", "plus = 20", 1)), Options{})
	c := out.checks["holds"].Baselines[0]
	if !strings.Contains(c.Message, "; accepted on plan9/mips with go1.2, and is of ") || len(c.Causes) != 1 {
		t.Errorf("%+v", c)
	}
}

// TestOffKeepsItsBaseline: what is accepted of a check that is off now stays, and it
// counts as nothing.
func TestOffKeepsItsBaseline(t *testing.T) {
	l := newLab(t)
	src := held + "variable \"on\" { default = true }\n" + strings.NewReplacer(`check "holds"`, `check "at_times"`, "baseline {", "when = var.on\n  baseline {").Replace(held[strings.Index(held, "check"):])
	l.accept(l.load(src))
	off := l.load(src, "on=false")
	l.accept(off)
	if _, err := Accept(context.Background(), off, l.store, l.files(), []string{"at_times"}, ""); err == nil || !strings.Contains(err.Error(), "at_times: that check is off") {
		t.Errorf("a check that is off can be accepted: %v", err)
	}
	if out := l.run(off, Options{}); out.Exit != ExitDone || out.ChecksPassed != 1 {
		t.Errorf("with one off: %+v", out.checks)
	}
	if out := l.run(l.load(src), Options{}); out.Exit != ExitDone || out.ChecksPassed != 2 {
		t.Errorf("on again: %+v", out.checks)
	}
}

// TestNothingBehindChanged is of an expression that is another though no task is.
func TestNothingBehindChanged(t *testing.T) {
	l := newLab(t)
	src := strings.Replace(held, "stage.b.metrics.value\n", "local.scale * stage.b.metrics.value\n", 1) + "locals {\n  scale = 1\n}\n"
	l.accept(l.load(src))
	out := l.run(l.load(strings.Replace(src, "scale = 1", "scale = 2", 1)), Options{})
	if c := out.checks["holds"].Baselines[0]; c.Verdict != spec.Regressed || !strings.HasPrefix(strings.Join(c.Causes, ""), "no task behind it changed") {
		t.Errorf("%+v", c)
	}
}

const swept = `
stage "const" "a" {
  for_each = { for s in range(4) : "seed=${s}" => s }
  value    = each.value * each.value + 1
}
check "holds" {
  baseline {
    metric    = stage.a[*].metrics.value
    tolerance = { standard_errors = 2 }
  }
  baseline {
    metric    = mean(stage.a[*].metrics.value)
    tolerance = { absolute = 0 }
  }
}
`

func TestBaselineOfASweep(t *testing.T) {
	l := newLab(t)
	l.accept(l.load(swept))
	out := l.run(l.load(strings.Replace(swept, "each.value + 1", "each.value + 2", 1)), Options{})
	c := out.checks["holds"]
	if len(c.Baselines) != 2 || c.Verdict != spec.Regressed {
		t.Fatalf("%+v", c)
	}
	b := c.Baselines[0]
	if b.Test == nil || b.Test.N != 4 || b.Test.Name != "paired t" || *b.Change != 1 || len(b.Causes) != 4 {
		t.Errorf("%+v", b)
	}
	if _, err := json.Marshal(c); err != nil {
		t.Error(err)
	}
	if c.Baselines[1].Test != nil || *c.Baselines[1].Change != 1 {
		t.Errorf("of the mean: %+v", c.Baselines[1])
	}
	// Values that have no task of their own are paired by their place.
	src := strings.Replace(swept, "stage.a[*].metrics.value\n", "[for v in stage.a[*].metrics.value : 2 * v]\n", 1)
	l.accept(l.load(src))
	if out := l.run(l.load(src), Options{}); out.Exit != ExitDone {
		t.Errorf("%+v", out.checks)
	}
}

// TestOtherSeeds is of a sweep whose tasks are not those that were accepted.
func TestOtherSeeds(t *testing.T) {
	l := newLab(t)
	src, _, _ := strings.Cut(swept, "  baseline {\n    metric    = mean")
	src += "}\n"
	l.accept(l.load(src))
	for seeds, causes := range map[string]string{
		"range(3)":       "it has fewer tasks (stage.a)",
		"[0, 1, 2, 3]":   "",
		"range(5)":       "it has new tasks (stage.a)",
		"[0, 1, 2, 9]":   "it has new tasks (stage.a), it has fewer tasks (stage.a)",
		"[0, 1, 20, 30]": "it has new tasks (stage.a), it has fewer tasks (stage.a)",
	} {
		out := l.run(l.load(strings.Replace(src, "range(4)", seeds, 1)), Options{})
		want := spec.Inconclusive
		if causes == "" {
			want = spec.Pass
		}
		if b := out.checks["holds"].Baselines[0]; strings.Join(b.Causes, ", ") != causes || b.Verdict != want {
			t.Errorf("%s: %+v", seeds, b)
		}
	}
}

// TestWhatNeverPasses is of metrics that are missing.
func TestWhatNeverPasses(t *testing.T) {
	l := newLab(t)
	failing := strings.Replace(held, `stage "add" "b" {
  of   = [stage.a]
  plus = 10
}`, `stage "fail" "b" {
  of  = [stage.a]
  how = "error"
}`, 1)
	out := l.run(l.load(failing), Options{KeepGoing: true})
	if c := out.checks["holds"]; out.Exit != ExitFailed || c.Verdict != spec.Inconclusive || !strings.Contains(c.Message, "no metrics are known of stage.b") {
		t.Errorf("a failed task: %d %+v", out.Exit, c)
	}
	out = l.run(l.load(failing), Options{Only: []string{"other"}})
	if len(out.checks) != 0 || out.Exit != ExitDone {
		t.Errorf("with --only: %+v", out.checks)
	}
	off := strings.Replace(held, "metric    = stage.b.metrics.value", "metric    = { \"a b\" = stage.b.metrics.value, \"c\" = stage.a.metrics.value }", 1)
	l.accept(l.load(off)) // a map's keys name its values
	if out := l.run(l.load(off), Options{}); out.Exit != ExitDone {
		t.Errorf("a map: %+v", out.checks)
	}
	x := l.load(held)
	if err := os.WriteFile(x.Beside("baseline.json"), []byte("{\n\n]"), 0o666); err != nil {
		t.Fatal(err)
	}
	out = l.run(x, Options{})
	if c := out.checks["holds"]; out.Exit != ExitCheck || c.Verdict != spec.Inconclusive || !strings.Contains(c.Message, "baseline.json:3: it is no JSON") {
		t.Errorf("a damaged file: %d %+v", out.Exit, c)
	}
}

func TestAcceptComplains(t *testing.T) {
	l := newLab(t)
	ctx := context.Background()
	for _, tt := range []struct {
		src   string
		names []string
		want  string
	}{
		{held, nil, "check holds: no metrics are known of stage.b for what the experiment says now; run it first: reprise run "},
		{held, []string{"hold"}, "--check hold: no such check has a baseline; those that have one: holds"},
		{"stage \"const\" \"a\" {\n  value = 1\n}\n", nil, "has a baseline block"},
		{"stage \"const\" \"a\" {\n  value = 1\n}\n", []string{"x"}, "those that have one: none"},
	} {
		if _, err := Accept(ctx, l.load(tt.src), l.store, l.files(), tt.names, ""); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v\nwant %s", err, tt.want)
		}
	}
	x := l.load(held)
	l.run(x, Options{})
	if err := os.WriteFile(x.Beside("baseline.json"), []byte("[]"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Accept(ctx, x, l.store, l.files(), nil, ""); err == nil || !strings.Contains(err.Error(), "mend it, or delete it") {
		t.Errorf("%v", err)
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := Accept(cancelled, l.load(strings.Replace(held, "plus = 10", "plus = 99", 1)), l.store, l.files(), nil, ""); err == nil {
		t.Error("it does not stop")
	}
}

// TestAcceptLeavesOthers accepts one check of two, and drops what is gone.
func TestAcceptLeavesOthers(t *testing.T) {
	l := newLab(t)
	second := "check \"second\" {\n  baseline {\n    metric = stage.other.metrics.value\n    tolerance = { absolute = 0 }\n  }\n}\n"
	l.accept(l.load(held + second))
	moved := strings.NewReplacer("var.a\n", "var.a + 5\n").Replace(held + second)
	l.accept(l.load(moved), "second")
	out := l.run(l.load(moved), Options{})
	if out.checks["second"].Verdict != spec.Pass || out.checks["holds"].Verdict != spec.Regressed {
		t.Errorf("%+v", out.checks)
	}
	if a := l.accept(l.load(held)); fmt.Sprint(a.Dropped) != "[second]" {
		t.Errorf("dropped %v", a.Dropped)
	}
}
