// Package runlog keeps and reads the structured logs of runs: a file of JSON lines
// each, one for every event with its time. Others can follow a run by its log
// while it goes on, without asking anything of the store.
package runlog

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"reprise/runner"
)

// Log is the structured log of a run that is being written. A nil Log keeps
// nothing. Lines are made and written in turn by a goroutine of its own, so that no
// task waits for the log; those that are there together are written together.
type Log struct {
	file *os.File
	kept kept
	log  zerolog.Logger
	told map[string]time.Time // when progress of a task was last written

	mu      sync.Mutex
	closed  bool
	lines   chan func()
	written chan struct{}
}

// kept are lines on their way to a file, which may refuse them: that is no fault of
// whoever tells what happened.
type kept struct {
	*bufio.Writer
	to io.Writer
}

func (k kept) Write(line []byte) (int, error) {
	_, _ = k.Writer.Write(line) // which a flush looks at
	return len(line), nil
}

func (k kept) flush() {
	if k.Flush() != nil { // a log that cannot be written changes nothing
		k.Reset(k.to)
		_ = k.WriteByte('\n') // the line that was cut spoils no other
	}
}

// progressEvery is how often the log says how far a task is.
const progressEvery = time.Second

// mostLines wait for being written, before whoever tells more waits too.
const mostLines = 1000

// Create begins a log in the folder, named by the time and by the opening of the
// store until the run has an ID.
func Create(folder, owner string) (*Log, error) {
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return nil, err
	}
	name := fmt.Sprintf("%s-%s.jsonl", time.Now().UTC().Format("20060102T150405.000Z"), owner)
	f, err := os.OpenFile(filepath.Join(folder, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err != nil {
		return nil, err
	}
	kept := kept{bufio.NewWriterSize(f, 1<<16), f}
	l := &Log{file: f, kept: kept, log: zerolog.New(kept), told: map[string]time.Time{}, lines: make(chan func(), mostLines), written: make(chan struct{})}
	go l.write()
	return l, nil
}

func (l *Log) write() {
	defer close(l.written)
	for line := range l.lines {
		line()
		if len(l.lines) == 0 {
			l.kept.flush()
		}
	}
}

// add has a line written; none after the end, which a task that does not stop may tell.
func (l *Log) add(line func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.lines <- line
	}
}

// end waits until all lines are written.
func (l *Log) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.closed = true
		close(l.lines)
	}
	<-l.written
	l.file.Close()
}

// Start writes down what the run is of.
func (l *Log) Start(s Start) {
	if l == nil {
		return
	}
	s.Log = strings.TrimSuffix(filepath.Base(l.file.Name()), ".jsonl")
	l.asJSON(time.Now(), struct {
		Type string `json:"type"`
		Start
	}{startType, s})
}

// Event writes down what happened.
func (l *Log) Event(e runner.Event) {
	if l == nil {
		return
	}
	now := time.Now()
	switch e := e.(type) {
	case runner.ProgressEvent:
		l.progress(now, e)
	case runner.PlanEvent:
		if e.Action != runner.ActionCached { // or else the line of the task says so
			l.asJSON(now, e)
		}
	case runner.TaskEvent:
		if e.State != runner.Cached {
			l.asJSON(now, e)
			return
		}
		l.add(func() { // there may be thousands of these
			l.line(now).Str("type", e.Type).Str("address", e.Address).Str("key", e.Key).Str("state", e.State).Float64("seconds", e.Seconds).Send()
		})
	default:
		l.asJSON(now, e)
	}
}

func (l *Log) progress(now time.Time, e runner.ProgressEvent) {
	if now.Sub(l.told[e.Address]) < progressEvery {
		return
	}
	l.told[e.Address] = now
	values := finite(e.Values)
	l.add(func() {
		l.line(now).Str("type", progressType).Str("address", e.Address).Int("done", e.Done).Int("total", e.Total).Str("unit", e.Unit).Interface("values", values).Send()
	})
}

func (l *Log) line(now time.Time) *zerolog.Event {
	return l.log.Log().Str("time", now.UTC().Format(time.RFC3339Nano))
}

// finite are the figures that JSON has.
func finite(values map[string]float64) map[string]float64 {
	some := map[string]float64{}
	for name, v := range values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			some[name] = v
		}
	}
	return some
}

// asJSON writes what an event has in JSON; nothing of a figure that is no number, on
// its way through.
func (l *Log) asJSON(now time.Time, e any) {
	l.add(func() {
		b, err := json.Marshal(e)
		if err != nil {
			return
		}
		// Two or three of a task, and one of ten thousand stages: so what it has in JSON is
		// the line, not taken apart first.
		line := fmt.Appendf(nil, `{"time":%q,`, now.UTC().Format(time.RFC3339Nano))
		_, _ = l.kept.Write(append(append(line, b[1:]...), '\n')) // never an error
	})
}

// Drop removes the log of what was no run.
func (l *Log) Drop() {
	if l != nil {
		l.end()
		os.Remove(l.file.Name())
	}
}

// Close ends the log and gives it the run's name.
func (l *Log) Close(run string) {
	if l == nil {
		return
	}
	l.end()
	if run != "" {
		os.Rename(l.file.Name(), filepath.Join(filepath.Dir(l.file.Name()), run+".jsonl"))
	}
}
