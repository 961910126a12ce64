package runlog

import (
	"bufio"
	"bytes"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/rs/zerolog"

	"reprise/runner"
)

const owner = "0123456789abcdef0123456789abcdef"

// TestFollow reads a log while it is written, also half lines, and after it got its name.
func TestFollow(t *testing.T) {
	folder := t.TempDir()
	log, err := Create(folder, owner)
	if err != nil {
		t.Fatal(err)
	}
	log.Start(Start{Experiment: "x", Stages: []Stage{{Address: "stage.b", Kind: "k", Tasks: 1, Needs: []Need{{"stage.a", "data"}}}}})
	live := Live(folder, func(o string) bool { return o == owner })
	if len(live) != 1 || len(Live(folder, func(string) bool { return false })) != 0 {
		t.Fatalf("live are %v", live)
	}
	f, err := Follow(folder, live[0])
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	next := func(want int) {
		t.Helper()
		here := make(chan bool, 1)
		log.add(func() { log.kept.flush(); here <- true }) // all that was told is written
		if !log.closed {
			<-here
		}
		if changed, err := f.Next(); err != nil || len(changed) != want {
			t.Fatalf("%d tasks changed, not %d; %v", len(changed), want, err)
		}
	}
	next(0)
	if s := f.Record.Start; s.Experiment != "x" || len(s.Stages) != 1 || s.Stages[0].Needs[0].What != "data" {
		t.Errorf("it is of %+v", s)
	}
	step := 3
	log.Event(runner.TaskEvent{Type: "task", Address: "stage.b", Key: "k1", State: runner.Started, Reasons: []string{"never run"}})
	log.Event(runner.ProgressEvent{Address: "stage.b", Done: 2, Total: 8, Unit: "epochs", Values: map[string]float64{"loss": 5}})
	log.Event(runner.MetricEvent{Type: "metric", Address: "stage.b", Name: "step_only", Step: &step, Value: 1})
	next(1)
	b := f.Record.Task("stage.b")
	if b.State != runner.Started || b.Done != 2 || b.Total != 8 || b.Metrics["loss"] != 5 || b.Reasons[0] != "never run" || b.Key != "k1" {
		t.Errorf("while it runs it is %+v", b)
	}
	log.file.WriteString(`{"type":"task","address":"stage.b","st`)
	next(0)
	log.file.WriteString("ate\":\"done\",\"seconds\":2}\n{no JSON}\n")
	next(1)
	log.Event(runner.MetricEvent{Type: "metric", Address: "stage.b", Name: "loss", Value: 4})
	log.Event(runner.CheckEvent{Type: "check", Name: "c", Verdict: "pass"})
	log.Event(runner.AsideEvent{Type: "aside", Tasks: 1200})
	log.Event(runner.SummaryEvent{Type: "summary", Run: "r1", Executed: 1})
	log.Close("r1")
	next(1)
	r, err := Read(folder, "r1")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []*Record{f.Record, r} {
		if b := r.Task("stage.b"); len(b.Metrics) != 1 || b.Metrics["loss"] != 4 {
			t.Errorf("at its end its metrics are %v", b.Metrics)
		}
		if len(r.Checks) != 1 || r.Summary == nil || r.Summary.Run != "r1" || r.Aside != 1200 {
			t.Errorf("it ends with %+v, %+v and %d aside", r.Checks, r.Summary, r.Aside)
		}
	}
	if left := Live(folder, func(string) bool { return true }); len(left) != 0 {
		t.Errorf("%v go on after the end", left)
	}
}

// TestNamesStayInside holds that a name leads to no file outside of the folder.
func TestNamesStayInside(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "secret.jsonl"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	logs := filepath.Join(folder, "logs")
	if err := os.Mkdir(logs, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"../secret", `..\secret`, "/secret", "", ".", "..", "a/b", filepath.Join(folder, "secret"), "secret\x00"} {
		if _, err := Read(logs, name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// A figure that is no number takes nothing else with it: JSON has none.
func TestFiguresThatAreNone(t *testing.T) {
	folder := t.TempDir()
	log, err := Create(folder, owner)
	if err != nil {
		t.Fatal(err)
	}
	log.Event(runner.ProgressEvent{Address: "stage.b", Done: 2, Total: 8, Values: map[string]float64{"loss": math.NaN(), "norm": 3}})
	log.Close("r")
	log.Event(runner.ProgressEvent{Address: "stage.late", Done: 1}) // by a task that did not stop
	r, err := Read(folder, "r")
	if err != nil {
		t.Fatal(err)
	}
	if b := r.Task("stage.b"); r.Task("stage.late") != nil || b == nil || b.Done != 2 || len(b.Metrics) != 1 || b.Metrics["norm"] != 3 {
		t.Errorf("the log has %+v", b)
	}
}

// room is a disk that is full for a while.
type room struct {
	bytes.Buffer
	full bool
}

func (r *room) Write(b []byte) (int, error) {
	if r.full {
		return 0, syscall.ENOSPC
	}
	return r.Buffer.Write(b)
}

// A log that cannot be written for a while goes on afterwards, and nobody is told:
// it is not what a run is for.
func TestLogOnAFullDisk(t *testing.T) {
	to := &room{full: true}
	kept := kept{bufio.NewWriter(to), to}
	log := zerolog.New(kept)
	defer func(old func(error)) { zerolog.ErrorHandler = old }(zerolog.ErrorHandler)
	zerolog.ErrorHandler = func(err error) { t.Errorf("somebody is told: %v", err) }
	for range 1000 { // more than is kept
		log.Log().Str("is", "lost and gone").Send()
	}
	kept.flush()
	to.full = false
	log.Log().Str("is", "kept").Send()
	kept.flush()
	if got := to.String(); got != "\n{\"is\":\"kept\"}\n" {
		t.Errorf("the file has %q", got)
	}
}
