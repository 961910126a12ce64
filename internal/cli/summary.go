package cli

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"reprise/internal/view"
	"reprise/internal/words"
	"reprise/runner"
	"reprise/spec"
)

const (
	manyTasks  = 40  // from here on, the tasks of a stage that share a state are one line
	manyRows   = 30  // of a sweep's metrics, unless -v asks for all
	manyLines  = 100 // of the table of tasks, unless -v asks for all
	keyMetrics = 3   // of a task, beside its state
	manyErrors = 10
	fewAlike   = 3 // tasks named that failed as another did
)

// summary prints the end of a run: tasks, metrics, checks, outputs, one line of
// counts; then, on standard error, what failed and what to do about it.
func (u *ui) summary(o *outcome) {
	u.results(o)
	u.prose(counts(o.sum))
	u.failures(o)
}

// results prints what a run gave, that is all but how it went.
func (u *ui) results(o *outcome) {
	stages := o.stages()
	if !u.quiet {
		u.taskTable(o, stages)
		for _, tasks := range stages {
			u.metricTable(o, tasks)
		}
	}
	u.checkTable(o)
	u.lockVerdicts(o)
	for _, out := range o.outputs() {
		if out.Error != "" {
			u.prose("output " + out.Name + " has no value: " + out.Error)
			continue
		}
		u.prose("output " + out.Name + " = " + string(out.Value))
	}
}

// stages are the tasks that the run was about, stage by stage.
func (o *outcome) stages() (stages [][]*spec.Task) {
	at := map[string]int{}
	for _, t := range o.from.x.Tasks {
		if o.state(t) == "" {
			continue
		}
		i, ok := at[t.StageAddress()]
		if !ok {
			i = len(stages)
			at[t.StageAddress()] = i
			stages = append(stages, nil)
		}
		stages[i] = append(stages[i], t)
	}
	for _, tasks := range stages {
		slices.SortStableFunc(tasks, func(a, b *spec.Task) int { return words.Natural(a.Address, b.Address) })
	}
	return stages
}

func (u *ui) taskTable(o *outcome, stages [][]*spec.Task) {
	total := o.aside
	for _, tasks := range stages {
		total += len(tasks)
	}
	var rows [][]string
	left := o.aside
	tooMany := o.aside > 0 || len(stages) > runner.MostInSight
	for _, tasks := range stages {
		for _, group := range o.byState(tasks, total > manyTasks && !u.verbose) {
			t := group[0]
			if state := o.state(t); !u.verbose && (tooMany && state == runner.Cached || len(rows) >= manyLines && hasResult(state)) {
				left += len(group)
				continue
			}
			e := o.tasks[t.Address]
			name, state, notes := t.Address, e.State, ""
			if t.Instance == "" { // a sweep has a table of its own
				notes = o.keyMetrics(t)
			}
			took := e.Seconds
			if len(group) > 1 {
				name, state, notes, took = t.StageAddress(), fmt.Sprintf("%d %s", len(group), e.State), "", 0
				for _, t := range group {
					took += o.tasks[t.Address].Seconds
				}
			}
			if e.State == runner.Skipped {
				notes = e.Error
			}
			time := ""
			if took > 0 {
				time = seconds(took)
			}
			rows = append(rows, []string{name, u.outLook.paint(stateColor(e.State), state), time, notes})
		}
	}
	u.table([]column{{name: "task"}, {name: "state"}, {name: "time", right: true}, {name: "metrics", wrap: true}}, rows)
	if left > 0 {
		u.print("%s", u.outLook.paint(faint, "not shown: "+count(left, "task")+", done or cached (all with -v)"))
	}
	u.print("")
}

// hasResult tells whether a task in this state has its result, so that it need not be told
// of each among many.
func hasResult(state string) bool { return state == runner.Done || state == runner.Cached }

// byState splits a stage's tasks into lines of the table: each its own, or
// together those of a state.
func (o *outcome) byState(tasks []*spec.Task, together bool) (groups [][]*spec.Task) {
	at := map[string]int{}
	for _, t := range tasks {
		state := o.state(t)
		i, ok := at[state]
		if !ok || !together || state == runner.Failed {
			at[state] = len(groups)
			groups = append(groups, []*spec.Task{t})
			continue
		}
		groups[i] = append(groups[i], t)
	}
	return groups
}

func stateColor(state string) string {
	switch state {
	case runner.Done:
		return green
	case runner.Failed:
		return red
	case runner.Skipped, runner.Cancelled:
		return yellow
	}
	return faint
}

// keyMetrics are the first that the kind documents.
func (o *outcome) keyMetrics(t *spec.Task) string {
	names := o.metricNames([]*spec.Task{t})
	var parts []string
	for _, name := range names[:min(keyMetrics, len(names))] {
		parts = append(parts, name+" "+figure(o.metrics[t.Address][name]))
	}
	return join(parts)
}

// metricTable prints a stage's metrics: of one task with what they mean, if the
// table of tasks does not have them all; of a sweep a row a task.
func (u *ui) metricTable(o *outcome, tasks []*spec.Task) {
	tasks = slices.DeleteFunc(slices.Clone(tasks), func(t *spec.Task) bool { return len(o.metrics[t.Address]) == 0 })
	if len(tasks) == 0 {
		return
	}
	names := o.metricNames(tasks)
	switch {
	case tasks[0].Instance != "":
		u.sweepTable(o, tasks, names)
	case len(names) > keyMetrics:
		var rows [][]string
		for _, name := range names {
			rows = append(rows, []string{name, figure(o.metrics[tasks[0].Address][name]), view.DocOf(tasks[0].Gives.Metrics, name)})
		}
		u.table([]column{{name: "metrics of " + tasks[0].Address}, {name: "value", right: true}, {name: "meaning", wrap: true}}, rows)
		u.print("")
	}
}

func (u *ui) sweepTable(o *outcome, tasks []*spec.Task, names []string) {
	columns := []column{{name: "metrics of " + tasks[0].StageAddress()}}
	for _, name := range names {
		columns = append(columns, column{name: name, right: true, least: true})
	}
	shown := tasks
	if len(tasks) > manyRows && !u.verbose {
		shown = tasks[:manyRows]
	}
	var rows [][]string
	for _, t := range shown {
		row := []string{plain(t.Instance)}
		for _, name := range names {
			cell := ""
			if v, ok := o.metrics[t.Address][name]; ok {
				cell = figure(v)
			}
			row = append(row, cell)
		}
		rows = append(rows, row)
	}
	u.table(columns, rows)
	if n := len(tasks) - len(shown); n > 0 {
		u.print("%s", u.outLook.paint(faint, "not shown: "+count(n, "task")+" (all with -v)"))
	}
	u.print("")
}

// counts is the one line that sums up a run.
func counts(s runner.SummaryEvent) string {
	parts := []string{strconv.Itoa(s.Executed) + " run", strconv.Itoa(s.Cached) + " cached"}
	for _, p := range []struct {
		n    int
		text string
	}{{s.Failed, strconv.Itoa(s.Failed) + " failed"}, {s.Skipped, strconv.Itoa(s.Skipped) + " skipped"},
		{s.ChecksPassed, count(s.ChecksPassed, "check") + " passed"}, {s.ChecksFailed, count(s.ChecksFailed, "check") + " did not pass"},
		{s.ChecksLeft, count(s.ChecksLeft, "check") + " left out by --only"}} {
		if p.n > 0 {
			parts = append(parts, p.text)
		}
	}
	line := join(parts) + " in " + seconds(s.Seconds)
	if s.Exit == runner.ExitInterrupted {
		line = "interrupted: " + line
	}
	return line
}

// failures says what failed, and how to see more. Tasks that failed in the same
// way are one error.
func (u *ui) failures(o *outcome) {
	failed := slices.DeleteFunc(slices.Clone(o.order), func(address string) bool { return o.tasks[address].State != runner.Failed })
	slices.Sort(failed)
	failed = slices.Compact(failed)
	var errs []string
	alike := map[string][]string{}
	for _, address := range failed {
		e := o.tasks[address].Error
		if alike[e] == nil {
			errs = append(errs, e)
		}
		alike[e] = append(alike[e], address)
	}
	left := len(failed)
	for _, e := range errs[:min(len(errs), manyErrors)] {
		first, others := alike[e][0], alike[e][1:]
		left -= 1 + len(others)
		message := first + ": " + firstLine(e)
		if len(others) > 0 {
			message += "\n  so did " + join(others[:min(len(others), fewAlike)])
			if n := len(others) - fewAlike; n > 0 {
				message += " and " + strconv.Itoa(n) + " more"
			}
		}
		if len(o.from.x.Find(first)) == 1 {
			message += "\n  see what it wrote: " + o.from.command("logs", first)
		}
		u.error(errors.New(message))
	}
	if left > 0 {
		u.complain("and " + count(left, "more task") + " failed")
	}
}
