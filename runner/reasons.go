package runner

import (
	"fmt"
	"slices"
	"strings"

	"reprise/artifacts"
	"reprise/cache"
	"reprise/spec"
)

// change is one thing that differs between two keys of a task, in words.
type change struct {
	what string // such as "rank: 2 -> 3", "input fit changed: stage.fit ran again"
	why  string // what made it change, where another task did: "rank: 2 -> 3"
	from []cause
}

func (c change) String() string {
	if c.why == "" {
		return c.what
	}
	return c.what + " because " + c.why
}

// cause is a task that gave another result, in this plan or run or before it.
type cause struct {
	step *Step         // of this plan or run; else
	old  *cache.Result // what it gave at first, where the store can tell
	new  *cache.Result // and later
}

func (c cause) address() string {
	if c.step != nil {
		return c.step.Task.Address
	}
	return c.new.Address
}

// explain gives the reasons for a task that has no result under its key.
func (p *planner) explain(s *Step, last *cache.Result) {
	if f, err := p.store.Failure(s.Key); err == nil {
		s.Reasons = []string{"last run failed: " + firstLine(f.Error)}
		return
	}
	near, related := p.nearest(s, last)
	s.Nearest = near
	if !related {
		s.runs(WhyNever)
		return
	}
	s.changes = p.changes(near, s)
	s.roots = p.rootsOf(s.Task.Address, s.changes)
	for _, c := range s.changes {
		s.Reasons = append(s.Reasons, c.String())
	}
	if len(s.Reasons) == 0 {
		s.Reasons = []string{"its last result is gone from the store"}
	} else if last == nil || near.Key != last.Key {
		s.Reasons[len(s.Reasons)-1] += ", against " + p.naming(near, s.Task.Address)
	}
}

// Compared is the earlier result that the key of a step differs from; nil where
// there is none.
func (s *Step) Compared() *cache.Result {
	if s.Nearest != nil {
		return s.Nearest
	}
	return s.Result
}

// Against names that result.
func (s *Step) Against() string {
	r := s.Compared()
	switch {
	case r == nil:
		return "nothing"
	case s.Result != nil && s.Result.Key == r.Key:
		return "the last result, of run " + r.Run
	}
	return "the nearest result, " + s.by.naming(r, s.Task.Address)
}

// naming says which result is meant, to somebody who thinks of an address.
func (p *planner) naming(r *cache.Result, address string) string {
	switch {
	case r.Experiment != p.x.Name:
		return fmt.Sprintf("%s of experiment %s, run %s", r.Address, r.Experiment, r.Run)
	case r.Address != address:
		return fmt.Sprintf("%s of run %s", r.Address, r.Run)
	}
	return "the result of run " + r.Run
}

// changes lists what differs between an earlier result and the key of a step.
func (p *planner) changes(old *cache.Result, s *Step) []change {
	return p.keyChanges(old.KeyText, s.KeyText, sources{
		inputs:  func(d Difference) []cause { return p.newInputs(s, d) },
		file:    s.fileChange,
		metrics: s.resolved.From,
	})
}

// pastChanges lists what differed between two results of the past.
func (p *planner) pastChanges(old, new *cache.Result) []change {
	return p.keyChanges(old.KeyText, new.KeyText, sources{inputs: p.oldInputs, file: func(d Difference) string {
		// The task may still read what it read then, and tell its path.
		for t, s := range p.steps {
			if t.Address == new.Address && s.files[d.Name].String() == d.New {
				return s.fileChange(d)
			}
		}
		return d.String()
	}})
}

// sources tell where the items of a key come from, as far as somebody knows.
type sources struct {
	inputs  func(Difference) []cause // nil: what an input is changed by is told elsewhere
	file    func(Difference) string
	metrics map[string][]*spec.Task // that an attribute is made of
}

// keyChanges lists what differs between two keys of a task.
func (p *planner) keyChanges(old, new string, from sources) []change {
	var out []change
	for _, d := range Differences(old, new) {
		c := change{what: d.String()}
		switch d.What {
		case "in":
			if from.inputs == nil {
				continue
			}
			c = p.inputChange(d, from.inputs(d))
		case "file":
			c.what = from.file(d)
		case "code":
			c.what = p.codeChange(d)
		case "set":
			if of := from.metrics[d.Name]; len(of) > 0 {
				c = p.metricChange(c.what, of)
			}
		}
		out = append(out, c)
	}
	return out
}

// mostCauses bounds how many of an input's tasks are looked at for what changed it.
const mostCauses = 3

// newInputs finds the tasks behind an input that changed, of those that are in it now.
func (p *planner) newInputs(s *Step, d Difference) []cause {
	before := strings.Fields(d.Old)
	var out []cause
	for _, in := range s.resolved.Inputs {
		if in.Label() != d.Name {
			continue
		}
		for i, t := range in.Tasks {
			now := p.results[t]
			switch {
			case slices.Contains(before, now.Artifact.String()) || len(out) == mostCauses:
			case p.ran[t]:
				out = append(out, cause{step: p.steps[t], new: now})
			default:
				out = append(out, cause{old: p.partner(d, i, t.Address), new: now})
			}
		}
	}
	return out
}

// oldInputs does it for a result of the past.
func (p *planner) oldInputs(d Difference) []cause {
	before := strings.Fields(d.Old)
	var out []cause
	for i, digest := range strings.Fields(d.New) {
		parsed, err := artifacts.ParseDigest(digest)
		if err != nil || slices.Contains(before, digest) || len(out) == mostCauses {
			continue
		}
		if now := p.maker(parsed, ""); now != nil {
			out = append(out, cause{old: p.partner(d, i, now.Address), new: now})
		}
	}
	return out
}

// partner finds the result that was in an input where now another is.
func (p *planner) partner(d Difference, i int, address string) *cache.Result {
	before := strings.Fields(d.Old)
	if i >= len(before) || slices.Contains(strings.Fields(d.New), before[i]) {
		return nil
	}
	digest, err := artifacts.ParseDigest(before[i])
	if err != nil {
		return nil
	}
	return p.maker(digest, address)
}

// inputChange says why an input is another than it was.
func (p *planner) inputChange(d Difference, from []cause) change {
	c := change{what: fmt.Sprintf("input %s changed", d.Name), from: from}
	for i, cause := range from {
		did, why := p.did(cause)
		switch {
		case i == 0:
			c.what += ": " + did
			c.why = why
		case c.why != "" && why != "" && why != c.why:
			c.why += ", and " + cause.address() + " did because " + why
		}
	}
	return c
}

// did says what a task did to change what follows from it, and why it did.
func (p *planner) did(c cause) (what, why string) {
	switch {
	case c.step != nil && c.step.Why == WhyNever:
		return c.address() + " ran for the first time", ""
	case c.step != nil:
		return c.address() + " ran again", rootsText(c.address(), p.rootsBehind(c))
	case c.old == nil:
		return c.address() + " has another result than last time", ""
	}
	return c.address() + " gave another result", rootsText(c.address(), p.rootsBehind(c))
}

// metricChange says why a metric that decides an attribute is another than it
// was: of several tasks, by the first that ran.
func (p *planner) metricChange(what string, of []*spec.Task) change {
	from := of[max(0, slices.IndexFunc(of, func(t *spec.Task) bool { return p.ran[t] }))]
	c := cause{new: p.results[from]}
	if p.ran[from] {
		c.step = p.steps[from]
	} else if c.old = p.before(c.new); c.old == nil {
		return change{what: what + ", from " + from.Address}
	}
	did, why := p.did(c)
	return change{what: fmt.Sprintf("%s, from %s, which%s", what, from.Address, strings.TrimPrefix(did, from.Address)), why: why, from: []cause{c}}
}

// fileChange says in what way a file of a step is another.
func (s *Step) fileChange(d Difference) string {
	for _, f := range s.resolved.Files {
		switch {
		case f.Label() != d.Name:
		case f.Dataset != nil:
			return fmt.Sprintf("%s: another dataset, %s", d.Name, f.Dataset.Address)
		case d.Old == "":
			return fmt.Sprintf("%s is new", f.Path)
		default:
			return fmt.Sprintf("%s has new content", f.Path)
		}
	}
	return d.String()
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
