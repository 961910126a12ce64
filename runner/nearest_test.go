package runner

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"reprise/spec"
)

// planned returns the steps of a plan by address.
func (l *lab) planned(x *spec.Experiment, o Options) map[string]*Step {
	l.t.Helper()
	steps, _, err := Plan(context.Background(), x, l.store, l.files(), o)
	if err != nil {
		l.t.Fatal(err)
	}
	out := map[string]*Step{}
	for _, s := range steps {
		out[s.Task.Address] = s
	}
	return out
}

func (l *lab) because(x *spec.Experiment, address string) string {
	l.t.Helper()
	s := l.planned(x, Options{})[address]
	if s == nil {
		l.t.Fatalf("the plan leaves out %s", address)
	}
	return s.Action + ": " + strings.Join(s.Reasons, ", ")
}

// stages writes an experiment of const stages, each "name value label".
func stages(all ...string) string {
	var b strings.Builder
	for _, s := range all {
		var name, label string
		var value float64
		fmt.Sscan(s, &name, &value, &label)
		fmt.Fprintf(&b, "stage \"const\" %q {\n  value = %g\n  label = %q\n}\n", name, value, label)
	}
	return b.String()
}

// TestNearestResult holds against which earlier result a task is explained.
func TestNearestResult(t *testing.T) {
	l := newLab(t)
	var runs []string
	for _, src := range []string{stages("one 1 a"), stages("one 2 b")} {
		runs = append(runs, l.run(l.load(src), Options{}).Run)
	}
	for _, c := range []struct{ name, src, address, want string }{
		{"the last", stages("one 3 b"), "stage.one", "run: value: 2 -> 3"},
		{"the one before", stages("one 3 a"), "stage.one", "run: value: 1 -> 3, against the result of run " + runs[0]},
		{"equally near, the last", stages("one 1 b"), "stage.one", "run: value: 2 -> 1"},
		{"two changes", stages("one 3 c"), "stage.one", "run: label: b -> c, value: 2 -> 3"},
		{"renamed and changed", stages("uno 3 a"), "stage.uno", "run: value: 1 -> 3, against stage.one of run " + runs[0]},
		{"another, of which nothing was there", stages("uno 3 c"), "stage.uno", "run: never run"},
		{"new beside it", stages("one 2 b", "two 3 b"), "stage.two", "run: never run"},
		{"back again", stages("one 1 a"), "stage.one", "cached: "},
		{"of another kind", `stage "fail" "one" { how = "fine" }`, "stage.one", "run: kind: const -> fail, how: (none) -> fine, label: b -> (none), value: 2 -> (none)"},
	} {
		if got := l.because(l.load(c.src), c.address); got != c.want {
			t.Errorf("%s: %s\nwant %s", c.name, got, c.want)
		}
	}
	// The file, and with it the experiment, has another name.
	x, diags, err := spec.Load(l.write("y.hcl", stages("one 3 a")), spec.Values{}, l.kinds())
	if err != nil || diags.HasErrors() {
		t.Fatal(err, diags)
	}
	if got, want := l.because(x, "stage.one"), "run: value: 1 -> 3, against stage.one of experiment x, run "+runs[0]; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	sibling := l.planned(l.load(stages("one 2 b", "two 3 b")), Options{})["stage.two"]
	if got, want := sibling.Against(), "the nearest result, stage.one of run "+runs[1]; got != want {
		t.Errorf("a new stage is compared with %s, want %s", got, want)
	}
}

func TestDistanceOfTexts(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"a\nb\n", "a\nb\n", 0}, {"a\nb\n", "b\na\n", 0}, {"a\nb\n", "a\nc\n", 1},
		{"a\nb\n", "a\n", 1}, {"a\na\n", "a\n", 1}, {"a\nb\n", "c\nd\ne\n", 3},
	} {
		if got := linesOf(c.a).distance(linesOf(c.b)); got != c.want {
			t.Errorf("%q and %q differ in %d lines, not %d", c.a, c.b, got, c.want)
		}
	}
}

func links(chain []Link) string {
	var parts []string
	for _, l := range chain {
		parts = append(parts, l.Address+": "+l.Reason)
	}
	return strings.Join(parts, "\n")
}

// TestChain follows a change through three stages: while the run is ahead, and
// when it is long past.
func TestChain(t *testing.T) {
	l := newLab(t)
	path := l.write("data.txt", "ab")
	src := fmt.Sprintf(`
stage "read" "data" { file = %q }
stage "add" "sum" {
  of   = [stage.data]
  plus = 1
}
stage "add" "last" {
  of   = [stage.sum]
  plus = 2
}`, path)
	l.run(l.load(src), Options{})
	if got := links(l.planned(l.load(src), Options{})["stage.last"].Chain()); got != "stage.last: ran for the first time" {
		t.Errorf("of a first run: %s", got)
	}
	l.write("data.txt", "abc")
	ahead := l.planned(l.load(src), Options{})["stage.last"]
	if got, want := links(ahead.Chain()), "stage.data: "+path+" has new content\nstage.sum: waits for stage.data\nstage.last: waits for stage.sum"; got != want {
		t.Errorf("ahead: %s\nwant %s", got, want)
	}
	if got, want := strings.Join(ahead.Reasons, ", "), "waits for stage.sum: stage.data runs because "+path+" has new content"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	got := l.run(l.load(src), Options{})
	if reason, want := strings.Join(got.reasons["stage.last"], ", "), "input of changed: stage.sum ran again because stage.data did: "+path+" has new content"; reason != want {
		t.Errorf("%s\nwant %s", reason, want)
	}
	past := "stage.data: " + path + " has new content\nstage.sum: input of changed: stage.data gave another result\nstage.last: input of changed: stage.sum gave another result"
	if got := links(l.planned(l.load(src), Options{})["stage.last"].Chain()); got != past {
		t.Errorf("past: %s\nwant %s", got, past)
	}
	// What is upstream of it changed with a run that was limited to that.
	l.write("data.txt", "abcd")
	l.run(l.load(src), Options{Only: []string{"sum"}})
	if got, want := l.because(l.load(src), "stage.last"), "run: input of changed: stage.sum gave another result because stage.data did: "+path+" has new content"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// TestRootsOfFanIn holds that what many tasks wait for is told in few words.
func TestRootsOfFanIn(t *testing.T) {
	l := newLab(t)
	const src = `
variable "label" {
  type    = string
  default = "a"
}
variable "plus" {
  type    = number
  default = 0
}
stage "const" "each" {
  for_each = { for i in range(9) : "i=${i}" => i }
  value    = each.value
  label    = var.label
}
stage "add" "all" { of = stage.each[*] }
stage "add" "more" {
  of   = [stage.all]
  plus = var.plus
}`
	if got, want := l.because(l.load(src), "stage.more"), "unknown: never run, waits for stage.all"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	l.run(l.load(src), Options{})
	some := `stage.each["i=0"], stage.each["i=1"], stage.each["i=2"]`
	if got, want := l.because(l.load(src, "label=b"), "stage.all"), "unknown: waits for "+some+" and 6 more, which run because label: a -> b"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if got, want := l.because(l.load(src, "label=b"), "stage.more"), "unknown: waits for stage.all: "+some+" and others run because label: a -> b"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if got, want := l.because(l.load(src, "plus=1"), "stage.more"), "run: plus: 0 -> 1"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}
