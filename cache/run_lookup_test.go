package cache

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"reprise/artifacts"
)

// TestTasksOfRun looks up what a run of several pieces has, in any order.
func TestTasksOfRun(t *testing.T) {
	s := open(t, newPath(t))
	x := sample("stage.x", 1, bytesOf(1, 100))
	put(t, s, x)
	r := &Run{ID: "20000101T000000Z-0000", Started: time.Unix(1, 0), Experiment: "e", Tasks: make([]RunTask, 3*pieceTasks+1)}
	gave := func(i int) artifacts.Digest { return sha256.Sum256(fmt.Append(nil, i%(2*pieceTasks+1))) } // some twice
	for i := range r.Tasks {
		r.Tasks[i] = RunTask{Address: fmt.Sprintf("stage.s[\"a<%d\"]", i), Key: x.r.Key, State: "done", Artifact: gave(i)}
	}
	later := &Run{ID: "another", Started: time.Unix(2, 0), Experiment: "other", Tasks: r.Tasks[:1]}
	if err := errors.Join(s.PutRun(r), s.PutRun(later)); err != nil {
		t.Fatal(err)
	}
	find := func() *RunTasks {
		t.Helper()
		found, tasks, err := s.TasksOfRun(r.ID)
		if err != nil || found.Experiment != "e" || found.List != r.List {
			t.Fatalf("%+v: %v", found, err)
		}
		return tasks
	}
	places := []int{0, len(r.Tasks) - 1, pieceTasks, pieceTasks - 1, 5, 2*pieceTasks + 1}
	for _, tasks := range []*RunTasks{find(), TasksOf(r.Tasks)} {
		for _, i := range places {
			if got, ok := tasks.At(r.Tasks[i].Address); !ok || got != r.Tasks[i] {
				t.Errorf("at %s was %+v", r.Tasks[i].Address, got)
			}
		}
		for _, i := range slices.Backward(places) {
			first := slices.IndexFunc(r.Tasks, func(t RunTask) bool { return t.Artifact == gave(i) })
			if got, ok := tasks.Gave(gave(i)); !ok || got != r.Tasks[first] {
				t.Errorf("what task %d gave is of %+v, not of %s", i, got, r.Tasks[first].Address)
			}
		}
		for range 2 {
			if got, ok := tasks.At("stage.s"); ok {
				t.Errorf("at what was no task was %+v", got)
			}
			if got, ok := tasks.Gave(artifacts.Digest{1}); ok {
				t.Errorf("what nobody gave is of %+v", got)
			}
		}
	}
	tasks := find()
	tasks.At(r.Tasks[5].Address)
	tasks.Gave(r.Tasks[5].Artifact)
	if read := slices.IndexFunc(tasks.pieces[1:], func(p lookedUp) bool { return p.read }); read >= 0 {
		t.Errorf("piece %d was read for what is in the first", read+1)
	}
	for i := range 2 * mostLooks {
		tasks.Gave(r.Tasks[i].Artifact)
	}
	if tasks.unread > 0 {
		t.Error("much was looked for one by one")
	}
	tasks = find()
	if _, _, err := s.TasksOfRun("0000"); !errors.Is(err, ErrMissing) {
		t.Errorf("the end of an ID: %v", err)
	}
	whole := []byte{}
	write := func(v []byte) {
		t.Helper()
		err := s.update(func(tx *bolt.Tx) error {
			key, b := tasks.pieces[1].key, tx.Bucket(runTasksBucket)
			whole = slices.Clone(b.Get(key[:]))
			if v == nil {
				v = slices.Clone(whole)
				v[len(v)/2] ^= 1
			}
			return b.Put(key[:], v)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	write(nil)
	defer func() { write(whole) }()
	tasks = find()
	for i, want := range map[int]bool{0: true, pieceTasks: false, 2 * pieceTasks: true, 1: true} {
		if got, ok := tasks.At(r.Tasks[i].Address); ok != want || ok && got != r.Tasks[i] {
			t.Errorf("with a damaged piece at %s was %+v", r.Tasks[i].Address, got)
		}
	}
}

// TestRunsLikeAnother records runs of which most results stand: those are not looked
// for as long as nobody else changes the store, and their pieces not written again.
func TestRunsLikeAnother(t *testing.T) {
	path := newPath(t)
	s, other := open(t, path), open(t, path)
	stands, runs := sample("stage.stands", 1, bytesOf(1, 100)), sample("stage.runs", 2, bytesOf(2, 100))
	put(t, s, stands)
	task := func(x made) RunTask {
		return RunTask{Address: x.r.Address, Key: x.r.Key, State: "cached", Artifact: x.m.Digest()}
	}
	base := &Run{ID: "base", Started: time.Unix(1, 0), Experiment: "e", Tasks: make([]RunTask, 2*pieceTasks)}
	for i := range base.Tasks {
		base.Tasks[i] = task(stands)
	}
	if err := s.PutRun(base); err != nil {
		t.Fatal(err)
	}
	at := Standing{stands.r.Address, stands.r.Key, stands.r.Seal}
	stand := func() {
		t.Helper()
		if same, _, err := s.Stand(stands.r.Experiment, []Standing{at}, Stamp{}); !same || err != nil {
			t.Fatal(same, err)
		}
	}
	like := func(id string) *Run {
		r := &Run{ID: id, Started: time.Unix(int64(len(id)), 0), Experiment: "e", Tasks: slices.Clone(base.Tasks), Like: base.List}
		for i := range r.Tasks {
			r.Tasks[i].Stands = true
		}
		r.Tasks[1] = task(runs)
		return r
	}
	same := func(r *Run) {
		t.Helper()
		back, err := s.RunByID(r.ID)
		if err != nil {
			t.Fatal(err)
		}
		for i := range back.Tasks {
			if back.Tasks[i].Stands = r.Tasks[i].Stands; back.Tasks[i] != r.Tasks[i] {
				t.Fatalf("of run %s task %d comes back as %+v", r.ID, i, back.Tasks[i])
			}
		}
	}
	isStill := func(want bool) {
		t.Helper()
		still := false
		err := s.view(func(tx *bolt.Tx) error {
			still = s.stillStand(tx)
			return nil
		})
		if err != nil || still != want || (s.StampSince() != Stamp{}) != want {
			t.Errorf("it still stands: %v %v", still, err)
		}
	}

	isStill(false)
	stand()
	put(t, s, runs)
	isStill(true) // what it changes itself changes nothing that stands
	r := like("one")
	if err := s.PutRun(r); err != nil {
		t.Fatal(err)
	}
	same(r)
	r = like("missing")
	r.Tasks[1].Key = KeyOf("nothing")
	if err := s.PutRun(r); !errors.Is(err, errReplaced) {
		t.Errorf("with a result that is not there, and does not stand: %v", err)
	}

	if err := other.Forget(stands.r.Key); err != nil {
		t.Fatal(err)
	}
	isStill(false)
	if err := s.PutRun(like("gone")); !errors.Is(err, errReplaced) {
		t.Errorf("with a result that another process deleted: %v", err)
	}
	put(t, s, stands)
	isStill(false)
	stand()
	isStill(true)
	put(t, other, runs)
	put(t, s, runs)
	isStill(false) // another changed it in between
	stand()
	isStill(true)
	if err := s.Forget(runs.r.Key); err != nil {
		t.Fatal(err)
	}
	isStill(false) // it deleted what may have stood
	put(t, s, runs)

	stand()
	err := s.update(func(tx *bolt.Tx) error { // as gc does with runs that nobody keeps
		pieces, err := piecesOf(tx, base.List)
		if err != nil {
			return err
		}
		return tx.Bucket(runTasksBucket).Delete(pieces[1][:])
	})
	if err != nil {
		t.Fatal(err)
	}
	r = like("unlike")
	if err := s.PutRun(r); err != nil {
		t.Fatal(err)
	}
	same(r)
	isStill(true)
	if _, err := s.Collect(Keep{Since: time.Unix(0, 0)}); err != nil {
		t.Fatal(err)
	}
	isStill(false)
	if faults := s.Check(); len(faults) > 0 {
		t.Error(faults)
	}
}
