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
	var tasks []Task
	for _, s := range steps {
		all, err := v.of(s.Task)
		if err != nil {
			return nil, err
		}
		tasks = append(tasks, Task{s.Task.Address, s.Result.Metrics, all})
	}
	return SweepOf(stage, steps[0].Task.Gives.Metrics, tasks), nil
}

// Task is a task with what was set for it and before it, and what came out.
type Task struct {
	Address  string
	Metrics  map[string]float64
	settings *settings
}

// SweepOf is the table of tasks of one stage, whatever run they are of.
func SweepOf(stage string, gives []spec.Gives, tasks []Task) *Sweep {
	t := &Sweep{Stage: stage, Attributes: []string{}, Gives: gives}
	c := columnsOf(tasks)
	t.Keyed = len(c.order) == 0 && len(tasks) > 1
	t.parts = slices.Clone(c.order)
	names := map[string]float64{}
	for i, task := range tasks {
		for _, name := range task.settings.names {
			short := strings.TrimPrefix(name, shortStage(task.Address)+".")
			if slices.Contains(t.parts, short) { // the key's part may be another thing
				short = name
			}
			c.set(i, short, task.settings.values[name])
		}
		for name := range task.Metrics {
			names[name] = 0
		}
		t.Rows = append(t.Rows, &Row{Address: task.Address, Instance: strings.Join(spec.InstanceKeys(task.Address), ","), Attributes: map[string]json.RawMessage{}, Metrics: map[string]float64{}})
	}
	t.takeColumns(c)
	for _, name := range DocumentedOrder(t.Gives, names) {
		column := name
		if slices.Contains(t.Attributes, name) {
			column = "metrics." + name
		}
		t.Metrics = append(t.Metrics, column)
		for i, task := range tasks {
			if value, ok := task.Metrics[name]; ok {
				t.Rows[i].Metrics[column] = value
			}
		}
	}
	return t
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

// columnsOf begins with the parts of the tasks' keys. A task in modules has several
// keys; of each of them that is made of the same parts in all tasks, as in
// rank=2,seed=0, the parts are columns, and what the others say is in one more.
// There is none where no key has parts.
func columnsOf(tasks []Task) *candidates {
	c := &candidates{values: map[string][]string{}, rows: len(tasks)}
	keys := make([][]string, len(tasks))
	for i, t := range tasks {
		keys[i] = spec.InstanceKeys(t.Address)
	}
	rest := make([]string, len(tasks))
	if len(tasks) == 0 {
		return c
	}
	for level := range keys[0] {
		if c.parts(keys, level) {
			continue
		}
		for i := range keys {
			rest[i] = strings.TrimPrefix(rest[i]+","+keys[i][level], ",")
		}
	}
	if len(c.order) == 0 || c.values[keyColumn] != nil {
		return c
	}
	for i, key := range rest {
		if key != "" {
			c.set(i, keyColumn, jsonText(key))
		}
	}
	return c
}

// keyColumn has what of the tasks' keys is not written as name=value.
const keyColumn = "key"

// parts takes in those of one key of each task; it takes none where it is not made
// of the same parts everywhere, or one of them is a column already.
func (c *candidates) parts(keys [][]string, level int) bool {
	own := &candidates{values: map[string][]string{}, rows: c.rows}
	for i := range keys {
		n := 0
		for part := range strings.SplitSeq(keys[i][level], ",") {
			name, value, ok := strings.Cut(part, "=")
			if !ok || name == "" || c.values[name] != nil || i > 0 && own.values[name] == nil {
				return false
			}
			own.set(i, name, jsonOf(value))
			n++
		}
		if n != len(own.order) {
			return false
		}
	}
	for _, name := range own.order {
		c.order, c.values[name] = append(c.order, name), own.values[name]
	}
	return true
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
