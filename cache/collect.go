package cache

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	bolt "go.etcd.io/bbolt"

	"reprise/artifacts"
)

// Collect deletes what is not to be kept, and says what that was. One
// transaction makes it unreachable; the chunks, pending by then, go after that.
// Other processes can work meanwhile: what they use stays.
func (s *Store) Collect(k Keep) (*Garbage, error) {
	var g *Garbage
	var lost placed
	s.stood(Stamp{}) // what stood may not be there any more
	err := s.update(func(tx *bolt.Tx) error {
		m, err := s.mark(tx, k)
		if err != nil {
			return err
		}
		g = m.garbage
		if err := errors.Join(m.delete(tx), s.restamp(tx)); err != nil {
			return err
		}
		lost, err = s.release(tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.discard(lost)
	for _, c := range g.Checkpoints { // one that stays keeps nothing else from going
		if removeErr := os.Remove(c.Path); removeErr != nil && !errors.Is(removeErr, fs.ErrNotExist) {
			err = errors.Join(err, fmt.Errorf("remove a checkpoint: %w", removeErr))
		}
	}
	s.dropDeadOwners()
	if err := errors.Join(err, s.sweep()); err != nil {
		return nil, err
	}
	return g, nil
}

// delete deletes what is marked.
func (m *mark) delete(tx *bolt.Tx) error {
	type record struct{ bucket, key []byte }
	var doomed []record
	err := m.eachDoomed(tx, func(bucket, key, _ []byte) {
		doomed = append(doomed, record{bucket, bytes.Clone(key)})
	})
	if err != nil {
		return err
	}
	for _, d := range doomed {
		if err := tx.Bucket(d.bucket).Delete(d.key); err != nil {
			return err
		}
	}
	return nil
}

// eachDoomed hands over the records that the decision is to delete.
func (m *mark) eachDoomed(tx *bolt.Tx, fn func(bucket, key, value []byte)) error {
	stays := map[Key]bool{}
	for _, r := range m.results {
		stays[r.key] = r.why != ""
	}
	named := m.named("code")
	is := func(digests map[artifacts.Digest]bool, key []byte) bool {
		return len(key) == len(artifacts.Digest{}) && digests[artifacts.Digest(key)]
	}
	whole := func(bucket, key, value []byte) bool { // what is damaged helps nobody
		_, ok := unseal(bucket, key, value)
		return ok
	}
	kept := func(bucket []byte) func(key, value []byte) bool {
		return func(key, value []byte) bool {
			return len(key) == len(Key{}) && m.reasons[Key(key)] != "" && whole(bucket, key, value)
		}
	}
	for _, rule := range []struct {
		bucket []byte
		stays  func(key, value []byte) bool
	}{
		{resultsBucket, func(key, _ []byte) bool { return len(key) == len(Key{}) && stays[Key(key)] }},
		{artifactsBucket, func(key, _ []byte) bool { return is(m.lists, key) }},
		{contentsBucket, func(key, _ []byte) bool { return is(m.contents, key) }},
		{latestBucket, func(key, value []byte) bool {
			k, ok := unseal(latestBucket, key, value)
			return ok && len(k) == len(Key{}) && stays[Key(k)]
		}},
		{logsBucket, kept(logsBucket)},
		{failuresBucket, kept(failuresBucket)},
		{runsBucket, func(key, value []byte) bool { return m.runs[string(key)] == "" && whole(runsBucket, key, value) }},
		{runTasksBucket, func(key, _ []byte) bool { return len(key) == len(Key{}) && m.tasks[Key(key)] }},
		{filesBucket, func(key, _ []byte) bool { return !m.gone[string(key)] }},
		{codeBucket, func(key, value []byte) bool { return named[string(key)] && whole(codeBucket, key, value) }},
		{rootsBucket, func(key, _ []byte) bool { return !slices.Contains(m.without, string(key)) }},
	} {
		b, err := bucketOf(tx, rule.bucket)
		if err != nil {
			return err
		}
		err = b.ForEach(func(key, value []byte) error {
			if !rule.stays(key, value) {
				fn(rule.bucket, key, value)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// named are the words of the lines of a sort, such as code, in the key texts of
// results that stay.
func (m *mark) named(sort string) map[string]bool {
	named := map[string]bool{}
	for _, r := range m.results {
		if r.why == "" {
			continue
		}
		for line := range strings.Lines(string(r.text)) {
			if rest, ok := strings.CutPrefix(line, sort+" "); ok {
				for _, word := range strings.Fields(rest) {
					named[word] = true
				}
			}
		}
	}
	return named
}
