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
// have what is asked for, unless much is.
type RunTasks struct {
	store  *Store
	pieces []lookedUp
	unread int
	looks  int // into pieces that are not read
	at     map[string]*RunTask
	gave   map[artifacts.Digest]*RunTask // the first of each, once all is read
}

// lookedUp is a piece of a list.
type lookedUp struct {
	key   Key // where it is
	read  bool
	tasks []RunTask
}

// mostLooks are worth it to look for something in all pieces that are not read.
const mostLooks = 8

// TasksOf looks up in some tasks.
func TasksOf(tasks []RunTask) *RunTasks {
	r := newRunTasks(nil, 1)
	r.at = make(map[string]*RunTask, len(tasks))
	r.take(0, tasks)
	return r
}

// TasksOfRun looks up in those of a run, by its ID; its other particulars come with it.
func (s *Store) TasksOfRun(id string) (run *Run, tasks *RunTasks, err error) {
	err = s.view(func(tx *bolt.Tx) (err error) {
		if run, err = runWith(tx, id); err != nil {
			return err
		}
		keys, err := piecesOf(tx, run.List)
		tasks = newRunTasks(s, len(keys))
		for i, key := range keys {
			tasks.pieces[i].key = key
		}
		return err
	})
	return run, tasks, err
}

func newRunTasks(s *Store, pieces int) *RunTasks {
	return &RunTasks{store: s, pieces: make([]lookedUp, pieces), unread: pieces, at: map[string]*RunTask{}}
}

// take takes in the tasks of a piece.
func (r *RunTasks) take(piece int, tasks []RunTask) {
	p := &r.pieces[piece]
	p.read, p.tasks = true, tasks
	r.unread--
	for i := range tasks {
		r.at[tasks[i].Address] = &tasks[i]
	}
}

// At is the task of an address; not ok where there was none, or it cannot be read.
func (r *RunTasks) At(address string) (t RunTask, ok bool) {
	found := r.at[address]
	if found == nil && r.unread > 0 {
		word, _ := json.Marshal(address) // as pieces have it
		for i := 0; i < len(r.pieces) && found == nil; i++ {
			if r.readWith(i, word) {
				found = r.at[address]
			}
		}
		if r.looks++; found == nil || r.looks > mostLooks {
			r.readAll()
		}
	}
	if found == nil {
		return t, false
	}
	return *found, true
}

// Gave is the first task that gave an artifact; not ok where none did.
func (r *RunTasks) Gave(d artifacts.Digest) (t RunTask, ok bool) {
	if r.looks++; r.unread == 0 || r.looks > mostLooks {
		if r.readAll(); r.gave[d] == nil {
			return t, false
		}
		return *r.gave[d], true
	}
	word := hex.AppendEncode(nil, d[:])
	for i := range r.pieces {
		p := &r.pieces[i]
		if !p.read && !r.readWith(i, word) {
			continue
		}
		if i := slices.IndexFunc(p.tasks, func(t RunTask) bool { return t.Artifact == d }); i >= 0 {
			return p.tasks[i], true
		}
	}
	return t, false
}

// readAll reads all that is not read, after which nothing is looked for one by one.
func (r *RunTasks) readAll() {
	for i := range r.pieces {
		r.readWith(i, nil)
	}
	r.unread = 0 // what could not be read has nothing
	if r.gave != nil {
		return
	}
	r.gave = make(map[artifacts.Digest]*RunTask, len(r.at))
	for _, p := range r.pieces {
		for i := range p.tasks {
			if t := &p.tasks[i]; r.gave[t.Artifact] == nil {
				r.gave[t.Artifact] = t
			}
		}
	}
}

// readWith reads a piece that is not read if it has a word; one that cannot be read has
// none.
func (r *RunTasks) readWith(piece int, word []byte) (has bool) {
	p := &r.pieces[piece]
	if p.read {
		return false
	}
	var tasks []RunTask
	err := r.store.view(func(tx *bolt.Tx) error {
		text, err := getRecord(tx, runTasksBucket, p.key[:])
		if has = err == nil && bytes.Contains(text, word); !has {
			return err
		}
		return json.Unmarshal(text, &tasks)
	})
	if has = has && err == nil; has {
		r.take(piece, tasks)
	}
	return has
}
