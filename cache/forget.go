package cache

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	bolt "go.etcd.io/bbolt"

	"reprise/artifacts"
)

// Forget drops the result of a key, so that its task runs again. It reads the
// contents of the result's artifact and drops those that are damaged too, or
// else a new Put would take them for stored, and with them every artifact that
// lists them and every result that has such an artifact. It is no error where
// there is nothing to drop.
func (s *Store) Forget(key Key) error {
	s.cool() // results of other keys go too
	s.stood(Stamp{})
	bad, err := s.damaged(key)
	if err != nil {
		return fmt.Errorf("forget %s: %w", key.Short(), err)
	}
	var lost placed
	err = s.commit(0, func(tx *bolt.Tx) error {
		results, err := bucketOf(tx, resultsBucket)
		if err != nil {
			return err
		}
		if err := results.Delete(key[:]); err != nil {
			return err
		}
		if err := bad.drop(tx); err != nil {
			return err
		}
		if err := errors.Join(dropDangling(tx), s.restamp(tx)); err != nil {
			return err
		}
		lost, err = s.release(tx)
		return err
	})
	if err != nil {
		return fmt.Errorf("forget %s: %w", key.Short(), err)
	}
	s.discard(lost)
	return nil
}

// damage is what of an artifact cannot be read.
type damage struct {
	artifact *artifacts.Digest // where its manifest is damaged
	contents map[artifacts.Digest]bool
}

func isDamage(err error) bool { return errors.Is(err, ErrCorrupt) || errors.Is(err, ErrMissing) }

// damaged looks at everything that the result of a key needs.
func (s *Store) damaged(key Key) (damage, error) {
	bad := damage{contents: map[artifacts.Digest]bool{}}
	r, err := s.Get(key)
	if isDamage(err) {
		return bad, nil
	}
	if err != nil {
		return bad, err
	}
	m, err := s.Manifest(r.Artifact)
	if isDamage(err) {
		bad.artifact = &r.Artifact
		return bad, nil
	}
	if err != nil {
		return bad, err
	}
	for _, e := range m.Contents() {
		_, err := s.verifyContent(e.Digest)
		if isDamage(err) {
			bad.contents[e.Digest] = true
		} else if err != nil {
			return bad, err
		}
	}
	return bad, nil
}

// drop deletes what is damaged, and the artifacts and results that need it.
func (bad damage) drop(tx *bolt.Tx) error {
	if bad.artifact == nil && len(bad.contents) == 0 {
		return nil
	}
	gone := map[artifacts.Digest]bool{}
	if bad.artifact != nil {
		gone[*bad.artifact] = true
	}
	for d := range bad.contents {
		if err := tx.Bucket(contentsBucket).Delete(d[:]); err != nil {
			return err
		}
	}
	err := deleteWhere(tx, artifactsBucket, func(key, value []byte) bool {
		text, err := checked(artifactsBucket, key, value)
		if err != nil || len(key) != len(artifacts.Digest{}) {
			return false // that is for its own result to find
		}
		d := artifacts.Digest(key)
		if m, err := artifacts.ParseManifest(text); err == nil {
			gone[d] = gone[d] || slices.ContainsFunc(m.Contents(), func(e artifacts.Entry) bool { return bad.contents[e.Digest] })
		}
		return gone[d]
	})
	if err != nil {
		return err
	}
	if bad.artifact != nil {
		if err := tx.Bucket(artifactsBucket).Delete(bad.artifact[:]); err != nil {
			return err
		}
	}
	return deleteWhere(tx, resultsBucket, func(key, value []byte) bool {
		payload, err := checked(resultsBucket, key, value)
		if err != nil {
			return false
		}
		r, err := decodeResult(payload)
		return err == nil && gone[r.Artifact]
	})
}

// dropDangling deletes the pointers to results that are no longer there.
func dropDangling(tx *bolt.Tx) error {
	results, err := bucketOf(tx, resultsBucket)
	if err != nil {
		return err
	}
	return deleteWhere(tx, latestBucket, func(key, value []byte) bool {
		k, err := checked(latestBucket, key, value)
		return err != nil || results.Get(k) == nil
	})
}

// deleteWhere deletes the records of a bucket that a test picks.
func deleteWhere(tx *bolt.Tx, bucket []byte, test func(key, value []byte) bool) error {
	b, err := bucketOf(tx, bucket)
	if err != nil {
		return err
	}
	var keys [][]byte
	err = b.ForEach(func(key, value []byte) error {
		if test(key, value) {
			keys = append(keys, bytes.Clone(key))
		}
		return nil
	})
	for _, key := range keys {
		if err == nil {
			err = b.Delete(key)
		}
	}
	return err
}

// release makes pending the chunks that belong to nothing any more, so that they
// are deleted after the transaction, whatever happens: by [Store.discard], or swept.
func (s *Store) release(tx *bolt.Tx) (placed, error) {
	lost, err := unreachable(tx)
	for _, r := range lost {
		if err == nil {
			err = putPending(tx, s.owner, r)
		}
	}
	return placed{artifacts.Digest{}: index{spans: lost}}, err
}

// unreachable returns the chunks that are neither pending nor part of a content.
func unreachable(tx *bolt.Tx) ([]span, error) {
	known, err := reachable(tx)
	if err != nil {
		return nil, err
	}
	chunks, err := bucketOf(tx, chunksBucket)
	if err != nil {
		return nil, err
	}
	var lost []span
	c := chunks.Cursor()
	for key, _ := c.First(); key != nil; key, _ = c.Next() {
		if len(key) != 8 {
			return nil, fmt.Errorf("%w: a chunk with the number %s", ErrCorrupt, keyName(key))
		}
		n := binary.BigEndian.Uint64(key)
		for len(known) > 0 && n >= known[0].first+known[0].count {
			known = known[1:]
		}
		if len(known) > 0 && n >= known[0].first {
			continue
		}
		if last := len(lost) - 1; last >= 0 && lost[last].first+lost[last].count == n {
			lost[last].count++
		} else {
			lost = append(lost, span{n, 1})
		}
	}
	return lost, nil
}

// reachable returns the chunks that contents and pending records name, in order.
// Damaged records name none.
func reachable(tx *bolt.Tx) ([]span, error) {
	var known []span
	contents, err := bucketOf(tx, contentsBucket)
	if err != nil {
		return nil, err
	}
	pending, err := bucketOf(tx, pendingBucket)
	if err != nil {
		return nil, err
	}
	err = contents.ForEach(func(key, value []byte) error {
		if b, err := checked(contentsBucket, key, value); err == nil {
			if ix, err := decodeIndex(b); err == nil {
				known = append(known, ix.spans...)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = pending.ForEach(func(key, value []byte) error {
		if r, err := decodePending(key, value); err == nil {
			known = append(known, r)
		}
		return nil
	})
	slices.SortFunc(known, func(a, b span) int {
		switch {
		case a.first < b.first:
			return -1
		case a.first > b.first:
			return 1
		}
		return 0
	})
	return known, err
}
