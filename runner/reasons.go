package runner

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"reprise/cache"
	"reprise/spec"
)

// Why is what makes a task run, for programs; reasons say it in words.
type Why int

// What makes a task run.
const (
	WhyOther    Why = iota // what its reasons say
	WhyNever               // it never ran, and nothing like it
	WhyAsked               // --rerun
	WhyUncached            // cache = false
	WhyDamaged             // its stored result is
)

// String says it to people.
func (w Why) String() string {
	return map[Why]string{WhyNever: "never run", WhyAsked: "--rerun", WhyUncached: "cache = false", WhyDamaged: "its stored result is damaged"}[w]
}

// runs makes it a step that runs for this alone.
func (s *Step) runs(why Why) {
	s.Action, s.Why, s.Reasons = ActionRun, why, []string{why.String()}
}

// change is one thing that differs between two keys of a task, in words.
type change struct {
	what string // such as "rank: 2 -> 3", "input fit changed: stage.fit ran again"
	full string // the same with why other tasks did, where they made it change
	from []cause
}

func (c change) String() string { return cmp.Or(c.full, c.what) }

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
	s.changes = p.changes(near, s, false)
	s.roots = p.rootsOf(s.Task.Address, s.changes)
	s.Reasons = p.sentences(s.changes)
	if len(s.Reasons) == 0 {
		s.Reasons = []string{"its last result is gone from the store"}
	} else if last == nil || near.Key != last.Key {
		s.Reasons[len(s.Reasons)-1] += ", against " + p.naming(near, s.Task.Address)
	}
}

// sentences are what changes say, each with what is behind it unless one before said
// so.
func (p *planner) sentences(changes []change) (all []string) {
	var told []root
	for _, c := range changes {
		var behind []root
		for _, from := range c.from {
			behind = merged(behind, p.rootsBehind(from)...)
		}
		isNew := func(r root) bool { return !slices.ContainsFunc(told, r.like) }
		if len(behind) > 0 && !slices.ContainsFunc(behind, isNew) {
			all = append(all, c.what)
			continue
		}
		all = append(all, c.String())
		told = merged(told, behind...)
	}
	return all
}

// Experiment is the name of the one that the step is of.
func (s *Step) Experiment() string { return s.by.x.Name }

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

// changes lists what differs between an earlier result and the key of a step. Of
// the past, it is what other tasks gave that counts, not that they ran just now.
func (p *planner) changes(old *cache.Result, s *Step, past bool) []change {
	var out []change
	for _, d := range Differences(old.KeyText, s.KeyText) {
		c := p.ownChange(d, s)
		attribute, _, _ := strings.Cut(d.Name, "[")
		switch of := s.resolved.From[attribute]; {
		case d.What == "in":
			c = p.inputChange(old, s, d, past)
		case (d.What == "set" || d.What == "secret") && len(of) > 0:
			c = p.metricChange(old, c.what, of, past)
		}
		out = append(out, c)
	}
	return out
}

// ownChange says what differs in a step's key, but what other tasks have to do
// with it.
func (p *planner) ownChange(d Difference, s *Step) change {
	switch d.What {
	case "file":
		return change{what: s.fileChange(d)}
	case "code":
		return change{what: p.codeChange(d)}
	}
	return change{what: d.String()}
}

// metricChange says why an attribute that metrics decide is another than it was:
// by the first of their tasks that may have given other metrics.
func (p *planner) metricChange(old *cache.Result, what string, of []*spec.Task, past bool) change {
	for _, t := range of {
		c := p.causeOf(t, past)
		if then, ok := p.runOf(old).tasks.At(t.Address); ok {
			if then.Key == c.new.Key {
				continue
			}
			if c.old = p.peek(then.Key); c.old != nil && maps.Equal(c.old.Metrics, c.new.Metrics) {
				continue
			}
		}
		if c.old == nil {
			c.old = p.before(t, c.new)
		}
		what += ", from " + t.Address
		if c.old == nil && c.step == nil {
			return change{what: what}
		}
		did := p.did(c)
		out := change{what: what + ", which " + did.did, from: []cause{c}}
		if did.why != "" {
			out.full = out.what + " because " + did.why
		}
		return out
	}
	return change{what: what}
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
