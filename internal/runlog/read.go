package runlog

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"reprise/runner"
)

// Types of lines that are no events of the runner.
const (
	startType    = "start"
	progressType = "progress"
)

// Record is what a log says of a run, so far.
type Record struct {
	Start   Start
	Began   time.Time // the time of its first line
	Tasks   []*Task   // in the order in which they were first named
	Aside   int       // tasks that stand, of which it says nothing else; their stages are not in Start
	Checks  []runner.CheckEvent
	Summary *runner.SummaryEvent // at the end

	byAddress map[string]*Task
}

// Task is what a log says of a task.
type Task struct {
	Address string
	Key     string
	State   string // as in a TaskEvent; "" where it waits
	Seconds float64
	Error   string
	Reasons []string // why it runs
	Since   time.Time
	Metrics map[string]float64 // while it runs the last of each step, then the final ones

	Done, Total int // how far it is
	Unit        string
}

// Task returns what is known of a task, nil where that is nothing.
func (r *Record) Task(address string) *Task { return r.byAddress[address] }

func (r *Record) task(address string) *Task {
	t := r.byAddress[address]
	if t == nil {
		t = &Task{Address: address, Metrics: map[string]float64{}}
		r.byAddress[address] = t
		r.Tasks = append(r.Tasks, t)
	}
	return t
}

// line is any line of a log.
type line struct {
	Type    string    `json:"type"`
	Time    time.Time `json:"time"`
	Address string    `json:"address"`
	Key     string    `json:"key"`
	State   string    `json:"state"`
	Seconds float64   `json:"seconds"`
	Error   string    `json:"error"`
	Reasons []string  `json:"reasons"`
	Name    string    `json:"name"`
	Value   float64   `json:"value"`
	Done    int       `json:"done"`
	Total   int       `json:"total"`
	Unit    string    `json:"unit"`
	Action  string    `json:"action"`
	Tasks   int       `json:"tasks"`

	Values map[string]float64 `json:"values"`
}

// take takes in a line, and returns the task that it is about, if any. A line that
// cannot be read says nothing.
func (r *Record) take(text []byte) *Task {
	var l line
	if json.Unmarshal(text, &l) != nil {
		return nil
	}
	if r.Began.IsZero() {
		r.Began = l.Time
	}
	switch l.Type {
	case startType:
		_ = json.Unmarshal(text, &r.Start)
	case "aside":
		r.Aside = l.Tasks
	case "check":
		var c runner.CheckEvent
		if json.Unmarshal(text, &c) == nil {
			r.Checks = append(r.Checks, c)
		}
	case "summary":
		r.Summary = &runner.SummaryEvent{}
		_ = json.Unmarshal(text, r.Summary)
	}
	if l.Address == "" {
		return nil
	}
	return r.task(l.Address).take(&l)
}

func (t *Task) take(l *line) *Task {
	if l.Key != "" {
		t.Key = l.Key
	}
	switch l.Type {
	case "plan":
		if l.Action == runner.ActionRun {
			t.Reasons = l.Reasons
		}
	case "task":
		t.State, t.Seconds, t.Error, t.Since = l.State, l.Seconds, l.Error, l.Time
		clear(t.Metrics)
		if l.State == runner.Started {
			t.Reasons, t.Done, t.Total = l.Reasons, 0, 0
		}
	case "metric":
		t.Metrics[l.Name] = l.Value
	case progressType:
		t.Done, t.Total, t.Unit = l.Done, l.Total, l.Unit
		maps.Copy(t.Metrics, l.Values)
	}
	return t
}

// Follower reads a log as it grows.
type Follower struct {
	Record *Record
	file   *os.File
	rest   []byte // of a line that is not whole yet
}

// longestLine bounds what is kept of one line.
const longestLine = 64 << 20

// Follow opens the log of that name in a folder: a run's ID, or a name that Live gave.
func Follow(folder, name string) (*Follower, error) {
	if !isName(name) {
		return nil, fs.ErrNotExist
	}
	f, err := os.Open(filepath.Join(folder, name+ending))
	if err != nil {
		return nil, err
	}
	return &Follower{Record: &Record{byAddress: map[string]*Task{}}, file: f}, nil
}

// Next takes in what the log has got since, and returns the tasks it is about.
func (f *Follower) Next() (changed []*Task, err error) {
	r := bufio.NewReaderSize(f.file, 64<<10)
	seen := map[*Task]bool{}
	for {
		part, err := r.ReadSlice('\n')
		if f.rest = append(f.rest, part...); len(f.rest) > longestLine {
			return changed, errors.New("a line of the log is too long")
		}
		switch {
		case err == nil:
			if t := f.Record.take(bytes.TrimSpace(f.rest)); t != nil && !seen[t] {
				seen[t] = true
				changed = append(changed, t)
			}
			f.rest = f.rest[:0]
		case errors.Is(err, io.EOF):
			return changed, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return changed, err
		}
	}
}

// Close ends it.
func (f *Follower) Close() error { return f.file.Close() }

// Read reads a log to its present end.
func Read(folder, name string) (*Record, error) {
	f, err := Follow(folder, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	_, err = f.Next()
	return f.Record, err
}

const ending = ".jsonl"

// Live are the names of the logs of runs that go on, newest first: those whose
// opening of the store is alive.
func Live(folder string, alive func(owner string) bool) []string { return unnamed(folder, alive) }

// Killed are those of runs that ended without a word.
func Killed(folder string, alive func(owner string) bool) []string {
	return unnamed(folder, func(owner string) bool { return !alive(owner) })
}

// unnamed are the logs of runs that have no ID, by the owners of their openings of the
// store, newest first.
func unnamed(folder string, are func(owner string) bool) (names []string) {
	files, err := os.ReadDir(folder)
	if err != nil {
		return nil // no runs yet
	}
	for _, f := range files {
		name, isLog := strings.CutSuffix(f.Name(), ending)
		if owner := OwnerOf(name); isLog && owner != "" && are(owner) {
			names = append(names, name)
		}
	}
	slices.Reverse(names)
	return names
}

// Path is that of the log of a name in a folder.
func Path(folder, name string) string { return filepath.Join(folder, name+ending) }

// OwnerOf is the opening of the store in the name of the log of a run that has no
// ID yet; "" in those of others.
func OwnerOf(name string) string {
	_, owner, _ := strings.Cut(name, "-")
	if len(owner) != 32 {
		return "" // a run's ID is shorter
	}
	return owner
}

// isName tells whether a name is one of a file in the folder.
func isName(name string) bool {
	return name != "" && !strings.ContainsAny(name, `/\`+"\x00") && filepath.IsLocal(name+ending)
}
