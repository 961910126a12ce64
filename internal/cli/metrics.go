package cli

import (
	"context"

	"github.com/spf13/cobra"

	"reprise/internal/report"
	"reprise/runner"
	"reprise/spec"
)

// metricsDocument is what metrics writes with --json.
type metricsDocument struct {
	Type   string          `json:"type"` // "metrics"
	Stages []*report.Sweep `json:"stages"`
	Left   []missingRow    `json:"without_result"`
}

// missingRow is a task that has no current result, and why.
type missingRow struct {
	Address string   `json:"address"`
	State   string   `json:"state"`
	Reasons []string `json:"reasons"`
}

func (a *app) metricsCommand() *cobra.Command {
	var form report.Form
	asCSV := false
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
			return a.metrics(c.Context(), args[0], args[1:], form, asCSV)
		},
	}
	a.variableFlags(c)
	c.Flags().BoolVar(&asCSV, "csv", false, "write CSV: address, stage, instance, and all columns")
	c.Flags().StringVar(&form.Sort, "sort", "", "order rows by the column `name`; by -name, largest first")
	c.Flags().StringArrayVar(&form.Over, "over", nil, "average over the attribute `name` (any number of times)")
	return c
}

func (a *app) metrics(ctx context.Context, path string, addresses []string, form report.Form, asCSV bool) error {
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
	if doc.Stages, err = form.Apply(doc.Stages); err != nil {
		return err
	}
	a.ui.object(doc)
	if asCSV {
		err = a.ui.sweepCSV(doc.Stages, len(form.Over) > 0)
	} else {
		a.ui.sweeps(doc.Stages, join(form.Over))
	}
	if a.ui.leftOut(doc.Left); len(doc.Stages)+len(doc.Left) == 0 {
		a.ui.note("there are no metrics of what was asked for")
	}
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
	doc := &metricsDocument{Type: "metrics", Stages: []*report.Sweep{}, Left: []missingRow{}}
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
	v := report.NewVariation(o.x, steps)
	var single []*report.Sweep
	for _, stage := range order {
		t, err := v.Sweep(stage, stages[stage])
		if err != nil {
			return nil, err
		}
		if t.Single() {
			single = append(single, t)
		} else {
			doc.Stages = append(doc.Stages, t)
		}
	}
	doc.Stages = append(doc.Stages, single...)
	return doc, nil
}
