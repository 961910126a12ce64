package runner

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"reprise/cache"
	"reprise/spec"
)

// Link is one step of the way from what somebody changed to a task.
type Link struct {
	Address string `json:"address"`
	Reason  string `json:"reason"`
}

// root is something that somebody changed, and tasks that it made run.
type root struct {
	reason    string // "" where it is several that are not named
	addresses []string
	others    bool // there are more of them
	never     bool // it is that they never ran, which nobody changed
	past      bool // they gave another result before, and do not run now
}

const (
	mostRoots = 4 // different reasons that are named
	mostNamed = 3 // tasks that are named for a reason
)

// like tells whether two roots are one, of different tasks.
func (r root) like(o root) bool { return r.reason == o.reason && r.past == o.past }

// merged adds roots to others, each reason once.
func merged(roots []root, more ...root) []root {
	for _, m := range more {
		i := slices.IndexFunc(roots, m.like)
		if i < 0 && len(roots) >= mostRoots {
			m.reason, m.never, m.past = "", false, false // one root for all others
			i = slices.IndexFunc(roots, m.like)
		}
		if i < 0 {
			roots = append(roots, root{reason: m.reason, never: m.never, past: m.past})
			i = len(roots) - 1
		}
		r := &roots[i]
		r.others = r.others || m.others
		for _, a := range m.addresses {
			switch {
			case slices.Contains(r.addresses, a):
			case len(r.addresses) < mostNamed:
				r.addresses = append(slices.Clip(r.addresses), a)
			default:
				r.others = true
			}
		}
	}
	return roots
}

// rootsOf are what is behind changes of a task: those of its own first.
func (p *planner) rootsOf(address string, changes []change) []root {
	var roots []root
	for _, c := range changes {
		if len(c.from) == 0 {
			roots = merged(roots, root{reason: c.what, addresses: []string{address}})
		}
	}
	for _, c := range changes {
		for _, from := range c.from {
			roots = merged(roots, p.rootsBehind(from)...)
		}
	}
	return roots
}

// rootsBehind are what made a task give another result.
func (p *planner) rootsBehind(c cause) []root {
	switch {
	case c.step != nil:
		return c.step.roots
	case c.old == nil, c.task.Standing: // of which no more is known
		return []root{{reason: "another result than last time", addresses: []string{c.address()}, past: true}}
	}
	id := became{c.task, c.old.Key, c.new.Key}
	if known, ok := p.pastRoots[id]; ok {
		return known
	}
	p.pastRoots[id] = nil // a result cannot be behind itself, whatever a store says
	roots := p.rootsOf(c.address(), p.changes(c.old, p.steps[c.task], true))
	for i := range roots {
		roots[i].past = true
	}
	p.pastRoots[id] = roots
	return roots
}

// became names how the one result of a task became the other.
type became struct {
	task     *spec.Task
	old, new cache.Key
}

// rootsText says what is behind a task's run: "rank: 2 -> 3" where it was told
// itself, "stage.fit did: rank: 2 -> 3" where another was.
func rootsText(address string, roots []root) string {
	var parts []string
	for _, r := range byTasks(roots) {
		switch {
		case r.reason == "":
			parts = append(parts, andMore)
		case slices.Contains(r.addresses, address):
			parts = append(parts, r.reason)
		default:
			parts = append(parts, r.names()+" did: "+r.reason)
		}
	}
	return strings.Join(parts, ", ")
}

// andMore ends a list of reasons that has not all of them.
const andMore = "and more"

func (r root) names() string {
	if r.others {
		return strings.Join(r.addresses, ", ") + " and others"
	}
	return strings.Join(r.addresses, ", ")
}

// waitsFor says what a task waits for, and what makes that run.
func waitsFor(waits []*Step, roots []root) string {
	var addresses []string
	for _, w := range waits {
		addresses = append(addresses, w.Task.Address)
	}
	text := "waits for " + shorten(addresses)
	roots = slices.DeleteFunc(slices.Clone(roots), func(r root) bool { return r.never })
	if len(roots) == 0 {
		return text
	}
	groups := byTasks(roots)
	direct := !slices.ContainsFunc(waits, func(w *Step) bool { return w.Action == ActionUnknown || w.Why == WhyNever })
	if len(groups) == 1 && direct && !groups[0].past {
		return text + ", which " + verb(len(waits)) + " because " + groups[0].reason
	}
	for i, r := range groups {
		text += map[bool]string{true: ": ", false: "; "}[i == 0]
		switch {
		case r.reason == "" && direct:
			text += fmt.Sprintf("and %d more", countOthers(waits, roots))
		case r.reason == "":
			text += "and others for other reasons"
		case r.past:
			text += r.names() + " changed: " + r.reason
		case r.others:
			text += r.names() + " " + verb(2) + " because " + r.reason
		default:
			text += r.names() + " " + verb(len(r.addresses)) + " because " + r.reason
		}
	}
	return text
}

// countOthers counts the steps that have a root which is not among these.
func countOthers(steps []*Step, roots []root) (n int) {
	for _, s := range steps {
		if slices.ContainsFunc(s.roots, func(r root) bool { return !slices.ContainsFunc(roots, r.like) }) {
			n++
		}
	}
	return n
}

// byTasks puts together the reasons that made the same tasks run.
func byTasks(roots []root) (groups []root) {
	for _, r := range roots {
		i := slices.IndexFunc(groups, func(g root) bool { return g.names() == r.names() && g.past == r.past })
		if i < 0 {
			groups = append(groups, r)
			continue
		}
		groups[i].reason += ", " + cmp.Or(r.reason, andMore)
	}
	return groups
}

func verb(n int) string {
	if n == 1 {
		return "runs"
	}
	return "run"
}

// Chain tells link by link how what somebody changed led to this task, what was
// changed first: of a task that is cached, how it came to run then.
func (s *Step) Chain() []Link {
	w := &walk{p: s.by, seen: map[string]bool{}}
	if s.Action == ActionCached {
		w.past(cause{task: s.Task, new: s.Result})
	} else {
		w.step(s)
	}
	return w.links
}

// walk collects the links of a chain, each task once.
type walk struct {
	p     *planner
	links []Link
	seen  map[string]bool
}

func (w *walk) step(s *Step) {
	if w.seen[s.Task.Address] {
		return
	}
	w.seen[s.Task.Address] = true
	for _, n := range s.waits[:few(len(s.waits))] {
		w.step(n)
	}
	reasons := s.Reasons
	if len(s.changes) > 0 {
		reasons = append(w.changes(s.changes), w.elsewhere(s.Compared())...)
	} else if len(s.waits) > 0 {
		reasons = []string{waitsFor(s.waits, nil)}
	}
	w.links = append(w.links, Link{s.Task.Address, strings.Join(reasons, ", ")})
}

// changes follows each change to where it comes from, and says it in short.
func (w *walk) changes(changes []change) (said []string) {
	for _, c := range changes {
		said = append(said, c.what)
		for _, from := range c.from {
			if from.step != nil {
				w.step(from.step)
			} else {
				w.past(from)
			}
		}
	}
	return said
}

// elsewhere names what changes are told against where that is of another experiment,
// which nobody would think of.
func (w *walk) elsewhere(old *cache.Result) []string {
	if old == nil || old.Experiment == w.p.x.Name {
		return nil
	}
	return []string{"against " + w.p.naming(old, "")}
}

func (w *walk) past(c cause) {
	if w.seen[c.address()] {
		return
	}
	w.seen[c.address()] = true
	reason, old := "ran for the first time", c.old
	if old == nil {
		old = w.p.before(c.task, c.new)
	}
	if old != nil {
		reason = strings.Join(append(w.changes(w.p.changes(old, w.p.steps[c.task], true)), w.elsewhere(old)...), ", ")
	}
	w.links = append(w.links, Link{c.address(), reason})
}
