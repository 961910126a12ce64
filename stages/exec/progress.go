package exec

import (
	"bytes"
	"encoding/json"
	"io"

	"reprise/spec"
)

// progressMark begins a line by which a program tells how far it is.
const progressMark = "reprise-progress "

// longestLine is how much of a line without end is held back.
const longestLine = 64 << 10

// progressLines hands a program's output on to the task's log line by line, and
// lines that begin with progressMark to whoever watches.
type progressLines struct {
	to       io.Writer
	progress func(spec.Progress)
	pending  []byte // the line so far
}

func (w *progressLines) Write(p []byte) (int, error) {
	w.pending = append(w.pending, p...)
	for {
		end := bytes.IndexByte(w.pending, '\n') + 1
		if end == 0 && len(w.pending) < longestLine {
			return len(p), nil
		}
		if end == 0 {
			end = len(w.pending)
		}
		if err := w.line(w.pending[:end]); err != nil {
			return 0, err
		}
		w.pending = w.pending[end:]
	}
}

// flush hands on a last line that has no end.
func (w *progressLines) flush() {
	_ = w.line(w.pending) // a log in memory takes all
	w.pending = nil
}

func (w *progressLines) line(line []byte) error {
	if told, ok := bytes.CutPrefix(line, []byte(progressMark)); ok {
		if p, ok := readProgress(told); ok {
			w.progress(p)
			return nil
		}
	}
	_, err := w.to.Write(line)
	return err
}

// readProgress reads an object of numbers: done and total are steps, others are
// figures at this step. A line that is none is a line like any other.
func readProgress(line []byte) (spec.Progress, bool) {
	p := spec.Progress{Unit: "step", Values: map[string]float64{}}
	if json.Unmarshal(line, &p.Values) != nil || p.Values == nil {
		return p, false
	}
	p.Done, p.Total = int(p.Values["done"]), int(p.Values["total"])
	delete(p.Values, "done")
	delete(p.Values, "total")
	return p, true
}
