package cache

import (
	"crypto/rand"
	"errors"

	bolt "go.etcd.io/bbolt"
)

// Stamp names what the results and the latest of the store are: every transaction
// that changes one of them writes another, at random, so that no copy of the file
// that is brought back has the stamp of what came after it. Runs, logs and what else
// there is do not change it.
type Stamp [16]byte

var stampKey = []byte("stamp")

// restamp is for every transaction that changes results or latest.
func (s *Store) restamp(tx *bolt.Tx) error {
	before, unread := stampOf(tx) // what cannot be read is written over
	var fresh Stamp
	if _, err := rand.Read(fresh[:]); err != nil {
		return err
	}
	s.stampMu.Lock()
	defer s.stampMu.Unlock()
	if unread == nil && before != (Stamp{}) && before == s.stamp {
		s.stamp = fresh // where this is rolled back, it is nobody's
	} else {
		s.stamp = Stamp{}
	}
	return putRecord(tx, metaBucket, stampKey, fresh[:])
}

// stood notes the stamp at which results were found to stand.
func (s *Store) stood(at Stamp) {
	s.stampMu.Lock()
	defer s.stampMu.Unlock()
	s.stamp = at
}

// StampSince is the stamp of the store, if nobody but this process changed results or
// latest since [Store.Stand], and this deleted none; else zero.
func (s *Store) StampSince() (at Stamp) {
	_ = s.view(func(tx *bolt.Tx) error { // of a store that cannot be read it is zero
		if s.stillStand(tx) {
			at, _ = stampOf(tx)
		}
		return nil
	})
	return at
}

// stillStand tells whether results that Stand found are still there: nobody but this
// process changed results or latest since, and this deleted none.
func (s *Store) stillStand(tx *bolt.Tx) bool {
	at, err := stampOf(tx)
	s.stampMu.Lock()
	defer s.stampMu.Unlock()
	return err == nil && at != Stamp{} && at == s.stamp
}

// stampOf is the stamp of the store, zero where nothing was written yet.
func stampOf(tx *bolt.Tx) (Stamp, error) {
	payload, err := getRecord(tx, metaBucket, stampKey)
	if errors.Is(err, ErrMissing) {
		return Stamp{}, nil
	}
	if err != nil || len(payload) != len(Stamp{}) {
		return Stamp{}, errors.Join(ErrCorrupt, err)
	}
	return Stamp(payload), nil
}
