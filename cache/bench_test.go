package cache

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// BenchmarkPut stores artifacts of 8 MiB, each durable before the next.
func BenchmarkPut(b *testing.B) {
	s, err := Open(filepath.Join(b.TempDir(), "store.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	b.SetBytes(8 << 20)
	buf := bytesOf(1, 8<<20)
	for i := 0; b.Loop(); i++ {
		copy(buf, fmt.Sprint(i, " "))
		x := sample("stage.a", float64(i), buf)
		if err := s.Put(x.r, x.m, x.content); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkNoOp opens a store and looks up 10,000 results with keys of about 1 KB.
func BenchmarkNoOp(b *testing.B) {
	path := filepath.Join(b.TempDir(), "store.db")
	s, err := Open(path)
	if err != nil {
		b.Fatal(err)
	}
	var keys []Key
	results := make(chan error)
	for i := range 10_000 {
		x := sample(fmt.Sprintf("stage.a[%d]", i), 1, []byte("x"))
		x.r.KeyText += strings.Repeat("set something to something else\n", 30)
		x.r.Key = KeyOf(x.r.KeyText)
		keys = append(keys, x.r.Key)
		go func() { results <- s.Put(x.r, x.m, x.content) }()
	}
	for range keys {
		if err := <-results; err != nil {
			b.Fatal(err)
		}
	}
	s.Close()
	for b.Loop() {
		s, err := Open(path)
		if err != nil {
			b.Fatal(err)
		}
		for _, key := range keys {
			if _, err := s.Get(key); err != nil {
				b.Fatal(err)
			}
		}
		s.Close()
	}
}
