package cache

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Root keeps results from [Store.Collect], under a name.
type Root struct {
	Name string `json:"-"` // "tag NAME" or "lock PATH"
	Time time.Time
	Keys []Key
}

// TagRoot is the name of the root of a tag.
func TagRoot(tag string) string { return "tag " + tag }

// LockRoot is the name of the root of a lock file; its path is absolute.
func LockRoot(path string) string { return "lock " + path }

func isRootName(name string) bool {
	return strings.HasPrefix(name, TagRoot("")) || strings.HasPrefix(name, LockRoot(""))
}

// PutRoot keeps the results of these keys, in place of those that the name kept.
func (s *Store) PutRoot(name string, keys []Key) error {
	if !isRootName(name) {
		return fmt.Errorf("a root is named by TagRoot or LockRoot, not %q", name)
	}
	now := time.Now().UTC()
	return s.commit(len(keys)*80+1024, func(tx *bolt.Tx) error { return putRoot(tx, name, now, keys) })
}

func putRoot(tx *bolt.Tx, name string, at time.Time, keys []Key) error {
	return putJSON(tx, rootsBucket, []byte(name), Root{Time: at, Keys: keys})
}

// Roots returns what keeps results, sorted by name.
func (s *Store) Roots() ([]Root, error) {
	var all []Root
	err := s.view(func(tx *bolt.Tx) (err error) {
		all, err = roots(tx)
		return err
	})
	if errors.Is(err, ErrMissing) { // no store, no roots
		return nil, nil
	}
	return all, err
}

func roots(tx *bolt.Tx) (all []Root, err error) {
	b, err := bucketOf(tx, rootsBucket)
	if err != nil {
		return nil, err
	}
	err = b.ForEach(func(name, value []byte) error {
		text, err := checked(rootsBucket, name, value)
		if err != nil {
			return err
		}
		r := Root{Name: string(name)}
		if err := json.Unmarshal(text, &r); err != nil {
			return fmt.Errorf("%w: the root %s: %w", ErrCorrupt, name, err)
		}
		all = append(all, r)
		return nil
	})
	return all, err
}
