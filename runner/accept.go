package runner

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"reprise/cache"
	"reprise/runner/baseline"
	"reprise/spec"
)

// Unaccepted is the verdict on a metric that has no accepted value yet.
const Unaccepted = "new"

// Acceptance is what would be accepted, and how it differs from what was.
type Acceptance struct {
	Path    string            // of the baseline file
	Given   map[string]string // the variables that are not their defaults, as JSON text
	Checks  []CheckEvent
	Dropped []string // checks in the file that the experiment has no more
	Changed bool     // whether the file would be another

	file *baseline.File
}

// Accept takes the metrics of baselines from the results of what the experiment
// says now, which must all be there. names are those of the checks to accept;
// none means all. Nothing is written. flags are as in [Options].
func Accept(ctx context.Context, x *spec.Experiment, store *cache.Store, files *Files, names []string, flags string) (*Acceptance, error) {
	checks, err := withBaselines(x, names)
	if err != nil {
		return nil, err
	}
	p, err := newPlanner(x, store, files, Options{Look: true, Flags: flags})
	if err != nil {
		return nil, err
	}
	defer p.begin(ctx)()
	for _, t := range p.tasks {
		if s := p.step(ctx, t); s.Action == ActionCached {
			p.results[t] = s.Result
		} else if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	j := p.judge()
	if j.err != nil {
		return nil, fmt.Errorf("%w; mend it, or delete it to accept everything anew", j.err)
	}
	a := &Acceptance{Path: x.Beside(baselineName), Given: j.given, file: j.file}
	before := j.file.Encode()
	var all []*baseline.Accepted
	for _, c := range checks {
		e, accepted, err := j.accept(c)
		if err != nil {
			return nil, err
		}
		a.Checks, all = append(a.Checks, e), append(all, accepted)
	}
	for _, one := range all {
		j.file.Accept(one)
	}
	if len(names) == 0 {
		a.drop(x)
	}
	onDisk, err := os.ReadFile(a.Path)
	a.Changed = err != nil || !bytes.Equal(before, j.file.Encode()) || !bytes.Equal(onDisk, before)
	return a, nil
}

// Content is what the file shall have.
func (a *Acceptance) Content() []byte { return a.file.Encode() }

// withBaselines are the checks of these names, or all, that have a baseline.
func withBaselines(x *spec.Experiment, names []string) (checks []*spec.Check, err error) {
	var known []string
	for _, c := range x.Checks {
		if len(c.Baselines) == 0 {
			continue
		}
		known = append(known, c.Name)
		if len(names) == 0 || slices.Contains(names, c.Name) {
			checks = append(checks, c)
		}
	}
	for _, name := range names {
		if x.CheckIsOff(name) {
			return nil, &UsageError{fmt.Sprintf("--check %s: that check is off, for its `when` is false", name)}
		}
		if !slices.Contains(known, name) {
			return nil, &UsageError{fmt.Sprintf("--check %s: no such check has a baseline; those that have one: %s", name, orNone(strings.Join(known, ", ")))}
		}
	}
	if len(checks) == 0 {
		return nil, &UsageError{fmt.Sprintf("no check of %s has a baseline block", x.Path())}
	}
	return checks, nil
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// accept takes the metrics of a check, and says how they differ from before.
func (j *judge) accept(c *spec.Check) (CheckEvent, *baseline.Accepted, error) {
	e := CheckEvent{Type: "check", Name: c.Name, Verdict: spec.Pass}
	accepted := &baseline.Accepted{Check: c.Name, Given: j.given, Tasks: map[string]string{}, Metrics: map[string]*baseline.Metric{}}
	var tasks []*spec.Task
	for _, b := range c.Baselines {
		s, waits := j.sampled(b)
		if waits {
			return e, nil, fmt.Errorf("check %s: %s for what the experiment says now; run it first: %s", c.Name, s.fault, j.runCommand())
		}
		if s.fault != "" {
			return e, nil, fmt.Errorf("check %s: %s: %s", c.Name, b.Metric, s.fault)
		}
		v := j.compare(b, s)
		j.whole(&v, b, s)
		if weights[v.Verdict] > weights[e.Verdict] {
			e.Verdict = v.Verdict
		}
		e.Baselines = append(e.Baselines, v)
		accepted.Metrics[b.Metric] = baseline.NewMetric(s.values, b.Tolerance, b.Better)
		tasks = append(tasks, s.tasks...)
	}
	tasks = unique(tasks)
	accepted.Arch, accepted.Toolchain = j.madeBy(tasks)
	tasks = j.behind(tasks)
	accepted.Code = j.codeOf(tasks)
	for _, t := range tasks {
		accepted.Tasks[t.Address] = j.results[t].Key.String()
	}
	return e, accepted, nil
}

// whole makes a verdict one on all values, and not on those alone that have a
// partner, for what is accepted are all of them.
func (j *judge) whole(v *BaselineVerdict, b *spec.Baseline, s sampled) {
	now := s.values.Mean()
	v.New, v.NewN = &now, len(s.values)
	if v.Old == nil {
		v.Verdict, v.Message = Unaccepted, ""
		return
	}
	accepted := j.file.Find(b.Check, j.given)
	was := accepted.Metrics[b.Metric]
	old := was.All().Mean()
	change := now - old
	v.Old, v.Change, v.OldN = &old, &change, len(was.All())
	if len(v.Gone) > 0 {
		v.Remarks = append(v.Remarks, "gone: "+baseline.Named(v.Gone))
	}
	if len(v.Added) > 0 {
		v.Remarks = append(v.Remarks, "added: "+baseline.Named(v.Added))
	}
	v.Remarks = slices.Concat(v.Remarks, asksOther(was, b), j.isElsewhere(accepted, s))
}

// drop takes out what the experiment has no check for, on or off.
func (a *Acceptance) drop(x *spec.Experiment) {
	a.file.Accepted = slices.DeleteFunc(a.file.Accepted, func(one *baseline.Accepted) bool {
		gone := !x.CheckIsOff(one.Check) && !slices.ContainsFunc(x.Checks, func(c *spec.Check) bool { return c.Name == one.Check && len(c.Baselines) > 0 })
		if gone && !slices.Contains(a.Dropped, one.Check) {
			a.Dropped = append(a.Dropped, one.Check)
		}
		return gone
	})
}
