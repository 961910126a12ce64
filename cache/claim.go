package cache

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// Claim makes the caller the only one, of all goroutines and processes, that
// works on a key, and waits until ctx ends for whoever is before it. After a
// claim look again whether the key has a result. A claim ends with release, or
// with its process, however that ends.
func (s *Store) Claim(ctx context.Context, key Key) (release func(), err error) {
	if s.readOnly {
		return nil, fmt.Errorf("%s: %w", s.path, ErrReadOnly)
	}
	path := filepath.Join(s.claimsFolder(), key.String())
	for {
		l, err := lockFile(ctx, path, false)
		if err != nil {
			return nil, fmt.Errorf("claim %s: %w", key.Short(), err)
		}
		// Who held it before us removed the file while we waited for that very
		// file's lock; a third may have made another. Only the file that has the
		// name counts.
		held, err := l.Stat()
		named, nameErr := os.Stat(path)
		if err == nil && nameErr == nil && os.SameFile(held, named) {
			return sync.OnceFunc(func() {
				os.Remove(path)
				l.Unlock()
			}), nil
		}
		l.Unlock()
	}
}
