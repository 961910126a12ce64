package cache

import (
	"fmt"
	"io"

	bolt "go.etcd.io/bbolt"

	"reprise/artifacts"
)

// Stored is a content in the store, one table or file of an artifact, of which
// parts are read where they lie.
type Stored struct {
	store *Store
	entry artifacts.Entry
}

// Open returns a content for reading in parts, once all of it was compared with
// its digest, a bounded part at a time.
func (s *Store) Open(e artifacts.Entry) (*Stored, error) {
	if err := s.Verify(&artifacts.Manifest{Files: []artifacts.Entry{e}}); err != nil {
		return nil, err
	}
	return &Stored{s, e}, nil
}

// Size is the number of bytes.
func (c *Stored) Size() int64 { return c.entry.Size }

// ReadAt reads a part, in a transaction of its own.
func (c *Stored) ReadAt(p []byte, off int64) (n int, err error) {
	if off < 0 || off >= c.entry.Size {
		return 0, io.EOF
	}
	wanted := min(int64(len(p)), c.entry.Size-off)
	err = c.store.viewFile(func(sp *spell, tx *bolt.Tx) error {
		ix, err := contentIndex(tx, c.entry.Digest)
		if err != nil {
			return err
		}
		n = 0 // or the transaction is another try
		first, last := uint64(off)/chunkBytes, uint64(off+wanted-1)/chunkBytes
		skip := int(uint64(off) % chunkBytes)
		return sp.eachChunk(tx, ix, first, min(last+1, ix.chunks()), func(_ uint64, c chunk) error {
			if skip > len(c.mapped) {
				return fmt.Errorf("%w: a chunk is short", ErrCorrupt)
			}
			part := p[n:min(int(wanted), n+len(c.mapped)-skip)]
			if err := c.read(part, skip); err != nil {
				return err
			}
			n, skip = n+len(part), 0
			return nil
		})
	})
	switch {
	case err != nil:
		return 0, fmt.Errorf("content %s: %w", c.entry.Digest, err)
	case int64(n) < wanted:
		return n, fmt.Errorf("content %s: %w: it is shorter than it was", c.entry.Digest, ErrCorrupt)
	case n < len(p):
		return n, io.EOF
	}
	return n, nil
}
