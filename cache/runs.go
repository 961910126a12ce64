package cache

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"

	"reprise/artifacts"
)

// Run is the record of one invocation.
type Run struct {
	ID         string
	Experiment string
	Started    time.Time
	Finished   time.Time
	Seconds    float64
	Exit       int
	Counts     map[string]int    // tasks by state
	Command    []string          // the command line
	Variables  map[string]string // as JSON text
	Given      []string          // names of those that do not have their default
	Tag        string            // a name that people gave to it, or ""
	List       Key               // of its tasks, which runs with the same tasks share
	Tasks      []RunTask         `json:"-"` // those of the list; Runs leaves them out
	Like       Key               `json:"-"` // the list of a run that has those of Tasks that stand, as they are here, at the same places; or zero
}

// RunTask is what became of one task in a run. Its settings, code and metrics are
// those of the result of its key, which may be deleted later ([Store.Collect]
// spares recent and tagged runs); the artifact's digest stays with the record.
type RunTask struct {
	Address  string
	Key      Key `json:",omitzero"` // zero where it never became known
	State    string
	Seconds  float64
	Artifact artifacts.Digest `json:",omitzero"` // of its result, where it has one
	Stands   bool             `json:"-"`         // Stand found its result, so that PutRun need not
}

// startSize are the bytes of a run's start at the beginning of its key.
const startSize = 8

// runKey puts runs in order of their start.
func runKey(r *Run) []byte {
	return append(binary.BigEndian.AppendUint64(nil, uint64(r.Started.UnixNano())), r.ID...)
}

// PutRun records a run, and fills in its List; one with the same ID and start is
// replaced. Where it has a tag, its results become those that the tag roots, in
// place of another run's. A run whose results are not all in the store any more is
// not recorded.
func (s *Store) PutRun(r *Run) error {
	list, err := listTasks(r.Tasks, s.piecesLike(r))
	if err != nil {
		return err
	}
	r.List = list.key()
	var had, fresh []Key
	for _, t := range r.Tasks {
		if t.Artifact != (artifacts.Digest{}) {
			had = append(had, t.Key)
			if !t.Stands {
				fresh = append(fresh, t.Key)
			}
		}
	}
	err = s.commit(list.size()+1024, func(tx *bolt.Tx) error {
		look := had
		if s.stillStand(tx) {
			look = fresh
		}
		if err := founded(tx, look); errors.Is(err, ErrUnfounded) {
			return s.replaced()
		} else if err != nil {
			return err
		}
		if err := list.put(tx); err != nil {
			return err
		}
		if r.Tag != "" {
			if err := putRoot(tx, TagRoot(r.Tag), r.Started, had); err != nil {
				return err
			}
		}
		return putJSON(tx, runsBucket, runKey(r), r)
	})
	if errors.Is(err, errNoPiece) { // somebody deleted the run that it is like
		unlike := *r
		unlike.Like = Key{}
		err = s.PutRun(&unlike)
		r.List = unlike.List
	}
	return err
}

// PutRunAgain records a run in which all was as in an earlier one: its tasks are
// those of the run's List, and the store's results and latest are still those of the
// stamp. Where that is not so, it records nothing.
func (s *Store) PutRunAgain(r *Run, at Stamp) (ok bool, err error) {
	// All that it writes to is the end of the list of runs: to look at every leaf
	// before that would take as long as the rest of such a run.
	err = s.write(func(tx *bolt.Tx) error {
		now, err := stampOf(tx)
		if err != nil {
			return err
		}
		lists, err := bucketOf(tx, runTasksBucket)
		if err != nil {
			return err
		}
		if ok = now == at && lists.Get(r.List[:]) != nil; !ok {
			return nil
		}
		return putJSON(tx, runsBucket, runKey(r), r)
	})
	return ok && err == nil, err
}

// Runs returns the recorded runs without their tasks, newest first; a tag is that of the
// newest run that was given it. One that cannot be read is an error: without it "the run
// before" would be another.
func (s *Store) Runs() (runs []*Run, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		tags := map[string]bool{}
		return runsOf(tx, func(r *Run, unread error) (bool, error) {
			if unread != nil {
				return false, fmt.Errorf("%w; drop it: reprise gc --delete", unread)
			}
			if tags[r.Tag] {
				r.Tag = ""
			}
			tags[r.Tag] = true
			runs = append(runs, r)
			return true, nil
		})
	})
	if errors.Is(err, ErrMissing) { // no store, no runs
		return nil, nil
	}
	return runs, err
}

// RunByID returns a run with its tasks, or ErrMissing.
func (s *Store) RunByID(id string) (*Run, error) {
	var found *Run
	err := s.view(func(tx *bolt.Tx) (err error) {
		if found, err = runWith(tx, id); err == nil {
			found.Tasks, err = tasksOf(tx, found.List)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// runWith is the run of an ID, without its tasks.
func runWith(tx *bolt.Tx, id string) (*Run, error) {
	b, err := bucketOf(tx, runsBucket)
	if err != nil {
		return nil, err
	}
	c := b.Cursor()
	for key, _ := c.Last(); key != nil; key, _ = c.Prev() {
		if len(key) > startSize && string(key[startSize:]) == id {
			r := &Run{}
			return r, getJSON(tx, runsBucket, key, r)
		}
	}
	return nil, fmt.Errorf("run %s: %w", id, ErrMissing)
}

// FindRun returns the run that people mean by a name, with its tasks: "last" is
// the newest, "last~1" the one before it, of an experiment if one is given; else its ID,
// its tag (the newest run that has it), or the beginning of its ID and of no other's.
func (s *Store) FindRun(name, experiment string) (*Run, error) {
	runs, err := s.Runs()
	if err != nil {
		return nil, err
	}
	if _, ok := fromLast(name); ok && experiment != "" {
		runs = slices.DeleteFunc(runs, func(r *Run) bool { return r.Experiment != experiment })
		if len(runs) == 0 {
			return nil, fmt.Errorf("run %s of experiment %s: %w", name, experiment, ErrMissing)
		}
	}
	found, err := runNamed(runs, name)
	if err != nil {
		return nil, err
	}
	with, err := s.RunByID(found.ID)
	if err == nil {
		with.Tag = found.Tag
	}
	return with, err
}

// runNamed finds the run that a name means, among runs newest first.
func runNamed(runs []*Run, name string) (*Run, error) {
	if back, ok := fromLast(name); ok {
		if back < len(runs) {
			return runs[back], nil
		}
		return nil, fmt.Errorf("run %s: %w, which has %d runs", name, ErrMissing, len(runs))
	}
	for _, is := range []func(*Run) bool{
		func(r *Run) bool { return r.ID == name },
		func(r *Run) bool { return r.Tag == name },
	} {
		if i := slices.IndexFunc(runs, is); i >= 0 && name != "" {
			return runs[i], nil
		}
	}
	var begin []*Run
	for _, r := range runs {
		if name != "" && strings.HasPrefix(r.ID, name) {
			begin = append(begin, r)
		}
	}
	switch len(begin) {
	case 0:
		return nil, fmt.Errorf("run %s: %w", name, ErrMissing)
	case 1:
		return begin[0], nil
	}
	return nil, fmt.Errorf("%d runs begin with %s, such as %s and %s: give more of it", len(begin), name, begin[0].ID, begin[1].ID)
}

// fromLast reads "last" and "last~2".
func fromLast(name string) (back int, ok bool) {
	rest, ok := strings.CutPrefix(name, "last")
	if !ok || rest == "" {
		return 0, ok
	}
	number, ok := strings.CutPrefix(rest, "~")
	back, err := strconv.Atoi(number)
	return back, ok && err == nil && back >= 0
}

// runsOf hands runs to fn, newest first, until it says to stop; for one that
// cannot be read it says why.
func runsOf(tx *bolt.Tx, fn func(r *Run, unread error) (more bool, err error)) error {
	b, err := bucketOf(tx, runsBucket)
	if err != nil {
		return err
	}
	c := b.Cursor()
	for key, value := c.Last(); key != nil; key, value = c.Prev() {
		r := &Run{}
		text, unread := checked(runsBucket, key, value)
		if unread == nil {
			if err := json.Unmarshal(text, r); err != nil {
				unread = fmt.Errorf("%w: the run %s: %w", ErrCorrupt, keyName(key), err)
			}
		}
		if more, err := fn(r, unread); err != nil || !more {
			return err
		}
	}
	return nil
}
