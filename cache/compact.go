package cache

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	bolt "go.etcd.io/bbolt"
)

// compactFile is the new file while it is written.
func (s *Store) compactFile() string { return s.path + ".compact" }

// Compact writes the store into a new file without free pages and puts that in
// the old one's place. Other processes wait meanwhile. Whatever interrupts it,
// the old file is as it was. It returns the bytes of the file before and after.
func (s *Store) Compact() (before, after int64, err error) {
	if s.readOnly {
		return 0, 0, fmt.Errorf("%s: %w", s.path, ErrReadOnly)
	}
	err = s.alone(func(sp *spell) error {
		info, err := os.Stat(s.path)
		if err != nil {
			return err
		}
		before = info.Size()
		if err := checkPages(s.path, everything); err != nil {
			return fmt.Errorf("%w; it stays as it is", err)
		}
		after, err = s.copyTo(sp.db, info.Mode())
		if err != nil {
			return errors.Join(err, s.removeCompactFile())
		}
		if err := os.Rename(s.compactFile(), s.path); err != nil {
			return err
		}
		return syncPath(filepath.Dir(s.path))
	})
	if err != nil {
		return 0, 0, fmt.Errorf("compact store %s: %w", s.path, err)
	}
	return before, after, nil
}

func (s *Store) removeCompactFile() error {
	if err := os.Remove(s.compactFile()); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// copyTo writes the file that a compaction makes and returns its size.
func (s *Store) copyTo(db *bolt.DB, mode fs.FileMode) (size int64, err error) {
	if err := s.removeCompactFile(); err != nil { // of one that was interrupted
		return 0, err
	}
	fresh, err := bolt.Open(s.compactFile(), mode.Perm(), &bolt.Options{
		FreelistType: bolt.FreelistMapType, Timeout: lockTimeout, NoSync: true, NoStatistics: true})
	if err != nil {
		return 0, err
	}
	err = bolt.Compact(fresh, db, txBytes)
	if err == nil {
		err = fresh.View(func(tx *bolt.Tx) error { size = tx.Size(); return nil })
	}
	if err = errors.Join(err, fresh.Close()); err != nil {
		return 0, err
	}
	// bbolt makes its file larger than it needs.
	if err := os.Truncate(s.compactFile(), size); err != nil {
		return 0, err
	}
	if err := os.Chmod(s.compactFile(), mode.Perm()); err != nil {
		return 0, err
	}
	return size, syncPath(s.compactFile())
}

// isCompacting tells whether somebody has been writing the file of a compaction
// lately, and so why the gate is closed for long.
func (s *Store) isCompacting() bool {
	info, err := os.Stat(s.compactFile())
	return err == nil && time.Since(info.ModTime()) < gateTimeout
}
