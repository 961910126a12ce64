package cache

import (
	"bytes"
	"errors"

	bolt "go.etcd.io/bbolt"
)

// eachBatch is how many results are read in one transaction.
const eachBatch = 256

// EachResult hands all results to fn, in order of their keys, until it says to
// stop. Damaged ones are left out. Other processes can work meanwhile, and fn may
// use the store; what is written meanwhile may be seen or not.
func (s *Store) EachResult(fn func(*Result) (more bool)) error {
	var after []byte
	for {
		batch, last, err := s.someResults(after)
		if errors.Is(err, ErrMissing) { // no store, no results
			return nil
		}
		if err != nil {
			return err
		}
		for _, payload := range batch {
			if r, err := decodeResult(payload); err == nil && !fn(r) {
				return nil
			}
		}
		if after = last; after == nil {
			return nil
		}
	}
}

// someResults reads a batch of results behind a key; last is nil at the end.
func (s *Store) someResults(after []byte) (batch [][]byte, last []byte, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		b, err := bucketOf(tx, resultsBucket)
		if err != nil {
			return err
		}
		c := b.Cursor()
		key, value := c.Seek(after)
		if after != nil && bytes.Equal(key, after) {
			key, value = c.Next()
		}
		for n := 0; key != nil; key, value = c.Next() {
			if n++; n > eachBatch {
				return nil
			}
			last = bytes.Clone(key)
			if payload, err := checked(resultsBucket, key, value); err == nil {
				batch = append(batch, payload)
			}
		}
		last = nil
		return nil
	})
	return batch, last, err
}
