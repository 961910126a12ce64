package cache

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"reprise/artifacts"
)

// TestMain lets the test binary be a second process: child_test.go.
func TestMain(m *testing.M) {
	if do := os.Getenv("REPRISE_TEST_CHILD"); do != "" {
		os.Exit(child(do))
	}
	os.Exit(m.Run())
}

// open opens a store that is checked when the test ends.
func open(t *testing.T, path string) *Store {
	t.Helper()
	t.Cleanup(func() {
		if !t.Failed() {
			checkClean(t, path)
		}
	})
	return again(t, path)
}

// again opens a store that another call of open checks.
func again(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func checkClean(t *testing.T, path string) {
	t.Helper()
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, err := range s.Check() {
		t.Errorf("check: %v", err)
	}
}

func newPath(t *testing.T) string { return filepath.Join(t.TempDir(), "a", "store.db") }

// bytesOf returns n bytes that depend on the seed alone.
func bytesOf(seed uint64, n int) []byte {
	r := rand.New(rand.NewPCG(seed, 1))
	b := make([]byte, n)
	for i := 0; i+8 <= n; i += 8 {
		v := r.Uint64()
		for j := range 8 {
			b[i+j] = byte(v >> (8 * j))
		}
	}
	for i := n &^ 7; i < n; i++ {
		b[i] = byte(r.Uint64())
	}
	return b
}

// made is a result with its artifact.
type made struct {
	r       *Result
	m       *artifacts.Manifest
	content map[artifacts.Digest]artifacts.Content
}

// sample makes a result under address whose artifact has these contents and a metric.
func sample(address string, metric float64, contents ...[]byte) made {
	m := &artifacts.Manifest{Metrics: []artifacts.Metric{{Name: "loss", Value: metric}}}
	by := map[artifacts.Digest]artifacts.Content{}
	for i, b := range contents {
		d := artifacts.DigestOf(b)
		by[d] = bytes.NewReader(b)
		m.Tables = append(m.Tables, artifacts.Entry{Name: fmt.Sprintf("table%03d", i), Digest: d, Size: int64(len(b))})
	}
	text := fmt.Sprintf("reprise-key 1\nkind toy\nset address %q\nset metric %v\n", address, metric)
	return made{&Result{Key: KeyOf(text), KeyText: text, Experiment: "e", Address: address, Kind: "toy"}, m, by}
}

func put(t *testing.T, s *Store, x made) {
	t.Helper()
	if err := s.Put(x.r, x.m, x.content); err != nil {
		t.Fatal(err)
	}
}

// readAll compares everything under a key with what was put.
func readAll(t *testing.T, s *Store, x made) {
	t.Helper()
	r, err := s.Get(x.r.Key)
	if err != nil {
		t.Fatal(err)
	}
	if r.KeyText != x.r.KeyText || r.Artifact != x.m.Digest() || r.Address != x.r.Address || r.Metrics["loss"] != x.m.Metrics[0].Value {
		t.Fatalf("got %+v, put %+v", r, x.r)
	}
	m, err := s.Manifest(r.Artifact)
	if err != nil {
		t.Fatal(err)
	}
	if string(m.Text()) != string(x.m.Text()) {
		t.Fatalf("manifest %s, put %s", m.Text(), x.m.Text())
	}
	for _, e := range m.Contents() {
		b, err := s.Read(e.Digest)
		if err != nil {
			t.Fatal(err)
		}
		if e.Digest != artifacts.DigestOf(b) {
			t.Fatalf("%s: read %d bytes that are not those that were put", e.Name, len(b))
		}
	}
	if err := s.Verify(m); err != nil {
		t.Fatal(err)
	}
}
