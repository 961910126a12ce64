package cache

import (
	"maps"

	bolt "go.etcd.io/bbolt"
)

// Warm reads the results of keys that are likely to be asked for soon, as long as
// nothing better can be done with a processor. The first Get of each finds it in
// memory; those that there are not, or that are damaged, are for Get to tell of.
func (s *Store) Warm(keys []Key) {
	if s.use(keys...) != nil { // from here on they stay
		return
	}
	for len(keys) > 0 {
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
	maps.Copy(s.warm, read)
}

// takeWarm is the result of a key that was read ahead; once, since later it may be another.
func (s *Store) takeWarm(key Key) *Result {
	s.warmMu.Lock()
	defer s.warmMu.Unlock()
	r := s.warm[key]
	delete(s.warm, key)
	return r
}
