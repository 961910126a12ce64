package cache

import (
	"fmt"
	"slices"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
)

// TestRunsSharePieces records runs of which one task differs: they share all pieces
// but one, which go with the last run that has them.
func TestRunsSharePieces(t *testing.T) {
	s := open(t, newPath(t))
	count := func() (n int) {
		t.Helper()
		err := s.view(func(tx *bolt.Tx) error {
			n = tx.Bucket(runTasksBucket).Stats().KeyN
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, size := range []int{0, 1, pieceTasks, pieceTasks + 1} {
		r := &Run{ID: fmt.Sprint("of ", size), Started: time.Unix(int64(size), 0), Experiment: "e", Tasks: make([]RunTask, size)}
		for i := range r.Tasks {
			r.Tasks[i] = RunTask{Address: fmt.Sprintf("stage.s[\"a, %d\"]", i), State: "cached", Seconds: float64(i)}
		}
		if err := s.PutRun(r); err != nil {
			t.Fatal(err)
		}
		if back, err := s.RunByID(r.ID); err != nil || !slices.Equal(back.Tasks, r.Tasks) {
			t.Errorf("of %d tasks come back %d: %v", size, len(back.Tasks), err)
		}
	}
	before := count()
	r := &Run{ID: "a", Started: time.Unix(1000, 0), Experiment: "e", Tasks: make([]RunTask, 4*pieceTasks-1)}
	for i := range r.Tasks {
		r.Tasks[i] = RunTask{Address: fmt.Sprint("stage.t", i), State: "done"}
	}
	put := func(id string, changed int) Key {
		t.Helper()
		r.ID, r.Started, r.Tasks[changed].Seconds = id, r.Started.Add(time.Second), r.Tasks[changed].Seconds+1
		if err := s.PutRun(r); err != nil {
			t.Fatal(err)
		}
		return r.List
	}
	put("b", 7)
	if n := count() - before; n != 5 {
		t.Errorf("%d records of four pieces and their list", n)
	}
	list := put("c", 2*pieceTasks)
	if n := count() - before; n != 7 {
		t.Errorf("%d records when one piece became another", n)
	}
	if faults := s.Check(); len(faults) > 0 {
		t.Error(faults)
	}
	if _, err := s.Collect(Keep{Since: time.Unix(5000, 0)}); err != nil { // which leaves the last run
		t.Fatal(err)
	}
	if n := count(); n != 5 {
		t.Errorf("gc left %d records", n)
	}
	if back, err := s.RunByID("c"); err != nil || !slices.Equal(back.Tasks, r.Tasks) {
		t.Errorf("after gc there are %d tasks: %v", len(back.Tasks), err)
	}
	err := s.update(func(tx *bolt.Tx) error {
		pieces, err := piecesOf(tx, list)
		if err != nil {
			return err
		}
		return tx.Bucket(runTasksBucket).Delete(pieces[1][:])
	})
	if err != nil {
		t.Fatal(err)
	}
	if faults := s.Check(); len(faults) != 1 {
		t.Errorf("a piece is gone: %v", faults)
	}
	put("d", 0)
	if back, err := s.RunByID("d"); err != nil || !slices.Equal(back.Tasks, r.Tasks) {
		t.Errorf("with a piece that was gone: %v", err)
	}
}

// TestDamagedPieces flips a byte in what three runs share: gc deletes nothing that may
// have been theirs, and the next run with the same tasks heals it.
func TestDamagedPieces(t *testing.T) {
	s := open(t, newPath(t))
	x, other := old("stage.x", 1, 1, bytesOf(1, 100)), old("stage.other", 2, 1, bytesOf(2, 100))
	other.r.Experiment = "another"
	put(t, s, x)
	put(t, s, other)
	r := &Run{Experiment: x.r.Experiment, Started: time.Now(), Tasks: []RunTask{{Address: x.r.Address, Key: x.r.Key, State: "done", Artifact: x.m.Digest()}}}
	for n := range pieceTasks {
		r.Tasks = append(r.Tasks, RunTask{Address: fmt.Sprint("stage.t", n), State: "done"})
	}
	record := func(id string, seconds float64) {
		t.Helper()
		r.ID, r.Started, r.Tasks[pieceTasks].Seconds = id, r.Started.Add(time.Second), seconds // of the second piece
		if err := s.PutRun(r); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 3 {
		record(fmt.Sprint(i), float64(i))
	}
	err := s.update(func(tx *bolt.Tx) error {
		pieces, err := piecesOf(tx, r.List)
		if err != nil {
			return err
		}
		b := tx.Bucket(runTasksBucket)
		v := slices.Clone(b.Get(pieces[0][:]))
		v[len(v)/2] ^= 1
		return b.Put(pieces[0][:], v)
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.RunByID("1"); err == nil || len(s.Check()) == 0 {
		t.Error("nobody notices")
	}
	path := s.Path()
	s.Close() // what a living store asked for stays
	s = open(t, path)
	if _, err := s.Collect(Keep{Since: time.Now().Add(-time.Hour)}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Peek(x.r.Key); err != nil {
		t.Errorf("gc took what three runs had: %v", err)
	}
	if _, err := s.Peek(other.r.Key); err == nil {
		t.Error("gc kept what no run had")
	}
	record("3", 3)
	if back, err := s.RunByID("1"); err != nil || len(back.Tasks) != pieceTasks+1 {
		t.Errorf("after another run there are %d tasks of the one before: %v", len(back.Tasks), err)
	}
	if faults := s.Check(); len(faults) > 0 {
		t.Error(faults)
	}
}
