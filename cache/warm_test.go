package cache

import (
	"errors"
	"testing"
)

// What was read ahead is what Get would read, is given once, and never stands in for
// what was put or dropped since.
func TestWarm(t *testing.T) {
	path := newPath(t)
	before := open(t, path)
	a, b := sample("stage.a", 1, []byte("a")), sample("stage.b", 2, []byte("b"))
	put(t, before, a)
	put(t, before, b)
	before.Close()
	s := again(t, path)
	missing := KeyOf("missing")
	warm := func() { s.Warm(t.Context(), []Key{a.r.Key, missing, b.r.Key}) }
	get := func(key Key) *Result {
		r, err := s.Get(key)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	cold := get(a.r.Key)
	warm()
	if !s.used[b.r.Key] || !s.used[missing] {
		t.Error("what was read ahead can be collected")
	}
	if len(s.warm) != 2 {
		t.Errorf("%d results were read ahead", len(s.warm))
	}
	first := get(a.r.Key)
	if first.KeyText != cold.KeyText || first.Seal != cold.Seal || first.Artifact != cold.Artifact || first.Address != cold.Address {
		t.Errorf("%+v, where Get gives %+v", first, cold)
	}
	if get(a.r.Key) == first {
		t.Error("a result is given twice")
	}
	if _, err := s.Get(missing); !errors.Is(err, ErrMissing) {
		t.Errorf("missing: %v", err)
	}
	warm()
	again := *b.r
	again.Run = "another"
	if err := s.Put(&again, b.m, b.content); err != nil {
		t.Fatal(err)
	}
	if r := get(b.r.Key); r.Run != "another" {
		t.Errorf("a result that was written anew is of run %q", r.Run)
	}
	s.keepWarm(map[Key]*Result{b.r.Key: b.r}) // as it was read before that
	if r := get(b.r.Key); r.Run != "another" {
		t.Errorf("a result that was written anew while it was read ahead is of run %q", r.Run)
	}
	warm()
	if err := s.Forget(a.r.Key); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(a.r.Key); !errors.Is(err, ErrMissing) {
		t.Errorf("forgotten: %v", err)
	}
	if len(s.warm) != 0 { // what else is damaged goes with it
		t.Errorf("%d results are still read ahead", len(s.warm))
	}
	s.keepWarm(map[Key]*Result{a.r.Key: a.r}) // as it was read before that
	if _, err := s.Get(a.r.Key); !errors.Is(err, ErrMissing) {
		t.Errorf("forgotten while it was read ahead: %v", err)
	}
}
