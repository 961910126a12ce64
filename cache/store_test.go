package cache

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"reprise/artifacts"
)

func TestSizes(t *testing.T) {
	s := open(t, newPath(t))
	for i, n := range []int{0, 1, chunkBytes - 1, chunkBytes, chunkBytes + 1, txBytes + 1, 40 << 20} {
		x := sample(fmt.Sprintf("stage.s%d", n), float64(n), bytesOf(uint64(i), n))
		put(t, s, x)
		readAll(t, s, x)
	}
	x := sample("stage.all", 1, bytesOf(1, 1), []byte{}, bytesOf(7, 20<<20), bytesOf(6, 40<<20), bytesOf(8, 9))
	put(t, s, x)
	readAll(t, s, x)
}

// TestModel does random things and compares with a map.
func TestModel(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	r := rand.New(rand.NewPCG(1, 2))
	model, latest := map[Key]made{}, map[string]Key{}
	for range 150 {
		address := fmt.Sprintf("stage.a%d", r.IntN(8))
		x := sample(address, float64(r.IntN(4)), bytesOf(r.Uint64N(5), 300), bytesOf(r.Uint64N(5), 2<<20))
		switch r.IntN(6) {
		case 0:
			if err := s.Forget(x.r.Key); err != nil {
				t.Fatal(err)
			}
			if latest[address] == x.r.Key {
				delete(latest, address)
			}
			delete(model, x.r.Key)
		case 1:
			s.Close()
			s = again(t, path)
		default:
			put(t, s, x)
			model[x.r.Key], latest[address] = x, x.r.Key
		}
	}
	for key, x := range model {
		readAll(t, s, x)
		if _, err := s.Get(KeyOf(x.r.KeyText + "other")); !errors.Is(err, ErrMissing) {
			t.Errorf("a key that was never put: %v", err)
		}
		if got, err := s.Get(key); err != nil || got.KeyText != x.r.KeyText {
			t.Errorf("Get: %v %v", got, err)
		}
	}
	for i := range 8 {
		address := fmt.Sprintf("stage.a%d", i)
		got, err := s.Latest("e", address)
		key, ok := latest[address]
		if ok != (err == nil) || ok && got.Key != key {
			t.Errorf("latest of %s: %v %v, want %v", address, got, err, key)
		}
	}
	if len(model) < 10 {
		t.Fatalf("only %d results: the test tests little", len(model))
	}
}

func TestContentIsStoredOnce(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	big := bytesOf(1, 20<<20)
	put(t, s, sample("stage.a", 1, big))
	before := chunkCount(t, s)
	x := sample("stage.b", 2, big)
	x.content = nil // the store has it
	put(t, s, x)
	if after := chunkCount(t, s); after != before {
		t.Errorf("%d chunks after the second put, %d before", after, before)
	}
	y := sample("stage.c", 3, bytesOf(2, 10))
	y.content = nil
	if err := s.Put(y.r, y.m, nil); !errors.Is(err, ErrMissing) {
		t.Errorf("put of an artifact whose content is nowhere: %v", err)
	}
	y.content = map[artifacts.Digest]artifacts.Content{y.m.Tables[0].Digest: bytes.NewReader(bytesOf(3, 10))}
	if err := s.Put(y.r, y.m, y.content); err == nil {
		t.Error("put took bytes of another digest")
	}
}

func chunkCount(t *testing.T, s *Store) (n int) {
	t.Helper()
	err := s.view(func(tx *bolt.Tx) error {
		return tx.Bucket(chunksBucket).ForEach(func(_, _ []byte) error { n++; return nil })
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestSameContentAtOnce puts artifacts that share a content from two stores on
// one file: one of them finds at the end that the other was faster.
func TestSameContentAtOnce(t *testing.T) {
	path := newPath(t)
	a, b := open(t, path), again(t, path)
	big := bytesOf(3, 34<<20)
	xs := []made{sample("stage.a", 1, big), sample("stage.b", 2, big, bytesOf(4, 3<<20))}
	var wg sync.WaitGroup
	for i, s := range []*Store{a, b} {
		wg.Go(func() {
			if err := s.Put(xs[i].r, xs[i].m, xs[i].content); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	readAll(t, a, xs[1])
	readAll(t, b, xs[0])
	if n, want := chunkCount(t, a), (34<<20)/chunkBytes+1+(3<<20)/chunkBytes+1; n != want {
		t.Errorf("%d chunks, want %d", n, want)
	}
}

func TestManyPutsAtOnce(t *testing.T) {
	s := open(t, newPath(t))
	var wg sync.WaitGroup
	var xs []made
	for i := range 200 {
		xs = append(xs, sample(fmt.Sprintf("stage.a[%d]", i), 1, bytesOf(uint64(i), 2000)))
	}
	for _, x := range xs {
		wg.Go(func() {
			if err := s.Put(x.r, x.m, x.content); err != nil {
				t.Error(err)
			}
			if _, err := s.Get(x.r.Key); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, x := range xs {
		readAll(t, s, x)
	}
}

func TestSetLatest(t *testing.T) {
	s := open(t, newPath(t))
	one, two := sample("stage.a", 1), sample("stage.a", 2)
	put(t, s, one)
	put(t, s, two)
	if err := s.SetLatest("e", map[string]Key{"stage.a": one.r.Key, "stage.b": two.r.Key, "stage.c": KeyOf("none")}); err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]Key{"stage.a": one.r.Key, "stage.b": two.r.Key} {
		if r, err := s.Latest("e", address); err != nil || r.Key != want {
			t.Errorf("latest of %s: %v %v", address, r, err)
		}
	}
	for _, at := range [][2]string{{"e", "stage.c"}, {"other", "stage.a"}} {
		if _, err := s.Latest(at[0], at[1]); !errors.Is(err, ErrMissing) {
			t.Errorf("latest of %v: %v", at, err)
		}
	}
}

func TestOpenExistingMakesNothing(t *testing.T) {
	path := newPath(t)
	s, err := OpenExisting(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Get(KeyOf("x")); !errors.Is(err, ErrMissing) {
		t.Errorf("get: %v", err)
	}
	if runs, err := s.Runs(); err != nil || len(runs) != 0 {
		t.Errorf("runs: %v %v", runs, err)
	}
	if faults := s.Check(); faults != nil {
		t.Errorf("check: %v", faults)
	}
	x := sample("stage.a", 1)
	if err := s.Put(x.r, x.m, nil); !errors.Is(err, ErrReadOnly) {
		t.Errorf("put: %v", err)
	}
	if _, err := s.Claim(t.Context(), x.r.Key); !errors.Is(err, ErrReadOnly) {
		t.Errorf("claim: %v", err)
	}
	if _, err := os.Stat(filepath.Dir(path)); err == nil {
		t.Error("the folder was made")
	}
	w := open(t, path)
	put(t, w, x)
	time.Sleep(poll) // that there is none is remembered for so long
	if _, err := s.Get(x.r.Key); err != nil {
		t.Errorf("get after another made the store: %v", err)
	}
}

func TestRefusals(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("text that is no database at all"), 0o666); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(dir, "empty")
	os.WriteFile(empty, nil, 0o666)
	older, newer := filepath.Join(dir, "older"), filepath.Join(dir, "newer")
	without := filepath.Join(dir, "without")
	for path, n := range map[string]string{older: "3", newer: "7", without: ""} {
		open(t, path)
		setFormat(t, path, n)
		t.Cleanup(func() { setFormat(t, path, fmt.Sprint(Format)) }) // for the check at the end
	}
	foreign, unlisted := filepath.Join(dir, "foreign"), filepath.Join(dir, "unlisted")
	for path, o := range map[string]*bolt.Options{foreign: nil, unlisted: {NoFreelistSync: true}} { // bbolt writes a list to the other when it opens it
		db, err := bolt.Open(path, 0o666, o)
		if err == nil {
			err = errors.Join(db.Update(func(tx *bolt.Tx) error { _, err := tx.CreateBucket([]byte("theirs")); return err }), db.Close())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]string{
		filepath.Join(file, "store.db"): "REPRISE_STORE",
		dir:                             "is a folder",
		file:                            "is no store, or is damaged",
		empty:                           "is empty",
		newer:                           "has format 7, and this reprise knows format " + fmt.Sprint(Format) + ": update reprise",
		older:                           "has format 3, of an older reprise, and this one knows format " + fmt.Sprint(Format) + ": move it away",
		without:                         "has no number of its format",
		foreign:                         "no store of reprise",
		unlisted:                        "no store of reprise",
	} {
		before, _ := os.ReadFile(path) // nothing where it is none
		s, err := Open(path)
		if err == nil {
			s.Close()
			t.Errorf("%s was opened", path)
		} else if !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("error for %s is %q, want %q in it", path, err, want)
		}
		if after, _ := os.ReadFile(path); !bytes.Equal(after, before) {
			t.Errorf("%s was written to", path)
		}
	}
	for _, path := range []string{file, empty} { // nothing is put beside what may be anything
		if beside, err := filepath.Glob(path + ".*"); err != nil || len(beside) > 0 {
			t.Errorf("beside %s there is %q now (%v)", path, beside, err)
		}
	}
	for _, path := range []string{newer, without, file} {
		if _, err := OpenExisting(path); err == nil {
			t.Errorf("%s was opened for reading", path)
		}
	}
}

// setFormat writes another format number, or deletes it, behind the store's back.
func setFormat(t *testing.T, path, n string) {
	t.Helper()
	db, err := bolt.Open(path, 0o666, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.Update(func(tx *bolt.Tx) error {
		if n == "" {
			return tx.Bucket(metaBucket).Delete(formatKey)
		}
		return putRecord(tx, metaBucket, formatKey, []byte(n))
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestStoreRemovedWhileOpen(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	put(t, s, sample("stage.a", 1, bytesOf(1, 100)))
	if err := s.update(func(*bolt.Tx) error { return nil }); err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	s.spell.retiring = true // as after an idle while
	s.mu.Unlock()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	x := sample("stage.b", 1, bytesOf(1, 100), bytesOf(2, 20<<20))
	put(t, s, x)
	readAll(t, s, x)
}

// A write that went to a file which is not the store's any more is not done, whatever
// became of that file; a result is put again, into the file that is there.
func TestStoreReplacedWhileWritten(t *testing.T) {
	for name, replace := range map[string]func(path, older string) error{
		"removed":  func(path, _ string) error { return os.Remove(path) },
		"replaced": func(path, older string) error { return os.Rename(older, path) },
	} {
		older, path := newPath(t), newPath(t)
		again(t, older).Close()
		s := open(t, path)
		before, after := sample("stage.before", 1, bytesOf(1, 100)), sample("stage.after", 2, bytesOf(2, 100))
		put(t, s, before)
		at := Stamp{}
		if err := s.view(func(tx *bolt.Tx) (err error) { at, err = stampOf(tx); return err }); err != nil {
			t.Fatal(err)
		}
		r := &Run{ID: "a", Experiment: "e"}
		if err := s.PutRun(r); err != nil {
			t.Fatal(err)
		}
		sp, err := s.enter(true) // so that the file stays open
		if err != nil {
			t.Fatal(err)
		}
		if err := replace(path, older); err != nil {
			t.Fatal(err)
		}
		if ok, err := s.PutRunAgain(r, at); ok || !errors.Is(err, errReplaced) {
			t.Errorf("%s: the record of a run in which nothing ran: %v %v", name, ok, err)
		}
		s.leave(sp)
		put(t, s, after)
		readAll(t, s, after)
		r.Tasks = []RunTask{{Address: "stage.before", Key: before.r.Key, Artifact: before.m.Digest()}, {Address: "stage.after", Key: after.r.Key, Artifact: after.m.Digest()}}
		if err := s.PutRun(r); !errors.Is(err, errReplaced) {
			t.Errorf("%s: the record of a run with a result that is gone: %v", name, err)
		}
		r.Tasks = r.Tasks[1:]
		if err := s.PutRun(r); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What is put once another result is in the queue is not durable before that, and
// not at all where that is not.
func TestPutInTurn(t *testing.T) {
	s := open(t, newPath(t))
	for i := range 100 {
		seed := uint64(2 * i)
		first, second := sample("stage.first", float64(seed), bytesOf(seed, 100)), sample("stage.second", float64(seed+1), bytesOf(seed+1, 100))
		began := make(chan error, 1)
		err := s.PutInTurn(first.r, first.m, first.content, nil, func() {
			go func() {
				err := s.PutInTurn(second.r, second.m, second.content, []Key{first.r.Key}, nil)
				if _, missing := s.Peek(first.r.Key); err == nil {
					err = missing
				}
				began <- err
			}()
		})
		if err := errors.Join(err, <-began); err != nil {
			t.Fatal(err)
		}
	}
	lost, from := sample("stage.lost", -1), sample("stage.from", -2)
	if err := s.PutInTurn(from.r, from.m, from.content, []Key{lost.r.Key}, nil); !errors.Is(err, ErrUnfounded) {
		t.Errorf("what was made from a result that is not there: %v", err)
	}
	if _, err := s.Peek(from.r.Key); !errors.Is(err, ErrMissing) {
		t.Errorf("it is there: %v", err)
	}
}

// What waits for the disk is not handed on where the store has some of its contents
// already, and these are damaged: whoever reads them must notice.
func TestDamageIsNotHandedOn(t *testing.T) {
	path := newPath(t)
	s := again(t, path)
	content := bytesOf(7, 50_000)
	one, two, three := sample("stage.one", 1, content), sample("stage.two", 2, content), sample("stage.three", 3, content)
	put(t, s, one)
	handedOn := func(x made) (on bool) {
		if err := s.PutInTurn(x.r, x.m, x.content, nil, func() { on = true }); err != nil {
			t.Fatal(err)
		}
		return on
	}
	if !handedOn(two) {
		t.Error("what is whole is not handed on")
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	at := bytes.Index(whole, content)
	if _, err := f.WriteAt([]byte{content[100] ^ 1}, int64(at+100)); err != nil {
		t.Fatal(err)
	}
	if handedOn(three) {
		t.Error("what is damaged is handed on")
	}
}

// A table that was just encoded is neither copied nor summed up again when it is
// put; what comes out is what went in, chunk by chunk.
func TestEncodedTables(t *testing.T) {
	values := make([]float64, 3*chunkBytes/8)
	for i := range values {
		values[i] = float64(i) * 1.5
	}
	a := artifacts.New(artifacts.NewTable("t", artifacts.Dim{Name: "row", Size: len(values)}, artifacts.Floats("value", "", values)))
	m, content, err := a.Encode()
	if err != nil {
		t.Fatal(err)
	}
	d := m.Tables[0].Digest
	if e := encoded(content[d], d); e == nil || artifacts.DigestOf(e.Bytes()) != d {
		t.Fatal("a table that was encoded has no known digest, or another one")
	}
	if encoded(content[d], artifacts.DigestOf(nil)) != nil {
		t.Error("it counts for another digest")
	}
	sizes := map[artifacts.Digest]int64{d: content[d].Size()}
	l := newLoader(sizes, content)
	loaded, _, err := l.load(cut(sizes)[0])
	if err != nil || len(l.sums) != 0 || &loaded[0].data[0] != &content[d].(*artifacts.Encoded).Bytes()[0] {
		t.Errorf("%v: it is copied, or summed up again", err)
	}
	s := open(t, newPath(t))
	x := sample("stage.a", 1)
	x.m, x.content = m, content
	put(t, s, x)
	want := make([]byte, content[d].Size())
	if _, err := content[d].ReadAt(want, 0); err != nil {
		t.Fatal(err)
	}
	got, err := s.Read(d)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("other bytes come out: %v", err)
	}
}
