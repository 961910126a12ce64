package cache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/gofrs/flock"
)

// Claim makes the caller the only one, of all goroutines and processes, that
// works on a key, and waits until ctx ends for whoever is before it. After a
// claim look again whether the key has a result. A claim ends with release, or
// with its process, however that ends.
func (s *Store) Claim(ctx context.Context, key Key) (release func(), err error) {
	if s.readOnly {
		return nil, fmt.Errorf("%s: %w", s.path, ErrReadOnly)
	}
	l, err := holdFile(ctx, s.claimFile(key))
	if err != nil {
		return nil, fmt.Errorf("claim %s: %w", key.Short(), err)
	}
	return sync.OnceFunc(func() {
		os.Remove(l.Path())
		l.Unlock()
	}), nil
}

// Claimed tells whether somebody works on a key now.
func (s *Store) Claimed(key Key) bool { return isHeld(s.claimFile(key)) }

func (s *Store) claimFile(key Key) string { return filepath.Join(s.claimsFolder(), key.String()) }

// holdFile makes a file that is there while its lock is held: who lets go
// removes it first. It waits until ctx ends for whoever holds it.
func holdFile(ctx context.Context, path string) (*flock.Flock, error) {
	for {
		l, err := lockFile(ctx, path, false)
		if err != nil {
			return nil, err
		}
		// Who held it before us removed the file while we waited for that very
		// file's lock; a third may have made another. Only the file that has the
		// name counts.
		held, err := l.Stat()
		named, nameErr := os.Stat(path)
		if err == nil && nameErr == nil && os.SameFile(held, named) {
			return l, nil
		}
		l.Unlock()
	}
}

// isHeld tells whether a file of holdFile is there and held; one that we may not
// look at counts as held. It makes none.
func isHeld(path string) bool {
	l := flock.New(path, flock.SetFlag(os.O_RDONLY))
	free, err := l.TryRLock()
	if free {
		l.Unlock()
	}
	return !free && !errors.Is(err, fs.ErrNotExist)
}
