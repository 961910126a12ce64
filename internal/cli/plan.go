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
	var room slots
	c := &cobra.Command{
		Use:   "plan FILE",
		Short: "Say what a run would do, and why",
		Long: `Says for each task whether it would run, is cached, or is not known before
another one ends, and why. Changes nothing. It runs the commands that tools of
exec stages name, each once.

The estimate goes by what earlier results of the same address took, else of the
same stage, else of the same kind, if this does not run any program, and by how
far they lie apart. Tasks that wait for others count as if they ran; they may
turn out to be cached.

With --json: an event of type plan for each task, with estimate {seconds, low,
high, results: how many it is made of}; and last one of type summary, with
estimate {jobs, seconds (from beginning to end), low, high, work (of all tasks
together), results, never_ran (tasks of which nothing is known)}.`,
		Args: takes("FILE [ADDRESS...]"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.summed(c.Context(), func() (none runner.SummaryEvent, err error) {
				if err := l.rest(args[1:]); err != nil {
					return none, err
				}
				o := runner.Options{Rerun: l.rerun, Only: l.only, Estimate: true}
				if err := room.set(&o); err != nil {
					return none, err
				}
				return a.plan(c.Context(), args[0], o)
			})
		},
	}
	a.variableFlags(c)
	a.rehashFlag(c)
	l.flags(c)
	room.flags(c)
	return c
}

func (a *app) plan(ctx context.Context, path string, o runner.Options) (sum runner.SummaryEvent, err error) {
	from, err := a.open(path)
	if err != nil {
		return sum, err
	}
	defer from.close()
	if err := runner.CheckAddresses(from.x, o); err != nil {
		return sum, err
	}
	o.Watch = a.ui.event
	steps, sum, err := runner.Plan(ctx, from.x, from.store, from.files, o)
	if err != nil {
		return sum, err
	}
	a.ui.planTable(steps, sum)
	for _, s := range steps {
		if s.Err != nil {
			a.ui.error(fmt.Errorf("%s: %w", s.Task.Address, s.Err))
		}
	}
	if err := runner.CheckRoom(steps, o); err != nil {
		return sum, err
	}
	return sum, said(sum.Exit)
}

func (u *ui) planTable(steps []*runner.Step, sum runner.SummaryEvent) {
	var rows [][]string
	for _, s := range steps {
		about := ""
		if s.Estimate.Results > 0 {
			about = seconds(s.Estimate.Seconds)
		}
		rows = append(rows, []string{s.Task.Address, u.outLook.paint(actionColor(s.Action), s.Action), about, join(s.Reasons)})
	}
	u.table([]column{{name: "task"}, {name: "action"}, {name: "about", right: true}, {name: "reasons", wrap: true}}, rows)
	u.print("")
	line := count(sum.Executed, "task") + " to run"
	if sum.Unknown > 0 {
		line += ", " + strconv.Itoa(sum.Unknown) + " waiting for others"
	}
	u.prose(fmt.Sprintf("%s, %d cached", line, sum.Cached))
	if sum.Estimate != nil {
		u.prose(estimateText(sum.Estimate))
	}
}

// estimateText says how long a run takes and how sure that is.
func estimateText(e *runner.PlanEstimate) string {
	if e.Results == 0 {
		return "no estimate: nothing like it ran before"
	}
	word := "about"
	if e.NeverRan > 0 {
		word = "at least"
	}
	line := fmt.Sprintf("%s %s with %s", word, roughly(e.Seconds), count(e.Jobs, "job"))
	if low, high := roughly(e.Low), roughly(e.High); low != high {
		line += fmt.Sprintf(" (between %s and %s)", low, high)
	}
	if work := roughly(e.Work); work != roughly(e.Seconds) {
		line += fmt.Sprintf(", %s of work", work)
	}
	line += ", by " + count(e.Results, "earlier result")
	if e.NeverRan > 0 {
		line += "; nothing is known of " + count(e.NeverRan, "task")
	}
	return line
}

// roughly is a duration in as few digits as an estimate deserves.
func roughly(s float64) string {
	switch {
	case s < 0.0995:
		return seconds(s)
	case s < 0.95:
		return fmt.Sprintf("%.1f s", s)
	case s < 90:
		return fmt.Sprintf("%.0f s", s)
	case s < 5400:
		return fmt.Sprintf("%.0f min", s/60)
	}
	return fmt.Sprintf("%.1f h", s/3600)
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
