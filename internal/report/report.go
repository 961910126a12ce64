// Package report makes tables of the results of sweeps: it chooses the columns
// that say what varies, and averages rows. It prints nothing.
package report

import (
	"encoding/json"
	"maps"
	"slices"

	"reprise/spec"
)

// Sweep is the table of a stage: the attributes that vary over its tasks, their
// metrics, and a row a task. Names of columns are those of people and CSV.
type Sweep struct {
	Stage      string   `json:"stage"`
	Attributes []string `json:"attributes"`
	Metrics    []string `json:"metrics"`
	Rows       []*Row   `json:"rows"`

	Gives []spec.Gives `json:"-"` // the metrics that the stage documents
	Keyed bool         `json:"-"` // no column has the tasks' keys or their parts

	parts []string // of the tasks' keys, where all are written as name=value
}

// Row is a task, or with --over several: then Of tells how many, a metric is
// their mean, and Errors has its standard error where there are two or more.
type Row struct {
	Address    string                     `json:"address,omitempty"`
	Instance   string                     `json:"instance,omitempty"`
	Attributes map[string]json.RawMessage `json:"attributes"`
	Of         int                        `json:"n,omitempty"`
	Metrics    map[string]float64         `json:"metrics"`
	Errors     map[string]float64         `json:"standard_errors,omitempty"`
}

// Single tells whether the stage is one task, and not one of a sweep.
func (s *Sweep) Single() bool {
	return len(s.Rows) == 1 && s.Rows[0].Instance == "" && s.Rows[0].Of == 0
}

// Form is how rows are ordered and taken together.
type Form struct {
	Sort string   // a column; with a minus before it, largest first
	Over []string // attributes to average over
}

// DocumentedOrder puts names in the order in which a kind documents them, which
// is that of their weight; others behind, sorted.
func DocumentedOrder(gives []spec.Gives, has map[string]float64) []string {
	var names []string
	for _, g := range gives {
		if _, ok := has[g.Name]; ok {
			names = append(names, g.Name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(has)) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
