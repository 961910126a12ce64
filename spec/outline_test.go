package spec

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestPartsAreLikeTheWhole reads experiments in part, for each task that runs with
// all that need it: what is read says what the whole says, and the rest stands.
func TestPartsAreLikeTheWhole(t *testing.T) {
	tested := 0
	good := filepath.Join(t.TempDir(), "good.hcl")
	if err := os.WriteFile(good, []byte(goodSource), 0o666); err != nil {
		t.Fatal(err)
	}
	paths, err := filepath.Glob("testdata/good/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append(paths, good) {
		if strings.HasSuffix(path, ".golden") {
			continue
		}
		x, diags, err := Load(path, Values{}, toyKinds())
		if err != nil || diags.HasErrors() {
			t.Fatal(err, diags.Error())
		}
		if likeTheWhole(t, x, 1, func(o *Outline, runs, sees func(int) bool) *Experiment {
			part, ok := LoadPart(path, Values{}, toyKinds(), o, runs, sees)
			if !ok || part.Name != x.Name || part.Path() != path {
				t.Fatalf("%s cannot be read in part", path)
			}
			return part
		}) {
			tested++
		}
	}
	if tested < 7 {
		t.Errorf("only %d experiments can be read in part", tested)
	}
}

// likeTheWhole compares parts of an experiment with it, of one task in so many; false
// where it has none.
func likeTheWhole(t testing.TB, x *Experiment, step int, read func(o *Outline, runs, sees func(int) bool) *Experiment) bool {
	t.Helper()
	o, ok := x.Outline()
	if !ok || len(o.Tasks) > 100 {
		return false
	}
	for first := 0; first <= len(o.Tasks); first += step { // where it is the last, none runs
		runs := make([]bool, len(o.Tasks))
		for i, known := range o.Tasks {
			runs[i] = i == first || slices.ContainsFunc(known.Needs, func(n int) bool { return runs[n] })
		}
		for _, all := range []bool{true, false} {
			part := read(o, func(i int) bool { return runs[i] }, func(int) bool { return all })
			partLikeTheWhole(t, x, part, runs, all)
		}
	}
	return true
}

// partLikeTheWhole compares a part with the whole: all tasks are in sight, or those
// alone that something asks for.
func partLikeTheWhole(t testing.TB, x, part *Experiment, runs []bool, all bool) {
	t.Helper()
	if len(part.Tasks)+part.Aside != len(x.Tasks) || all && part.Aside > 0 {
		t.Fatalf("%d tasks are in sight, and %d are not, of %d", len(part.Tasks), part.Aside, len(x.Tasks))
	}
	var want, got strings.Builder
	inSight := map[string]bool{}
	for i, task := range part.Tasks {
		if i > 0 && task.Place <= part.Tasks[i-1].Place {
			t.Fatalf("%s is behind %s", task.Address, part.Tasks[i-1].Address)
		}
		inSight[task.Address] = true
	}
	for place, of := range x.Tasks {
		if runs[place] && !inSight[of.Address] || !part.Declares(of.Address) || !part.Declares(of.StageAddress()) {
			t.Errorf("%s is not known", of.Address)
		}
	}
	seen := func(tasks []*Task) []*Task {
		return slices.DeleteFunc(slices.Clone(tasks), func(t *Task) bool { return !inSight[t.Address] })
	}
	for _, task := range part.Tasks {
		of := x.Tasks[task.Place]
		if task.Address != of.Address || task.Standing == runs[task.Place] || task.Kind.Name != of.Kind.Name || task.Stage != of.Stage || task.Instance != of.Instance || task.StageAddress() != of.StageAddress() {
			t.Errorf("%+v is read as %+v", of, task)
		}
		for _, of := range [][2][]*Task{{seen(of.Needs), task.Needs}, {seen(of.Takes), task.Takes}, {seen(of.After), task.After}, {of.Upstream(), task.Upstream()}} {
			if !slices.Equal(addressesOf(of[0]), addressesOf(of[1])) {
				t.Errorf("%s needs %v, takes %v, follows %v", task.Address, addressesOf(task.Needs), addressesOf(task.Takes), addressesOf(task.After))
			}
		}
		if runs[task.Place] {
			dumpTask(t, &want, of)
			dumpTask(t, &got, task)
		}
	}
	dumpEnds(t, &want, x)
	dumpEnds(t, &got, part)
	if got.String() != want.String() {
		t.Errorf("where tasks %v run, a part says\n%s\nand the whole\n%s", runs, got.String(), want.String())
	}
	for _, address := range x.off {
		if !part.Declares(address) {
			t.Errorf("%s is not known to be off", address)
		}
	}
	if part.Declares("stage.no_such") || part.Declares(`stage.no_such["a"]`) {
		t.Error("what is not there is declared")
	}
}

// TestOutlinesThatDoNotFit holds that a text with another's outline is refused or read
// without a panic.
func TestOutlinesThatDoNotFit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.hcl")
	write := func(src string) {
		if err := os.WriteFile(path, []byte(src), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write(goodSource)
	x, _, err := Load(path, Values{}, toyKinds())
	if err != nil {
		t.Fatal(err)
	}
	o, ok := x.Outline()
	if !ok {
		t.Fatal("no outline")
	}
	some, none := func(i int) bool { return i%2 == 0 }, func(int) bool { return false }
	for n := range goodSource {
		write(goodSource[:n])
		LoadPart(path, Values{}, toyKinds(), o, some, some)
	}
	write(goodSource)
	for i := range o.Tasks {
		for name, change := range map[string]func(known *OutlinedTask){
			"another address": func(known *OutlinedTask) { known.Address += "x" },
			"a later need":    func(known *OutlinedTask) { known.Needs = append(slices.Clone(known.Needs), len(o.Tasks)) },
			"too many taken":  func(known *OutlinedTask) { known.Takes = 9 },
		} {
			other := &Outline{Blocks: o.Blocks, Tasks: slices.Clone(o.Tasks)}
			change(&other.Tasks[i])
			if _, ok := LoadPart(path, Values{}, toyKinds(), other, none, none); ok {
				t.Errorf("%s with %s is taken", o.Tasks[i].Address, name)
			}
		}
	}
	os.Remove(path)
	if _, ok := LoadPart(path, Values{}, toyKinds(), o, some, some); ok {
		t.Error("a file that is gone is read")
	}
}
