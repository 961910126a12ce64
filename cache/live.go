package cache

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Every Store that is open for writing holds a file, owner-<id>, and writes into
// it each key that it asks for before it looks whether there is a result. Who
// deletes results does so with the file of the store to itself and reads these
// files then: a key that is not in one of them was not looked for yet, and will
// be found missing. So nothing that a living process found is taken from it.

// becomeOwner makes and holds the owner's file.
func (s *Store) becomeOwner() (err error) {
	path := s.ownerFile(s.owner)
	if s.alive, err = holdFile(context.Background(), path); err != nil {
		return err
	}
	s.used = map[Key]bool{}
	s.uses, err = os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	return err
}

// dropOwner ends it.
func (s *Store) dropOwner() {
	s.dropSpares()
	if s.alive == nil {
		return
	}
	if s.uses != nil {
		s.uses.Close()
	}
	os.Remove(s.alive.Path())
	s.alive.Unlock()
}

// use keeps the results of keys, if there are any, from being collected while
// this store is open.
func (s *Store) use(keys ...Key) error {
	if s.readOnly {
		return nil
	}
	s.usedMu.Lock()
	defer s.usedMu.Unlock()
	var fresh []byte
	for _, key := range keys {
		if !s.used[key] {
			fresh = append(fresh, key[:]...)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	if err := s.writeUses(fresh); err != nil {
		return err
	}
	for _, key := range keys {
		s.used[key] = true
	}
	return nil
}

// useAll is use of many keys, of which none is remembered: to use one again later
// takes no more than to write it again.
func (s *Store) useAll(keys []Key) error {
	if s.readOnly {
		return nil
	}
	all := make([]byte, 0, len(keys)*len(Key{}))
	for _, key := range keys {
		all = append(all, key[:]...)
	}
	s.usedMu.Lock()
	defer s.usedMu.Unlock()
	return s.writeUses(all)
}

// writeUses adds keys to the owner's file, whole ones: half of one would make others of
// all that follow.
func (s *Store) writeUses(keys []byte) error {
	n, err := s.uses.Write(keys)
	if err == nil {
		return nil
	}
	if info, statErr := s.uses.Stat(); statErr == nil {
		_ = s.uses.Truncate(info.Size() - int64(n))
	}
	return s.cannotWrite(err)
}

// Owner names this opening of the store, for files that belong to it.
func (s *Store) Owner() string { return hex.EncodeToString(s.owner[:]) }

// Alive tells whether the store that has this Owner is still open.
func (s *Store) Alive(owner string) bool {
	var id [16]byte
	if len(owner) != hex.EncodedLen(len(id)) {
		return false
	}
	if _, err := hex.Decode(id[:], []byte(owner)); err != nil {
		return false
	}
	return isHeld(s.ownerFile(id))
}

func (s *Store) ownerFile(id [16]byte) string {
	return filepath.Join(s.claimsFolder(), ownerPrefix+hex.EncodeToString(id[:]))
}

const ownerPrefix = "owner-"

// inUse returns the keys that living processes use.
func (s *Store) inUse() (map[Key]bool, error) {
	used := map[Key]bool{}
	files, err := os.ReadDir(s.claimsFolder())
	if errors.Is(err, fs.ErrNotExist) {
		return used, nil
	}
	for _, f := range files {
		path := filepath.Join(s.claimsFolder(), f.Name())
		if !strings.HasPrefix(f.Name(), ownerPrefix) || !isHeld(path) {
			continue
		}
		b, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // it ended just now
		}
		if err != nil {
			return nil, fmt.Errorf("cannot tell what running processes use: %w", err)
		}
		for ; len(b) >= len(Key{}); b = b[len(Key{}):] {
			used[Key(b)] = true
		}
	}
	return used, err
}

// shared tells whether another process has the store open for writing.
func (s *Store) shared() (bool, error) {
	files, err := os.ReadDir(s.claimsFolder())
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	for _, f := range files {
		if owner, ok := strings.CutPrefix(f.Name(), ownerPrefix); ok && owner != s.Owner() && s.Alive(owner) {
			return true, nil
		}
	}
	return false, err
}

// dropDeadOwners removes the lock files of processes that were killed: claims and
// owners. What chunks an owner has pending, and that nobody holds its lock, sweep
// finds out without the file.
func (s *Store) dropDeadOwners() {
	files, err := os.ReadDir(s.claimsFolder())
	if err != nil {
		return
	}
	for _, f := range files {
		l := newLock(filepath.Join(s.claimsFolder(), f.Name()))
		if free, err := l.TryLock(); err == nil && free { // a claim of nobody, or an owner that is no more
			os.Remove(l.Path())
			l.Unlock()
		}
	}
}
