package runner

import (
	"slices"
	"strings"
	"testing"

	"reprise/cache"
)

// ranAs runs an experiment and returns the record of the run.
func (l *lab) ranAs(src string, flags ...string) *cache.Run {
	l.t.Helper()
	sum := l.run(l.load(src, flags...), Options{KeepGoing: true})
	r, err := l.store.FindRun(sum.Run, "")
	if err != nil {
		l.t.Fatal(err)
	}
	return r
}

func (l *lab) diff(old, now *cache.Run) (*RunDiff, map[string]TaskDiff) {
	l.t.Helper()
	d, err := Diff(l.store, old, now)
	if err != nil {
		l.t.Fatal(err)
	}
	by := map[string]TaskDiff{}
	for _, t := range d.Tasks {
		by[t.Address] = t
	}
	return d, by
}

func TestDiff(t *testing.T) {
	l := newLab(t)
	src := `variable "v" { default = 10 }` + strings.ReplaceAll(two, "10", "var.v")
	first, again, other := l.ranAs(src), l.ranAs(src), l.ranAs(src, "v=11")
	if d, by := l.diff(first, again); len(d.Variables) != 0 || len(by) != 2 || by["stage.sum"].Change != DiffSame {
		t.Errorf("%+v", d)
	}
	d, by := l.diff(first, other)
	if !slices.Equal(d.Variables, []Change{{"v", "10", "11"}}) || by["stage.one"].Change != DiffSame {
		t.Errorf("%+v", d)
	}
	sum := by["stage.sum"]
	if sum.Change != DiffChanged || len(sum.Items) != 1 || sum.Items[0].String() != "plus: 10 -> 11" ||
		len(sum.Metrics) != 1 || *sum.Metrics[0].Old != 11 || *sum.Metrics[0].New != 12 || sum.Old.Artifact == sum.New.Artifact {
		t.Errorf("%+v", sum)
	}
	renamed := l.ranAs(strings.NewReplacer(`"sum"`, `"total"`, `"one"`, `"uno"`, "stage.one", "stage.uno").Replace(two) + `
stage "const" "more" { value = 3 }`)
	if _, by = l.diff(first, renamed); by["stage.total"].Change != DiffRenamed || by["stage.total"].Old.Address != "stage.sum" || by["stage.more"].Change != DiffAdded {
		t.Errorf("%+v", by)
	}
	if _, by = l.diff(other, renamed); by["stage.sum"].Change != DiffRemoved || by["stage.total"].Change != DiffAdded || by["stage.total"].Sweep() != "stage.total" {
		t.Errorf("%+v", by)
	}
	bad := l.ranAs(`stage "fail" "one" { how = "error" }`)
	if _, by = l.diff(first, bad); by["stage.one"].Change != DiffChanged || by["stage.one"].New.State != Failed || by["stage.one"].New.Deleted {
		t.Errorf("%+v", by)
	}
	if err := l.store.Forget(first.Tasks[1].Key); err != nil {
		t.Fatal(err)
	}
	if _, by = l.diff(first, other); !by["stage.sum"].Old.Deleted || by["stage.sum"].Change != DiffChanged || len(by["stage.sum"].Items) != 0 {
		t.Errorf("%+v", by["stage.sum"])
	}
}

// Code that changed is told by function where the store knows both versions.
func TestDiffOfCode(t *testing.T) {
	l := newLab(t)
	first := l.ranAs(two)
	l.code = "2"
	second := l.ranAs(two)
	if _, by := l.diff(first, second); len(by["stage.sum"].Items) != 1 || by["stage.sum"].Items[0].What != "code" || by["stage.sum"].Items[0].Functions != nil {
		t.Errorf("%+v", by["stage.sum"])
	}
	for version, functions := range map[string]map[string]string{
		"1": {"loss": "a", "step": "b", "old": "c"}, "2": {"loss": "x", "step": "b", "New": "d"}} {
		if err := l.store.PutCode(version, func() map[string]string { return functions }); err != nil {
			t.Fatal(err)
		}
	}
	_, by := l.diff(first, second)
	if got := by["stage.sum"].Items[0].String(); !strings.HasSuffix(got, ": New new, loss changed, old removed") {
		t.Errorf("%q", got)
	}
}
