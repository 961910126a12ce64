package cache

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

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

func TestFlippedRecordIsNoticedAndHealed(t *testing.T) {
	x := sample("stage.one", 1.25, bytesOf(1, 5000))
	d, content := x.m.Digest(), x.m.Tables[0].Digest
	for name, at := range map[string][]byte{
		"result":   []byte(x.r.KeyText),
		"manifest": x.m.Text()[:30],
		"index":    append(seal(contentsBucket, content[:], index{5000, []span{{1, 1}}}.encode()), 0, 0, 0, 0),
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

// TestAnyByte flips bytes anywhere in the file, structure and all: nothing but
// what was put may be read, and nothing may panic.
func TestAnyByte(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	var xs []made
	for i := range 30 {
		x := sample(fmt.Sprintf("stage.a[%d]", i), float64(i), bytesOf(uint64(i), 500+i*100), bytesOf(99, 30_000))
		xs = append(xs, x)
		put(t, s, x)
	}
	s.Close()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(5, 5))
	const flips = 60
	noticed := 0
	for range flips {
		b := bytes.Clone(whole)
		at := r.IntN(len(b))
		b[at] ^= byte(1 << r.IntN(8))
		spoiled := newPath(t)
		os.MkdirAll(strings.TrimSuffix(spoiled, "/store.db"), 0o777)
		if err := os.WriteFile(spoiled, b, 0o666); err != nil {
			t.Fatal(err)
		}
		if tryAll(t, spoiled, xs) {
			noticed++
		}
		if t.Failed() {
			t.Fatalf("after byte %d", at)
		}
	}
	t.Logf("%d of %d flips showed", noticed, flips)
	if noticed == 0 {
		t.Error("no flip was noticed")
	}
}

// tryAll reads everything and compares what it gets; it tells whether anything
// was amiss.
func tryAll(t *testing.T, path string, xs []made) (amiss bool) {
	s, err := Open(path)
	if err != nil {
		return true
	}
	defer s.Close()
	for _, x := range xs {
		r, err := s.Get(x.r.Key)
		if err != nil {
			amiss = true
			continue
		}
		if r.KeyText != x.r.KeyText || r.Artifact != x.m.Digest() {
			t.Errorf("a wrong result: %+v", r)
		}
		m, err := s.Manifest(r.Artifact)
		if err != nil {
			amiss = true
			continue
		}
		if string(m.Text()) != string(x.m.Text()) {
			t.Errorf("a wrong manifest: %s", m.Text())
		}
		for _, e := range m.Contents() {
			if b, err := s.Read(e.Digest); err != nil {
				amiss = true
			} else if string(b) != string(x.content[e.Digest]) {
				t.Error("a wrong content")
			}
		}
	}
	x := sample("stage.new", 5, bytesOf(1234, 4000))
	if err := s.Put(x.r, x.m, x.content); err != nil {
		amiss = true
	}
	return len(s.Check()) > 0 || amiss
}

func TestTruncated(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	x := sample("stage.a", 1, bytesOf(1, 3<<20))
	put(t, s, x)
	s.Close()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{1, 100, 4096, 8192, 16384, 20000, len(whole) / 2, 3 << 20} {
		if err := os.Truncate(path, int64(n)); err != nil {
			t.Fatal(err)
		}
		for name, open := range map[string]func(string) (*Store, error){"Open": Open, "OpenExisting": OpenExisting} {
			if s, err := open(path); err == nil {
				s.Close()
				t.Errorf("%s took a store of %d bytes, of %d", name, n, len(whole))
			} else if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), path) {
				t.Errorf("%s of a store of %d bytes: %v", name, n, err)
			}
		}
		if err := os.WriteFile(path, whole, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTruncatedWhileOpen takes the file's end away under the mapping.
func TestTruncatedWhileOpen(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	x := sample("stage.a", 1, bytesOf(1, 3<<20))
	put(t, s, x)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 16384); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Read(x.m.Tables[0].Digest); !errors.Is(err, ErrCorrupt) {
		t.Errorf("read: %v", err)
	}
	if err := os.WriteFile(path, whole, 0o666); err != nil {
		t.Fatal(err)
	}
	readAll(t, s, x)
}
