package report

import (
	"slices"
	"strings"

	"reprise/artifacts"
	"reprise/cache"
	"reprise/runner"
	"reprise/spec"
)

// Recorded finds out what was set for the tasks of a run that is over, and for
// those before them, by their keys: the experiment may be another by now.
type Recorded struct {
	peek   func(cache.Key) (*cache.Result, error)
	makers map[artifacts.Digest][]cache.RunTask
	memo   map[cache.Key]*settings
}

// NewRecorded is for one run; peek gives the result of a key.
func NewRecorded(run *cache.Run, peek func(cache.Key) (*cache.Result, error)) *Recorded {
	r := &Recorded{peek: peek, makers: map[artifacts.Digest][]cache.RunTask{}, memo: map[cache.Key]*settings{}}
	for _, t := range run.Tasks {
		if t.Artifact != (artifacts.Digest{}) {
			r.makers[t.Artifact] = append(r.makers[t.Artifact], t)
		}
	}
	return r
}

// Task is a task of the run; not ok where the store has its result no more.
func (r *Recorded) Task(t cache.RunTask) (task Task, ok bool) {
	result, err := r.peek(t.Key)
	if err != nil || result.Artifact != t.Artifact {
		return Task{}, false
	}
	return Task{t.Address, result.Metrics, r.of(t)}, true
}

// of gathers what was set for a task and before it, under stage.attribute. Of
// inputs that several tasks made alike, what they were made with is not known.
func (r *Recorded) of(t cache.RunTask) *settings {
	if s, ok := r.memo[t.Key]; ok {
		return s
	}
	s := &settings{values: map[string]string{}}
	r.memo[t.Key] = s
	result, err := r.peek(t.Key)
	if err != nil {
		return s
	}
	prefix := shortStage(t.Address) + "."
	var inputs []cache.RunTask
	for _, i := range runner.Items(result.KeyText) {
		switch i.What {
		case "set":
			flatten(i.Name, i.Value, func(name, value string) { s.add(prefix+name, value) })
		case "in":
			made := r.madeBy(i.Value)
			inputs = append(inputs, made...)
			if len(made) > 0 && !strings.HasSuffix(i.Name, "[*]") && oneStage(made) {
				s.add(prefix+i.Name, jsonText(shortStage(made[0].Address)))
			}
		}
	}
	for _, in := range inputs {
		up := r.of(in)
		for _, name := range up.names {
			s.add(name, up.values[name])
		}
	}
	return s
}

// madeBy are the tasks of the run whose artifact has that digest.
func (r *Recorded) madeBy(digest string) []cache.RunTask {
	d, err := artifacts.ParseDigest(digest)
	if err != nil {
		return nil
	}
	return r.makers[d]
}

func oneStage(tasks []cache.RunTask) bool {
	return !slices.ContainsFunc(tasks, func(t cache.RunTask) bool {
		return spec.SweepAddress(t.Address) != spec.SweepAddress(tasks[0].Address)
	})
}
