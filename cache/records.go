package cache

import (
	"bytes"
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
	KeyText    string `json:",omitempty"`
}

// PutFailure records that a task failed. Put of a result for the key drops it.
func (s *Store) PutFailure(key Key, f Failure) error {
	f.Key = key
	return s.commit(len(f.Error)+len(f.KeyText)+1024, func(tx *bolt.Tx) error {
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

// PutLog keeps what a task wrote in a run, whether it failed or not or still goes
// on, in place of the log that was kept for its key. Logs go by key, so that
// they survive renames and other values of variables.
func (s *Store) PutLog(key Key, run string, log []byte) error {
	log = tail(log)
	return s.commit(len(log)+1024, func(tx *bolt.Tx) error {
		return putRecord(tx, logsBucket, key[:], append([]byte(run+"\n"), log...))
	})
}

// Log returns the last log of a key and the run that it is from, or ErrMissing.
func (s *Store) Log(key Key) (run string, log []byte, err error) {
	var payload []byte
	err = s.view(func(tx *bolt.Tx) (err error) {
		payload, err = getRecord(tx, logsBucket, key[:])
		return err
	})
	if err != nil {
		return "", nil, fmt.Errorf("log of %s: %w", key.Short(), err)
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
