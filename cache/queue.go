package cache

import (
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// job is a write that waits for its transaction.
type job struct {
	bytes int
	fn    func(*bolt.Tx) error
	done  chan error
}

// commit runs fn in a write transaction and returns when that is durable.
// Writes that arrive while another is being made durable share the next
// transaction, up to txBytes. fn may run more than once and must leave
// everything but the transaction as it would after one run.
func (s *Store) commit(bytes int, fn func(*bolt.Tx) error) error {
	return s.enqueue(bytes, fn)()
}

// enqueue is commit that returns when fn has its place behind what came before, and
// leaves the rest to wait.
func (s *Store) enqueue(bytes int, fn func(*bolt.Tx) error) (wait func() error) {
	if s.readOnly {
		return func() error { return fmt.Errorf("%s: %w", s.path, ErrReadOnly) }
	}
	j := &job{bytes, fn, make(chan error, 1)}
	s.queueMu.Lock()
	s.queue = append(s.queue, j)
	if !s.draining {
		s.draining = true
		go s.drain()
	}
	s.queueMu.Unlock()
	return func() error { return <-j.done }
}

// drain writes until the queue is empty.
func (s *Store) drain() {
	for {
		batch := s.next()
		if len(batch) == 0 {
			return
		}
		ofOne := false
		err := s.update(func(tx *bolt.Tx) error {
			for _, j := range batch {
				if err := j.fn(tx); err != nil {
					ofOne = true
					return err
				}
			}
			return nil
		})
		for _, j := range batch {
			if len(batch) > 1 && (ofOne || errors.Is(err, ErrRefused)) { // not the fault of all, or too much at once: each for itself
				j.done <- s.update(j.fn)
			} else {
				j.done <- err
			}
		}
	}
}

// next takes the jobs of the next transaction off the queue.
func (s *Store) next() []*job {
	s.queueMu.Lock()
	defer s.queueMu.Unlock()
	n, bytes := 0, 0
	for n < len(s.queue) && (n == 0 || bytes+s.queue[n].bytes <= txBytes) {
		bytes += s.queue[n].bytes
		n++
	}
	batch := s.queue[:n:n]
	s.queue = s.queue[n:]
	s.draining = n > 0
	return batch
}
