package cache

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"

	bolt "go.etcd.io/bbolt"

	"reprise/artifacts"
)

// ahead is how many chunks the kernel is asked for before they are copied.
const ahead = 8

// Read returns a content, one table or file of an artifact, each chunk of it
// compared with its sum: as sure as with the content's digest that no damage passes,
// and several times faster. ErrCorrupt names it where it is damaged.
func (s *Store) Read(d artifacts.Digest) ([]byte, error) {
	var out []byte
	err := s.view(func(tx *bolt.Tx) error {
		ix, err := contentIndex(tx, d)
		if err != nil {
			return err
		}
		out = make([]byte, 0, ix.size)
		return eachChunk(tx, ix, 0, ix.chunks(), func(i uint64, chunk []byte) error {
			at := len(out)
			out = append(out, chunk...)
			return ix.confirm(i, out[at:])
		})
	})
	if err != nil {
		return nil, fmt.Errorf("content %s: %w", d, err)
	}
	return out, nil
}

// confirm compares the bytes of the i-th chunk with its sum.
func (ix index) confirm(i uint64, chunk []byte) error {
	if sumOf(chunk) != ix.sums[i] {
		return fmt.Errorf("%w: the bytes of chunk %d are not those that were written", ErrCorrupt, ix.at(i))
	}
	return nil
}

func (s *Store) wrongDigest(d artifacts.Digest) error {
	return fmt.Errorf("content %s: %w: the bytes in %s are not those that were written", d, ErrCorrupt, s.path)
}

// Verify reads every content of an artifact and compares it with its digest,
// without holding it in memory or holding up other processes.
func (s *Store) Verify(m *artifacts.Manifest) error {
	for _, e := range m.Contents() {
		size, err := s.verifyContent(e.Digest)
		if err != nil {
			return fmt.Errorf("%q: %w", e.Name, err)
		}
		if size != e.Size {
			return fmt.Errorf("%q: content %s: %w: %d bytes, where the manifest says %d", e.Name, e.Digest, ErrCorrupt, size, e.Size)
		}
	}
	return nil
}

// Copy writes a content to w, in parts, without holding it in memory or holding up
// other processes. What it has written is right where it gives no error.
func (s *Store) Copy(w io.Writer, d artifacts.Digest) error {
	h := sha256.New()
	if _, err := s.stream(d, io.MultiWriter(h, w)); err != nil {
		return fmt.Errorf("content %s: %w", d, err)
	}
	if artifacts.Digest(h.Sum(nil)) != d {
		return s.wrongDigest(d)
	}
	return nil
}

// errMoved says that a content was dropped and stored again while it was read.
var errMoved = errors.New("stored anew while it was read")

// verifyContent compares a content with its digest and returns its size.
func (s *Store) verifyContent(d artifacts.Digest) (int64, error) {
	h := sha256.New()
	size, err := s.stream(d, h)
	if errors.Is(err, errMoved) {
		return s.verifyContent(d)
	}
	if err != nil {
		return 0, fmt.Errorf("content %s: %w", d, err)
	}
	if artifacts.Digest(h.Sum(nil)) != d {
		return 0, s.wrongDigest(d)
	}
	return size, nil
}

// stream writes a content to w as it is, a bounded part a transaction.
func (s *Store) stream(d artifacts.Digest, w io.Writer) (int64, error) {
	const step = txBytes / chunkBytes
	var size int64
	var whole index
	var buf []byte // as large as the first chunk: most contents have one, which is small
	for at, n := uint64(0), uint64(1); at < n; at += step {
		err := s.view(func(tx *bolt.Tx) error {
			ix, err := contentIndex(tx, d)
			switch {
			case err != nil:
				return err
			case at == 0:
				whole, n = ix, ix.chunks()
			case !slices.Equal(ix.spans, whole.spans):
				return errMoved
			}
			return eachChunk(tx, ix, at, min(at+step, n), func(i uint64, chunk []byte) error {
				if len(buf) < len(chunk) {
					buf = make([]byte, len(chunk))
				}
				part := buf[:copy(buf, chunk)]
				if err := ix.confirm(i, part); err != nil {
					return err
				}
				n, err := w.Write(part)
				size += int64(n)
				return err
			})
		})
		if err != nil {
			return size, err
		}
	}
	return size, nil
}

func contentIndex(tx *bolt.Tx, d artifacts.Digest) (index, error) {
	b, err := getRecord(tx, contentsBucket, d[:])
	if err != nil {
		return index{}, err
	}
	return decodeIndex(b)
}

// eachChunk hands the chunks from lo to hi of a content to fn, in order, with which they are.
// They are part of the transaction and end with it.
func eachChunk(tx *bolt.Tx, ix index, lo, hi uint64, fn func(i uint64, chunk []byte) error) error {
	b, err := bucketOf(tx, chunksBucket)
	if err != nil {
		return err
	}
	var window [ahead][]byte
	for i := lo; i < hi; i += ahead {
		got := window[:min(ahead, hi-i)]
		for j := range got {
			n := ix.at(i + uint64(j))
			got[j] = b.Get(chunkKey(n))
			if len(got[j]) == 0 || len(got[j]) > chunkBytes {
				return fmt.Errorf("%w: chunk %d is lost", ErrCorrupt, n)
			}
			willNeed(got[j])
		}
		for j, chunk := range got {
			if err := fn(i+uint64(j), chunk); err != nil {
				return err
			}
		}
	}
	return nil
}

// readIndex reads a record of contents without copying it.
func readIndex(key, value []byte) (index, error) {
	payload, ok := unseal(contentsBucket, key, value)
	if !ok {
		return index{}, fmt.Errorf("%w: the index of content %s", ErrCorrupt, keyName(key))
	}
	return decodeIndex(payload)
}
