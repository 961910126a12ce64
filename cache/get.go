package cache

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"reprise/artifacts"
)

// Result is what a key maps to: the artifact's digest, its metrics, and how it
// came to be.
type Result struct {
	Key      Key
	KeyText  string `json:"-"` // lies beside the JSON in the record
	Artifact artifacts.Digest
	Metrics  map[string]float64

	Experiment string
	Address    string // of the task that computed it
	Kind       string
	Run        string // ID of the run
	Started    time.Time
	Seconds    float64
	Resumed    bool `json:",omitempty"` // it went on from a checkpoint; Seconds counts what led there
	Host       string
	Arch       string // operating system and architecture
	Toolchain  string
	Version    string // of reprise

	// Seal is that of its record, so that another one can be told from it: after
	// Get, Peek, Latest or Put.
	Seal [sealSize]byte `json:"-"`
}

// encode writes the result as a line of JSON, and the key text after it.
func (r *Result) encode() ([]byte, error) {
	text, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("result of %s: %w", r.Address, err)
	}
	return append(append(text, '\n'), r.KeyText...), nil
}

func decodeResult(payload []byte) (*Result, error) {
	r := &Result{}
	head, text, _ := bytes.Cut(payload, []byte{'\n'})
	if err := json.Unmarshal(head, r); err != nil {
		return nil, fmt.Errorf("%w: a result: %w", ErrCorrupt, err)
	}
	r.KeyText = string(text)
	return r, nil
}

// Get returns the result of a key, ErrMissing where there is none, ErrCorrupt
// where its record is damaged (Put writes over it). While a store that is open
// for writing lives, the result stays.
func (s *Store) Get(key Key) (*Result, error) {
	if err := s.use(key); err != nil {
		return nil, fmt.Errorf("result %s: %w", key.Short(), err)
	}
	return s.Peek(key)
}

// Peek is Get for whom a result is only to be looked at: it may be collected the
// next moment.
func (s *Store) Peek(key Key) (*Result, error) {
	if r := s.takeWarm(key); r != nil {
		return r, nil
	}
	var r *Result
	err := s.view(func(tx *bolt.Tx) (err error) {
		r, err = getResult(tx, key[:])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("result %s: %w", key.Short(), err)
	}
	return r, nil
}

func getResult(tx *bolt.Tx, key []byte) (*Result, error) {
	payload, err := getRecord(tx, resultsBucket, key)
	if err != nil {
		return nil, err
	}
	r, err := decodeResult(payload)
	if err != nil {
		return nil, err
	}
	r.Seal = [sealSize]byte(seal(resultsBucket, key, payload))
	return r, nil
}

// Latest returns the last result that was recorded under an address, by Put or
// SetLatest, or ErrMissing.
func (s *Store) Latest(experiment, address string) (*Result, error) {
	var r *Result
	err := s.view(func(tx *bolt.Tx) error {
		key, err := getRecord(tx, latestBucket, addressKey(experiment, address))
		if err != nil {
			return err
		}
		r, err = getResult(tx, key)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("latest result of %s: %w", address, err)
	}
	return r, nil
}

// SetLatest records that the addresses now stand for these results, as a task
// does that is found in the store. It writes only what differs.
func (s *Store) SetLatest(experiment string, keys map[string]Key) error {
	var differ []string
	err := s.view(func(tx *bolt.Tx) error {
		for address, key := range keys {
			old, err := getRecord(tx, latestBucket, addressKey(experiment, address))
			if err != nil || !slices.Equal(old, key[:]) {
				differ = append(differ, address)
			}
		}
		return nil
	})
	if err != nil || len(differ) == 0 {
		return err
	}
	slices.Sort(differ)
	for part := range slices.Chunk(differ, 10_000) {
		err := s.commit(len(part)*200, func(tx *bolt.Tx) error {
			for _, address := range part {
				key := keys[address]
				if b, err := bucketOf(tx, resultsBucket); err != nil || b.Get(key[:]) == nil {
					continue // forgotten meanwhile
				}
				if err := putRecord(tx, latestBucket, addressKey(experiment, address), key[:]); err != nil {
					return err
				}
			}
			return s.restamp(tx)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Manifest returns the manifest of an artifact.
func (s *Store) Manifest(d artifacts.Digest) (*artifacts.Manifest, error) {
	var m *artifacts.Manifest
	err := s.view(func(tx *bolt.Tx) (err error) {
		m, err = manifest(tx, d)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("artifact %s: %w", d.Short(), err)
	}
	return m, nil
}

func manifest(tx *bolt.Tx, d artifacts.Digest) (*artifacts.Manifest, error) {
	text, err := getRecord(tx, artifactsBucket, d[:])
	if err != nil {
		return nil, err
	}
	m, err := artifacts.ParseManifest(text)
	if err != nil {
		return nil, fmt.Errorf("%w: the manifest of %s: %w", ErrCorrupt, d.Short(), err)
	}
	return m, nil
}
