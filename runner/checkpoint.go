package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"reprise/cache"
)

// A checkpoint is due this long after the one before, or longer, so that all of
// them take at most one part in so many of the time.
const (
	checkpointEvery = 2 * time.Second
	checkpointShare = 20
)

// saver has the checkpoint that an attempt at a task goes on from, and keeps
// those that it makes. Whatever goes wrong with one is said in the log, once,
// and changes nothing else.
type saver struct {
	e      *execution // what does not change of it
	opened *opened    // of this attempt
	began  time.Time  // as of the execution
	state  []byte     // to go on from, or nil
	log    io.Writer

	attempt context.Context // ends when the method shall stop
	wanted  context.Context // ends when nobody waits for the method any more
	end     context.CancelFunc

	mu   sync.Mutex // protects what follows
	due  time.Time
	said bool
}

// saver makes that of an attempt that begins now, and says it where the attempt
// goes on from a checkpoint.
func (e *execution) saver(ctx context.Context, log io.Writer) *saver {
	now := time.Now()
	e.resumed, e.began = false, now
	s := &saver{e: e, opened: &opened{files: e.site.files}, log: log, attempt: ctx, due: now.Add(checkpointEvery)}
	s.wanted, s.end = context.WithCancel(context.WithoutCancel(ctx))
	if !e.keeps {
		s.end()
		return s
	}
	c, err := e.site.store.Checkpoint(e.step.Key)
	switch {
	case err == nil:
		age := max(0, now.Sub(c.Time))
		s.state, e.resumed, e.began = c.State, true, now.Add(-time.Duration(c.Seconds*float64(time.Second)))
		fmt.Fprintf(log, "goes on from a checkpoint of %s ago\n", max(time.Second, age.Round(time.Second)))
		e.site.o.Watch(ResumeEvent{Type: "resume", Address: e.step.Task.Address, Seconds: age.Seconds()})
	case !errors.Is(err, cache.ErrMissing):
		fmt.Fprintf(log, "starts anew, without what an earlier attempt kept: %s\n", err)
	}
	s.began = e.began
	return s
}

// save keeps a state where one is due: after some time, and when the method shall
// stop.
func (s *saver) save(state func() ([]byte, error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if s.wanted.Err() != nil || now.Before(s.due) && s.attempt.Err() == nil {
		return
	}
	err := s.keep(state)
	s.due = time.Now().Add(max(checkpointEvery, checkpointShare*time.Since(now)))
	if err != nil && !s.said && s.wanted.Err() == nil {
		s.said = true
		fmt.Fprintf(s.log, "no checkpoint can be kept: %s\n", err)
	}
}

func (s *saver) keep(state func() ([]byte, error)) error {
	seconds := time.Since(s.began).Seconds()
	b, err := state()
	if err != nil {
		return err
	}
	if err := s.opened.unchanged(s.wanted); err != nil {
		return err
	}
	return s.e.site.store.PutCheckpoint(s.wanted, s.e.step.Key, cache.Checkpoint{State: b, Seconds: seconds})
}

// drop ends the attempt and deletes its checkpoint: the method failed, and would
// fail again from there.
func (s *saver) drop() {
	if s.wanted.Err() != nil { // it keeps none
		return
	}
	s.end()
	if err := s.e.site.store.DropCheckpoint(s.e.step.Key); err != nil {
		fmt.Fprintf(s.log, "its checkpoint stays: %s\n", err)
	}
}
