package cache

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"
)

// logBytes bounds a stored log. Of a longer one the end is kept.
const logBytes = 4 << 20

// Failure is how the last attempt at a key failed.
type Failure struct {
	Key        Key
	Experiment string
	Address    string
	Run        string
	Error      string
	Time       time.Time
}

// PutFailure records that a task failed. Put of a result for the key drops it.
func (s *Store) PutFailure(key Key, f Failure) error {
	f.Key = key
	return s.commit(len(f.Error)+1024, func(tx *bolt.Tx) error {
		return putJSON(tx, failuresBucket, key[:], f)
	})
}

// Failure returns how the last attempt at a key failed, or ErrMissing.
func (s *Store) Failure(key Key) (*Failure, error) {
	f := &Failure{}
	err := s.view(func(tx *bolt.Tx) error { return getJSON(tx, failuresBucket, key[:], f) })
	if err != nil {
		return nil, fmt.Errorf("failure of %s: %w", key.Short(), err)
	}
	return f, nil
}

// PutLog keeps what a task wrote, whether it failed or not, in place of the log
// that was kept for its experiment and address.
func (s *Store) PutLog(experiment, address, run string, log []byte) error {
	log = tail(log)
	return s.commit(len(log)+1024, func(tx *bolt.Tx) error {
		return putRecord(tx, logsBucket, addressKey(experiment, address), append([]byte(run+"\n"), log...))
	})
}

// Log returns the last log of a task and the run that it is from, or ErrMissing.
func (s *Store) Log(experiment, address string) (run string, log []byte, err error) {
	var payload []byte
	err = s.view(func(tx *bolt.Tx) (err error) {
		payload, err = getRecord(tx, logsBucket, addressKey(experiment, address))
		return err
	})
	if err != nil {
		return "", nil, fmt.Errorf("log of %s: %w", address, err)
	}
	head, log, _ := bytes.Cut(payload, []byte{'\n'})
	return string(head), log, nil
}

// tail cuts a log to its last lines.
func tail(log []byte) []byte {
	if len(log) <= logBytes {
		return log
	}
	cutOff := len(log) - logBytes
	return append(fmt.Appendf(nil, "[%d bytes before this are not kept]\n", cutOff), log[cutOff:]...)
}

// Run is the record of one invocation.
type Run struct {
	ID         string
	Experiment string
	Started    time.Time
	Finished   time.Time
	Seconds    float64
	Exit       int
	Counts     map[string]int // tasks by state
	Command    []string       // the command line
	Variables  map[string]string
	Tasks      []RunTask `json:"-"` // a record of their own; Runs leaves them out
}

// RunTask is what became of one task in a run.
type RunTask struct {
	Address string
	Key     Key // zero where it never became known
	State   string
	Seconds float64
}

// runKey puts runs in order of their start.
func runKey(r *Run) []byte {
	return append(binary.BigEndian.AppendUint64(nil, uint64(r.Started.UnixNano())), r.ID...)
}

// PutRun records a run; one with the same ID and start is replaced.
func (s *Store) PutRun(r *Run) error {
	return s.commit(len(r.Tasks)*200+1024, func(tx *bolt.Tx) error {
		if err := putJSON(tx, runTasksBucket, runKey(r), r.Tasks); err != nil {
			return err
		}
		return putJSON(tx, runsBucket, runKey(r), r)
	})
}

// Runs returns the recorded runs without their tasks, newest first.
func (s *Store) Runs() ([]*Run, error) {
	var runs []*Run
	err := s.eachRun(func(_ *bolt.Tx, r *Run) (bool, error) {
		runs = append(runs, r)
		return true, nil
	})
	return runs, err
}

// RunByID returns a run with its tasks, or ErrMissing.
func (s *Store) RunByID(id string) (*Run, error) {
	var found *Run
	err := s.eachRun(func(tx *bolt.Tx, r *Run) (bool, error) {
		if r.ID != id {
			return true, nil
		}
		found = r
		return false, getJSON(tx, runTasksBucket, runKey(r), &r.Tasks)
	})
	if err != nil {
		return nil, err
	}
	if found == nil {
		return nil, fmt.Errorf("run %s: %w", id, ErrMissing)
	}
	return found, nil
}

// eachRun hands runs to fn, newest first, until it says to stop.
func (s *Store) eachRun(fn func(tx *bolt.Tx, r *Run) (more bool, err error)) error {
	err := s.view(func(tx *bolt.Tx) error {
		b, err := bucketOf(tx, runsBucket)
		if err != nil {
			return err
		}
		c := b.Cursor()
		for key, value := c.Last(); key != nil; key, value = c.Prev() {
			text, err := checked(runsBucket, key, value)
			if err != nil {
				return err
			}
			r := &Run{}
			if err := json.Unmarshal(text, r); err != nil {
				return fmt.Errorf("%w: the run %x: %w", ErrCorrupt, key, err)
			}
			if more, err := fn(tx, r); err != nil || !more {
				return err
			}
		}
		return nil
	})
	if errors.Is(err, ErrMissing) { // no store, no runs
		return nil
	}
	return err
}
