package runner

import (
	"errors"

	"reprise/cache"
	"reprise/spec"
)

// ErrPart is of a run that cannot go on with a part of the experiment: it must be read
// as a whole, and run. What it did is done.
var ErrPart = errors.New("more of the experiment must be read")

// LoadPart reads what is concerned by files that [Recall] found to be others than they
// were: their tasks, and all that needs those. The others stand for their results. A
// run of it is given the plan as its [Options.Part]. It is not ok where something else
// is in the way.
func (m *Remembered) LoadPart(path string, given spec.Values, kinds spec.Kinds, store *cache.Store) (x *spec.Experiment, ok bool) {
	if len(m.changed) == 0 || m.load() != nil || m.outline == nil {
		return nil, false
	}
	concerned := make([]bool, len(m.tasks))
	for i, t := range m.tasks {
		for _, path := range t.files {
			concerned[i] = concerned[i] || m.changed[path]
		}
		for _, n := range m.outline.Tasks[i].Needs {
			if n >= i {
				return nil, false
			}
			concerned[i] = concerned[i] || concerned[n]
		}
	}
	if _, ok := m.stand(store, func(i int) bool { return !concerned[i] }); !ok {
		return nil, false
	}
	return spec.LoadPart(path, given, kinds, m.outline, func(i int) bool { return concerned[i] })
}

// stand settles the tasks that stand.
// Results are read of those alone that are needed or have metrics.
func (r *run) stand() error {
	needed := map[*spec.Task]bool{}
	for i, t := range r.tasks {
		if t.Standing {
			r.stood[t] = &r.o.Part.tasks[i]
			continue
		}
		for _, n := range t.Needs {
			needed[n] = true
		}
	}
	for _, t := range r.tasks {
		at := r.stood[t]
		if at == nil {
			continue
		}
		if (needed[t] || at.metrics) && r.stepOf(t) == nil {
			return ErrPart
		}
		r.settle(t, Cached, at.seconds, "")
	}
	return nil
}

// stepOf is the step of a task. Of one that stands it is made when somebody asks for
// it; nil where its result is not there any more.
func (p *planner) stepOf(t *spec.Task) *Step {
	s, at := p.steps[t], p.stood[t]
	if s != nil || at == nil {
		return s
	}
	res, err := p.store.Get(at.Key)
	if err != nil || res.Seal != at.Seal {
		return nil
	}
	s = &Step{Task: t, by: p, Action: ActionCached, Reasons: []string{}, Key: at.Key, KeyText: res.KeyText, Result: res}
	p.steps[t], p.results[t] = s, res
	return s
}
