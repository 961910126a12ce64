package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"reprise/runner"
)

// apply averages and sorts as asked for. A table without what is averaged over
// is left out, one without what is sorted by keeps its order.
func (f tableForm) apply(stages []*sweep) ([]*sweep, error) {
	if len(f.over) > 0 {
		averaged := []*sweep{}
		for _, t := range stages {
			if columns := t.columns(f.over); columns != nil {
				averaged = append(averaged, t.averaged(columns))
			}
		}
		for _, name := range f.over {
			if !slices.ContainsFunc(stages, func(t *sweep) bool { return t.column(name, t.Attributes) != "" }) && len(stages) > 0 {
				return nil, noColumn("--over", name, stages, func(t *sweep) []string { return t.Attributes })
			}
		}
		stages = averaged
	}
	all := func(t *sweep) []string { return slices.Concat(t.Attributes, t.Metrics) }
	name, descending := strings.CutPrefix(f.sort, "-")
	found := false
	for _, t := range stages {
		by := slices.Clone(t.Attributes)
		first := ""
		if name != "" {
			first = t.column(name, all(t))
			found = found || first != ""
		}
		slices.SortStableFunc(t.Rows, func(a, b *sweepRow) int {
			if first != "" {
				if c := compareCells(a.cell(first), b.cell(first), descending); c != 0 {
					return c
				}
			}
			for _, column := range by {
				if c := compareCells(a.cell(column), b.cell(column), false); c != 0 {
					return c
				}
			}
			return compareCells(a.Instance, b.Instance, false)
		})
	}
	if name != "" && !found && len(stages) > 0 {
		return nil, noColumn("--sort", name, stages, all)
	}
	return stages, nil
}

func noColumn(flag, name string, stages []*sweep, columns func(*sweep) []string) error {
	var names []string
	for _, t := range stages {
		for _, c := range columns(t) {
			if !slices.Contains(names, c) {
				names = append(names, c)
			}
		}
	}
	if len(names) == 0 {
		return &runner.UsageError{Message: fmt.Sprintf("%s %s: no attribute varies in this experiment", flag, name)}
	}
	return &runner.UsageError{Message: fmt.Sprintf("%s %s: there is no such column; there is %s", flag, name, join(names))}
}

// column finds a column by its name, or by the last part of it where that is of
// one only: seed for fit.seed.
func (t *sweep) column(name string, among []string) string {
	var ends []string
	for _, c := range among {
		if c == name || c == "metrics."+name || "metrics."+c == name {
			return c
		}
		if strings.HasSuffix(c, "."+name) {
			ends = append(ends, c)
		}
	}
	if len(ends) == 1 {
		return ends[0]
	}
	return ""
}

// columns finds several columns by name; nil where one is missing.
func (t *sweep) columns(names []string) (columns []string) {
	for _, name := range names {
		column := t.column(name, t.Attributes)
		if column == "" {
			return nil
		}
		columns = append(columns, column)
	}
	return columns
}

// cell is a value of a row in all its digits.
func (r *sweepRow) cell(column string) string {
	if v, ok := r.Metrics[column]; ok {
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return plain(string(r.Attributes[column]))
}

// compareCells orders numbers as numbers, before text, and what is missing last.
func compareCells(a, b string, descending bool) int {
	if a == "" || b == "" {
		return cmp.Compare(len(b), len(a)) // only whether there is one matters, and equal ones are both missing
	}
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	order := 0
	switch {
	case errX == nil && errY == nil:
		order = cmp.Compare(x, y)
	case errX == nil:
		order = -1
	case errY == nil:
		order = 1
	default:
		order = strings.Compare(a, b)
	}
	if descending {
		return -order
	}
	return order
}

// averaged takes rows together that differ in nothing but some columns and what
// follows from them. Where those are parts of the tasks' keys, the other parts say
// which rows those are; a column that differs among them is left out.
func (t *sweep) averaged(over []string) *sweep {
	among := t.Attributes
	if !slices.ContainsFunc(over, func(name string) bool { return !slices.Contains(t.parts, name) }) {
		among = t.parts
	}
	by := slices.DeleteFunc(slices.Clone(among), func(name string) bool {
		return slices.Contains(over, name) || t.follows(name, over)
	})
	out := &sweep{Stage: t.Stage, Attributes: []string{}, Metrics: t.Metrics, gives: t.gives}
	for _, name := range t.Attributes {
		if !slices.Contains(over, name) && t.follows(name, by) {
			out.Attributes = append(out.Attributes, name)
		}
	}
	groups := map[string][]*sweepRow{}
	var order []string
	for _, r := range t.Rows {
		key := r.group(by)
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], r)
	}
	for _, key := range order {
		mean := &sweepRow{Attributes: map[string]json.RawMessage{}}
		for _, name := range out.Attributes {
			if value, ok := groups[key][0].Attributes[name]; ok {
				mean.Attributes[name] = value
			}
		}
		mean.average(t.Metrics, groups[key])
		out.Rows = append(out.Rows, mean)
	}
	return out
}

// group is what a row has in some columns.
func (r *sweepRow) group(by []string) string {
	key := ""
	for _, name := range by {
		key += strconv.Quote(r.cell(name))
	}
	return key
}

// follows tells whether a column has one value for each combination of others.
func (t *sweep) follows(column string, from []string) bool {
	value := map[string]string{}
	for _, r := range t.Rows {
		group := r.group(from)
		if v, ok := value[group]; ok && v != r.cell(column) {
			return false
		}
		value[group] = r.cell(column)
	}
	return true
}

// average gives the row the means of others and their standard errors.
func (r *sweepRow) average(metrics []string, of []*sweepRow) {
	r.Of, r.Metrics, r.Errors = len(of), map[string]float64{}, map[string]float64{}
	for _, name := range metrics {
		sum, squares, n, first, equal := 0.0, 0.0, 0.0, 0.0, true
		for _, o := range of {
			if v, ok := o.Metrics[name]; ok {
				if n == 0 {
					first = v
				}
				equal = equal && v == first // what rounding leaves of the mean is no spread
				sum, n = sum+v, n+1
			}
		}
		if n == 0 {
			continue
		}
		mean := sum / n
		r.Metrics[name] = mean
		for _, o := range of {
			if v, ok := o.Metrics[name]; ok && !equal {
				squares += (v - mean) * (v - mean)
			}
		}
		if n > 1 {
			r.Errors[name] = math.Sqrt(squares / (n - 1) / n)
		}
	}
}
