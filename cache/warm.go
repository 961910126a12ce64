package cache

import (
	"context"

	bolt "go.etcd.io/bbolt"
)

// Warm reads the results of keys that are likely to be asked for soon, as long as
// nothing better can be done with a processor. The first Get of each finds it in
// memory; those that there are not, or that are damaged, are for Get to tell of. It
// ends with the context.
func (s *Store) Warm(ctx context.Context, keys []Key) {
	if s.use(keys...) != nil { // from here on they stay
		return
	}
	for len(keys) > 0 && ctx.Err() == nil {
		some := keys[:min(len(keys), warmAtOnce)]
		keys = keys[len(some):]
		read := make(map[Key]*Result, len(some))
		err := s.view(func(tx *bolt.Tx) error {
			for _, key := range some {
				if r, err := getResult(tx, key[:]); err == nil {
					read[key] = r
				}
			}
			return nil
		})
		if err != nil {
			return
		}
		s.keepWarm(read)
	}
}

// warmAtOnce are read in one transaction, which keeps others from the file.
const warmAtOnce = 500

func (s *Store) keepWarm(read map[Key]*Result) {
	s.warmMu.Lock()
	defer s.warmMu.Unlock()
	if s.warm == nil {
		s.warm = map[Key]*Result{}
	}
	if s.cold {
		return
	}
	for key, r := range read {
		if !s.changes[key] {
			s.warm[key] = r
		}
	}
}

// takeWarm is the result of a key that was read ahead; once, since later it may be another.
func (s *Store) takeWarm(key Key) *Result {
	s.warmMu.Lock()
	defer s.warmMu.Unlock()
	r := s.warm[key]
	delete(s.warm, key)
	return r
}

// dropWarm is for who changes the result of a key: what was read ahead of it counts
// no more, nor what is being read.
func (s *Store) dropWarm(key Key) {
	s.warmMu.Lock()
	defer s.warmMu.Unlock()
	if s.changes == nil {
		s.changes = map[Key]bool{}
	}
	s.changes[key] = true
	delete(s.warm, key)
}

// cool is for who may drop results without knowing their keys: nothing is read ahead
// any more.
func (s *Store) cool() {
	s.warmMu.Lock()
	defer s.warmMu.Unlock()
	s.cold, s.warm = true, nil
}
