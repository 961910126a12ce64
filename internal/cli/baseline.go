package cli

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"reprise/runner"
	"reprise/spec"
)

// baselineDocument is what baseline update writes with --json.
type baselineDocument struct {
	Type    string              `json:"type"` // "baseline"
	File    string              `json:"file"`
	Given   map[string]string   `json:"given"` // variables that are not their defaults, as JSON text
	Checks  []runner.CheckEvent `json:"checks"`
	Dropped []string            `json:"dropped"` // checks that the experiment has no more
	Changed bool                `json:"changed"` // the file says something else now
	Written bool                `json:"written"`
}

func (a *app) baselineCommand() *cobra.Command {
	c := &cobra.Command{Use: "baseline", Short: "Accept the values that checks compare with"}
	var checks []string
	var dryRun bool
	update := &cobra.Command{
		Use:   "update FILE",
		Short: "Show how metrics differ from what was accepted, and accept them",
		Long: `Takes the metrics of the experiment's baseline blocks from the results in the
store, shows how they differ from what was accepted, and writes them to the file
that lies beside the experiment for git: baseline.json in its folder, or
rat.baseline.json beside rat.hcl. Nothing runs: the results of what the
experiment says now must be there. Values are kept for each set of variables
that are not their defaults; those of other sets stay as they are. Old and new
are means of all values; beside them it says how many there are, which are gone
and added, and what else is not as it was: tolerance, direction, architecture,
toolchain.

With --json one object: {type: "baseline", file, given, checks: [as in a run,
with the verdict new where nothing was accepted], dropped, changed, written}.`,
		Args: takes("FILE"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.acceptBaseline(c.Context(), args[0], checks, dryRun)
		},
	}
	a.variableFlags(update)
	update.Flags().StringArrayVar(&checks, "check", nil, "accept for the check of this `name` alone (any number of times)")
	update.Flags().BoolVar(&dryRun, "dry-run", false, "show the difference, write nothing")
	c.AddCommand(update)
	return c
}

func (a *app) acceptBaseline(ctx context.Context, path string, checks []string, dryRun bool) error {
	from, err := a.open(path)
	if err != nil {
		return err
	}
	defer from.close()
	accepted, err := runner.Accept(ctx, from.x, from.store, from.files, checks, from.flags)
	if err != nil {
		return err
	}
	doc := baselineDocument{Type: "baseline", File: accepted.Path, Given: accepted.Given, Checks: accepted.Checks,
		Dropped: append([]string{}, accepted.Dropped...), Changed: accepted.Changed, Written: accepted.Changed && !dryRun}
	a.ui.acceptanceTable(doc) // before it is written
	if doc.Written {
		if err := writeContent(accepted.Path, accepted.Content()); err != nil {
			return fmt.Errorf("the baseline cannot be written: %w", err)
		}
	}
	a.ui.object(doc)
	switch {
	case doc.Written:
		a.ui.print("wrote %s", doc.File)
	case doc.Changed:
		a.ui.print("%s is not written (--dry-run)", doc.File)
	default:
		a.ui.print("%s says so already", doc.File)
	}
	return nil
}

// acceptanceTable shows what is accepted beside what was.
func (u *ui) acceptanceTable(doc baselineDocument) {
	var rows [][]string
	for _, c := range doc.Checks {
		for _, b := range c.Baselines {
			row := []string{"check " + c.Name, b.Metric, "", figure(*b.New), "", strconv.Itoa(b.NewN), u.outLook.paint(verdictColor(b.Verdict), b.Verdict)}
			if b.Old != nil {
				row[2], row[4] = figure(*b.Old), fmt.Sprintf("%+.5g", *b.Change)
			}
			if b.Old != nil && b.OldN != b.NewN {
				row[5] = fmt.Sprintf("%d -> %d", b.OldN, b.NewN)
			}
			rows = append(rows, row)
			for _, remark := range b.Remarks {
				rows = append(rows, []string{"", "  " + remark, "", "", "", "", ""})
			}
		}
	}
	u.table([]column{{}, {name: "metric", wrap: true}, {name: "old", right: true}, {name: "new", right: true}, {name: "change", right: true}, {name: "n", right: true}, {name: "verdict"}}, rows)
	for _, name := range doc.Dropped {
		u.print("check %s is gone from the experiment, and from the file", name)
	}
	u.print("")
}

// verdictColor is how a verdict is shown on a terminal.
func verdictColor(verdict string) string {
	switch verdict {
	case spec.Pass, spec.Improved:
		return green
	case spec.Inconclusive, runner.Unaccepted:
		return yellow
	}
	return red
}
