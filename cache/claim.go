package cache

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

// A claim is the lock of a file that has the key's name. To make and delete one
// for each task would cost more than many a task does: ext4 avoids the inodes of
// files deleted just now, and looks for others one by one. So a store keeps
// locked files to spare, and gives one of them the key's name as a second one for
// as long as the claim lasts.

// mostSpare files are kept for later claims.
const mostSpare = 256

// Claim makes the caller the only one, of all goroutines and processes, that
// works on a key, and waits until ctx ends for whoever is before it. After a
// claim look again whether the key has a result. A claim ends with release, or
// with its process, however that ends.
func (s *Store) Claim(ctx context.Context, key Key) (release func(), err error) {
	if s.readOnly {
		return nil, fmt.Errorf("%s: %w", s.path, ErrReadOnly)
	}
	if err := s.lookBeforeWriting(); err != nil { // whoever claims a key will write, after hours perhaps
		return nil, err
	}
	path := s.claimFile(key)
	spare, err := s.takeSpare(ctx)
	if err != nil {
		return nil, s.cannotClaim(ctx, key, err)
	}
	for {
		err := os.Link(spare.Path(), path)
		if err == nil {
			return sync.OnceFunc(func() {
				os.Remove(path)
				s.putSpare(spare)
			}), nil
		}
		if !errors.Is(err, fs.ErrExist) { // a file system without second names, or a folder that is gone
			s.putSpare(spare)
			return s.claimAlone(ctx, key)
		}
		if l := takeOver(path); l != nil {
			s.putSpare(spare)
			return sync.OnceFunc(func() {
				os.Remove(path)
				l.Unlock()
			}), nil
		}
		// The name's file may serve another claim after this one, so waiting for its
		// lock could take longer than the claim.
		select {
		case <-time.After(poll):
		case <-ctx.Done():
			s.putSpare(spare)
			return nil, fmt.Errorf("claim %s: %w", key.Short(), ctx.Err())
		}
	}
}

// takeOver locks the file of a claim whose process is gone; nil where it lives.
func takeOver(path string) *flock.Flock {
	l := flock.New(path, flock.SetFlag(os.O_RDONLY))
	if free, err := l.TryLock(); err != nil || !free {
		l.Close()
		return nil
	}
	held, err := l.Stat()
	if named, nameErr := os.Stat(path); err == nil && nameErr == nil && os.SameFile(held, named) {
		return l
	}
	l.Unlock()
	return nil
}

// claimAlone is Claim with a file of its own.
func (s *Store) claimAlone(ctx context.Context, key Key) (release func(), err error) {
	l, err := holdFile(ctx, s.claimFile(key))
	if err != nil {
		return nil, s.cannotClaim(ctx, key, err)
	}
	return sync.OnceFunc(func() {
		os.Remove(l.Path())
		l.Unlock()
	}), nil
}

func (s *Store) cannotClaim(ctx context.Context, key Key, err error) error {
	if ctx.Err() == nil {
		err = s.cannotWrite(err)
	}
	return fmt.Errorf("claim %s: %w", key.Short(), err)
}

// takeSpare returns a file with a lock that nobody else has.
func (s *Store) takeSpare(ctx context.Context) (*flock.Flock, error) {
	s.spareMu.Lock()
	if n := len(s.spare); n > 0 {
		l := s.spare[n-1]
		s.spare = s.spare[:n-1]
		s.spareMu.Unlock()
		return l, nil
	}
	s.spareMu.Unlock()
	return holdFile(ctx, filepath.Join(s.claimsFolder(), "spare-"+s.Owner()+"-"+rand.Text()))
}

func (s *Store) putSpare(l *flock.Flock) {
	s.spareMu.Lock()
	defer s.spareMu.Unlock()
	if s.ownerless || len(s.spare) >= mostSpare {
		os.Remove(l.Path())
		l.Unlock()
		return
	}
	s.spare = append(s.spare, l)
}

// dropSpares removes the spare files, and those that come back later.
func (s *Store) dropSpares() {
	s.spareMu.Lock()
	defer s.spareMu.Unlock()
	s.ownerless = true
	for _, l := range s.spare {
		os.Remove(l.Path())
		l.Unlock()
	}
	s.spare = nil
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
