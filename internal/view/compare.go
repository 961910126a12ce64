package view

import (
	"slices"

	"reprise/artifacts"
	"reprise/cache"
	"reprise/internal/runlog"
	"reprise/internal/words"
	"reprise/runner"
)

// Comparison sets what there is now beside an earlier run.
type Comparison struct {
	Old       runner.RunHead
	Variables []runner.Change
	Groups    []ChangedTasks
	Same      int // tasks that did not change
	Checks    []CheckChange
	NoChecks  bool // nothing tells what the run's checks said
	Figures   []FigureChange
}

// ChangedTasks are tasks of a sweep that changed in the same way, or one.
type ChangedTasks struct {
	Name, Change string
	Notes        []string // what is to say beside items and metrics
	Items        []runner.ItemChange
	Metrics      []MetricChange
}

// MetricChange is a metric then and now, of several tasks their means; nil where
// there is none.
type MetricChange struct {
	Name     string
	Of       int // tasks
	Old, New *float64
}

// CheckChange is the verdict of a check then and now; "" where there was none.
type CheckChange struct{ Name, Old, New string }

// FigureChange is a picture that is not what it was; nil where there is none.
type FigureChange struct {
	Address, File string
	Old, New      *Figure
}

// Compare sets a report's results beside those of an earlier run.
func (r *Report) Compare(from *Source, old *cache.Run) error {
	d, err := runner.Diff(from.Store, old, runner.Present(from.Steps))
	if err != nil {
		return err
	}
	c := &Comparison{Old: d.Old, Variables: d.Variables}
	r.Comparison = c
	for _, g := range words.Groups(d.Tasks, false) {
		if g.Change == runner.DiffSame {
			c.Same += len(g.Tasks)
			continue
		}
		c.Groups = append(c.Groups, changedTasks(g))
	}
	c.checks(from, old, r.Checks)
	for _, t := range d.Tasks {
		if err := c.figures(from, r, t); err != nil {
			return err
		}
	}
	return nil
}

func changedTasks(g words.Group) ChangedTasks {
	first := g.Tasks[0]
	c := ChangedTasks{Name: g.Name, Change: g.Change, Items: first.Items, Metrics: metricChanges(g.Tasks)}
	switch {
	case first.New != nil && first.New.State == runner.Skipped:
		c.Notes = append(c.Notes, "there is no result of it now")
	case len(first.Items) == 0 && first.Change == runner.DiffChanged:
		c.Notes = g.What
	case first.Change == runner.DiffRenamed:
		c.Notes = append(c.Notes, "was "+first.Old.Address)
	}
	return c
}

func metricChanges(tasks []runner.TaskDiff) (out []MetricChange) {
	for _, t := range tasks {
		for _, m := range t.Metrics {
			i := slices.IndexFunc(out, func(c MetricChange) bool { return c.Name == m.Name })
			if i < 0 {
				i = len(out)
				out = append(out, MetricChange{Name: m.Name})
			}
			out[i].add(m)
		}
	}
	return out
}

// add takes in one task's metric. Of several tasks the means count those that have
// it on both sides.
func (c *MetricChange) add(m runner.MetricDiff) {
	if c.Of == 0 {
		c.Of, c.Old, c.New = 1, m.Old, m.New
		return
	}
	if m.Old == nil || m.New == nil || c.Old == nil || c.New == nil {
		return
	}
	n := float64(c.Of)
	old, now := (*c.Old*n+*m.Old)/(n+1), (*c.New*n+*m.New)/(n+1)
	c.Old, c.New, c.Of = &old, &now, c.Of+1
}

// checks compares verdicts with those in the log of the run.
func (c *Comparison) checks(from *Source, old *cache.Run, now []Check) {
	was := map[string]string{}
	record, err := runlog.Read(from.Logs, old.ID)
	if err != nil || len(record.Checks) == 0 {
		c.NoChecks = len(now) > 0
		return
	}
	for _, check := range record.Checks {
		was[check.Name] = check.Verdict
	}
	for _, check := range now {
		c.Checks = append(c.Checks, CheckChange{check.Name, was[check.Name], check.Verdict})
		delete(was, check.Name)
	}
	for _, check := range record.Checks {
		if verdict, gone := was[check.Name]; gone {
			c.Checks = append(c.Checks, CheckChange{check.Name, verdict, ""})
		}
	}
}

// figures pairs the pictures of a task whose bytes are not what they were.
func (c *Comparison) figures(from *Source, r *Report, t runner.TaskDiff) error {
	var now, was []*Figure
	for _, f := range r.Figures {
		if f.Address == t.Address {
			now = append(now, f)
		}
	}
	if t.Old != nil && t.Old.Artifact != (artifacts.Digest{}) && !t.Old.Deleted {
		m, err := from.Store.Manifest(t.Old.Artifact)
		if err != nil {
			return err
		}
		then := &Task{Address: t.Old.Address}
		for _, e := range m.Files {
			then.Contents = append(then.Contents, Content{Entry: e})
		}
		was = figures(&Stage{}, then)
	}
	for _, f := range slices.Concat(now, was) {
		change := FigureChange{t.Address, f.File, named(was, f.File), named(now, f.File)}
		seen := slices.ContainsFunc(c.Figures, func(o FigureChange) bool { return o.Address == t.Address && o.File == f.File })
		if !seen && !change.same() {
			c.Figures = append(c.Figures, change)
		}
	}
	return nil
}

func named(all []*Figure, file string) *Figure {
	for _, f := range all {
		if f.File == file {
			return f
		}
	}
	return nil
}

func (c FigureChange) same() bool {
	return c.Old != nil && c.New != nil && slices.EqualFunc(c.Old.Forms, c.New.Forms, func(a, b artifacts.Entry) bool { return a.Name == b.Name && a.Digest == b.Digest })
}
