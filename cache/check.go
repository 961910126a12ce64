package cache

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"reprise/artifacts"
)

// Check looks whether the store is what doc.go says: every record sound, every
// result with its artifact, every artifact with its contents, every content the
// bytes of its digest, every chunk reachable. It returns all that is wrong.
// Other processes can work meanwhile; what they add is not looked at. Where the
// structure of bbolt's pages is damaged, that is all it returns: what else is wrong
// would be guesswork.
func (s *Store) Check() []error {
	if err := s.CheckStructure(); err != nil {
		return []error{err}
	}
	c := &checker{contents: map[artifacts.Digest]int64{}}
	err := s.view(func(tx *bolt.Tx) error {
		for _, name := range buckets {
			c.bucket(tx, name)
		}
		c.links(tx)
		return nil
	})
	if errors.Is(err, ErrMissing) {
		return nil
	}
	if err != nil {
		return append(c.faults, err)
	}
	for _, d := range sortedDigests(c.contents) {
		size, err := s.verifyContent(d)
		switch {
		case errors.Is(err, ErrMissing): // dropped meanwhile
		case err != nil:
			c.add(err)
		case size != c.contents[d]:
			c.add(fmt.Errorf("content %s: %w: %d bytes, where its index says %d", d, ErrCorrupt, size, c.contents[d]))
		}
	}
	return c.faults
}

// checker collects what is wrong within one transaction.
type checker struct {
	faults   []error
	contents map[artifacts.Digest]int64 // by size
}

func (c *checker) add(err error) {
	if err != nil {
		c.faults = append(c.faults, err)
	}
}

// bucket looks at each record of a bucket by itself.
func (c *checker) bucket(tx *bolt.Tx, name []byte) {
	b, err := bucketOf(tx, name)
	if err != nil {
		c.add(err)
		return
	}
	var before []byte
	c.add(b.ForEach(func(key, value []byte) error {
		if before != nil && bytes.Compare(before, key) >= 0 {
			c.add(fmt.Errorf("%w: the key %s of %q is out of order", ErrCorrupt, keyName(key), name))
		}
		before = bytes.Clone(key)
		if bytes.Equal(name, chunksBucket) { // these have no seal; the digest of their content covers them
			return nil
		}
		payload, err := checked(name, key, value)
		if err == nil {
			err = c.record(tx, name, key, payload)
		}
		if err != nil {
			c.add(err)
		}
		return nil
	}))
}

// record looks at what a sound record says.
func (c *checker) record(tx *bolt.Tx, bucket, key, payload []byte) error {
	switch string(bucket) {
	case string(resultsBucket):
		r, err := decodeResult(payload)
		if err != nil {
			return err
		}
		if !bytes.Equal(key, r.Key[:]) || r.Key != KeyOf(r.KeyText) {
			return fmt.Errorf("%w: result %s is kept under %x and its text has the key %s", ErrCorrupt, r.Key.Short(), key, KeyOf(r.KeyText).Short())
		}
		if _, err := manifest(tx, r.Artifact); err != nil {
			return fmt.Errorf("result %s: its artifact %s: %w", r.Key.Short(), r.Artifact.Short(), err)
		}
	case string(artifactsBucket):
		m, err := artifacts.ParseManifest(payload)
		if err != nil {
			return fmt.Errorf("%w: artifact %x: %w", ErrCorrupt, key, err)
		}
		if d := artifacts.DigestOf(payload); !bytes.Equal(key, d[:]) {
			return fmt.Errorf("%w: artifact %x has a manifest of digest %s", ErrCorrupt, key, d)
		}
		for _, e := range m.Contents() {
			ix, err := contentIndex(tx, e.Digest)
			if err == nil && ix.size != e.Size {
				err = fmt.Errorf("%w: %d bytes, where the manifest says %d", ErrCorrupt, ix.size, e.Size)
			}
			if err != nil {
				c.add(fmt.Errorf("artifact %x: %q: content %s: %w", key, e.Name, e.Digest, err))
			}
		}
	case string(contentsBucket):
		ix, err := decodeIndex(payload)
		if err != nil {
			return err
		}
		if len(key) != len(artifacts.Digest{}) {
			return fmt.Errorf("%w: a content with the digest %x", ErrCorrupt, key)
		}
		c.contents[artifacts.Digest(key)] = ix.size
	case string(runsBucket):
		r := &Run{}
		if err := json.Unmarshal(payload, r); err != nil {
			return fmt.Errorf("%w: the run %s: %w", ErrCorrupt, keyName(key), err)
		}
		pieces, err := piecesOf(tx, r.List)
		if all, fault := hasAll(tx, runTasksBucket, pieces); err != nil || fault != nil || !all {
			return fmt.Errorf("%w: the tasks of run %s are not all there", ErrCorrupt, r.ID)
		}
	case string(runTasksBucket):
		if list := sha256.Sum256(payload); !bytes.Equal(key, list[:]) {
			return fmt.Errorf("%w: tasks of a run are kept under %x and are those of %x", ErrCorrupt, key, list)
		}
	case string(rootsBucket):
		if err := json.Unmarshal(payload, &Root{}); err != nil || !isRootName(string(key)) {
			return fmt.Errorf("%w: the root %s says %q", ErrCorrupt, keyName(key), payload)
		}
	case string(codeBucket):
		if err := json.Unmarshal(payload, &map[string]string{}); err != nil {
			return fmt.Errorf("%w: the code of version %s: %w", ErrCorrupt, keyName(key), err)
		}
	case string(logsBucket), string(failuresBucket):
		if len(key) != len(Key{}) {
			return fmt.Errorf("%w: %s of the key %x", ErrCorrupt, bucket, key)
		}
	case string(latestBucket):
		if b, err := bucketOf(tx, resultsBucket); err != nil || b.Get(payload) == nil {
			return fmt.Errorf("%w: the latest result of %s, %x, is not there", ErrCorrupt, key, payload)
		}
	}
	return nil
}

// links looks whether each chunk belongs to one content, or is pending.
func (c *checker) links(tx *bolt.Tx) {
	lost, err := unreachable(tx)
	c.add(err)
	for _, r := range lost {
		c.add(fmt.Errorf("%w: chunks %d to %d belong to nothing", ErrCorrupt, r.first, r.first+r.count-1))
	}
	known, err := reachable(tx)
	c.add(err)
	for i := 1; i < len(known); i++ {
		if known[i-1].first+known[i-1].count > known[i].first {
			c.add(fmt.Errorf("%w: chunk %d belongs to two contents", ErrCorrupt, known[i].first))
		}
	}
}
