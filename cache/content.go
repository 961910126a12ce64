package cache

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"unsafe"

	bolt "go.etcd.io/bbolt"

	"reprise/artifacts"
)

// Read returns a content, one table or file of an artifact, each chunk of it
// compared with its sum: as sure as with the content's digest that no damage passes,
// and several times faster. ErrCorrupt names it where it is damaged.
func (s *Store) Read(d artifacts.Digest) ([]byte, error) {
	var out []byte
	err := s.viewFile(func(sp *spell, tx *bolt.Tx) error {
		ix, err := contentIndex(tx, d)
		if err != nil {
			return err
		}
		out = make([]byte, ix.size)
		left := out
		err = sp.eachChunk(tx, ix, 0, ix.chunks(), func(i uint64, c chunk) error {
			if len(c.mapped) > len(left) {
				return fmt.Errorf("%w: chunk %d is too long", ErrCorrupt, ix.at(i))
			}
			part := left[:len(c.mapped)]
			left = left[len(part):]
			if err := c.read(part, 0); err != nil {
				return err
			}
			return ix.confirm(i, part)
		})
		if err == nil && len(left) > 0 {
			err = fmt.Errorf("%w: %d bytes are missing", ErrCorrupt, len(left))
		}
		return err
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

// VerifyResult looks a result up and verifies its artifact. ErrMissing says that
// there is no such result, or not any more: another process may collect it
// meanwhile, and compute it again.
func (s *Store) VerifyResult(key Key) (*artifacts.Manifest, error) {
	const tries = 3
	for try := 1; ; try++ {
		r, err := s.Peek(key)
		if err != nil {
			return nil, err
		}
		m, err := s.Manifest(r.Artifact)
		if err == nil {
			err = s.Verify(m)
		}
		switch {
		case err == nil:
			return m, nil
		case !errors.Is(err, ErrMissing):
			return nil, err
		case try == tries: // the result is there, and what it needs is not
			return nil, fmt.Errorf("%w: %v", ErrCorrupt, err)
		}
	}
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
		err := s.viewFile(func(sp *spell, tx *bolt.Tx) error {
			ix, err := contentIndex(tx, d)
			switch {
			case err != nil:
				return err
			case at == 0:
				whole, n = ix, ix.chunks()
			case !slices.Equal(ix.spans, whole.spans):
				return errMoved
			}
			return sp.eachChunk(tx, ix, at, min(at+step, n), func(i uint64, c chunk) error {
				if len(buf) < len(c.mapped) {
					buf = make([]byte, len(c.mapped))
				}
				part := buf[:len(c.mapped)]
				if err := c.read(part, 0); err != nil {
					return err
				}
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

// chunk is one where bbolt found it, as part of a transaction.
type chunk struct {
	sp     *spell
	mapped []byte
}

// read copies the bytes from off on into p. bbolt maps its file as read at random, a
// page at a time; the file itself is read ahead by the kernel, as any other.
func (c chunk) read(p []byte, off int) error {
	if len(c.mapped) < smallChunk { // it may be a copy of bbolt's, and is in memory
		copy(p, c.mapped[off:])
		return nil
	}
	at := uintptr(unsafe.Pointer(unsafe.SliceData(c.mapped))) - c.sp.db.Info().Data
	if _, err := c.sp.file.ReadAt(p, int64(at)+int64(off)); err != nil {
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return nil
}

// smallChunk is more than bbolt keeps in a page with others.
const smallChunk = 32 << 10

// eachChunk hands the chunks from lo to hi of a content to fn, in order, with which they are.
func (sp *spell) eachChunk(tx *bolt.Tx, ix index, lo, hi uint64, fn func(i uint64, c chunk) error) error {
	b, err := bucketOf(tx, chunksBucket)
	if err != nil {
		return err
	}
	for i := lo; i < hi; i++ {
		n := ix.at(i)
		c := chunk{sp, b.Get(chunkKey(n))}
		if len(c.mapped) == 0 || len(c.mapped) > chunkBytes {
			return fmt.Errorf("%w: chunk %d is lost", ErrCorrupt, n)
		}
		if err := fn(i, c); err != nil {
			return err
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
