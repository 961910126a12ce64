package spec

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// aside is the outline of an experiment that is read in part: what stands is made of
// it when something asks for it.
type aside struct {
	x      *Experiment
	o      *Outline
	runs   func(place int) bool
	kinds  Kinds
	places map[string]int // those of the blocks of stages, by the names of stages
	stages []asideStage   // for each block of the outline
	next   []int          // for each task, the place of the next of its stage; 0 where it is the last
	read   map[string]int // those of the tasks of stages that are read, by address
	made   []*Task        // by their places; nil where nobody asked yet

	addresses map[string]bool // of tasks and stages, once somebody asks
}

// asideStage is what is known of the tasks of a block.
type asideStage struct {
	first, last int // places of its tasks, if it has any
	tasks       int
	read        bool // some of them run
}

// newAside is nil where an outline contradicts itself.
func newAside(x *Experiment, o *Outline, kinds Kinds, runs func(place int) bool) *aside {
	a := &aside{x: x, o: o, runs: runs, kinds: kinds, places: make(map[string]int, len(o.Blocks)), stages: make([]asideStage, len(o.Blocks)),
		next: make([]int, len(o.Tasks)), read: map[string]int{}, made: make([]*Task, len(o.Tasks))}
	for i := range o.Tasks {
		t := &o.Tasks[i]
		if t.Block < 0 || t.Block >= len(o.Blocks) || o.Blocks[t.Block].Stage != stageName(t.Address) ||
			t.Takes < 0 || t.After < 0 || t.Takes+t.After > len(t.Needs) || slices.ContainsFunc(t.Needs, func(n int) bool { return n < 0 || n >= i }) {
			return nil
		}
		s := &a.stages[t.Block]
		if s.tasks == 0 {
			s.first = i
		} else {
			a.next[s.last] = i
		}
		s.last = i
		s.tasks++
		s.read = s.read || runs(i)
	}
	for i := range o.Blocks {
		b := &o.Blocks[i]
		if b.Stage == "" {
			continue
		}
		if kinds.Get(b.Kind) == nil || !b.Each && !b.IsOff && a.stages[i].tasks != 1 {
			return nil
		}
		a.places[b.Stage] = i
		if a.stages[i].read {
			for _, place := range a.tasksOf(i) {
				a.read[o.Tasks[place].Address] = place
			}
		}
	}
	return a
}

// stageName is that in the address of a task that is in no module.
func stageName(address string) string {
	return strings.TrimPrefix(SweepAddress(address), "stage.")
}

// tasksOf are the places of the tasks of a block.
func (a *aside) tasksOf(block int) (places []int) {
	s := a.stages[block]
	for at := s.first; len(places) < s.tasks; at = a.next[at] {
		places = append(places, at)
	}
	return places
}

// task is the one at a place.
func (a *aside) task(place int) *Task {
	if t := a.made[place]; t != nil {
		return t
	}
	known := &a.o.Tasks[place]
	b := &a.o.Blocks[known.Block]
	t := &Task{Address: known.Address, Stage: b.Stage, Kind: a.kinds.Get(b.Kind), Gives: known.Gives, Place: place, Standing: true, Cache: true, x: a.x}
	if !t.Kind.isGiver() {
		t.Gives = t.Kind.outputs()
	}
	if keys := InstanceKeys(t.Address); b.Each && len(keys) == 1 {
		t.Instance, t.each = keys[0], &instance{key: keys[0]}
	}
	a.made[place] = t
	return t
}

// instance is a standing task of a stage that is read; nil where there is none.
func (a *aside) instance(address string) *Task {
	if a == nil {
		return nil
	}
	if place, ok := a.read[address]; ok && !a.runs(place) {
		return a.task(place)
	}
	return nil
}

// declares tells whether an address is that of a task of the experiment, or of a stage
// that has some.
func (a *aside) declares(address string) bool {
	if a == nil {
		return false
	}
	if a.addresses == nil {
		a.addresses = make(map[string]bool, 2*len(a.o.Tasks))
		for _, t := range a.o.Tasks {
			a.addresses[t.Address], a.addresses[SweepAddress(t.Address)] = true, true
		}
	}
	return a.addresses[address]
}

// node is that of a stage all of whose tasks stand; nil of anything else.
func (a *aside) node(address string) *node {
	name, isStage := strings.CutPrefix(address, "stage.")
	at, ok := a.places[name]
	if !isStage || !ok || a.stages[at].read {
		return nil
	}
	b := &a.o.Blocks[at]
	s := &stage{name: b.Stage, kind: a.kinds.Get(b.Kind), off: b.IsOff}
	for _, place := range a.tasksOf(at) {
		t := a.task(place)
		t.stage = s
		s.tasks = append(s.tasks, t)
	}
	s.node = &node{address: address, at: hcl.Range{Filename: b.File, Start: b.Start, End: b.Start}, stage: s}
	s.node.eval = func() cty.Value { return s.value(nil) }
	if b.Each {
		s.forEach = &hclsyntax.ObjectConsExpr{} // which nobody asks for its value any more
		s.node.forEach = s.forEach
	}
	return s.node
}

// takeIn takes in the tasks that were read; not ok where they are not those that were
// to be.
func (a *aside) takeIn(tasks []*Task) (ok bool) {
	read := 0
	for _, t := range tasks {
		if at, ok := a.places[t.Stage]; !ok || !a.stages[at].read {
			continue // it was asked for
		}
		place, known := a.read[t.Address]
		if !known || t.Standing == a.runs(place) {
			return false
		}
		t.Place, a.made[place] = place, t
		read++
	}
	return read == len(a.read)
}

// arrange gives the experiment the tasks that are in sight, in their order.
func (a *aside) arrange(sees func(place int) bool) {
	a.x.Tasks = nil
	for place := range a.made {
		if sees(place) {
			a.task(place)
		}
		if t := a.made[place]; t != nil {
			a.x.Tasks = append(a.x.Tasks, t)
		}
	}
	a.x.Aside = len(a.made) - len(a.x.Tasks)
	for _, t := range a.x.Tasks {
		if t.Standing {
			a.needs(t)
		}
	}
}

// needs gives a standing task those of its needs that are in sight.
func (a *aside) needs(t *Task) {
	known := &a.o.Tasks[t.Place]
	takes, after := 0, 0
	for i, n := range known.Needs {
		if a.made[n] == nil {
			continue
		}
		t.Needs = append(t.Needs, a.made[n])
		if i < known.Takes {
			takes++
		}
		if i >= len(known.Needs)-known.After {
			after++
		}
	}
	t.Takes, t.After = t.Needs[:takes], t.Needs[len(t.Needs)-after:]
}

// upstream are all that a standing task needs, but for those that it only follows.
func (a *aside) upstream(t *Task) (all []*Task) {
	known := &a.o.Tasks[t.Place]
	for _, n := range known.Needs[:len(known.Needs)-known.After] {
		all = append(all, a.task(n))
	}
	return all
}
