package cache

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"reprise/artifacts"
)

// TestReadsParts reads a content at every kind of place.
func TestReadsParts(t *testing.T) {
	s := open(t, newPath(t))
	whole := bytesOf(3, 3*chunkBytes+17)
	x := sample("stage.a", 1, whole)
	put(t, s, x)
	entry := x.m.Contents()[0]
	c, err := s.Open(entry)
	if err != nil {
		t.Fatal(err)
	}
	if c.Size() != int64(len(whole)) {
		t.Errorf("size %d", c.Size())
	}
	for _, part := range [][2]int{{0, 1}, {0, len(whole)}, {chunkBytes - 1, 2}, {chunkBytes, chunkBytes}, {2*chunkBytes + 5, chunkBytes}, {len(whole) - 1, 1}} {
		got := make([]byte, part[1])
		if n, err := c.ReadAt(got, int64(part[0])); err != nil || n != part[1] || !bytes.Equal(got, whole[part[0]:part[0]+part[1]]) {
			t.Errorf("%d bytes at %d: %d, %v", part[1], part[0], n, err)
		}
	}
	if n, err := c.ReadAt(make([]byte, 10), int64(len(whole))-4); n != 4 || err != io.EOF {
		t.Errorf("past the end: %d, %v", n, err)
	}
	if n, err := c.ReadAt(make([]byte, 10), int64(len(whole))); n != 0 || err != io.EOF {
		t.Errorf("at the end: %d, %v", n, err)
	}
	if _, err := s.Open(artifacts.Entry{Name: "other", Digest: artifacts.DigestOf([]byte("never stored")), Size: 3}); !errors.Is(err, ErrMissing) {
		t.Errorf("what is not there: %v", err)
	}
	entry.Size++
	if _, err := s.Open(entry); !errors.Is(err, ErrCorrupt) {
		t.Errorf("of another size: %v", err)
	}
}
