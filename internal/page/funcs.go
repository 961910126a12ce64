package page

import (
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"reprise/internal/report"
	"reprise/internal/view"
	"reprise/internal/words"
	"reprise/runner"
	"reprise/spec"
)

// How much of long things is shown.
const (
	keyMetrics = 3   // of a stage, among those of all
	mostRows   = 200 // of a sweep
	mostRuns   = 20
)

var funcs = template.FuncMap{
	"seconds": words.Seconds, "figure": words.Figure, "size": words.Size, "count": words.Count, "what": view.What, "orNone": words.OrNone, "brief": brief,
	"citation": citation,
	"date":     func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") + " UTC" },
	"short":    func(s string) string { return s[:min(len(s), 12)] },
	"join":     func(all []string) string { return strings.Join(all, ", ") },
	"command":  commandLine,
	"passing":  passing,
	"parts":    parts,
	"baselines": func(checks []view.Check) bool {
		return slices.ContainsFunc(checks, func(c view.Check) bool { return len(c.Baselines) > 0 })
	},
	"label":    func(address string) string { return strings.TrimPrefix(address, "stage.") },
	"sentence": sentence,
	"table":    newTable, "numbers": numbers, "chains": chains, "only": only, "without": without, "number": numberOf,
	"first": func(runs []view.RunOf) []view.RunOf { return runs[:min(len(runs), mostRuns)] },
	"percent": func(old, now *float64) string {
		if old == nil || now == nil || *old == 0 {
			return ""
		}
		return fmt.Sprintf("%+.2g %%", 100*(*now-*old)/math.Abs(*old))
	},
}

// brief is the value of a key's item; of inputs, files and code the first digits of
// its digests.
func brief(what, value string) string {
	if !slices.Contains([]string{"in", "file", "code"}, what) {
		return words.OrNone(value)
	}
	all := strings.Fields(value)
	for i, digest := range all {
		all[i] = digest[:min(len(digest), 12)]
	}
	return words.OrNone(strings.Join(all, " "))
}

// commandLine is a command as it is typed.
func commandLine(argv []string) string {
	var typed []string
	for _, w := range argv {
		typed = append(typed, runner.ShellWord(w))
	}
	return strings.Join(typed, " ")
}

// sentence is the first of a text.
func sentence(doc string) string {
	s := strings.Join(strings.Fields(doc), " ")
	s, _, _ = strings.Cut(s, ". ")
	return strings.TrimSuffix(s, ".") + "."
}

// passing is how many checks a run may end well with.
func passing(checks []view.Check) (n int) {
	for _, c := range checks {
		if runner.Passes(c.Verdict) {
			n++
		}
	}
	return n
}

func numberOf(v *float64) string {
	if v == nil {
		return "–"
	}
	return words.Figure(*v)
}

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
			n := number{Stage: s.Address, Name: name, Value: words.Figure(values[0]), Doc: docOf(s.Gives.Metrics, name)}
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

func docOf(gives []spec.Gives, name string) string {
	for _, g := range gives {
		if g.Name == name {
			return g.Doc
		}
	}
	return ""
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
