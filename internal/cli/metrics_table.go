package cli

import (
	"encoding/csv"
	"slices"
	"strconv"
	"strings"

	"reprise/internal/report"
	"reprise/internal/view"
	"reprise/internal/words"
)

// sweeps prints a table for each stage with for_each, and one of all single tasks.
func (u *ui) sweeps(stages []*report.Sweep, over string) {
	var single []*report.Sweep
	for _, t := range stages {
		if t.Single() {
			single = append(single, t)
			continue
		}
		line := u.outLook.paint(bold, t.Stage) + ": " + count(len(t.Rows), "task")
		if over != "" {
			line = u.outLook.paint(bold, t.Stage) + ": mean ± standard error over " + over
		}
		u.print("%s", line)
		u.table(cells(t, u.verbose))
		u.print("")
	}
	var rows [][]string
	for _, t := range single {
		task := t.Stage
		for _, name := range t.Metrics {
			rows = append(rows, []string{task, name, figure(t.Rows[0].Metrics[name]), view.DocOf(t.Gives, name)})
			task = ""
		}
	}
	u.table([]column{{name: "task"}, {name: "metric"}, {name: "value", right: true}, {name: "meaning", wrap: true}}, rows)
}

// cells are the columns of a sweep for people; keys tells to show each task's
// key even where the columns spell it out.
func cells(t *report.Sweep, keys bool) (columns []column, rows [][]string) {
	keys = (keys || t.Keyed) && t.Rows[0].Of == 0
	if keys {
		name := "key"
		if slices.Contains(t.Attributes, name) { // what of it has no columns of its own
			name = "whole key"
		}
		columns = append(columns, column{name: name})
	}
	for _, name := range t.Attributes {
		columns = append(columns, column{name: name, right: t.IsNumeric(name)})
	}
	if t.Rows[0].Of > 0 {
		columns = append(columns, column{name: "n", right: true})
	}
	for _, name := range t.Metrics {
		columns = append(columns, column{name: name, right: true, least: true})
	}
	for _, r := range t.Rows {
		var row []string
		if keys {
			row = append(row, plain(r.Instance))
		}
		for _, name := range t.Attributes {
			row = append(row, plain(words.Shortened(r.Cell(name))))
		}
		if r.Of > 0 {
			row = append(row, strconv.Itoa(r.Of))
		}
		for _, name := range t.Metrics {
			row = append(row, cellFigure(r, name))
		}
		rows = append(rows, row)
	}
	return columns, rows
}

// cellFigure is a metric for people, with its standard error where there is one.
func cellFigure(r *report.Row, name string) string {
	v, ok := r.Metrics[name]
	if !ok {
		return ""
	}
	if e, ok := r.Errors[name]; ok {
		return figure(v) + " ± " + strconv.FormatFloat(e, 'g', 2, 64)
	}
	return figure(v)
}

// sweepCSV writes all tables as one, in all digits. Means are of no one task, so
// with them there is their number, n, in place of address and key.
func (u *ui) sweepCSV(stages []*report.Sweep, means bool) error {
	var attributes, metrics []string
	for _, t := range stages {
		attributes = union(attributes, t.Attributes)
	}
	// The metric of one stage can have the name of another's attribute.
	column := func(metric string) string {
		if slices.Contains(attributes, metric) {
			return "metrics." + metric
		}
		return metric
	}
	for _, t := range stages {
		for _, name := range t.Metrics {
			metrics = union(metrics, []string{column(name)})
		}
	}
	var text strings.Builder
	w := csv.NewWriter(&text)
	w.Write(csvHeader(attributes, metrics, means))
	for _, t := range stages {
		for _, r := range t.Rows {
			line := []string{r.Address, t.Stage, r.Instance}
			if means {
				line = []string{t.Stage}
			}
			for _, name := range attributes {
				line = append(line, report.Plain(string(r.Attributes[name])))
			}
			if means {
				line = append(line, strconv.Itoa(r.Of))
			}
			values, errors := map[string]string{}, map[string]string{}
			for _, name := range t.Metrics {
				values[column(name)], errors[column(name)] = digits(r.Metrics, name), digits(r.Errors, name)
			}
			for _, name := range metrics {
				line = append(line, values[name])
				if means {
					line = append(line, errors[name])
				}
			}
			w.Write(line)
		}
	}
	w.Flush()
	u.raw([]byte(text.String()))
	return w.Error()
}

func csvHeader(attributes, metrics []string, means bool) []string {
	if !means {
		return slices.Concat([]string{"address", "stage", "instance"}, attributes, metrics)
	}
	header := append(append([]string{"stage"}, attributes...), "n")
	for _, name := range metrics {
		header = append(header, name, name+"_standard_error")
	}
	return header
}

func digits(of map[string]float64, name string) string {
	if v, ok := of[name]; ok {
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return ""
}

// union adds the names that are not there yet.
func union(names, more []string) []string {
	for _, name := range more {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// leftOut says how many tasks have no row, and with -v which and why.
func (u *ui) leftOut(tasks []missingRow) {
	if len(tasks) == 0 {
		return
	}
	line := count(len(tasks), "task") + " without a current result left out"
	if !u.verbose {
		u.note("%s (-v says which and why)", line)
		return
	}
	u.note("%s:", line)
	for _, t := range tasks {
		u.note("  %s: %s (%s)", t.Address, t.State, join(t.Reasons))
	}
}
