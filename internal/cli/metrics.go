package cli

import (
	"context"
	"encoding/json"

	"github.com/spf13/cobra"

	"reprise/runner"
	"reprise/spec"
)

// metricsDocument is what metrics writes with --json.
type metricsDocument struct {
	Type   string       `json:"type"` // "metrics"
	Stages []*sweep     `json:"stages"`
	Left   []missingRow `json:"without_result"`
}

// sweep is the table of a stage: the attributes that vary over its tasks, their
// metrics, and a row a task. Names of columns are those of people and CSV.
type sweep struct {
	Stage      string      `json:"stage"`
	Attributes []string    `json:"attributes"`
	Metrics    []string    `json:"metrics"`
	Rows       []*sweepRow `json:"rows"`

	gives []spec.Gives
	parts []string // of the tasks' keys, where all are written as name=value
	keyed bool     // they are not, so that a column has the keys
}

// sweepRow is a task, or with --over several: then Of tells how many, a metric is
// their mean, and Errors has its standard error where there are two or more.
type sweepRow struct {
	Address    string                     `json:"address,omitempty"`
	Instance   string                     `json:"instance,omitempty"`
	Attributes map[string]json.RawMessage `json:"attributes"`
	Of         int                        `json:"n,omitempty"`
	Metrics    map[string]float64         `json:"metrics"`
	Errors     map[string]float64         `json:"standard_errors,omitempty"`
}

// missingRow is a task that has no current result, and why.
type missingRow struct {
	Address string   `json:"address"`
	State   string   `json:"state"`
	Reasons []string `json:"reasons"`
}

// tableForm is how the tables of metrics are to be made.
type tableForm struct {
	sort string
	over []string
	csv  bool
}

func (a *app) metricsCommand() *cobra.Command {
	var form tableForm
	c := &cobra.Command{
		Use:   "metrics FILE [ADDRESS...]",
		Short: "Compare the tasks of a sweep: what varies, and their metrics",
		Long: `Prints for each stage with for_each a table with a row a task: the parts of its
key (rank=2,seed=0), the attributes that vary over the tasks or over those that
they depend on (fit.rank) and do not repeat a column, and the metrics; behind
the sweeps the metrics of single tasks. With ADDRESS, of those alone. Tasks
without a current result are left out and counted; -v says why.

--over NAME takes the tasks together that differ only in what NAME says, as in
--over seed: a metric is then its mean ± the standard error of the mean. Given
twice it averages over both.

--csv writes one CSV of all tables, in all digits. With --json one object:
{type: "metrics", stages: [{stage, attributes, metrics, rows: [{address,
instance, attributes, n, metrics, standard_errors}]}], without_result:
[{address, state, reasons}]}.`,
		Args: takes("FILE [ADDRESS...]"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.metrics(c.Context(), args[0], args[1:], form)
		},
	}
	a.variableFlags(c)
	c.Flags().BoolVar(&form.csv, "csv", false, "write CSV: address, stage, instance, and all columns")
	c.Flags().StringVar(&form.sort, "sort", "", "order rows by the column `name`; by -name, largest first")
	c.Flags().StringArrayVar(&form.over, "over", nil, "average over the attribute `name` (any number of times)")
	return c
}

func (a *app) metrics(ctx context.Context, path string, addresses []string, form tableForm) error {
	from, err := a.open(path)
	if err != nil {
		return err
	}
	defer from.close()
	steps, err := from.look(ctx)
	if err != nil {
		return err
	}
	wanted, err := from.wanted(addresses)
	if err != nil {
		return err
	}
	doc, err := from.metrics(steps, wanted)
	if err != nil {
		return err
	}
	if doc.Stages, err = form.apply(doc.Stages); err != nil {
		return err
	}
	a.ui.object(doc)
	if form.csv {
		err = a.ui.sweepCSV(doc.Stages, len(form.over) > 0)
	} else {
		a.ui.sweeps(doc.Stages, join(form.over))
	}
	a.ui.leftOut(doc.Left)
	return err
}

// wanted are the tasks that addresses name; all where there are none.
func (o *opened) wanted(addresses []string) (map[*spec.Task]bool, error) {
	wanted := map[*spec.Task]bool{}
	for _, address := range addresses {
		found := o.x.Find(address)
		if len(found) == 0 {
			return nil, o.noTask(address)
		}
		for _, t := range found {
			wanted[t] = true
		}
	}
	if len(addresses) == 0 {
		for _, t := range o.x.Tasks {
			wanted[t] = true
		}
	}
	return wanted, nil
}

// metrics makes a table of each stage that has metrics, sweeps first.
func (o *opened) metrics(steps []*runner.Step, wanted map[*spec.Task]bool) (*metricsDocument, error) {
	doc := &metricsDocument{Type: "metrics", Stages: []*sweep{}, Left: []missingRow{}}
	var order []string
	stages := map[string][]*runner.Step{}
	for _, s := range steps {
		stage := spec.SweepAddress(s.Task.Address)
		switch {
		case !wanted[s.Task]:
		case s.Action == runner.ActionCached && len(s.Result.Metrics) > 0:
			if stages[stage] == nil {
				order = append(order, stage)
			}
			stages[stage] = append(stages[stage], s)
		case s.Action != runner.ActionCached:
			status, err := o.status(s)
			if err != nil {
				return nil, err
			}
			doc.Left = append(doc.Left, missingRow{s.Task.Address, status.State, s.Reasons})
		}
	}
	v := newVariation(o.x, steps)
	var single []*sweep
	for _, stage := range order {
		t, err := v.sweep(stage, stages[stage])
		if err != nil {
			return nil, err
		}
		if t.single() {
			single = append(single, t)
		} else {
			doc.Stages = append(doc.Stages, t)
		}
	}
	doc.Stages = append(doc.Stages, single...)
	return doc, nil
}

// single tells whether the stage is one task, and not one of a sweep.
func (s *sweep) single() bool {
	return len(s.Rows) == 1 && s.Rows[0].Instance == "" && s.Rows[0].Of == 0
}
