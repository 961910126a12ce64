package runner

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"reprise/cache"
	"reprise/runner/baseline"
	"reprise/spec"
)

// behind are the tasks that these metrics come from, and all upstream of them.
func (p *planner) behind(tasks []*spec.Task) []*spec.Task {
	var out []*spec.Task
	found := map[*spec.Task]bool{}
	for next := slices.Clone(tasks); len(next) > 0; {
		t := next[len(next)-1]
		next = next[:len(next)-1]
		if !found[t] {
			found[t] = true
			out = append(out, t)
			next = append(next, t.Upstream()...)
		}
	}
	slices.SortFunc(out, func(a, b *spec.Task) int { return a.Place - b.Place })
	return out
}

// causes says what of the tasks behind a metric is not what it was when the
// metric was accepted. It compares with the earlier results where the store
// still has them, else with what the baseline says of code and keys.
func (j *judge) causes(was *baseline.Accepted, tasks []*spec.Task) []string {
	found := &findings{stages: map[string][]string{}}
	keys := map[string]bool{}
	for _, key := range was.Tasks {
		keys[key] = true
	}
	there := map[string]bool{}
	before, after := stagesOf(was.Tasks), map[string]bool{}
	for _, t := range j.behind(tasks) {
		there[t.Address], after[t.StageAddress()] = true, true
		s := j.stepOf(t)
		now := j.results[t]
		if s == nil || now == nil {
			continue
		}
		key, known := was.Tasks[t.Address]
		old := j.earlier(key)
		switch {
		case key == now.Key.String() || !known && keys[now.Key.String()]: // it is what it was, if under another name
		case !known:
			what := "it is new"
			if before[t.StageAddress()] {
				what = "it has new tasks"
			}
			found.add(what, t.StageAddress())
		case old == nil:
			j.guess(found, was, s, now)
		case old.Artifact != now.Artifact: // else what differs changed nothing
			j.explain(found, s, old.KeyText, now.KeyText)
		}
	}
	for _, address := range slices.Sorted(maps.Keys(was.Tasks)) {
		if stage := stageOf(address); stage != address && !there[address] && after[stage] {
			found.add("it has fewer tasks", stage)
		}
	}
	return found.sentences()
}

// stageOf is the address of the stage of a task: that without the key of its instance.
func stageOf(address string) string {
	if at := strings.LastIndex(address, `["`); at >= 0 && strings.HasSuffix(address, `"]`) {
		return address[:at]
	}
	return address
}

func stagesOf(tasks map[string]string) map[string]bool {
	stages := map[string]bool{}
	for address := range tasks {
		stages[stageOf(address)] = true
	}
	return stages
}

// earlier is the result of a key, or nil where the store has it no more.
func (j *judge) earlier(key string) *cache.Result {
	k, err := cache.ParseKey(key)
	if err != nil {
		return nil
	}
	r, err := j.store.Get(k)
	if err != nil {
		return nil
	}
	return r
}

// explain adds what differs between two keys of a task. What an input is
// changed by is told of the task that it comes from.
func (j *judge) explain(found *findings, s *Step, old, now string) {
	for _, d := range Differences(old, now) {
		if d.What != "in" {
			found.add(j.ownChange(d, s).what, s.Task.StageAddress())
		}
	}
}

// guess adds what can be told of a task without its earlier result.
func (j *judge) guess(found *findings, was *baseline.Accepted, s *Step, now *cache.Result) {
	for _, i := range Items(now.KeyText) {
		if old := was.Code[i.Name]; i.What == "code" && old != i.Value {
			found.add(j.codeChange(Difference{"code", i.Name, old, i.Value}), s.Task.StageAddress())
		}
	}
	found.unsure = append(found.unsure, s.Task.Address)
}

// findings gathers what changed, and in which stages.
type findings struct {
	order  []string
	stages map[string][]string
	unsure []string // tasks whose key is another, and whose earlier result is gone
}

func (f *findings) add(what, stage string) {
	if f.stages[what] == nil {
		f.order = append(f.order, what)
	}
	if !slices.Contains(f.stages[what], stage) {
		f.stages[what] = append(f.stages[what], stage)
	}
}

func (f *findings) sentences() (out []string) {
	for _, what := range f.order {
		out = append(out, fmt.Sprintf("%s (%s)", what, shorten(f.stages[what])))
	}
	switch {
	case len(out) > 0:
	case len(f.unsure) == 0:
		out = append(out, "no task behind it changed: its expression did, or a task gives not the same each time")
	default:
		out = append(out, fmt.Sprintf("settings, files or inputs of %s changed, and its earlier result is not in the store to say which", f.unsure[0]))
	}
	return out
}

// codeOf is the code that tasks depend on, by package.
func (p *planner) codeOf(tasks []*spec.Task) map[string]string {
	code := map[string]string{}
	for _, t := range tasks {
		if r := p.results[t]; r != nil {
			for _, i := range Items(r.KeyText) {
				if i.What == "code" {
					code[i.Name] = i.Value
				}
			}
		}
	}
	return code
}
