package cache

import (
	"errors"
	"io/fs"
	"os"

	bolt "go.etcd.io/bbolt"
)

// look looks at bbolt's pages, once in a process, since that takes time where the
// store is large. The caller has the file open, or holds its gate, so that nobody
// changes it meanwhile.
func (s *Store) look(d depth) error {
	s.mu.Lock()
	done := s.looked >= d
	s.mu.Unlock()
	if done {
		return nil
	}
	if err := checkPages(s.path, d); err != nil {
		return err
	}
	s.mu.Lock()
	s.looked = max(s.looked, d)
	s.mu.Unlock()
	return nil
}

// lookBeforeWriting is the look of the first update, before there is anything to write.
func (s *Store) lookBeforeWriting() error {
	s.mu.Lock()
	done := s.looked >= records
	s.mu.Unlock()
	if done {
		return nil
	}
	return s.rollBack(func(*bolt.Tx) error { return s.look(records) })
}

// LookAhead does what comes before the first thing that is written, so that nobody
// waits for it then: for some milliseconds nobody else gets the file.
func (s *Store) LookAhead() { _ = s.lookBeforeWriting() } // which tells of a fault again

// CheckStructure looks at all of bbolt's pages. What it finds is [ErrStructure], or [ErrCorrupt] where the file is cut off.
func (s *Store) CheckStructure() error {
	check := func(*bolt.Tx) error { return checkPages(s.path, everything) }
	var err error
	if _, statErr := os.Stat(s.path); s.readOnly || errors.Is(statErr, fs.ErrNotExist) {
		err = s.view(check)
	} else {
		err = s.rollBack(check)
	}
	if errors.Is(err, ErrMissing) { // no store, no damage
		return nil
	}
	return err
}

// rollBack runs fn in a write transaction of which nothing is kept, so that no other
// changes the file meanwhile.
func (s *Store) rollBack(fn func(*bolt.Tx) error) error {
	nothing := errors.New("nothing was written")
	err := s.write(func(tx *bolt.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return nothing
	})
	if errors.Is(err, nothing) {
		return nil
	}
	return err
}
