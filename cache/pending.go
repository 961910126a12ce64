package cache

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"

	bolt "go.etcd.io/bbolt"
)

// sweepChunks bounds the chunks that one transaction deletes.
const sweepChunks = 256

// ownerSize are the bytes of an owner, at the beginning of a pending key.
const ownerSize = 16

// pendingKey names chunks on their way: whose they are, and the first.
func pendingKey(owner [ownerSize]byte, first uint64) []byte {
	return binary.BigEndian.AppendUint64(owner[:len(owner):len(owner)], first)
}

func putPending(tx *bolt.Tx, owner [ownerSize]byte, r span) error {
	return putRecord(tx, pendingBucket, pendingKey(owner, r.first), binary.BigEndian.AppendUint64(nil, r.count))
}

// takePending ends the pending state of chunks that become reachable.
func takePending(tx *bolt.Tx, owner [ownerSize]byte, r span) error {
	key := pendingKey(owner, r.first)
	count, err := getRecord(tx, pendingBucket, key)
	if errors.Is(err, ErrMissing) || err == nil && binary.BigEndian.Uint64(count) != r.count {
		return errReplaced
	}
	if err != nil {
		return err
	}
	return tx.Bucket(pendingBucket).Delete(key)
}

// discard deletes what is still pending of the given contents. What it fails to
// delete is swept when this process has ended.
func (s *Store) discard(staged placed) {
	var left []span
	err := s.view(func(tx *bolt.Tx) error {
		pending, err := bucketOf(tx, pendingBucket)
		if err != nil {
			return err
		}
		for _, ix := range staged {
			for _, r := range ix.spans {
				if pending.Get(pendingKey(s.owner, r.first)) != nil {
					left = append(left, r)
				}
			}
		}
		return nil
	})
	for _, r := range left {
		if err == nil {
			err = s.discardRange(s.owner, r.first, r.first+r.count)
		}
	}
}

// discardRange deletes an owner's pending chunks from lo to hi.
func (s *Store) discardRange(owner [ownerSize]byte, lo, hi uint64) error {
	for left := true; left; {
		err := s.commit(0, func(tx *bolt.Tx) (err error) {
			if err := s.look(everything); err != nil { // chunks among them
				return err
			}
			left, err = discardSome(tx, owner, lo, hi)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// discardSome deletes at most sweepChunks chunks and tells whether more are left.
func discardSome(tx *bolt.Tx, owner [ownerSize]byte, lo, hi uint64) (left bool, err error) {
	pending, err := bucketOf(tx, pendingBucket)
	if err != nil {
		return false, err
	}
	chunks, err := bucketOf(tx, chunksBucket)
	if err != nil {
		return false, err
	}
	for budget := uint64(sweepChunks); budget > 0; {
		key, value := pending.Cursor().Seek(pendingKey(owner, lo))
		if key == nil || bytes.Compare(key, pendingKey(owner, hi)) >= 0 {
			return false, nil
		}
		key = bytes.Clone(key)
		r, err := decodePending(key, value)
		if err != nil {
			return false, err
		}
		if err := pending.Delete(key); err != nil {
			return false, err
		}
		n := min(r.count, budget)
		budget -= n
		for i := range n {
			if err := chunks.Delete(chunkKey(r.first + i)); err != nil {
				return false, err
			}
		}
		if n < r.count {
			return true, putPending(tx, owner, span{r.first + n, r.count - n})
		}
	}
	return true, nil
}

func decodePending(key, value []byte) (r span, err error) {
	count, err := checked(pendingBucket, key, value)
	if err == nil && (len(key) != ownerSize+8 || len(count) != 8) {
		err = fmt.Errorf("%w: the pending record %s", ErrCorrupt, keyName(key))
	}
	if err != nil {
		return r, err
	}
	return span{binary.BigEndian.Uint64(key[ownerSize:]), binary.BigEndian.Uint64(count)}, nil
}

// sweep deletes the pending chunks of processes that have ended. Each holds the
// lock of its owner file for as long as it lives. The spell that it begins is one that
// writes, though it waits for readers then: a run in which nothing changed opens the
// file once, and any other has to write sooner or later.
func (s *Store) sweep() error {
	owners := map[[ownerSize]byte]bool{}
	look := func(tx *bolt.Tx) error {
		pending, err := bucketOf(tx, pendingBucket)
		if err != nil {
			return err
		}
		return pending.ForEach(func(key, _ []byte) error {
			if len(key) > ownerSize && [ownerSize]byte(key) != s.owner {
				owners[[ownerSize]byte(key)] = true
			}
			return nil
		})
	}
	if err := s.with(true, func(sp *spell) error { return sp.db.View(look) }); err != nil {
		return err
	}
	for owner := range owners {
		alive := newLock(s.ownerFile(owner))
		if dead, err := alive.TryLock(); err != nil || !dead {
			continue
		}
		err := s.discardRange(owner, 0, math.MaxUint64)
		os.Remove(alive.Path())
		alive.Unlock()
		if err != nil {
			return err
		}
	}
	return nil
}
