package cache

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"slices"

	bolt "go.etcd.io/bbolt"

	"reprise/artifacts"
)

// RunTasks looks tasks of a run up. Of a run of many it reads those pieces alone that
// have what is asked for.
type RunTasks struct {
	store  *Store
	pieces []*lookedUp
	gave   map[artifacts.Digest]RunTask // zero where none did
	absent map[string]bool
}

// lookedUp is a piece of a list.
type lookedUp struct {
	key   Key  // where it is
	read  bool // it was
	tasks []RunTask
	at    map[string]int // places among tasks, by address
}

// TasksOf looks up in some tasks.
func TasksOf(tasks []RunTask) *RunTasks {
	p := &lookedUp{}
	p.take(tasks)
	return &RunTasks{pieces: []*lookedUp{p}, gave: map[artifacts.Digest]RunTask{}, absent: map[string]bool{}}
}

// TasksOfRun looks up in those of a run, by its ID; its other particulars come with it.
func (s *Store) TasksOfRun(id string) (*Run, *RunTasks, error) {
	all := &RunTasks{store: s, gave: map[artifacts.Digest]RunTask{}, absent: map[string]bool{}}
	var r *Run
	err := s.view(func(tx *bolt.Tx) (err error) {
		if r, err = runWith(tx, id); err != nil {
			return err
		}
		keys, err := piecesOf(tx, r.List)
		for _, key := range keys {
			all.pieces = append(all.pieces, &lookedUp{key: key})
		}
		return err
	})
	return r, all, err
}

func (p *lookedUp) take(tasks []RunTask) {
	p.read, p.tasks, p.at = true, tasks, make(map[string]int, len(tasks))
	for i, t := range tasks {
		p.at[t.Address] = i
	}
}

// At is the task of an address; not ok where there was none, or it cannot be read.
func (r *RunTasks) At(address string) (t RunTask, ok bool) {
	if r.absent[address] {
		return t, false
	}
	for _, p := range r.pieces {
		if i, ok := p.at[address]; ok {
			return p.tasks[i], true
		}
	}
	word, _ := json.Marshal(address) // as pieces have it
	for _, p := range r.pieces {
		if !p.read && r.readWith(p, word) {
			if i, ok := p.at[address]; ok {
				return p.tasks[i], true
			}
		}
	}
	r.absent[address] = true
	return t, false
}

// Gave is the first task that gave an artifact; not ok where none did.
func (r *RunTasks) Gave(d artifacts.Digest) (t RunTask, ok bool) {
	if known, asked := r.gave[d]; asked {
		return known, known.Address != ""
	}
	word := hex.AppendEncode(nil, d[:])
	for _, p := range r.pieces {
		if !p.read && !r.readWith(p, word) {
			continue
		}
		if i := slices.IndexFunc(p.tasks, func(t RunTask) bool { return t.Artifact == d }); i >= 0 {
			t = p.tasks[i]
			break
		}
	}
	r.gave[d] = t
	return t, t.Address != ""
}

// readWith reads a piece if it has a word; one that cannot be read has none.
func (r *RunTasks) readWith(p *lookedUp, word []byte) (has bool) {
	var tasks []RunTask
	err := r.store.view(func(tx *bolt.Tx) error {
		text, err := getRecord(tx, runTasksBucket, p.key[:])
		if has = err == nil && bytes.Contains(text, word); !has {
			return err
		}
		return json.Unmarshal(text, &tasks)
	})
	if has = has && err == nil; has {
		p.take(tasks)
	}
	return has
}
