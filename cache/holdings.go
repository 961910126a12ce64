package cache

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"reprise/artifacts"
)

// holding is a result as gc sees it.
type holding struct {
	key      Key
	artifact artifacts.Digest
	kind     string
	of       string // experiment
	started  time.Time
	seconds  float64
	bytes    int64  // of the record
	text     []byte // the key text, part of the transaction
	why      string // it stays; "" where nothing keeps it
}

// holdings are the results and artifacts of a store, within one transaction.
type holdings struct {
	results   []*holding // in order of their keys
	damaged   [][]byte   // keys of results that cannot be read
	artifacts map[artifacts.Digest]*heldArtifact
}

// heldArtifact is an artifact whose manifest can be read.
type heldArtifact struct {
	bytes    int64 // of the manifest
	contents []artifacts.Entry
}

// hold reads what a store holds. It does not look at contents.
func hold(tx *bolt.Tx) (*holdings, error) {
	h := &holdings{artifacts: map[artifacts.Digest]*heldArtifact{}}
	results, err := bucketOf(tx, resultsBucket)
	if err != nil {
		return nil, err
	}
	err = results.ForEach(func(key, value []byte) error {
		if r, err := readHolding(key, value); err == nil {
			h.results = append(h.results, r)
		} else {
			h.damaged = append(h.damaged, bytes.Clone(key))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	all, err := bucketOf(tx, artifactsBucket)
	if err != nil {
		return nil, err
	}
	return h, all.ForEach(func(key, value []byte) error {
		text, ok := unseal(artifactsBucket, key, value)
		if m, err := artifacts.ParseManifest(text); ok && err == nil && len(key) == len(artifacts.Digest{}) {
			h.artifacts[artifacts.Digest(key)] = &heldArtifact{int64(len(key) + len(value)), m.Contents()}
		}
		return nil
	})
}

func readHolding(key, value []byte) (*holding, error) {
	payload, ok := unseal(resultsBucket, key, value)
	if !ok || len(key) != len(Key{}) {
		return nil, fmt.Errorf("%w: a result", ErrCorrupt)
	}
	head, text, _ := bytes.Cut(payload, []byte{'\n'})
	var r struct {
		Artifact   artifacts.Digest
		Kind       string
		Experiment string
		Started    time.Time
		Seconds    float64
	}
	if err := json.Unmarshal(head, &r); err != nil {
		return nil, fmt.Errorf("%w: a result: %w", ErrCorrupt, err)
	}
	return &holding{key: Key(key), artifact: r.Artifact, kind: r.Kind, of: r.Experiment, started: r.Started, seconds: r.Seconds,
		bytes: int64(len(key) + len(value)), text: text}, nil
}

// ledger counts the bytes of results. What several share counts for the first.
type ledger struct {
	h         *holdings
	artifacts map[artifacts.Digest]int // how many of the results that were added have it
	contents  map[artifacts.Digest]int // how many of their artifacts have it
}

func newLedger(h *holdings) *ledger {
	return &ledger{h, map[artifacts.Digest]int{}, map[artifacts.Digest]int{}}
}

// add returns the bytes that the store holds for a result and not for those
// that were added before.
func (l *ledger) add(r *holding) int64 {
	n := r.bytes
	a := l.h.artifacts[r.artifact]
	if l.artifacts[r.artifact]++; l.artifacts[r.artifact] > 1 || a == nil {
		return n
	}
	n += a.bytes
	for _, e := range a.contents {
		if l.contents[e.Digest]++; l.contents[e.Digest] == 1 {
			n += e.Size
		}
	}
	return n
}

// remove is the reverse of add: the bytes that nothing else needs.
func (l *ledger) remove(r *holding) int64 {
	n := r.bytes
	a := l.h.artifacts[r.artifact]
	if l.artifacts[r.artifact]--; l.artifacts[r.artifact] > 0 || a == nil {
		return n
	}
	n += a.bytes
	for _, e := range a.contents {
		if l.contents[e.Digest]--; l.contents[e.Digest] == 0 {
			n += e.Size
		}
	}
	return n
}

// size is what a result holds, shared or not.
func (h *holdings) size(r *holding) int64 {
	n := r.bytes
	if a := h.artifacts[r.artifact]; a != nil {
		n += a.bytes
		for _, e := range a.contents {
			n += e.Size
		}
	}
	return n
}

// Tally counts results and their bytes. What several results share counts for
// the first of them.
type Tally struct {
	Name    string `json:"name"` // what they have in common: a kind, or what keeps them
	Results int    `json:"results"`
	Bytes   int64  `json:"bytes"`
}

// tallies is a list of them by name, in order of the first time.
type tallies []Tally

func (ts *tallies) add(name string, bytes int64) {
	for i := range *ts {
		if t := &(*ts)[i]; t.Name == name {
			t.Results++
			t.Bytes += bytes
			return
		}
	}
	*ts = append(*ts, Tally{name, 1, bytes})
}
