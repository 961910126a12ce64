package cache

import (
	"bytes"
	"hash/fnv"
	"os"
	"path/filepath"
	"testing"
)

// FuzzRecords holds that whatever a record says is read or refused.
func FuzzRecords(f *testing.F) {
	x := sample("stage.a", 1, bytesOf(1, 10))
	record, err := x.r.encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(record)
	f.Add(index{2<<20 + 5, []span{{1, 2}, {7, 1}}, []sum{{1}, {2}, {3}}}.encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, err := decodeResult(b); err == nil {
			again, err := r.encode()
			if err != nil {
				t.Fatal(err)
			}
			if back, err := decodeResult(again); err != nil || back.KeyText != r.KeyText || back.Key != r.Key {
				t.Errorf("%v: %q", err, again)
			}
		}
		if ix, err := decodeIndex(b); err == nil {
			if !bytes.Equal(ix.encode(), b) {
				t.Error("another index")
			}
			ix.at(ix.chunks())
		}
		for _, bucket := range buckets {
			if payload, ok := unseal(bucket, b, append(seal(bucket, b, b), b...)); !ok || !bytes.Equal(payload, b) {
				t.Error("a sealed record is not whole")
			}
			if _, ok := unseal(bucket, []byte("k"), b); ok {
				t.Error("a record is whole that nobody sealed")
			}
		}
		keyName(b)
		decodePending(b, b)
		ParseKey(string(b))
	})
}

// FuzzPages holds that a walk over any pages ends, and that a file which it takes
// for sound can be opened and read, or is refused.
func FuzzPages(f *testing.F) {
	path := filepath.Join(f.TempDir(), "store.db")
	s, err := Open(path)
	if err != nil {
		f.Fatal(err)
	}
	for _, x := range small()[:6] {
		if err := s.Put(x.r, x.m, x.content); err != nil {
			f.Fatal(err)
		}
	}
	s.Close()
	whole, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Fuzz(func(t *testing.T, b []byte) {
		for at := 0; at+pageHead+metaSummed+8 <= len(b) && at <= 4096; at += 4096 { // or else nothing is ever read
			h := fnv.New64a()
			h.Write(b[at+pageHead:][:metaSummed])
			native.PutUint64(b[at+pageHead+metaSummed:], h.Sum64())
		}
		path := filepath.Join(t.TempDir(), "store.db")
		if err := os.WriteFile(path, b, 0o666); err != nil {
			t.Fatal(err)
		}
		err := checkPages(path, everything)
		s, openErr := OpenExisting(path)
		if openErr != nil {
			return
		}
		defer s.Close()
		for _, x := range small()[:6] {
			if r, err := s.Get(x.r.Key); err == nil && r.KeyText != x.r.KeyText {
				t.Errorf("a wrong result: %+v", r)
			}
		}
		if faults := s.Check(); err != nil && len(faults) == 0 {
			t.Errorf("%v, which does not show", err)
		}
	})
}
