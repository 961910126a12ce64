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
// nothing.
type Log struct {
	file  *os.File
	lines *lines
	log   zerolog.Logger
	told  map[string]time.Time // when progress of a task was last written
}

// progressEvery is how often the log says how far a task is.
const progressEvery = time.Second

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
	lines := &lines{file: f, kept: bufio.NewWriterSize(f, 1<<16)}
	return &Log{file: f, lines: lines, log: zerolog.New(lines), told: map[string]time.Time{}}, nil
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
	l.lines.flush()
}

func (l *Log) line(now time.Time) *zerolog.Event {
	return l.log.Log().Str("time", now.UTC().Format(time.RFC3339Nano))
}

// Event writes down what happened. Of tasks that are found in the store there are
// many: each is one line, which waits a moment for others.
func (l *Log) Event(e runner.Event) {
	if l == nil {
		return
	}
	now := time.Now()
	switch e := e.(type) {
	case runner.ProgressEvent:
		if now.Sub(l.told[e.Address]) < progressEvery {
			return
		}
		l.told[e.Address] = now
		l.line(now).Str("type", progressType).Str("address", e.Address).Int("done", e.Done).Int("total", e.Total).Str("unit", e.Unit).Interface("values", finite(e.Values)).Send()
	case runner.PlanEvent:
		if e.Action == runner.ActionCached {
			return // the line of the task says so
		}
		l.asJSON(now, e)
	case runner.TaskEvent:
		if e.State == runner.Cached {
			l.line(now).Str("type", e.Type).Str("address", e.Address).Str("key", e.Key).Str("state", e.State).Float64("seconds", e.Seconds).Send()
			l.lines.flushSoon()
			return
		}
		l.asJSON(now, e)
	default:
		l.asJSON(now, e)
	}
	l.lines.flush()
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
	b, err := json.Marshal(e)
	if err != nil {
		return
	}
	// Two or three of a task, and one of ten thousand stages: so what it has in JSON is
	// the line, not taken apart first.
	line := fmt.Appendf(nil, `{"time":%q,`, now.UTC().Format(time.RFC3339Nano))
	_, _ = l.lines.Write(append(append(line, b[1:]...), '\n')) // which a flush looks at
}

// Drop removes the log of what was no run.
func (l *Log) Drop() {
	if l != nil {
		l.file.Close()
		os.Remove(l.file.Name())
	}
}

// Close ends the log and gives it the run's name.
func (l *Log) Close(run string) {
	if l == nil {
		return
	}
	l.lines.flush()
	l.file.Close()
	if run != "" {
		os.Rename(l.file.Name(), filepath.Join(filepath.Dir(l.file.Name()), run+".jsonl"))
	}
}

// lines are written to a file together.
type lines struct {
	mu      sync.Mutex
	file    io.Writer
	kept    *bufio.Writer
	waiting bool
}

// soon is how long a line may wait.
const soon = 100 * time.Millisecond

func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, _ = l.kept.Write(line) // which a flush looks at
	return len(line), nil
}

func (l *lines) flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting = false
	if l.kept.Flush() != nil { // a log that cannot be written changes nothing
		l.kept.Reset(l.file)
		_ = l.kept.WriteByte('\n') // the line that was cut spoils no other
	}
}

func (l *lines) flushSoon() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.waiting {
		l.waiting = true
		time.AfterFunc(soon, l.flush)
	}
}
