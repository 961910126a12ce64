package runner

import (
	"bytes"
	"fmt"
	"sync"
	"time"
)

const (
	keptLog   = 4<<20 - 1<<10   // of a longer log the beginning, a quarter, and the end are kept
	shownLog  = 256 << 10       // as much as others see of it while the task runs
	showEvery = 2 * time.Second // how often they see it grow
)

// taskLog is what a task writes, from any goroutine. It holds the beginning and
// the end of a long one: what the task was about, and how it came out.
type taskLog struct {
	mu      sync.Mutex
	head    []byte
	dropped int // bytes between head and tail
	tail    []byte
}

// Write appends to the log.
func (l *taskLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	first := min(keptLog/4-len(l.head), len(p))
	l.head = append(l.head, p[:first]...)
	l.tail = append(l.tail, p[first:]...)
	if surplus := len(l.tail) - keptLog; surplus > keptLog {
		l.tail = append(l.tail[:0], l.tail[surplus:]...)
		l.dropped += surplus
	}
	return len(p), nil
}

// Len is the number of bytes written so far.
func (l *taskLog) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.head) + l.dropped + len(l.tail)
}

// Text returns a copy of the log; of one that is longer than limit, of its
// beginning and its end, with how much is left out between.
func (l *taskLog) Text(limit int) []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	last := min(len(l.tail), limit-min(len(l.head), limit/4))
	first := min(len(l.head), limit-last)
	out := bytes.Clone(l.head[:first])
	if left := len(l.head) - first + l.dropped + len(l.tail) - last; left > 0 {
		out = fmt.Appendf(out, "\n[%d bytes are left out here]\n", left)
	}
	return append(out, l.tail[len(l.tail)-last:]...)
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
