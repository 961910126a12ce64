package cli

import (
	"encoding/json"
	"maps"

	"reprise/internal/report"
	"reprise/runner"
	"reprise/spec"
)

// outcome is what became of a run, gathered from its events.
type outcome struct {
	from    *opened
	tasks   map[string]runner.TaskEvent // the last of each address
	aside   int                         // tasks of which nothing else is told: they are cached
	order   []string                    // addresses that failed, as they did
	metrics map[string]map[string]float64
	reasons map[string][]string // why tasks ran
	checks  []runner.CheckEvent
	locked  map[string]runner.LockEvent // the last of each address
	sum     runner.SummaryEvent
}

func newOutcome(from *opened) *outcome {
	return &outcome{from: from, tasks: make(map[string]runner.TaskEvent, len(from.x.Tasks)), metrics: map[string]map[string]float64{}, locked: map[string]runner.LockEvent{}, reasons: map[string][]string{}}
}

func (o *outcome) event(e runner.Event) {
	switch e := e.(type) {
	case runner.TaskEvent:
		o.tasks[e.Address] = e
		if e.State == runner.Started {
			o.reasons[e.Address] = e.Reasons
		}
		if e.State == runner.Failed {
			o.order = append(o.order, e.Address)
		}
	case runner.AsideEvent:
		o.aside = e.Tasks
	case runner.MetricEvent:
		if e.Step != nil {
			return
		}
		if o.metrics[e.Address] == nil {
			o.metrics[e.Address] = map[string]float64{}
		}
		o.metrics[e.Address][e.Name] = e.Value
	case runner.CheckEvent:
		o.checks = append(o.checks, e)
	case runner.LockEvent:
		o.locked[e.Address] = e
	case runner.SummaryEvent:
		o.sum = e
	}
}

// state is what became of a task; "" where the run was not about it.
func (o *outcome) state(t *spec.Task) string { return o.tasks[t.Address].State }

// outputValue is an output of the experiment, for programs and people.
type outputValue struct {
	Type  string          `json:"type"` // "output"
	Name  string          `json:"name"`
	Value json.RawMessage `json:"value"`
	Error string          `json:"error,omitempty"` // why it has no value
}

// outputs are those whose values the tasks of this run tell.
func (o *outcome) outputs() []outputValue {
	known := func(t *spec.Task) (map[string]float64, bool) {
		s := o.state(t)
		return o.metrics[t.Address], s == runner.Done || s == runner.Cached
	}
	var out []outputValue
	for _, x := range o.from.x.Outputs {
		value, isKnown, err := x.Value(known)
		switch {
		case err != nil:
			out = append(out, outputValue{"output", x.Name, json.RawMessage("null"), err.Error()})
		case isKnown:
			out = append(out, outputValue{"output", x.Name, value, ""})
		}
	}
	return out
}

// metricNames are those that tasks of one stage have.
func (o *outcome) metricNames(tasks []*spec.Task) []string {
	has := map[string]float64{}
	for _, t := range tasks {
		maps.Copy(has, o.metrics[t.Address])
	}
	return report.DocumentedOrder(tasks[0].Gives.Metrics, has)
}
