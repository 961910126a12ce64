package runner

import (
	"hash/maphash"
	"slices"
	"strings"

	"reprise/cache"
	"reprise/spec"
)

const (
	ownHistory = 20  // results of the same address that are looked at, newest first
	kindsPast  = 100 // results of the same kind that are looked at where none differs in one line alone
)

// lines are the hashes of a text's lines, sorted.
type lines []uint64

var lineSeed = maphash.MakeSeed()

func linesOf(text string) lines {
	var l lines
	for line := range strings.Lines(text) {
		l = append(l, maphash.String(lineSeed, line))
	}
	slices.Sort(l)
	return l
}

func (l lines) sum() (sum uint64) {
	for _, h := range l {
		sum += h
	}
	return sum
}

// distance is how many lines differ between two texts.
func (l lines) distance(o lines) int {
	onlyL, onlyO := 0, 0
	for len(l) > 0 && len(o) > 0 {
		switch {
		case l[0] == o[0]:
			l, o = l[1:], o[1:]
		case l[0] < o[0]:
			l, onlyL = l[1:], onlyL+1
		default:
			o, onlyO = o[1:], onlyO+1
		}
	}
	return max(onlyL+len(l), onlyO+len(o))
}

// nearest finds the earlier result that a task with a new key is explained
// against: the one with the fewest lines that differ; of several the last of
// its address, one that was computed there, the newest. A result of another
// task that the experiment still has is none of this one's past: it is
// returned where there is no other, and related is false.
func (p *planner) nearest(s *Step, last *cache.Result) (near *cache.Result, related bool) {
	c := p.choiceFor(s.KeyText)
	if last != nil && last.Kind == s.Task.Kind.Name {
		c.consider(&pastResult{Result: last, lines: linesOf(last.KeyText)}, true)
		if c.distance == 1 {
			return last, true // nothing is nearer
		}
	}
	k := p.past().kinds[s.Task.Kind.Name]
	if k == nil {
		return last, last != nil
	}
	own := k.addresses[place{p.x.Name, s.Task.Address}]
	for _, r := range own[:min(ownHistory, len(own))] {
		c.consider(r, true)
	}
	sum := c.lines.sum()
	for _, h := range append(lines{0}, c.lines...) {
		if r := k.nearly[sum-h]; r != nil {
			c.consider(r, false)
		}
	}
	if c.best == nil || c.distance > 1 {
		for _, r := range k.results[:min(kindsPast, len(k.results))] {
			c.consider(r, false)
		}
	}
	if near = p.recall(c.past()); near != nil {
		return near, true
	}
	if last != nil { // of another kind
		return last, true
	}
	return p.recall(c.sibling), false
}

// choice is the nearest result so far. What is considered first wins a tie.
type choice struct {
	lines    lines
	told     int // how many of them somebody wrote: attributes that are no defaults, files, inputs
	best     *pastResult
	distance int  // of best
	own      bool // best is of the same address

	sibling *pastResult // the nearest of those of other tasks
	apart   int         // its distance
}

// choiceFor begins to look for what is nearest to a key.
func (p *planner) choiceFor(keyText string) *choice {
	c := &choice{lines: linesOf(keyText)}
	presets := map[string]string{}
	for _, i := range Items(keyText) {
		switch i.What {
		case "kind":
			presets = p.presetsOf(i.Value)
		case "set":
			if preset, ok := presets[i.Name]; !ok || preset != i.Value {
				c.told++
			}
		case "secret", "file", "in":
			c.told++
		}
	}
	return c
}

// presetsOf are the attributes of a kind that have their defaults, as keys have them.
func (p *planner) presetsOf(kind string) map[string]string {
	if known, ok := p.presets[kind]; ok {
		return known
	}
	presets := map[string]string{}
	for _, t := range p.x.Tasks {
		if t.Kind.Name == kind {
			presets = t.Kind.Presets()
			break
		}
	}
	p.presets[kind] = presets
	return presets
}

func (c *choice) consider(r *pastResult, own bool) {
	d := c.lines.distance(r.lines)
	switch {
	case r.live && !own:
		if c.sibling == nil || d < c.apart {
			c.sibling, c.apart = r, d
		}
	case !own && 2*d > c.told: // defaults and code make most of a key: it is another matter
	case c.best == nil || d < c.distance:
		c.best, c.distance, c.own = r, d, own
	}
}

// past is the result that is told as what it was before: that of a task that is
// gone only where none of those that are still there is nearer, which then is what
// somebody would compare it with, and it is new beside it.
func (c *choice) past() *pastResult {
	if c.best != nil && !c.own && c.sibling != nil && c.apart < c.distance {
		return nil
	}
	return c.best
}

// before finds the earlier result that one of the past, of a task, is explained
// against, by the same rules; nil where it was the first of its kind there.
func (p *planner) before(t *spec.Task, r *cache.Result) *cache.Result {
	k := p.past().kinds[r.Kind]
	if k == nil {
		return nil
	}
	c := p.choiceFor(r.KeyText)
	made, at := place{r.Experiment, r.Address}, place{p.x.Name, t.Address}
	for _, own := range []bool{true, false} {
		for _, o := range k.results {
			from := place{o.Experiment, o.Address}
			if o.Started.Before(r.Started) && o.Key != r.Key && own == (from == made || from == at) {
				c.consider(o, own)
			}
		}
	}
	return p.recall(c.past())
}
