package cache

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestFindRun(t *testing.T) {
	s := open(t, newPath(t))
	for i, r := range []Run{{ID: "2026a"}, {ID: "2026b", Tag: "v1"}, {ID: "2025c", Tag: "v1"}, {ID: "2027d", Tag: "2026a"}, {ID: "2026"}} {
		r.Started = time.Unix(int64(i+1), 0)
		r.Tasks = []RunTask{{Address: "stage." + r.ID}}
		if err := s.PutRun(&r); err != nil {
			t.Fatal(err)
		}
	}
	for name, id := range map[string]string{"last": "2026", "last~0": "2026", "last~1": "2027d", "last~4": "2026a",
		"2026a": "2026a", "v1": "2025c", "2025": "2025c", "2026": "2026", "2027": "2027d"} {
		if r, err := s.FindRun(name, ""); err != nil || r.ID != id || r.Tasks[0].Address != "stage."+id {
			t.Errorf("%s: %v %v", name, r, err)
		}
	}
	if err := s.PutRun(&Run{ID: "other", Experiment: "another", Started: time.Unix(9, 0)}); err != nil {
		t.Fatal(err)
	}
	for experiment, id := range map[string]string{"": "other", "another": "other"} {
		if r, err := s.FindRun("last", experiment); err != nil || r.ID != id {
			t.Errorf("last of %q: %v %v", experiment, r, err)
		}
	}
	if r, err := s.FindRun("last~1", "another"); err == nil || !strings.Contains(err.Error(), "which has 1 runs") {
		t.Errorf("%v %v", r, err)
	}
	if r, err := s.FindRun("last", "a third"); !errors.Is(err, ErrMissing) {
		t.Errorf("%v %v", r, err)
	}
	for name, say := range map[string]string{"last~6": "which has 6 runs", "last~x": ErrMissing.Error(), "": ErrMissing.Error(), "v2": ErrMissing.Error(),
		"20": "5 runs begin with 20, such as 2026 and 2027d: give more of it"} {
		if r, err := s.FindRun(name, ""); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%q: %v %v", name, r, err)
		}
	}
}

func TestRoots(t *testing.T) {
	path := newPath(t)
	if all, err := reader(t, path).Roots(); err != nil || all != nil {
		t.Errorf("roots of no store: %v %v", all, err)
	}
	s := open(t, path)
	keys := []Key{KeyOf("a"), KeyOf("b")}
	for _, name := range []string{TagRoot("v1"), LockRoot("/x/y.lock"), TagRoot("v1")} {
		if err := s.PutRoot(name, keys); err != nil {
			t.Fatal(err)
		}
	}
	all, err := s.Roots()
	if err != nil || len(all) != 2 || all[0].Name != "lock /x/y.lock" || all[1].Name != "tag v1" || !reflect.DeepEqual(all[1].Keys, keys) || all[1].Time.IsZero() {
		t.Errorf("%+v %v", all, err)
	}
	if err := s.PutRoot("v1", keys); err == nil {
		t.Error("a root of no kind was taken")
	}
}

func TestCode(t *testing.T) {
	s := open(t, newPath(t))
	want := map[string]string{"F": "1", "(*T).G": "2"}
	if err := errors.Join(s.PutCode("5be1", functions(want)), s.PutCode("5be1", functions(map[string]string{"H": "3"}))); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Code("5be1"); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v %v", got, err)
	}
	if _, err := s.Code("none"); !errors.Is(err, ErrMissing) {
		t.Error(err)
	}
	// A result that names the version keeps it.
	x := sample("stage.a", 1)
	x.r.KeyText = "reprise-key 1\nkind toy\ncode stages/toy 5be1\n"
	x.r.Key, x.r.Started = KeyOf(x.r.KeyText), time.Now()
	put(t, s, x)
	if err := s.PutCode("0ld", functions(nil)); err != nil {
		t.Fatal(err)
	}
	if g, err := s.Collect(Keep{}); err != nil || g.Code != 1 {
		t.Errorf("%+v %v", g, err)
	}
	if _, err := s.Code("5be1"); err != nil {
		t.Error(err)
	}
}

func TestEachResult(t *testing.T) {
	path := newPath(t)
	if err := reader(t, path).EachResult(func(*Result) bool { t.Error("a result of no store"); return true }); err != nil {
		t.Error(err)
	}
	s := open(t, path)
	const n = 3*eachBatch + 5
	for i := range n {
		put(t, s, sample(fmt.Sprintf("stage.a%d", i%7), float64(i)))
	}
	s.Close()
	flip(t, path, []byte(sample("stage.a1", 1).r.KeyText))
	s = again(t, path)
	seen := map[Key]bool{}
	err := s.EachResult(func(r *Result) bool {
		if seen[r.Key] || r.Key != KeyOf(r.KeyText) {
			t.Errorf("%s came twice or is another", r.Key)
		}
		seen[r.Key] = true
		return true
	})
	if err != nil || len(seen) != n-1 {
		t.Errorf("%d of %d results, %v", len(seen), n-1, err)
	}
	count := 0
	if err := s.EachResult(func(*Result) bool { count++; return count < 300 }); err != nil || count != 300 {
		t.Errorf("%d results after the word to stop, %v", count, err)
	}
	if _, err := s.Collect(Keep{}); err != nil { // for the check at the end
		t.Fatal(err)
	}
}

func TestInfo(t *testing.T) {
	path := newPath(t)
	if i, err := reader(t, path).Info(); err != nil || i.Size != 0 || len(i.Counts) != 0 {
		t.Errorf("no store: %+v %v", i, err)
	}
	s := open(t, path)
	a, b := old("stage.a", 1, 1, bytesOf(1, 3<<20)), sample("stage.b", 2, bytesOf(1, 3<<20), bytesOf(2, 100))
	b.r.Kind, b.r.Started = "other", longAgo.Add(time.Hour)
	put(t, s, a)
	put(t, s, b)
	if err := s.PutRoot(TagRoot("v1"), nil); err != nil {
		t.Fatal(err)
	}
	i, err := s.Info()
	if err != nil || i.Counts["results"] != 2 || i.Counts["contents"] != 2 || i.Counts["chunks"] != 5 || len(i.Roots) != 1 ||
		!i.Oldest.Equal(longAgo) || !i.Newest.Equal(b.r.Started) || i.Size < 3<<20 || i.Free < 0 || i.Free > i.Size {
		t.Errorf("%+v %v", i, err)
	}
	total := int64(0)
	for _, k := range i.Kinds {
		total += k.Bytes
	}
	if len(i.Kinds) != 2 || total < 3<<20+100 || total > 3<<20+5000 {
		t.Errorf("%+v: what is shared counts once", i.Kinds)
	}
}

func TestClaimed(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	key := KeyOf("one")
	r := reader(t, path)
	if r.Claimed(key) {
		t.Error("a key that nobody claimed is claimed")
	}
	release, err := s.Claim(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Claimed(key) {
		t.Error("a claimed key is not claimed")
	}
	release()
	if r.Claimed(key) {
		t.Error("a released key is claimed")
	}
}

// functions are those of a package, as PutCode asks for them.
func functions(all map[string]string) func() map[string]string {
	return func() map[string]string { return all }
}
