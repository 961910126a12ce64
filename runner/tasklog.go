package runner

import (
	"bytes"
	"fmt"
	"sync"
	"time"
)

const (
	keptLog   = 4<<20 - 1<<10   // of a longer log the end is kept
	shownLog  = 256 << 10       // as much of its end as others see while the task runs
	showEvery = 2 * time.Second // how often they see it grow
)

// taskLog is what a task writes, from any goroutine. It holds the end of a long one.
type taskLog struct {
	mu      sync.Mutex
	text    []byte
	dropped int // bytes before text
}

// Write appends to the log.
func (l *taskLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, p...)
	if surplus := len(l.text) - keptLog; surplus > keptLog {
		l.text = append(l.text[:0], l.text[surplus:]...)
		l.dropped += surplus
	}
	return len(p), nil
}

// Len is the number of bytes written so far.
func (l *taskLog) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.dropped + len(l.text)
}

// Text returns a copy of the log, or of its end where it is longer than limit.
func (l *taskLog) Text(limit int) []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	surplus := max(0, len(l.text)-limit)
	if before := l.dropped + surplus; before > 0 {
		return append(fmt.Appendf(nil, "[%d bytes before this are not kept]\n", before), l.text[surplus:]...)
	}
	return bytes.Clone(l.text)
}

// keepWhile hands the end of the log to keep every few seconds where it grew,
// until stop is called. What cannot be kept now may be the next time.
func (l *taskLog) keepWhile(keep func([]byte) error) (stop func()) {
	over, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(showEvery)
		defer tick.Stop()
		for told := 0; ; {
			select {
			case <-over:
				return
			case <-tick.C:
			}
			if n := l.Len(); n > told && keep(l.Text(shownLog)) == nil {
				told = n
			}
		}
	}()
	return func() { close(over); <-done }
}
