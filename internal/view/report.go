package view

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"

	"reprise/cache"
	"reprise/runner"
	"reprise/spec"
)

// Source is an experiment, its store, and what a plan that only looks said.
type Source struct {
	X       *spec.Experiment
	Store   *cache.Store
	Steps   []*runner.Step
	Logs    string                                   // the folder of the logs of runs
	Command func(name string, args ...string) string // one about the experiment as it is
}

// Report is all that a page says of an experiment.
type Report struct {
	Experiment, Title, Description string
	Cites                          []string
	Variables                      []Variable
	Tasks, Current                 int // how many there are, and with a current result
	Checks                         []Check
	Outputs                        []Output
	Figures                        []*Figure
	Graph                          *Graph
	Stages                         []*Stage // in the order of the experiment
	Again                          Again
	Comparison                     *Comparison // nil where nothing is compared
}

// Variable is one of the experiment's.
type Variable struct {
	Name, Value, Description string
	Given                    bool // it is not its default
}

// Check is a check with its verdict.
type Check struct {
	runner.CheckEvent
	Description string
	Conditions  []string // that it asserts, as they are written
}

// Output is one of the experiment's: its value as JSON, or why there is none.
type Output struct {
	Name, Description string
	Value             json.RawMessage
	Missing           string
}

// NewReport makes the report of an experiment by what is in its store.
func NewReport(from *Source) (*Report, error) {
	x := from.X
	r := &Report{Experiment: x.Name, Title: cmp.Or(x.Title, x.Name), Description: x.Description, Cites: x.Cites,
		Variables: variables(x), Tasks: len(from.Steps)}
	for i, verdict := range runner.Judge(from.Steps) { // in the order of the experiment
		r.Checks = append(r.Checks, Check{verdict, x.Checks[i].Description, x.Checks[i].Conditions()})
	}
	results := map[*spec.Task]*cache.Result{}
	for _, s := range from.Steps {
		if s.Action == runner.ActionCached {
			results[s.Task] = s.Result
		}
	}
	r.Current = len(results)
	known := func(t *spec.Task) (map[string]float64, bool) {
		if found := results[t]; found != nil {
			return found.Metrics, true
		}
		return nil, false
	}
	r.Outputs = outputs(x, known)
	var err error
	if r.Graph, err = NewGraph(x.Name, from.Store, from.Steps, false); err != nil {
		return nil, err
	}
	if r.Stages, err = from.stages(known); err != nil {
		return nil, err
	}
	for _, s := range r.Stages {
		for _, t := range s.Tasks {
			r.Figures = append(r.Figures, figures(s, t)...)
		}
	}
	r.Again, err = from.again()
	return r, err
}

func variables(x *spec.Experiment) (out []Variable) {
	values, about, given := x.Variables(), x.Descriptions(), x.Given()
	for _, name := range slices.Sorted(maps.Keys(values)) {
		_, is := given[name]
		out = append(out, Variable{name, values[name], about[name], is})
	}
	return out
}

func outputs(x *spec.Experiment, known spec.Metrics) (out []Output) {
	for _, o := range x.Outputs {
		value, isKnown, err := o.Value(known)
		one := Output{Name: o.Name, Description: o.Description, Value: value}
		switch {
		case err != nil:
			one.Missing = err.Error()
		case !isKnown:
			one.Missing = "it waits for results that are not there"
		}
		out = append(out, one)
	}
	return out
}
