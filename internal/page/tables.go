package page

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"reprise/internal/report"
	"reprise/internal/view"
	"reprise/internal/words"
	"reprise/runner"
	"reprise/spec"
)

// number is a line among the most important ones.
type number struct {
	Stage, Name, Value, Doc string
	Of                      int // tasks whose mean and standard deviation it is; 0: one
}

// part is a value of an output, with its name where the output is an object.
type part struct{ Name, Value string }

// parts are an output's values: numbers in few digits, texts without quotes.
func parts(value json.RawMessage) []part {
	var object map[string]json.RawMessage
	if json.Unmarshal(value, &object) != nil || len(object) == 0 {
		return []part{{"", plain(value)}}
	}
	var out []part
	for _, name := range slices.Sorted(maps.Keys(object)) {
		out = append(out, part{name, plain(object[name])})
	}
	return out
}

func plain(value json.RawMessage) string {
	var number float64
	if json.Unmarshal(value, &number) == nil && string(value) != "null" {
		return words.Figure(number)
	}
	return report.Plain(string(value))
}

// numbers are the first metrics of each stage; of a sweep their means and how they
// scatter.
func numbers(stages []*view.Stage) (out []number) {
	for _, s := range stages {
		if s.Sweep == nil {
			continue
		}
		for _, name := range s.Sweep.Metrics[:min(keyMetrics, len(s.Sweep.Metrics))] {
			var values []float64
			for _, r := range s.Sweep.Rows {
				if v, ok := r.Metrics[name]; ok {
					values = append(values, v)
				}
			}
			n := number{Stage: s.Address, Name: name, Value: words.Figure(values[0]), Doc: view.DocOf(s.Gives.Metrics, name)}
			if len(values) > 1 {
				mean, variance := report.MeanAndVariance(values)
				n.Value, n.Of = words.Figure(mean), len(values)
				if variance > 0 {
					n.Value += fmt.Sprintf(" ± %.2g", math.Sqrt(variance))
				}
			}
			out = append(out, n)
		}
	}
	return out
}

// table is a sweep for people.
type table struct {
	Attributes, Metrics []string
	Rows                []row
	Left                int // rows that are not shown
}

type row struct {
	*view.Task
	Name              string // what the other columns do not say of the task
	Attributes, Cells []string
}

// newTable has a row a task, also of those without a current result.
func newTable(s *view.Stage) table {
	t := table{}
	rows := map[string]*report.Row{}
	named := s.Sweep == nil || s.Sweep.Keyed
	if s.Sweep != nil {
		t.Attributes, t.Metrics = s.Sweep.Attributes, s.Sweep.Metrics
		for _, r := range s.Sweep.Rows {
			rows[r.Address] = r
		}
	}
	for i, task := range s.Tasks {
		if i == mostRows {
			t.Left = len(s.Tasks) - i
			break
		}
		r := row{Task: task}
		found := rows[task.Address]
		if named || found == nil {
			r.Name = strings.Join(spec.InstanceKeys(task.Address), ", ")
		}
		for _, name := range t.Attributes {
			cell := ""
			if found != nil {
				cell = words.Shortened(found.Cell(name))
			}
			r.Attributes = append(r.Attributes, cell)
		}
		for _, name := range t.Metrics {
			cell := ""
			if found != nil {
				if v, ok := found.Metrics[name]; ok {
					cell = words.Figure(v)
				}
			}
			r.Cells = append(r.Cells, cell)
		}
		t.Rows = append(t.Rows, r)
	}
	return t
}

// trouble is a task of which there is more to say than its state.
type trouble struct {
	*view.Task
	Alike int // more tasks of its stage that failed in the same way
}

// troubles are those of a stage.
type troubles struct {
	Tasks []*trouble
	Left  int // that failed, and are not shown
}

// troublesOf are the tasks that failed, and the one task of a stage that has no
// sweep's table to tell its state.
func troublesOf(s *view.Stage) (t troubles) {
	for _, task := range s.Tasks {
		if task.State != view.Failed && (!s.Single() || task.State == view.Current) {
			continue
		}
		i := slices.IndexFunc(t.Tasks, func(o *trouble) bool { return o.Error == task.Error })
		switch {
		case i >= 0:
			t.Tasks[i].Alike++
		case len(t.Tasks) == mostFailed:
			t.Left++
		default:
			t.Tasks = append(t.Tasks, &trouble{Task: task})
		}
	}
	return t
}

// wrong is what failed, for the top of the page: tasks by stage, and checks.
type wrong struct {
	Stages []wrongStage
	Checks []view.Check
}

type wrongStage struct {
	Address  string
	Troubles troubles
}

// wrongIn is what is wrong in a report; nil where nothing is.
// A check that waits for results is not wrong yet; one that has them all and is
// inconclusive is.
func wrongIn(stages []*view.Stage, checks []view.Check, complete bool) *wrong {
	w := &wrong{}
	for _, s := range stages {
		t := troublesOf(s)
		t.Tasks = slices.DeleteFunc(t.Tasks, func(t *trouble) bool { return t.State != view.Failed })
		if len(t.Tasks) > 0 {
			w.Stages = append(w.Stages, wrongStage{s.Address, t})
		}
	}
	for _, c := range checks {
		if c.Verdict == spec.Fail || c.Verdict == spec.Regressed || complete && c.Verdict == spec.Inconclusive {
			w.Checks = append(w.Checks, c)
		}
	}
	if len(w.Stages)+len(w.Checks) == 0 {
		return nil
	}
	return w
}

// Wrote is the end of a log that says more than how the task failed.
func (t *trouble) Wrote() string {
	if t.Log == "failed: "+t.Error {
		return ""
	}
	return t.Log
}

// Named tells whether some row needs the name of its task.
func (t table) Named() bool {
	for _, r := range t.Rows {
		if r.Name != "" {
			return true
		}
	}
	return false
}

// history is how tasks came to run; those of a sweep for which it is the same are
// one.
type history struct {
	Tasks []string
	Links []runner.Link
}

func chains(s *view.Stage) (out []history) {
	at := map[string]int{}
	for _, t := range s.Tasks {
		own := make([]runner.Link, len(t.Chain))
		for i, l := range t.Chain {
			if own[i] = l; l.Address == t.Address {
				own[i].Address = spec.StarredAddress(t.Address)
			}
		}
		text, err := json.Marshal(own)
		i, ok := at[string(text)]
		if !ok || err != nil {
			i = len(out)
			at[string(text)] = i
			out = append(out, history{Links: own})
		}
		out[i].Tasks = append(out[i].Tasks, t.Address)
	}
	return out
}

// only are the items that are about something.
func only(items []view.Item, what ...string) []view.Item { return picked(items, what, true) }

// without are the others.
func without(items []view.Item, what ...string) []view.Item { return picked(items, what, false) }

func picked(items []view.Item, what []string, in bool) (out []view.Item) {
	for _, i := range items {
		is := false
		for _, w := range what {
			is = is || i.What == w
		}
		if is == in {
			out = append(out, i)
		}
	}
	return out
}
