package report

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"reprise/runner"
	"reprise/spec"
)

// Variation finds what varies over tasks: their own attributes and those of the
// tasks that they depend on.
type Variation struct {
	x       *spec.Experiment
	metrics spec.Metrics
	memo    map[*spec.Task]*settings
}

// settings are attributes by name, as JSON, in order; "" where a task depends on
// several that differ in one.
type settings struct {
	names  []string
	values map[string]string
}

func (s *settings) add(name, value string) {
	old, ok := s.values[name]
	if !ok {
		s.names = append(s.names, name)
	} else if old != value {
		value = ""
	}
	s.values[name] = value
}

// NewVariation looks at the steps of a plan, whose cached tasks have metrics.
func NewVariation(x *spec.Experiment, steps []*runner.Step) *Variation {
	results := map[*spec.Task]map[string]float64{}
	for _, s := range steps {
		if s.Action == runner.ActionCached {
			results[s.Task] = s.Result.Metrics
		}
	}
	return &Variation{x: x, memo: map[*spec.Task]*settings{}, metrics: func(t *spec.Task) (map[string]float64, bool) {
		m, ok := results[t]
		return m, ok
	}}
}

// of returns a task's attributes and those upstream, each with its stage before
// it: fit.rank, in front of what is further up.
func (v *Variation) of(t *spec.Task) (*settings, error) {
	if s, ok := v.memo[t]; ok {
		return s, nil
	}
	s := &settings{values: map[string]string{}}
	r, diags := t.Resolve(v.metrics)
	if diags.HasErrors() {
		return nil, diags
	}
	prefix := shortStage(t.Address) + "."
	if r != nil {
		v.own(r, func(name, value string) { s.add(prefix+name, value) })
	}
	for _, n := range t.Needs[:len(t.Needs)-len(t.After)] {
		up, err := v.of(n)
		if err != nil {
			return nil, err
		}
		for _, name := range up.names {
			s.add(name, up.values[name])
		}
	}
	v.memo[t] = s
	return s, nil
}

// own hands on the attributes of a task: settings, files, and the stage that an
// input is from.
func (v *Variation) own(r *spec.Resolved, add func(name, value string)) {
	for _, s := range r.Settings {
		if s.Secret {
			continue
		}
		flatten(s.Name, s.Value, add)
	}
	files := map[string][]string{}
	var order []string
	for _, f := range r.Files {
		if files[f.Attribute] == nil {
			order = append(order, f.Attribute)
		}
		files[f.Attribute] = append(files[f.Attribute], v.fileName(f))
	}
	for _, name := range order {
		add(name, jsonText(strings.Join(files[name], ", ")))
	}
	for _, in := range r.Inputs {
		if len(in.Tasks) == 1 {
			add(strings.TrimSuffix(in.Label(), "[*]"), jsonText(shortStage(in.Tasks[0].Address)))
		}
	}
}

// fileName is a dataset's address, or a path from the experiment's folder.
func (v *Variation) fileName(f spec.FileInput) string {
	if f.Dataset != nil {
		return f.Dataset.Address
	}
	if rel, err := filepath.Rel(v.x.Dir, f.Path); err == nil && filepath.IsLocal(rel) {
		return filepath.ToSlash(rel)
	}
	return f.Path
}

// flatten takes an object apart, as in env[THREADS].
func flatten(name, value string, add func(name, value string)) {
	var object map[string]json.RawMessage
	if !strings.HasPrefix(value, "{") || json.Unmarshal([]byte(value), &object) != nil {
		add(name, value)
		return
	}
	for _, member := range slices.Sorted(maps.Keys(object)) {
		flatten(fmt.Sprintf("%s[%s]", name, member), string(object[member]), add)
	}
}

// shortStage names a task's stage in a column: fit of stage.fit.
func shortStage(address string) string {
	return strings.TrimPrefix(strings.Replace(spec.SweepAddress(address), ".stage.", ".", 1), "stage.")
}

func jsonText(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return `""` // a string always has JSON
	}
	return string(b)
}
