package cache

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"reprise/artifacts"
)

var longAgo = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

// old makes a sample that was computed long ago, in so many seconds.
func old(address string, metric, seconds float64, contents ...[]byte) made {
	x := sample(address, metric, contents...)
	x.r.Started, x.r.Seconds = longAgo, seconds
	return x
}

// putRun records a run with the results of these samples.
func putRun(t *testing.T, s *Store, id, experiment string, at time.Time, exit int, tag string, xs ...made) {
	t.Helper()
	r := &Run{ID: id, Experiment: experiment, Started: at, Exit: exit, Tag: tag}
	for _, x := range xs {
		r.Tasks = append(r.Tasks, RunTask{Address: x.r.Address, Key: x.r.Key, State: "done", Artifact: x.m.Digest()})
	}
	if err := s.PutRun(r); err != nil {
		t.Fatal(err)
	}
}

// want compares which samples are in the store with which should be.
func want(t *testing.T, s *Store, there, gone []made) {
	t.Helper()
	for _, x := range there {
		if _, err := s.Get(x.r.Key); err != nil {
			t.Errorf("%s: %v", x.r.Address, err)
			continue
		}
		readAll(t, s, x)
	}
	for _, x := range gone {
		if _, err := s.Get(x.r.Key); !errors.Is(err, ErrMissing) {
			t.Errorf("%s is there still: %v", x.r.Address, err)
		}
	}
}

// reader opens the store for reading: what it gets keeps nothing in the store.
func reader(t *testing.T, path string) *Store {
	t.Helper()
	s, err := OpenExisting(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestCollectKeeps(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	var x []made
	for i := range 9 {
		one := old(fmt.Sprintf("stage.s%d", i), float64(i), 1, bytesOf(uint64(i), 3<<20), bytesOf(uint64(i/3+100), 2000))
		if i == 7 {
			one.r.Started = time.Now()
		}
		x = append(x, one)
		put(t, s, one)
	}
	putRun(t, s, "first", "e", longAgo, 0, "", x[0], x[1])
	putRun(t, s, "tagged", "e", longAgo.Add(1), 0, "paper", x[1])
	putRun(t, s, "whole", "e", longAgo.Add(2), 3, "", x[2])
	putRun(t, s, "stopped", "e", longAgo.Add(3), 130, "", x[3])
	putRun(t, s, "other", "f", longAgo, 1, "", x[4])
	putRun(t, s, "young", "g", time.Now().Add(-time.Hour), 0, "", x[5])
	putRun(t, s, "younger", "g", time.Now(), 0, "")
	for name, i := range map[string]int{"/here/lock.json": 6, "/gone/lock.json": 8} {
		if err := s.PutRoot(LockRoot(name), []Key{x[i].r.Key, KeyOf("none")}); err != nil {
			t.Fatal(err)
		}
	}
	for i, one := range x {
		if err := errors.Join(s.PutLog(one.r.Key, "r", []byte("log")), s.PutCode(fmt.Sprint("version", i), functions(nil))); err != nil {
			t.Fatal(err)
		}
	}
	here := filepath.Join(t.TempDir(), "here")
	if err := os.WriteFile(here, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{here, here + ".not"} {
		s.RememberFile(file, FileIdentity{}, x[0].m.Digest(), time.Now())
	}
	s.Close()

	k := Keep{Since: time.Now().Add(-24 * time.Hour), Without: []string{LockRoot("/gone/lock.json")}}
	seen, err := reader(t, path).Garbage(k)
	if err != nil {
		t.Fatal(err)
	}
	s = again(t, path)
	g, err := s.Collect(k)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(g, seen) {
		t.Errorf("collected %+v, announced %+v", g, seen)
	}
	names := map[string]int{}
	for _, k := range g.Kept {
		names[k.Name] = k.Results
	}
	if want := map[string]int{"tag paper": 1, "lock /here/lock.json": 1, keptLast: 3, keptRecent: 2}; !reflect.DeepEqual(names, want) {
		t.Errorf("kept %v, want %v", names, want)
	}
	if g.Results != 2 || g.Logs != 2 || g.Code != 9 || g.Unneeded != 0 || g.Runs != 1 || g.Files != 1 || g.KeptRuns["first"] || !g.KeptRuns["tagged"] || len(g.Kinds) != 1 || g.Bytes < 6<<20 || g.Bytes > 6<<20+10_000 {
		t.Errorf("%+v", g)
	}
	r := reader(t, path)
	want(t, r, x[1:8], []made{x[0], x[8]})
	if n, want := chunkCount(t, r), 7*4+3; n != want {
		t.Errorf("%d chunks are left, want %d", n, want)
	}
	if n := pendingCount(t, r); n != 0 {
		t.Errorf("%d pending records are left", n)
	}
	if _, _, err := r.Log(x[0].r.Key); !errors.Is(err, ErrMissing) {
		t.Errorf("log of a collected result: %v", err)
	}
	if _, err := r.Latest("e", "stage.s0"); !errors.Is(err, ErrMissing) {
		t.Errorf("latest of a collected result: %v", err)
	}
	if all, err := r.Roots(); err != nil || len(all) != 2 {
		t.Errorf("roots: %v %v", all, err)
	}
	if _, ok := r.FileDigest(here, FileIdentity{}); !ok {
		t.Error("the digest of a file that is there is forgotten")
	}
	if runs, err := r.Runs(); err != nil || len(runs) != 6 {
		t.Errorf("%d runs: %v", len(runs), err)
	}
	if g, err := s.Collect(k); err != nil || g.Results+g.Logs+g.Code+g.Unneeded != 0 || g.Bytes != 0 {
		t.Errorf("a second time: %+v %v", g, err)
	}
}

// TestCollectModel collects at random and compares with what should be left.
func TestCollectModel(t *testing.T) {
	path := newPath(t)
	open(t, path).Close()
	r := rand.New(rand.NewPCG(7, 7))
	var all []made
	rooted := map[Key]bool{}
	for round := range 12 {
		s := again(t, path)
		for range 12 {
			x := old(fmt.Sprintf("stage.a%d", r.IntN(40)), float64(r.IntN(3)), 1, bytesOf(r.Uint64N(6), 2<<20), bytesOf(r.Uint64N(9), 700))
			put(t, s, x)
			all = append(all, x)
		}
		clear(rooted)
		var keys []Key
		for _, x := range all {
			if r.IntN(2) == 0 {
				keys, rooted[x.r.Key] = append(keys, x.r.Key), true
			}
		}
		if err := s.PutRoot(TagRoot("t"), keys); err != nil {
			t.Fatal(err)
		}
		s.Close()
		s = again(t, path)
		if _, err := s.Collect(Keep{Since: time.Now()}); err != nil {
			t.Fatal(err)
		}
		byKey := map[Key]made{}
		for _, x := range all { // the last put of a key counts
			byKey[x.r.Key] = x
		}
		all = nil
		var gone []made
		contents, chunks := map[artifacts.Digest]bool{}, 0
		for key, x := range byKey {
			if !rooted[key] {
				gone = append(gone, x)
				continue
			}
			all = append(all, x)
			for d, b := range x.content {
				if !contents[d] {
					contents[d] = true
					chunks += (int(b.Size()) + chunkBytes - 1) / chunkBytes
				}
			}
		}
		reading := reader(t, path)
		want(t, reading, all, gone)
		if n := chunkCount(t, reading); n != chunks {
			t.Errorf("round %d: %d chunks are left, want %d", round, n, chunks)
		}
		s.Close()
		checkClean(t, path)
	}
}

func TestCollectToSize(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	shared := bytesOf(50, 6<<20)
	x := []made{
		old("stage.dear", 1, 1000, bytesOf(1, 4<<20)),
		old("stage.cheap", 2, 1, bytesOf(2, 4<<20)),
		old("stage.cheaper", 3, 0.5, bytesOf(3, 4<<20)),
		old("stage.shares", 4, 0.001, shared),
		old("stage.kept", 5, 0, shared),
	}
	for _, one := range x {
		put(t, s, one)
	}
	if err := s.PutRoot(TagRoot("t"), []Key{x[4].r.Key}); err != nil {
		t.Fatal(err)
	}
	s.Close()
	s = again(t, path)
	info, err := s.Info()
	if err != nil {
		t.Fatal(err)
	}
	used := info.Size - info.Free
	if used < 18<<20 || used > 19<<20 {
		t.Errorf("%d bytes are used of 18 MiB and some", used)
	}
	g, err := s.Collect(Keep{Since: time.Now(), MaxSize: used - 5<<20})
	if err != nil {
		t.Fatal(err)
	}
	want(t, reader(t, path), []made{x[0], x[4]}, x[1:4])
	if g.Results != 3 || !slices.Contains(g.Kept, Tally{keptFits, 1, g.Kept[slices.IndexFunc(g.Kept, func(t Tally) bool { return t.Name == keptFits })].Bytes}) {
		t.Errorf("%+v", g)
	}
	if g, err := s.Collect(Keep{Since: time.Now(), MaxSize: 1 << 40}); err != nil || g.Results != 0 {
		t.Errorf("a store that is small enough: %+v %v", g, err)
	}
}

// TestCollectSparesTheUsed has another opening of the store use a result, and end.
func TestCollectSparesTheUsed(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	found, made2, other := old("stage.found", 1, 1, bytesOf(1, 2<<20)), old("stage.made", 2, 1, bytesOf(2, 100)), old("stage.other", 3, 1, bytesOf(3, 100))
	put(t, s, found)
	put(t, s, other)
	s.Close()
	live := again(t, path)
	if _, err := live.Get(found.r.Key); err != nil {
		t.Fatal(err)
	}
	put(t, live, made2)
	s = again(t, path)
	if g, err := s.Collect(Keep{Since: time.Now()}); err != nil || g.Results != 1 {
		t.Errorf("%+v %v", g, err)
	}
	want(t, reader(t, path), []made{found, made2}, []made{other})
	if !s.Alive(live.Owner()) {
		t.Error("a store that is open does not count as open")
	}
	live.Close()
	if s.Alive(live.Owner()) || s.Alive("nonsense") {
		t.Error("a store that is closed counts as open")
	}
	if g, err := s.Collect(Keep{Since: time.Now()}); err != nil || g.Results != 2 {
		t.Errorf("%+v %v", g, err)
	}
}

// TestPutWhileCollecting puts what shares contents with what another process
// collects all the time.
func TestPutWhileCollecting(t *testing.T) {
	path := newPath(t)
	open(t, path).Close()
	c := start(t, "collect", path)
	for round := range 25 {
		s := again(t, path)
		var xs []made
		for i := range 4 {
			x := old(fmt.Sprintf("stage.p%d", i), float64(round%3), 1, bytesOf(uint64(i%2), 3<<20), bytesOf(uint64(100*round+i), 1000))
			if found, err := s.Get(x.r.Key); err == nil && found.Artifact == x.m.Digest() {
				readAll(t, s, x)
			}
			put(t, s, x)
			xs = append(xs, x)
		}
		for _, x := range xs {
			readAll(t, s, x)
		}
		s.Close()
	}
	c.kill()
	checkClean(t, path)
}

func TestKillWhileCollectingOrCompacting(t *testing.T) {
	for _, action := range []string{"churn", "compact"} {
		path := newPath(t)
		s := open(t, path)
		kept := old("stage.kept", 1, 1, bytesOf(1, 9<<20))
		put(t, s, kept)
		if err := s.PutRoot(TagRoot("t"), []Key{kept.r.Key}); err != nil {
			t.Fatal(err)
		}
		s.Close()
		r := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
		for range 12 {
			c := start(t, action, path)
			time.Sleep(time.Duration(r.IntN(120)) * time.Millisecond)
			c.kill()
			checkClean(t, path)
			want(t, reader(t, path), []made{kept}, nil)
		}
		s = again(t, path)
		if _, err := s.Collect(Keep{Since: time.Now()}); err != nil {
			t.Fatal(err)
		}
		left, err := filepath.Glob(path + ".claims/owner-*")
		if err != nil || len(left) != 1 {
			t.Errorf("left of processes that were killed: %q %v", left, err)
		}
	}
}

func TestCollectDamaged(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	bad, good := sample("stage.bad", 1, bytesOf(1, 5000)), sample("stage.good", 2, bytesOf(2, 5000))
	put(t, s, bad)
	put(t, s, good)
	s.Close()
	flip(t, path, []byte(bad.r.KeyText))
	s = again(t, path)
	g, err := s.Collect(Keep{})
	if err != nil || g.Damaged != 1 || g.Results != 0 {
		t.Errorf("%+v %v", g, err)
	}
	want(t, reader(t, path), []made{good}, []made{bad})
	if _, err := reader(t, filepath.Join(t.TempDir(), "none")).Garbage(Keep{}); !errors.Is(err, ErrMissing) {
		t.Errorf("garbage of no store: %v", err)
	}
	if _, err := reader(t, path).Collect(Keep{}); !errors.Is(err, ErrReadOnly) {
		t.Errorf("collecting in a store open for reading: %v", err)
	}
}

// TestDamagedRun holds that collecting drops a damaged record of a run, which nothing
// else heals, and that the other runs can be listed then.
func TestDamagedRun(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	for i, id := range []string{"before", "spoiled", "after"} {
		if err := s.PutRun(&Run{ID: id, Experiment: "the experiment of " + id, Started: time.Unix(int64(i), 0)}); err != nil {
			t.Fatal(err)
		}
	}
	s.Close()
	flip(t, path, []byte("the experiment of spoiled"))
	s = again(t, path)
	if _, err := s.Runs(); !errors.Is(err, ErrCorrupt) || len(s.Check()) != 1 {
		t.Errorf("it is not noticed: %v", err)
	}
	if _, err := s.Collect(Keep{}); err != nil {
		t.Fatal(err)
	}
	runs, err := s.Runs()
	if err != nil || len(runs) != 2 || runs[0].ID != "after" || runs[1].ID != "before" || len(s.Check()) != 0 {
		t.Errorf("%v, %v", runs, err)
	}
}

// TestDamagedCode holds that a damaged record of code can be healed: by writing it
// again, or by collecting, which drops it.
func TestDamagedCode(t *testing.T) {
	for _, heal := range []func(*Store) error{
		func(s *Store) error { return s.PutCode("v1", functions(map[string]string{"func a": "1234567890"})) },
		func(s *Store) error { _, err := s.Collect(Keep{}); return err },
	} {
		path := newPath(t)
		s := open(t, path)
		x := sample("stage.one", 1, bytesOf(1, 5000))
		x.r.KeyText += "code stages/x v1\n"
		x.r.Key = KeyOf(x.r.KeyText)
		put(t, s, x)
		if err := s.PutCode("v1", functions(map[string]string{"func a": "1234567890"})); err != nil {
			t.Fatal(err)
		}
		s.Close()
		flip(t, path, []byte("1234567890"))
		s = again(t, path)
		if faults := s.Check(); len(faults) != 1 {
			t.Errorf("%v", faults)
		}
		if err := heal(s); err != nil {
			t.Error(err)
		}
		for _, err := range s.Check() {
			t.Error(err)
		}
		readAll(t, s, x)
	}
}

func TestCompact(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	var xs []made
	for i := range 12 {
		x := old(fmt.Sprintf("stage.s%d", i), float64(i), 1, bytesOf(uint64(i), 5<<20))
		put(t, s, x)
		xs = append(xs, x)
	}
	if err := s.PutRoot(TagRoot("t"), []Key{xs[3].r.Key, xs[4].r.Key}); err != nil {
		t.Fatal(err)
	}
	s.Close()
	s, other := again(t, path), again(t, path)
	if _, err := s.Collect(Keep{Since: time.Now()}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".compact", []byte("left by one that was killed"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	before, after, err := s.Compact()
	if err != nil || before < 60<<20 || after > 11<<20 {
		t.Errorf("%d -> %d bytes, %v", before, after, err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Size() != after || info.Mode().Perm() != 0o640 {
		t.Errorf("%v %v", info, err)
	}
	for _, st := range []*Store{s, other} {
		want(t, st, xs[3:5], nil)
		put(t, st, xs[7])
		readAll(t, st, xs[7])
	}
	if _, _, err := reader(t, path).Compact(); !errors.Is(err, ErrReadOnly) {
		t.Errorf("compaction of a store open for reading: %v", err)
	}
	s.Close()
	if _, _, err := s.Compact(); err == nil {
		t.Error("a closed store was compacted")
	}
}

// TestWaitForCompaction tells a gate that is closed for long from one that hangs.
func TestWaitForCompaction(t *testing.T) {
	s := open(t, newPath(t))
	if s.isCompacting() {
		t.Error("a store is being compacted that is not")
	}
	if err := os.WriteFile(s.compactFile(), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if !s.isCompacting() {
		t.Error("a file that was just written is not a compaction")
	}
	if err := os.Chtimes(s.compactFile(), longAgo, longAgo); err != nil {
		t.Fatal(err)
	}
	if s.isCompacting() {
		t.Error("a file of long ago is a compaction")
	}
}
