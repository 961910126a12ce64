package report

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"reprise/runner"
	"reprise/spec"
)

// Sweep makes the table of a stage's tasks.
func (v *Variation) Sweep(stage string, steps []*runner.Step) (*Sweep, error) {
	t := &Sweep{Stage: stage, Attributes: []string{}, Gives: steps[0].Task.Gives.Metrics}
	c := columnsOf(steps)
	t.Keyed = len(c.order) == 0 && len(steps) > 1
	t.parts = slices.Clone(c.order)
	names := map[string]float64{}
	for i, s := range steps {
		all, err := v.of(s.Task)
		if err != nil {
			return nil, err
		}
		for _, name := range all.names {
			short := strings.TrimPrefix(name, shortStage(s.Task)+".")
			if slices.Contains(t.parts, short) { // the key's part may be another thing
				short = name
			}
			c.set(i, short, all.values[name])
		}
		for name := range s.Result.Metrics {
			names[name] = 0
		}
		t.Rows = append(t.Rows, &Row{Address: s.Task.Address, Instance: strings.Join(spec.InstanceKeys(s.Task.Address), ","), Attributes: map[string]json.RawMessage{}, Metrics: map[string]float64{}})
	}
	t.takeColumns(c)
	for _, name := range DocumentedOrder(t.Gives, names) {
		column := name
		if slices.Contains(t.Attributes, name) {
			column = "metrics." + name
		}
		t.Metrics = append(t.Metrics, column)
		for i, s := range steps {
			if value, ok := s.Result.Metrics[name]; ok {
				t.Rows[i].Metrics[column] = value
			}
		}
	}
	return t, nil
}

// candidates are what could be columns: values by row as JSON, "" where there is none.
type candidates struct {
	order  []string
	values map[string][]string
	rows   int
}

func (c *candidates) set(row int, name, value string) {
	if c.values[name] == nil {
		c.order = append(c.order, name)
		c.values[name] = make([]string, c.rows)
	}
	c.values[name][row] = value
}

// columnsOf begins with the parts of the tasks' keys, where all keys are made of
// the same parts, as in rank=2,seed=0.
func columnsOf(steps []*runner.Step) *candidates {
	c := &candidates{values: map[string][]string{}, rows: len(steps)}
	for i, s := range steps {
		names := 0
		for part := range strings.SplitSeq(strings.Join(spec.InstanceKeys(s.Task.Address), ","), ",") {
			name, value, ok := strings.Cut(part, "=")
			if !ok || name == "" || i > 0 && c.values[name] == nil {
				return &candidates{values: map[string][]string{}, rows: len(steps)}
			}
			c.set(i, name, jsonOf(value))
			names++
		}
		if names != len(c.order) {
			return &candidates{values: map[string][]string{}, rows: len(steps)}
		}
	}
	return c
}

// jsonOf is a text as JSON: a number where it is one.
func jsonOf(text string) string {
	if v, err := strconv.ParseFloat(text, 64); err == nil {
		if b, err := json.Marshal(v); err == nil { // neither NaN nor infinite
			return string(b)
		}
	}
	return jsonText(text)
}

// takeColumns takes those that vary, and do not repeat a column before them row by
// row. Lists, such as a program's arguments, are no values to compare by.
func (t *Sweep) takeColumns(c *candidates) {
	for _, name := range c.order {
		values := c.values[name]
		repeats := slices.ContainsFunc(t.Attributes, func(other string) bool { return slices.Equal(c.values[other], values) })
		if isList := slices.ContainsFunc(values, func(v string) bool { return strings.HasPrefix(v, "[") }); isList || repeats || !varies(values) {
			continue
		}
		t.Attributes = append(t.Attributes, name)
		for i, value := range values {
			if value != "" {
				t.Rows[i].Attributes[name] = json.RawMessage(value)
			}
		}
	}
	t.Keyed = t.Keyed && !slices.ContainsFunc(t.Attributes, func(name string) bool {
		return !slices.ContainsFunc(t.Rows, func(r *Row) bool { return r.Cell(name) != r.Instance })
	})
}

// varies tells whether there are two values; a row without one does not count.
func varies(values []string) bool {
	first := ""
	for _, v := range values {
		if first == "" {
			first = v
		}
		if v != "" && v != first {
			return true
		}
	}
	return false
}

// IsNumber tells whether a cell is one.
func IsNumber(s string) bool {
	_, err := strconv.ParseFloat(s, 64)
	return err == nil
}

// Plain is a value of JSON for people: a string without its quotes.
func Plain(value string) string {
	var s string
	if strings.HasPrefix(value, `"`) && json.Unmarshal([]byte(value), &s) == nil {
		return s
	}
	return value
}
