package runner

import (
	"context"
	"slices"

	"reprise/cache"
	"reprise/spec"
)

// PartError is of a run that cannot go on with a part of the experiment, since a result
// that stands is damaged, or a task has no room: it must be read as a whole, and run in
// its place, as [Options.Run] says. What it did is done.
type PartError struct{ Run string }

func (e *PartError) Error() string {
	return "run " + e.Run + " cannot go on with a part of the experiment"
}

// MostInSight is how many stages an experiment may have of which a run of a part tells
// of all tasks. Where there are more, it tells of those that run, those that something
// refers to, and those that have metrics.
const MostInSight = 1000

// inSight tells whether a task that stands is told of anyhow.
func (m *Remembered) inSight(place int) bool {
	return m.outline.Stages <= MostInSight || m.tasks[place].metrics
}

// LoadPart reads what is concerned by files that [Recall] found to be others than they
// were: their tasks, and all that needs those. The others stand for their results. A
// run of it is given the plan as its [Options.Part]. It is not ok where something else
// is in the way.
func (m *Remembered) LoadPart(ctx context.Context, path string, given spec.Values, kinds spec.Kinds, store *cache.Store) (x *spec.Experiment, ok bool) {
	return m.loadPart(ctx, path, given, kinds, store, m.inSight)
}

func (m *Remembered) loadPart(ctx context.Context, path string, given spec.Values, kinds spec.Kinds, store *cache.Store, sees func(place int) bool) (x *spec.Experiment, ok bool) {
	if len(m.changed) == 0 || m.load() != nil || m.outline == nil {
		return nil, false
	}
	go store.LookAhead() // most likely something runs
	concerned := make([]bool, len(m.tasks))
	for i, t := range m.tasks {
		for _, f := range t.files {
			concerned[i] = concerned[i] || m.changed[f.Path]
		}
		for _, n := range m.outline.Tasks[i].Needs {
			if n >= i {
				return nil, false
			}
			concerned[i] = concerned[i] || concerned[n]
		}
	}
	// The metrics of those that stand are told; reading the rest takes time too.
	go store.Warm(ctx, m.keys(func(i int) bool { return !concerned[i] && m.tasks[i].metrics }))
	if _, ok := m.stand(store, func(i int) bool { return !concerned[i] }); !ok {
		return nil, false
	}
	x, ok = spec.LoadPart(path, given, kinds, m.outline, func(i int) bool { return concerned[i] }, sees)
	return x, ok && m.readAsBefore(x)
}

// readAsBefore tells whether what was read is still what it was.
func (m *Remembered) readAsBefore(x *spec.Experiment) bool {
	before := map[spec.Question]bool{}
	for _, q := range m.asked() {
		before[q] = true
	}
	reads, sure := x.Reads()
	return sure && !slices.ContainsFunc(reads, func(q spec.Question) bool { return !before[q] })
}

// stand settles the tasks that stand. Results are read of those alone that are needed
// or have metrics.
func (r *run) stand() {
	if r.o.Part == nil {
		return
	}
	runs := make([]bool, r.total())
	needed := map[*spec.Task]bool{}
	for _, t := range r.tasks {
		if !t.Standing {
			runs[t.Place] = true
			for _, n := range t.Needs {
				needed[n] = true
			}
		}
	}
	for i := range runs {
		if !runs[i] {
			for _, f := range r.o.Part.tasks[i].files {
				r.took(f, r.o.Part.Files[f.Path].digest)
			}
		}
	}
	for _, t := range r.tasks {
		at := r.standing(t)
		if at == nil {
			continue
		}
		if (needed[t] || at.metrics) && r.stepOf(t) == nil {
			return
		}
		r.settle(t, Cached, at.seconds, "")
	}
	if r.x.Aside > 0 {
		r.o.Watch(AsideEvent{Type: "aside", Tasks: r.x.Aside})
	}
}

// standing is what a task stands for; nil of one that does not.
func (p *planner) standing(t *spec.Task) *standing {
	if !t.Standing {
		return nil
	}
	return &p.o.Part.tasks[t.Place]
}

// stepOf is the step of a task. Of one that stands it is made when somebody asks for
// it; nil where its result is not there any more.
func (p *planner) stepOf(t *spec.Task) *Step {
	s, at := p.steps[t], p.standing(t)
	if s != nil || at == nil {
		return s
	}
	res, err := p.store.Get(at.Key)
	if err != nil || res.Seal != at.Seal {
		p.lost = true
		return nil
	}
	s = &Step{Task: t, by: p, Action: ActionCached, Reasons: []string{}, Key: at.Key, KeyText: res.KeyText, Result: res,
		resolved: &spec.Resolved{Files: at.files}}
	p.steps[t], p.results[t] = s, res
	return s
}
