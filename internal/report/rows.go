package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"reprise/internal/words"
	"reprise/runner"
)

// Apply averages and sorts as asked for. A table without what is averaged over
// is left out, one without what is sorted by keeps its order.
func (f Form) Apply(stages []*Sweep) ([]*Sweep, error) {
	if len(f.Over) > 0 {
		averaged := []*Sweep{}
		for _, t := range stages {
			if columns := t.columns(f.Over); columns != nil {
				averaged = append(averaged, t.averaged(columns))
			}
		}
		for _, name := range f.Over {
			if !slices.ContainsFunc(stages, func(t *Sweep) bool { return t.column(name, t.Attributes) != "" }) && len(stages) > 0 {
				return nil, noColumn("--over", name, stages, func(t *Sweep) []string { return t.Attributes })
			}
		}
		stages = averaged
	}
	all := func(t *Sweep) []string { return slices.Concat(t.Attributes, t.Metrics) }
	name, descending := strings.CutPrefix(f.Sort, "-")
	found := false
	for _, t := range stages {
		by := slices.Clone(t.Attributes)
		first := ""
		if name != "" {
			first = t.column(name, all(t))
			found = found || first != ""
		}
		slices.SortStableFunc(t.Rows, func(a, b *Row) int {
			if first != "" {
				if c := compareCells(a.Cell(first), b.Cell(first), descending); c != 0 {
					return c
				}
			}
			for _, column := range by {
				if c := compareCells(a.Cell(column), b.Cell(column), false); c != 0 {
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

func noColumn(flag, name string, stages []*Sweep, columns func(*Sweep) []string) error {
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
	return &runner.UsageError{Message: fmt.Sprintf("%s %s: there is no such column; there is %s", flag, name, strings.Join(names, ", "))}
}

// IsNumeric tells whether all that rows say of a column are numbers.
func (t *Sweep) IsNumeric(name string) bool {
	return !slices.ContainsFunc(t.Rows, func(r *Row) bool { c := r.Cell(name); return c != "" && !IsNumber(c) })
}

// column finds a column by its name, or by the last part of it where that is of
// one only: seed for fit.seed.
func (t *Sweep) column(name string, among []string) string {
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
func (t *Sweep) columns(names []string) (columns []string) {
	for _, name := range names {
		column := t.column(name, t.Attributes)
		if column == "" {
			return nil
		}
		columns = append(columns, column)
	}
	return columns
}

// Cell is a value of a row in all its digits.
func (r *Row) Cell(column string) string {
	if v, ok := r.Metrics[column]; ok {
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return Plain(string(r.Attributes[column]))
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
		order = words.Natural(a, b)
	}
	if descending {
		return -order
	}
	return order
}

// averaged takes rows together that differ in nothing but some columns and what
// follows from them. Where those are parts of the tasks' keys, the other parts say
// which rows those are; a column that differs among them is left out.
func (t *Sweep) averaged(over []string) *Sweep {
	among := t.Attributes
	if !slices.ContainsFunc(over, func(name string) bool { return !slices.Contains(t.parts, name) }) {
		among = t.parts
	}
	by := slices.DeleteFunc(slices.Clone(among), func(name string) bool {
		return slices.Contains(over, name) || t.follows(name, over)
	})
	out := &Sweep{Stage: t.Stage, Attributes: []string{}, Metrics: t.Metrics, Gives: t.Gives}
	for _, name := range t.Attributes {
		if !slices.Contains(over, name) && t.follows(name, by) {
			out.Attributes = append(out.Attributes, name)
		}
	}
	groups := map[string][]*Row{}
	var order []string
	for _, r := range t.Rows {
		key := r.group(by)
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], r)
	}
	for _, key := range order {
		mean := &Row{Attributes: map[string]json.RawMessage{}}
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
func (r *Row) group(by []string) string {
	key := ""
	for _, name := range by {
		key += strconv.Quote(r.Cell(name))
	}
	return key
}

// follows tells whether a column has one value for each combination of others.
func (t *Sweep) follows(column string, from []string) bool {
	value := map[string]string{}
	for _, r := range t.Rows {
		group := r.group(from)
		if v, ok := value[group]; ok && v != r.Cell(column) {
			return false
		}
		value[group] = r.Cell(column)
	}
	return true
}

// average gives the row the means of others and their standard errors.
func (r *Row) average(metrics []string, of []*Row) {
	r.Of, r.Metrics, r.Errors = len(of), map[string]float64{}, map[string]float64{}
	for _, name := range metrics {
		var values []float64
		for _, o := range of {
			if v, ok := o.Metrics[name]; ok {
				values = append(values, v)
			}
		}
		if len(values) == 0 {
			continue
		}
		mean, variance := MeanAndVariance(values)
		r.Metrics[name] = mean
		if len(values) > 1 {
			r.Errors[name] = math.Sqrt(variance / float64(len(values)))
		}
	}
}

// MeanAndVariance are the mean of values and the square of their standard
// deviation, which is 0 where they are all equal: what rounding leaves of the mean
// is no spread.
func MeanAndVariance(values []float64) (mean, variance float64) {
	equal := true
	for _, v := range values {
		mean += v
		equal = equal && v == values[0]
	}
	mean /= float64(len(values))
	if equal {
		return mean, 0
	}
	for _, v := range values {
		variance += (v - mean) * (v - mean)
	}
	return mean, variance / float64(len(values)-1)
}
