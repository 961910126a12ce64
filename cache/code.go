package cache

import (
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// PutCode keeps what the functions of a package were, digest by name, in the
// version of it that key texts name. It is written once, and asked for then alone.
func (s *Store) PutCode(version string, functionsOf func() map[string]string) error {
	known, err := s.hasCode(version)
	if known || err != nil {
		return err
	}
	functions := functionsOf()
	return s.commit(len(functions)*100+1024, func(tx *bolt.Tx) error {
		return putJSON(tx, codeBucket, []byte(version), functions)
	})
}

// hasCode tells whether the functions of a version of a package are kept, and
// whole: those that are damaged are written anew.
func (s *Store) hasCode(version string) (known bool, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		b, err := bucketOf(tx, codeBucket)
		if err != nil {
			return err
		}
		_, known = unseal(codeBucket, []byte(version), b.Get([]byte(version)))
		return nil
	})
	if errors.Is(err, ErrMissing) { // there is no store yet
		err = nil
	}
	return known, err
}

// Code returns the functions of a version of a package, digest by name, or ErrMissing.
func (s *Store) Code(version string) (map[string]string, error) {
	var functions map[string]string
	err := s.view(func(tx *bolt.Tx) error { return getJSON(tx, codeBucket, []byte(version), &functions) })
	if err != nil {
		return nil, fmt.Errorf("code of version %s: %w", version, err)
	}
	return functions, nil
}
