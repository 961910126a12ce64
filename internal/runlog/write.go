// Package runlog keeps and reads the structured logs of runs: a file of JSON lines
// each, one for every event with its time. Others can follow a run by its log
// while it goes on, without asking anything of the store.
package runlog

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/rs/zerolog"

	"reprise/runner"
)

// Log is the structured log of a run that is being written. A nil Log keeps
// nothing.
type Log struct {
	file *os.File
	log  zerolog.Logger
	told map[string]time.Time // when progress of a task was last written
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
	return &Log{file: f, log: zerolog.New(f), told: map[string]time.Time{}}, nil
}

// Start writes down what the run is of.
func (l *Log) Start(s Start) {
	if l == nil {
		return
	}
	fields := map[string]any{}
	if b, err := json.Marshal(s); err == nil && json.Unmarshal(b, &fields) == nil {
		fields["type"] = startType
		l.write(time.Now(), fields)
	}
}

// Event writes down what happened.
func (l *Log) Event(e runner.Event) {
	if l == nil {
		return
	}
	fields := map[string]any{}
	now := time.Now()
	if p, ok := e.(runner.ProgressEvent); ok {
		if now.Sub(l.told[p.Address]) < progressEvery {
			return
		}
		l.told[p.Address] = now
		fields = map[string]any{"type": progressType, "address": p.Address, "done": p.Done, "total": p.Total, "unit": p.Unit, "values": p.Values}
	} else if b, err := json.Marshal(e); err != nil || json.Unmarshal(b, &fields) != nil {
		return // a figure that is no number, on its way through
	}
	l.write(now, fields)
}

func (l *Log) write(now time.Time, fields any) {
	l.log.Log().Str("time", now.UTC().Format(time.RFC3339Nano)).Fields(fields).Send()
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
	l.file.Close()
	if run != "" {
		os.Rename(l.file.Name(), filepath.Join(filepath.Dir(l.file.Name()), run+".jsonl"))
	}
}
