package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/rs/zerolog"

	"reprise/runner"
)

// runLog is the structured log of a run: a JSON object a line for every event,
// with its time. A nil runLog keeps nothing.
type runLog struct {
	file *os.File
	log  zerolog.Logger
	told map[string]time.Time // when progress of a task was last written
}

// progressEvery is how often the log says how far a task is.
const progressEvery = time.Second

// startLog begins a log in the folder, named by the time and by the opening of the
// store until the run has an ID.
func startLog(folder, owner string) (*runLog, error) {
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return nil, err
	}
	name := fmt.Sprintf("%s-%s.jsonl", time.Now().UTC().Format("20060102T150405.000Z"), owner)
	f, err := os.OpenFile(filepath.Join(folder, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err != nil {
		return nil, err
	}
	return &runLog{file: f, log: zerolog.New(f), told: map[string]time.Time{}}, nil
}

func (l *runLog) event(e runner.Event) {
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
		fields = map[string]any{"type": "progress", "address": p.Address, "done": p.Done, "total": p.Total, "unit": p.Unit, "values": p.Values}
	} else if b, err := json.Marshal(e); err != nil || json.Unmarshal(b, &fields) != nil {
		return // a figure that is no number, on its way through
	}
	l.log.Log().Str("time", now.UTC().Format(time.RFC3339Nano)).Fields(fields).Send()
}

// drop removes the log of what was no run.
func (l *runLog) drop() {
	if l != nil {
		l.file.Close()
		os.Remove(l.file.Name())
	}
}

// close ends the log and gives it the run's name.
func (l *runLog) close(run string) {
	if l == nil {
		return
	}
	l.file.Close()
	if run != "" {
		os.Rename(l.file.Name(), filepath.Join(filepath.Dir(l.file.Name()), run+".jsonl"))
	}
}
