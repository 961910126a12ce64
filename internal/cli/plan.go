package cli

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"reprise/runner"
)

func (a *app) planCommand() *cobra.Command {
	var l limits
	c := &cobra.Command{
		Use:   "plan FILE",
		Short: "Say what a run would do, and why",
		Long: `Says for each task whether it would run, is cached, or is not known before
another one ends, and why. Changes nothing.

With --json: an event of type plan for each task, and last one of type summary.`,
		Args: takes("FILE [ADDRESS...]"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := l.rest(args[1:]); err != nil {
				return err
			}
			return a.plan(c.Context(), args[0], runner.Options{Rerun: l.rerun, Only: l.only})
		},
	}
	a.variableFlags(c)
	l.flags(c)
	return c
}

func (a *app) plan(ctx context.Context, path string, o runner.Options) error {
	from, err := a.open(path)
	if err != nil {
		return a.abandoned(err)
	}
	defer from.close()
	if err := runner.CheckAddresses(from.x, o); err != nil {
		return a.abandoned(err)
	}
	o.Watch = func(e runner.Event) { a.ui.object(e) }
	steps, sum, err := runner.Plan(ctx, from.x, from.store, from.files, o)
	if err != nil {
		return err
	}
	a.ui.planTable(steps, sum)
	for _, s := range steps {
		if s.Err != nil {
			a.ui.error(fmt.Errorf("%s: %w", s.Task.Address, s.Err))
		}
	}
	return said(sum.Exit)
}

func (u *ui) planTable(steps []*runner.Step, sum runner.SummaryEvent) {
	var rows [][]string
	work, guessed := 0.0, true
	for _, s := range steps {
		estimate := ""
		if s.Action != runner.ActionCached {
			if s.Result != nil {
				estimate = seconds(s.Result.Seconds)
				work += s.Result.Seconds
			} else {
				guessed = false
			}
		}
		rows = append(rows, []string{s.Task.Address, u.outLook.paint(actionColor(s.Action), s.Action), estimate, join(s.Reasons)})
	}
	u.table([]column{{name: "task"}, {name: "action"}, {name: "last time", right: true}, {name: "reasons", wrap: true}}, rows)
	u.print("")
	line := count(sum.Executed, "task") + " to run"
	if sum.Unknown > 0 {
		line += ", " + strconv.Itoa(sum.Unknown) + " waiting for others"
	}
	line += ", " + strconv.Itoa(sum.Cached) + " cached"
	switch {
	case sum.Executed+sum.Unknown == 0:
	case guessed:
		line += "; about " + seconds(work) + " of work, by the last results"
	case work > 0:
		line += "; at least " + seconds(work) + " of work, by the last results there are"
	}
	u.print("%s", line)
}

func actionColor(action string) string {
	switch action {
	case runner.ActionRun:
		return green
	case runner.ActionUnknown:
		return yellow
	}
	return faint
}
