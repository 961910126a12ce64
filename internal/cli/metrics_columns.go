package cli

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"reprise/runner"
)

// sweep makes the table of a stage's tasks.
func (v *variation) sweep(stage string, steps []*runner.Step) (*sweep, error) {
	t := &sweep{Stage: stage, Attributes: []string{}, gives: steps[0].Task.Gives.Metrics}
	var order []string
	candidates := map[string][]string{} // values by row, "" where there is none
	names := map[string]float64{}
	for i, s := range steps {
		all, err := v.of(s.Task)
		if err != nil {
			return nil, err
		}
		add := func(name, value string) {
			if candidates[name] == nil {
				order = append(order, name)
				candidates[name] = make([]string, len(steps))
			}
			candidates[name][i] = value
		}
		// An attribute stands for the part of the key that has its name.
		own := shortStage(s.Task) + "."
		keyParts(instanceOf(s.Task), func(name, value string) {
			t.parts = union(t.parts, []string{name})
			add(name, value)
		})
		for _, name := range all.names {
			add(strings.TrimPrefix(name, own), all.values[name])
		}
		for name := range s.Result.Metrics {
			names[name] = 0
		}
		t.Rows = append(t.Rows, &sweepRow{Address: s.Task.Address, Instance: instanceOf(s.Task), Attributes: map[string]json.RawMessage{}, Metrics: map[string]float64{}})
	}
	t.takeColumns(order, candidates)
	for _, name := range documentedOrder(t.gives, names) {
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

// takeColumns takes those that vary and that others do not spell out already.
// Numbers come first, for they are what texts are made of.
func (t *sweep) takeColumns(order []string, candidates map[string][]string) {
	taken := map[string]bool{}
	for _, numbers := range []bool{true, false} {
		for _, name := range order {
			values := candidates[name]
			if areNumbers(values) == numbers && varies(values) && !t.spelled(values) {
				taken[name] = true
				t.Attributes = append(t.Attributes, name)
				for i, value := range values {
					if value != "" {
						t.Rows[i].Attributes[name] = json.RawMessage(value)
					}
				}
			}
		}
	}
	t.Attributes = slices.DeleteFunc(order, func(name string) bool { return !taken[name] })
	keys := t.keys()
	t.keyed = varies(keys) && !t.spelled(keys)
}

func (t *sweep) keys() (keys []string) {
	for _, r := range t.Rows {
		keys = append(keys, r.Instance)
	}
	return keys
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

// spelled tells whether values say nothing that the columns there are do not:
// they are those of one of them, or a text around them, as rank=3 is beside a
// column of ranks. A text around the tasks' keys says nothing either.
func (t *sweep) spelled(values []string) bool {
	texts, keys := plainAll(values), t.keys()
	var columns [][]string
	for _, name := range t.Attributes {
		column := make([]string, len(t.Rows))
		for i, r := range t.Rows {
			column[i] = plain(string(r.Attributes[name]))
		}
		if slices.Equal(column, texts) {
			return true
		}
		columns = append(columns, column)
	}
	if areNumbers(values) {
		return false // a number says nothing of another
	}
	if !slices.Equal(texts, keys) {
		columns = append(columns, keys)
	}
	return madeOf(texts, columns)
}

// madeOf reads texts side by side: at each place all have the same character, or
// each has its value of a column.
func madeOf(texts []string, columns [][]string) bool {
	at := make([]int, len(texts))
	for at[0] < len(texts[0]) {
		i := slices.IndexFunc(columns, func(column []string) bool {
			for row, value := range column {
				if !wordAt(texts[row], value, at[row]) {
					return false
				}
			}
			return true
		})
		for row, text := range texts {
			switch {
			case i >= 0:
				at[row] += len(columns[i][row])
			case at[row] == len(text) || text[at[row]] != texts[0][at[0]] && row > 0:
				return false
			}
		}
		if i < 0 {
			for row := range at {
				at[row]++
			}
		}
	}
	for row, text := range texts {
		if at[row] < len(text) {
			return false
		}
	}
	return true
}

// wordAt tells whether a text has a word at a place, with no letter, digit or
// point beside it.
func wordAt(text, word string, at int) bool {
	partOf := func(c byte) bool {
		return c == '.' || c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
	}
	end := at + len(word)
	return word != "" && strings.HasPrefix(text[at:], word) && (at == 0 || !partOf(text[at-1])) && (end == len(text) || !partOf(text[end]))
}

func isNumber(s string) bool {
	_, err := strconv.ParseFloat(s, 64)
	return err == nil
}

// areNumbers tells whether all values that there are are numbers.
func areNumbers(values []string) bool {
	return !slices.ContainsFunc(values, func(v string) bool { return v != "" && !isNumber(plain(v)) })
}

func plainAll(values []string) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = plain(v)
	}
	return out
}

// plain is a value of JSON for people: a string without its quotes.
func plain(value string) string {
	var s string
	if strings.HasPrefix(value, `"`) && json.Unmarshal([]byte(value), &s) == nil {
		return s
	}
	return value
}
