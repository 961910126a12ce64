package view

import (
	"errors"
	"slices"
	"strings"

	"reprise/artifacts"
	"reprise/cache"
	"reprise/internal/report"
	"reprise/internal/words"
	"reprise/runner"
	"reprise/spec"
)

// Stage is a stage with its tasks: one, or those of a sweep.
type Stage struct {
	Address, Kind, Doc, Description, Where string
	Tasks                                  []*Task
	Gives                                  spec.Outputs
	Shared                                 []Item        // of their keys, in all that are known
	Sweep                                  *report.Sweep // of the tasks with current results; nil where none has
	Seconds                                float64       // that the results took
}

// Task is a task: its result, or what is known without.
type Task struct {
	Address, State string
	Key            string   // "" where it is not known yet
	Reasons        []string // why it has no current result
	Chain          []runner.Link
	Result         *cache.Result // the current one, else the last; nil where there is none
	Items          []Item        // of the key
	Error, Log     string        // of one that failed: how, and the end of what it wrote
	Advice         []Advice      // what to do about that
	Contents       []Content
}

// Content is a table or a file of an artifact.
type Content struct {
	artifacts.Entry
	Table bool
	Doc   string
}

// Metrics are those of a task's current result, in the order in which its kind
// documents them.
func (s *Stage) Metrics(t *Task) (out []Metric) {
	if t.State != Current {
		return nil
	}
	for _, name := range report.DocumentedOrder(s.Gives.Metrics, t.Result.Metrics) {
		out = append(out, Metric{name, t.Result.Metrics[name], DocOf(s.Gives.Metrics, name)})
	}
	return out
}

// Metric is a figure of a result.
type Metric struct {
	Name  string
	Value float64
	Doc   string
}

// Single tells whether the stage is one task, and none of a sweep.
func (s *Stage) Single() bool { return len(s.Tasks) == 1 && s.Tasks[0].Address == s.Address }

// State is that of the tasks which needs attention most.
func (s *Stage) State() string {
	for _, state := range States {
		if slices.ContainsFunc(s.Tasks, func(t *Task) bool { return t.State == state }) {
			return state
		}
	}
	return None
}

// stages makes the stages of all steps.
func (from *Source) stages(known spec.Metrics) (stages []*Stage, err error) {
	by := map[string][]*runner.Step{}
	for _, s := range from.Steps {
		address := spec.SweepAddress(s.Task.Address)
		if by[address] == nil {
			k := s.Task.Kind
			stages = append(stages, &Stage{Address: address, Kind: k.Name, Doc: k.Doc, Description: s.Task.Description, Where: s.Task.Where, Gives: s.Task.Gives})
		}
		by[address] = append(by[address], s)
	}
	v := report.NewVariation(from.X, from.Steps)
	for _, stage := range stages {
		var current []*runner.Step
		for _, s := range by[stage.Address] {
			t, err := from.task(s, known)
			if err != nil {
				return nil, err
			}
			if t.Result != nil {
				stage.Seconds += t.Result.Seconds
			}
			if t.State == Current {
				current = append(current, s)
			}
			stage.Tasks = append(stage.Tasks, t)
		}
		slices.SortStableFunc(stage.Tasks, func(a, b *Task) int { return words.Natural(a.Address, b.Address) })
		if len(current) > 0 {
			if stage.Sweep, err = v.Sweep(stage.Address, current); err != nil {
				return nil, err
			}
		}
		stage.share()
	}
	return stages, nil
}

// share moves what all known keys have in common from the tasks to the stage.
func (s *Stage) share() {
	var keyed []*Task
	for _, t := range s.Tasks {
		if len(t.Items) > 0 {
			keyed = append(keyed, t)
		}
	}
	if len(keyed) == 0 {
		return
	}
	count := map[Item]int{}
	for _, t := range keyed {
		for _, i := range t.Items {
			count[i]++
		}
	}
	common := func(i Item) bool { return count[i] == len(keyed) }
	for _, i := range keyed[0].Items {
		if common(i) {
			s.Shared = append(s.Shared, i)
		}
	}
	for _, t := range keyed {
		t.Items = slices.DeleteFunc(t.Items, common)
	}
}

// logLines is how much of a failed task's log is shown.
const logLines = 30

func (from *Source) task(s *runner.Step, known spec.Metrics) (*Task, error) {
	state, err := StateOf(from.Store, s)
	if err != nil {
		return nil, err
	}
	t := &Task{Address: s.Task.Address, State: state, Reasons: s.Reasons, Chain: s.Chain(), Result: s.Result}
	if s.KeyText != "" {
		t.Key, t.Items = s.Key.String(), Items(s, known)
	}
	switch state {
	case Current:
		t.Contents, err = from.contents(s)
	case Failed:
		err = from.failure(s, t)
	}
	return t, err
}

// contents are the tables and files of a result; none where they are gone, which
// whoever needs them hears of.
func (from *Source) contents(s *runner.Step) (out []Content, err error) {
	m, err := from.Store.Manifest(s.Result.Artifact)
	if errors.Is(err, cache.ErrMissing) || errors.Is(err, cache.ErrCorrupt) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, e := range m.Tables {
		out = append(out, Content{e, true, DocOf(s.Task.Gives.Tables, e.Name)})
	}
	for _, e := range m.Files {
		out = append(out, Content{e, false, DocOf(s.Task.Gives.Files, e.Name)})
	}
	return out, nil
}

// DocOf finds what a kind says of something it gives.
func DocOf(gives []spec.Gives, name string) string {
	for _, g := range gives {
		if g.Name == name {
			return g.Doc
		}
	}
	return ""
}

func (from *Source) failure(s *runner.Step, t *Task) error {
	f, err := from.Store.Failure(s.Key)
	if err != nil {
		return err
	}
	t.Error = f.Error
	t.Advice = []Advice{
		{from.Command("logs", t.Address), "tells all that it wrote"},
		{from.Command("run"), "tries it again, with what waits for it"},
	}
	_, log, err := from.Store.Log(s.Key)
	if errors.Is(err, cache.ErrMissing) || errors.Is(err, cache.ErrCorrupt) {
		return nil
	}
	lines := strings.Split(strings.TrimRight(string(log), "\n"), "\n")
	t.Log = strings.Join(lines[max(0, len(lines)-logLines):], "\n")
	return err
}
