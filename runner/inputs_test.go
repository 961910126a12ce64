package runner

import (
	"fmt"
	"strings"
	"testing"

	"reprise/spec"
)

// TestNamesOfThisExperiment holds that what is upstream is named as this
// experiment has it, where another one computed it under other names.
func TestNamesOfThisExperiment(t *testing.T) {
	l := newLab(t)
	const src = `
variable "v" { default = 2 }
stage "const" "one" { value = var.v }
stage "add" "sum" { of = [stage.one] }
stage "add" "last" {
  of   = [stage.sum]
  plus = 5
}
stage "add" "after" { of = [stage.last] }`
	l.run(l.load(src), Options{})
	other, diags, err := spec.Load(l.write("y.hcl", `
stage "const" "data" { value = 3 }
stage "add" "model" { of = [stage.data] }`), spec.Values{}, l.kinds())
	if err != nil || diags.HasErrors() {
		t.Fatal(err, diags)
	}
	l.run(other, Options{})
	steps := l.planned(l.load(src, "v=3"), Options{})
	for address, want := range map[string]string{
		"stage.last":  "input of changed: stage.sum gave another result because stage.one did: value: 2 -> 3",
		"stage.after": "waits for stage.last: stage.one changed: value: 2 -> 3",
	} {
		if got := strings.Join(steps[address].Reasons, ", "); got != want {
			t.Errorf("%s: %s\nwant %s", address, got, want)
		}
	}
	want := "stage.one: value: 2 -> 3\nstage.sum: input of changed: stage.one gave another result\nstage.last: input of changed: stage.sum gave another result"
	if got := links(steps["stage.last"].Chain()); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// TestCausesAreToldOnce holds that what made two inputs others is said of the first, and
// reasons of one task behind its name.
func TestCausesAreToldOnce(t *testing.T) {
	l := newLab(t)
	const src = `
variable "v" { default = 2 }
stage "const" "one" {
  value = var.v
  label = "with ${var.v}"
}
stage "add" "sum" { of = [stage.one] }
stage "add" "last" {
  of   = [stage.sum]
  plus = stage.sum.metrics.value
}`
	l.run(l.load(src), Options{})
	got := l.run(l.load(src, "v=3"), Options{})
	const want = "plus: 2 -> 3, from stage.sum, which ran again because stage.one did: label: \"with 2\" -> \"with 3\", value: 2 -> 3|input of changed: stage.sum ran again"
	if told := strings.Join(got.reasons["stage.last"], "|"); told != want {
		t.Errorf("%s\nwant %s", told, want)
	}
}

// TestNewBesideSiblings holds that a task of a value that a sweep no longer has
// explains none to which those that it has are nearer.
func TestNewBesideSiblings(t *testing.T) {
	l := newLab(t)
	const src = `
variable "values" { default = [1, 2] }
variable "labels" { default = ["a", "b"] }
stage "const" "base" {
  for_each = toset(["a", "b", "c"])
  value    = 0
  label    = each.key
}
stage "const" "of" {
  for_each = { a = 10, b = 20, c = 30 }
  value    = each.value
}
stage "add" "each" {
  for_each = grid({ v = var.values, l = var.labels })
  of       = [stage.of[each.value.l], stage.base["a"], stage.base["a"]]
  plus     = each.value.v
}`
	l.run(l.load(src), Options{})
	l.run(l.load(src, "values=[1, 2, 3]"), Options{})
	x := l.load(src, `labels=["a", "b", "c"]`)
	if got, want := l.because(x, `stage.each["l=c,v=1"]`), "run: never run"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	l.run(x, Options{})
	if got, want := links(l.planned(x, Options{})[`stage.each["l=c,v=1"]`].Chain()), `stage.each["l=c,v=1"]: ran for the first time`; got != want {
		t.Errorf("afterwards: %s\nwant %s", got, want)
	}
}

// TestInputOfOtherTasks holds what is said where an input has another stage, or
// more tasks or fewer.
func TestInputOfOtherTasks(t *testing.T) {
	l := newLab(t)
	const src = `
variable "real" { default = false }
variable "n" { default = 2 }
variable "from" { default = 0 }
variable "v" { default = 6 }
stage "const" "real" {
  when  = var.real
  value = 7
}
stage "const" "toy" {
  when  = !var.real
  value = 8
}
stage "add" "fit" { of = [coalesce(stage.real, stage.toy)] }
stage "const" "each" {
  for_each = { for i in range(var.from, var.n) : "i=${i}" => i }
  value    = each.value + var.v
}
stage "add" "all" { of = stage.each[*] }`
	l.run(l.load(src), Options{})
	for _, c := range []struct{ flags, address, want string }{
		{"real=true", "stage.fit", "input of: stage.toy -> stage.real"},
		{"n=3", "stage.all", `input of changed: stage.each["i=2"] joined it`},
		{"n=1", "stage.all", `input of changed: stage.each["i=1"] left it`},
		{"v=10", "stage.all", `input of changed: stage.each["i=0"] ran again because value: 6 -> 10, and stage.each["i=1"] ran again because value: 7 -> 11`},
		{"n=3 from=1", "stage.all", `input of changed: stage.each["i=2"] joined it, and stage.each["i=0"] left it`},
		{"n=8", "stage.all", `input of changed: stage.each["i=3"], stage.each["i=4"], stage.each["i=5"] joined it, and 2 more did, against `},
	} {
		got := l.run(l.load(src, strings.Fields(c.flags)...), Options{})
		if reason := strings.Join(got.reasons[c.address], ", "); reason != c.want && !(strings.HasSuffix(c.want, "against ") && strings.HasPrefix(reason, c.want)) {
			t.Errorf("%s: %s\nwant %s", c.flags, reason, c.want)
		}
		l.run(l.load(src), Options{Rerun: []string{c.address}}) // back to the first
	}
}

// TestMetricsEdgeOfThePast holds that a chain goes through the metric that an
// attribute has, after the run too.
func TestMetricsEdgeOfThePast(t *testing.T) {
	l := newLab(t)
	path := l.write("data.txt", "ab")
	x := l.load(fmt.Sprintf(`
stage "read" "data" { file = %q }
stage "read" "same" { file = %q }
stage "const" "best" { value = stage.same.metrics.value - stage.same.metrics.value + stage.data.metrics.value }
stage "add" "last" { of = [stage.best] }`, path, l.write("same.txt", "abc")))
	l.run(x, Options{})
	l.write("data.txt", "abcd")
	l.run(x, Options{})
	want := "stage.data: " + path + " has new content\nstage.best: value: 2 -> 4, from stage.data, which gave another result\nstage.last: input of changed: stage.best gave another result"
	if got := links(l.planned(x, Options{})["stage.last"].Chain()); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// TestManyRoots holds that nothing is left out silently where many tasks run for
// reasons of their own.
func TestManyRoots(t *testing.T) {
	l := newLab(t)
	const src = `
variable "by" { default = 1 }
stage "const" "each" {
  for_each = { for i in range(9) : "i=${i}" => i }
  value    = (each.value + 1) * var.by
}
stage "add" "all" { of = stage.each[*] }
stage "add" "more" { of = [stage.all] }`
	l.run(l.load(src), Options{})
	x := l.load(src, "by=100")
	some := `stage.each["i=0"] runs because value: 1 -> 100; stage.each["i=1"] runs because value: 2 -> 200; stage.each["i=2"] runs because value: 3 -> 300; stage.each["i=3"] runs because value: 4 -> 400; and `
	for address, want := range map[string]string{
		"stage.all":  `unknown: waits for stage.each["i=0"], stage.each["i=1"], stage.each["i=2"] and 6 more: ` + some + "5 more",
		"stage.more": "unknown: waits for stage.all: " + some + "others for other reasons",
	} {
		if got := l.because(x, address); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
	if got := links(l.planned(x, Options{})["stage.all"].Chain()); strings.Count(got, "\n") != 3 || !strings.HasSuffix(got, " and 6 more") {
		t.Errorf("the chain: %s", got)
	}
}
