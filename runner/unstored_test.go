package runner

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"reprise/artifacts"
	"reprise/cache"
	"reprise/spec"
)

// What needs a small result does not wait for the disk: along a chain tasks start
// before those that they need are over, and none is over before it is in the store.
func TestChainsDoNotWaitForTheDisk(t *testing.T) {
	l := newLab(t)
	src := `stage "const" "s0" { value = 1 }` + "\n"
	const links = 200
	for i := 1; i < links; i++ {
		src += fmt.Sprintf("stage \"add\" \"s%d\" {\n  of   = [stage.s%d]\n  plus = 1\n}\n", i, i-1)
	}
	x := l.load(src)
	over, ahead := map[string]bool{}, 0
	got := l.run(x, Options{Watch: func(e Event) {
		task, ok := e.(TaskEvent)
		switch {
		case !ok:
		case task.State == Started:
			if t := x.Find(task.Address)[0]; len(t.Needs) > 0 && !over[t.Needs[0].Address] {
				ahead++
			}
		case task.State == Done:
			over[task.Address] = true
			if r, err := l.store.Latest(x.Name, task.Address); err != nil || r.Key.String() != task.Key {
				t.Errorf("%s is said to be done, and is not in the store: %v", task.Address, err)
			}
		}
	}})
	if last, err := l.store.Latest(x.Name, "stage.s199"); got.Executed != links || err != nil || last.Metrics["value"] != links {
		t.Errorf("%+v, %v, %v: the last is %v", got.SummaryEvent, got.errors, err, last)
	}
	if ahead == 0 {
		t.Error("each task waited until the one that it needs was in the store")
	}
}

// handedOn is a run in which one task's result is on its way to the disk, and another,
// which needs it, may begin.
func handedOn(t *testing.T) (r *run, one, down *spec.Task) {
	t.Helper()
	l := newLab(t)
	x := l.load(`stage "const" "one" { value = 1 }
stage "floor" "down" { of = stage.one }`)
	p, err := newPlanner(x, l.store, l.files(), Options{Watch: func(Event) {}})
	if err != nil {
		t.Fatal(err)
	}
	r, one, down = newRun(p), x.Tasks[0], x.Tasks[1]
	r.ready = nil // it has begun
	r.slots.next([]*spec.Task{one})
	m, content, err := number(1).Encode()
	if err != nil {
		t.Fatal(err)
	}
	u, err := hold(one, cache.Result{Artifact: m.Digest()}, m, content)
	if err != nil {
		t.Fatal(err)
	}
	r.handOn(u)
	return r, one, down
}

// A task whose result did not get to the disk failed, and so did not give what it
// handed on: what has not begun is skipped.
func TestUnstoredThatFails(t *testing.T) {
	r, one, down := handedOn(t)
	if r.results[one] == nil || !slices.Contains(r.soon, down) || r.heldUp(down) {
		t.Fatal("what needs it cannot start")
	}
	r.takeIn(t.Context(), ending{step: &Step{Task: one}, err: fmt.Errorf("it did not fit: %w", cache.ErrRefused)})
	if r.results[one] != nil || r.over[one].State != Failed || !r.heldUp(down) || r.over[down].State != Skipped {
		t.Errorf("it has %v and is %s; what needs it is %q", r.results[one], r.over[one].State, r.over[down].State)
	}
}

// A task that was computed from what did not get to the disk is skipped, whichever of
// the two ends first.
func TestMadeFromWhatFailed(t *testing.T) {
	for _, first := range []string{"stage.one", "stage.down"} {
		r, one, down := handedOn(t)
		r.soon = nil // it has begun
		ends := map[string]ending{
			"stage.one":  {step: &Step{Task: one}, err: fmt.Errorf("it did not fit: %w", cache.ErrRefused)},
			"stage.down": {step: &Step{Task: down}, err: cache.ErrUnfounded},
		}
		r.takeIn(t.Context(), ends[first])
		delete(ends, first)
		if first == "stage.down" && len(r.ready) > 0 {
			t.Error("it begins again before it is told what became of the other")
		}
		for _, e := range ends {
			r.takeIn(t.Context(), e)
		}
		if !slices.Contains(r.ready, down) || !r.heldUp(down) || r.over[down].State != Skipped || r.over[one].State != Failed {
			t.Errorf("%s first: %v, %v; ready: %d", first, r.over[one], r.over[down], len(r.ready))
		}
	}
}

// Content that is large is not held, and what is held can be read again and again.
func TestHold(t *testing.T) {
	task := &spec.Task{Address: "stage.one"}
	large := artifacts.New()
	large.SetFile("large.bin", make([]byte, smallResult+1))
	small := artifacts.New()
	small.SetFile("word.txt", []byte("word"))
	for _, a := range []*artifacts.Artifact{large, small} {
		m, content, err := a.Encode()
		if err != nil {
			t.Fatal(err)
		}
		u, err := hold(task, cache.Result{}, m, content)
		if err != nil || (u != nil) != (a == small) {
			t.Fatalf("%v: held: %v", err, u != nil)
		}
		if u == nil {
			continue
		}
		for range 2 {
			text, err := u.Read(m.Files[0].Digest)
			if err != nil || string(text) != "word" {
				t.Errorf("%q, %v", text, err)
			}
			clear(text)
		}
		var b bytes.Buffer
		if err := artifacts.Open(m, u).CopyFile(&b, "word.txt"); err != nil || b.String() != "word" {
			t.Errorf("%q, %v", b.String(), err)
		}
		if _, err := u.Read(artifacts.Digest{}); err == nil || !strings.Contains(err.Error(), "stage.one") {
			t.Errorf("of what it does not have it says %v", err)
		}
	}
}
