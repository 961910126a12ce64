package cache

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"reprise/artifacts"
)

// flip changes a byte of a closed store's file: the first of the given bytes,
// which must be there.
func flip(t *testing.T, path string, at []byte) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	i := bytes.Index(b, at)
	if i < 0 {
		t.Fatalf("%q is not in the file", at)
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for ; i >= 0; i = next(b, at, i) { // bbolt leaves old copies of pages
		if _, err := f.WriteAt([]byte{b[i] ^ 4}, int64(i)); err != nil {
			t.Fatal(err)
		}
	}
}

func next(b, at []byte, i int) int {
	j := bytes.Index(b[i+1:], at)
	if j < 0 {
		return -1
	}
	return i + 1 + j
}

func TestFlippedChunkIsNoticedAndHealed(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	good, bad := bytesOf(1, 5000), bytesOf(2, 20<<20)
	one := sample("stage.one", 1, good, bad)
	two := sample("stage.two", 2, bad)
	three := sample("stage.three", 3, good)
	for _, x := range []made{one, two, three} {
		put(t, s, x)
	}
	s.Close()
	flip(t, path, bad[3<<20:3<<20+40])

	s = again(t, path)
	d := artifacts.DigestOf(bad)
	if _, err := s.Read(d); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), d.String()) {
		t.Errorf("read of a damaged content: %v", err)
	}
	if err := s.Verify(one.m); !errors.Is(err, ErrCorrupt) {
		t.Errorf("verify of a damaged artifact: %v", err)
	}
	if faults := s.Check(); len(faults) != 1 || !errors.Is(faults[0], ErrCorrupt) {
		t.Errorf("check: %v", faults)
	}
	if err := s.Forget(one.r.Key); err != nil {
		t.Fatal(err)
	}
	for _, x := range []made{one, two} { // the second needs the same bytes
		if _, err := s.Get(x.r.Key); !errors.Is(err, ErrMissing) {
			t.Errorf("%s after forget: %v", x.r.Address, err)
		}
	}
	readAll(t, s, three)
	for _, err := range s.Check() {
		t.Errorf("check after forget: %v", err)
	}
	put(t, s, one)
	put(t, s, two)
	readAll(t, s, one)
	readAll(t, s, two)
}

// TestVerifyResult tells a result that is gone from one whose artifact is.
func TestVerifyResult(t *testing.T) {
	s := again(t, newPath(t))
	x, y := sample("stage.one", 1, bytesOf(1, 500)), sample("stage.two", 2, bytesOf(2, 500))
	put(t, s, x)
	put(t, s, y)
	if m, err := s.VerifyResult(x.r.Key); err != nil || m.Digest() != x.m.Digest() {
		t.Errorf("%v", err)
	}
	if err := s.Forget(x.r.Key); err != nil {
		t.Fatal(err)
	}
	if _, err := s.VerifyResult(x.r.Key); !errors.Is(err, ErrMissing) || errors.Is(err, ErrCorrupt) {
		t.Errorf("a result that is gone: %v", err)
	}
	d := y.m.Digest()
	if err := s.commit(0, func(tx *bolt.Tx) error { return tx.Bucket(artifactsBucket).Delete(d[:]) }); err != nil {
		t.Fatal(err)
	}
	if _, err := s.VerifyResult(y.r.Key); !errors.Is(err, ErrCorrupt) || errors.Is(err, ErrMissing) {
		t.Errorf("an artifact that is lost: %v", err)
	}
}

func TestFlippedRecordIsNoticedAndHealed(t *testing.T) {
	b := bytesOf(1, 5000)
	x := sample("stage.one", 1.25, b)
	d, content := x.m.Digest(), x.m.Tables[0].Digest
	ix := index{5000, []span{{1, 1}}, []sum{sumOf(b)}}
	for name, at := range map[string][]byte{
		"result":   []byte(x.r.KeyText),
		"manifest": x.m.Text()[:30],
		"index":    append(seal(contentsBucket, content[:], ix.encode()), 0, 0, 0, 0),
		"latest":   append(seal(latestBucket, addressKey("e", "stage.one"), x.r.Key[:]), x.r.Key[:]...),
	} {
		t.Run(name, func(t *testing.T) {
			path := newPath(t)
			s := open(t, path)
			put(t, s, x)
			s.Close()
			flip(t, path, at)
			s = again(t, path)
			_, getErr := s.Get(x.r.Key)
			_, manifestErr := s.Manifest(d)
			_, readErr := s.Read(content)
			_, latestErr := s.Latest("e", "stage.one")
			for what, err := range map[string]error{"result": getErr, "manifest": manifestErr, "index": readErr, "latest": latestErr} {
				want := what == name || what == "latest" && name == "result"
				if want != (err != nil) || want && !errors.Is(err, ErrCorrupt) {
					t.Errorf("%s: %v", what, err)
				}
			}
			if faults := s.Check(); len(faults) == 0 {
				t.Error("check found nothing")
			}
			if err := s.Forget(x.r.Key); err != nil {
				t.Fatal(err)
			}
			put(t, s, x)
			readAll(t, s, x)
			if r, err := s.Latest("e", "stage.one"); err != nil || r.Key != x.r.Key {
				t.Errorf("latest: %v", err)
			}
		})
	}
}

// TestTruncated cuts the file off at every page, and within the first.
func TestTruncated(t *testing.T) {
	path := newPath(t)
	whole := makeSmall(t, path)
	cuts := []int{1, 100, 20000}
	for n := os.Getpagesize(); n < len(whole); n += os.Getpagesize() {
		cuts = append(cuts, n)
	}
	refused := 0
	for _, n := range cuts {
		if err := os.WriteFile(path, whole[:n], 0o666); err != nil {
			t.Fatal(err)
		}
		for name, open := range map[string]func(string) (*Store, error){"Open": Open, "OpenExisting": OpenExisting} {
			s, err := open(path)
			if err != nil {
				refused++
				if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), path) {
					t.Errorf("%s of a store of %d bytes: %v", name, n, err)
				}
				continue
			}
			for _, x := range small() { // there was nothing behind that
				readAll(t, s, x)
			}
			for _, err := range s.Check() {
				t.Error(err)
			}
			s.Close()
		}
	}
	if refused < len(cuts) {
		t.Errorf("%d refusals of %d", refused, 2*len(cuts))
	}
	if err := os.WriteFile(path, whole, 0o666); err != nil {
		t.Fatal(err)
	}
}

// TestSpoiledSidecars changes every byte of a checkpoint and of a remembered plan,
// and cuts them off everywhere: each is as it was, or is not there.
func TestSpoiledSidecars(t *testing.T) {
	s := open(t, newPath(t))
	key, want := KeyOf("a"), bytesOf(1, 300)
	if err := errors.Join(s.PutPlan(key, want[:100], want[100:]), s.PutCheckpoint(t.Context(), key, Checkpoint{State: want, Seconds: 1})); err != nil {
		t.Fatal(err)
	}
	plan := func() []byte {
		p, ok := PlanAt(s.path, key)
		if !ok {
			return nil
		}
		tail := p.Tail()
		if tail == nil {
			return nil
		}
		return append(p.Head, tail...)
	}
	checkpoint := func() []byte {
		c, err := s.Checkpoint(key)
		if err != nil {
			return nil
		}
		return c.State
	}
	for file, read := range map[string]func() []byte{
		filepath.Join(plansFolder(s.path), key.String()): plan, s.checkpointFile(key): checkpoint} {
		whole, err := os.ReadFile(file)
		if err != nil || !bytes.Equal(read(), want) {
			t.Fatal("not as it was put", err)
		}
		for i := range whole {
			flipped := bytes.Clone(whole)
			flipped[i] ^= 1 << (i % 8)
			for what, b := range map[string][]byte{"flipped at": flipped, "cut off at": whole[:i]} {
				if err := os.WriteFile(file, b, 0o666); err != nil {
					t.Fatal(err)
				}
				if read() != nil {
					t.Errorf("%s is read though it is %s byte %d", file, what, i)
				}
			}
		}
	}
}

// TestTruncatedWhileOpen takes the file's end away under the mapping.
func TestTruncatedWhileOpen(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	x := sample("stage.a", 1, bytesOf(1, 3<<20), bytesOf(2, smallChunk/2)) // of which the small one is read from the mapping
	put(t, s, x)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 16384); err != nil {
		t.Fatal(err)
	}
	for _, e := range x.m.Tables {
		if _, err := s.Read(e.Digest); !errors.Is(err, ErrCorrupt) {
			t.Errorf("read: %v", err)
		}
	}
	if err := os.WriteFile(path, whole, 0o666); err != nil {
		t.Fatal(err)
	}
	readAll(t, s, x)
}
