package runner

import (
	"fmt"
	"slices"
	"strings"

	"reprise/artifacts"
	"reprise/cache"
	"reprise/spec"
)

// cause is a task of this plan or run that gave another result, in it or before.
type cause struct {
	task *spec.Task
	step *Step         // where it ran in this run; else
	old  *cache.Result // what it gave at first, where the store can tell
	new  *cache.Result // and later
}

func (c cause) address() string { return c.task.Address }

// part is what one task has to do with a change: "stage.fit", "ran again", "rank: 2 -> 3".
type part struct {
	address, did, why string
	instead           string // what was there before, where somebody put the task in its place
	replaced          string // the digest of that, or of what the task gave before
}

// few is how many of n things are named, before it is said that there are more.
func few(n int) int {
	if n > mostShown {
		return mostShown - 1
	}
	return n
}

const mostShown = 4

// exchange is what an input had for an earlier result, and what it has now.
type exchange struct {
	old           *cache.Result
	was, is       []string // digests
	before, after map[string]bool
}

// inputChange says in what way an input of a step is not what it was for an
// earlier result: by the tasks that gave something else, came instead of others,
// joined it or left it.
func (p *planner) inputChange(old *cache.Result, s *Step, d Difference, past bool) change {
	x := exchange{old: old, was: strings.Fields(d.Old), is: strings.Fields(d.New)}
	x.before, x.after = setOf(x.was), setOf(x.is)
	var tasks []*spec.Task
	for _, in := range s.resolved.Inputs {
		if in.Label() == d.Name {
			tasks = append(tasks, in.Tasks...)
		}
	}
	var others []int // of the tasks, those that give none of what was in it
	for i := range tasks {
		if !x.before[x.is[i]] {
			others = append(others, i)
		}
	}
	c := change{what: "input " + d.Name + " changed: "}
	var parts []part
	for _, i := range others[:few(len(others))] {
		from := p.causeOf(tasks[i], past)
		one := p.partIn(x, i, &from)
		if one.instead != "" && len(x.was) == 1 && len(x.is) == 1 {
			return change{what: fmt.Sprintf("input %s: %s -> %s", d.Name, one.instead, one.address)}
		}
		if from.new != nil {
			c.from = append(c.from, from)
		}
		parts = append(parts, one)
	}
	rest := ""
	if more := len(others) - len(parts); more > 0 {
		rest = fmt.Sprintf(", and %d more did", more)
	} else {
		parts = append(parts, p.left(x, parts)...)
	}
	if len(parts) == 0 {
		rest = "the same in another order or number"
	}
	c.full = c.what + sentence(parts) + rest
	for i := range parts {
		parts[i].why = ""
	}
	c.what += sentence(parts) + rest
	return c
}

// partIn says what the task at a place of an input has to do with the input's
// change, and completes its cause: where that is somebody who wrote another task
// there, to nothing.
func (p *planner) partIn(x exchange, i int, from *cause) part {
	address := from.address()
	if then, _ := p.runOf(x.old).tasks.At(address); x.before[then.Artifact.String()] {
		from.old = p.peek(then.Key)
		did := p.did(*from)
		did.replaced = then.Artifact.String()
		return did
	}
	if i >= len(x.was) || x.after[x.was[i]] {
		*from = cause{}
		return part{address: address, did: "joined it"}
	}
	g := p.giver(x.old, x.was[i], address)
	if p.isAnother(g, from.task) {
		*from = cause{}
		return part{address: address, did: "came instead of " + g.name, instead: g.name, replaced: x.was[i]}
	}
	from.old = g.result // the same task, if under another name
	did := p.did(*from)
	did.replaced = x.was[i]
	return did
}

// left are the tasks whose results are no longer in an input, and nothing is in
// their place.
func (p *planner) left(x exchange, others []part) (parts []part) {
	replaced := map[string]bool{}
	for _, o := range others {
		replaced[o.replaced] = true
	}
	gone := slices.DeleteFunc(slices.Clone(x.was), func(digest string) bool { return x.after[digest] || replaced[digest] })
	n := few(len(gone))
	for _, digest := range gone[:n] {
		parts = append(parts, part{address: p.giver(x.old, digest, "").name, did: "left it"})
	}
	if more := len(gone) - n; more > 0 {
		parts = append(parts, part{address: fmt.Sprintf("%d more", more), did: "left it"})
	}
	return parts
}

// sentence puts together those that did the same for the same reason.
func sentence(parts []part) string {
	type group struct {
		part
		addresses []string
	}
	var groups []*group
	for _, s := range parts {
		i := slices.IndexFunc(groups, func(g *group) bool { return g.did == s.did && g.why == s.why })
		if i < 0 {
			groups = append(groups, &group{part: s})
			i = len(groups) - 1
		}
		groups[i].addresses = append(groups[i].addresses, s.address)
	}
	var clauses []string
	for _, g := range groups {
		clause := strings.Join(g.addresses, ", ") + " " + g.did
		if g.why != "" {
			clause += " because " + g.why
		}
		clauses = append(clauses, clause)
	}
	return strings.Join(clauses, ", and ")
}

// causeOf is a task with what it gives now: in this run, or where the past is
// explained, before it.
func (p *planner) causeOf(t *spec.Task, past bool) cause {
	c := cause{task: t, new: p.results[t]}
	if p.ran[t] && !past {
		c.step = p.steps[t]
	}
	return c
}

// did says what a task did to change what follows from it, and why it did.
func (p *planner) did(c cause) part {
	switch {
	case c.step != nil && c.step.Why == WhyNever:
		return part{address: c.address(), did: "ran for the first time"}
	case c.step != nil:
		return part{address: c.address(), did: "ran again", why: rootsText(c.address(), p.rootsBehind(c))}
	case c.old == nil:
		return part{address: c.address(), did: "gave another result than last time"}
	}
	return part{address: c.address(), did: "gave another result", why: rootsText(c.address(), p.rootsBehind(c))}
}

// giver is what gave an artifact once; its result is nil where the store has it
// no more.
type giver struct {
	name    string // as people of this experiment understand it
	address string // in this experiment; "" where it was in another
	result  *cache.Result
}

// giver finds what gave an artifact that an earlier result took: in the record of
// the run that made this, else by what the store has, of an address first.
func (p *planner) giver(old *cache.Result, digest, address string) giver {
	d, err := artifacts.ParseDigest(digest)
	if err != nil {
		return giver{name: "something unknown"}
	}
	run := p.runOf(old)
	made, known := run.tasks.Gave(d)
	g := giver{address: made.Address}
	experiment := run.experiment
	if known {
		g.result = p.peek(made.Key)
	} else if g.result = p.maker(d, address); g.result != nil {
		g.address, experiment = g.result.Address, g.result.Experiment
	}
	switch {
	case g.address == "":
		g.name = "something that the store no longer knows"
	case experiment != p.x.Name:
		g.name, g.address = g.address+" of experiment "+experiment, ""
	default:
		g.name = g.address
	}
	return g
}

// isAnother tells that a task did not take the place of what gave an artifact,
// under another name, but that somebody exchanged the one for the other.
func (p *planner) isAnother(g giver, t *spec.Task) bool {
	return g.result != nil && g.result.Kind != t.Kind.Name || g.address != "" && g.address != t.Address && p.x.Declares(g.address)
}

// runThen is an earlier run.
type runThen struct {
	experiment string
	tasks      *cache.RunTasks
}

// runOf is the run that made a result; one without tasks where there is no record of it.
func (p *planner) runOf(r *cache.Result) *runThen {
	if known, ok := p.runs[r.Run]; ok {
		return known
	}
	then := &runThen{tasks: cache.TasksOf(nil)}
	p.runs[r.Run] = then
	if p.o.Part != nil && p.o.Part.Run == r.Run { // which the plan has at hand
		then.experiment, then.tasks = p.o.Part.Experiment, cache.TasksOf(p.o.Part.record().Tasks)
	} else if run, tasks, err := p.store.TasksOfRun(r.Run); err == nil {
		then.experiment, then.tasks = run.Experiment, tasks
	}
	return then
}

// peek is the result of a key, nil where it is gone.
func (p *planner) peek(k cache.Key) *cache.Result {
	r, err := p.store.Peek(k)
	if err != nil {
		return nil
	}
	return r
}

func setOf(words []string) map[string]bool {
	set := make(map[string]bool, len(words))
	for _, w := range words {
		set[w] = true
	}
	return set
}
