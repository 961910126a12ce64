package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"reprise/cache"
	"reprise/internal/words"
	"reprise/runner"
)

// diffDocument is what diff writes with --json.
type diffDocument struct {
	Type string `json:"type"` // "diff"
	*runner.RunDiff
}

func (a *app) diffCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "diff RUN RUN",
		Short: "Say what changed from one run to another",
		Long: `Says what differs between two runs: variables, and task by task what its key is
made of (attributes, files, inputs, code by its functions), metrics, artifacts
and states. A RUN is an ID or its beginning, a tag, last, or last~1.

With --json one object: {type: "diff", old: {id, experiment, tag, started, exit},
new, variables: [{name, old, new}], tasks: [{address, change:
same|changed|renamed|added|removed, old: {address, state, key, artifact,
deleted, error}, new, items: [{what, name, old, new, functions}], metrics: [{name, old,
new}]}]}. deleted says that the store has the result no more.`,
		Args: takes("RUN RUN"),
		RunE: func(_ *cobra.Command, args []string) error { return a.diff(args[0], args[1]) },
	}
}

func (a *app) diff(old, now string) error {
	at, err := a.storePath()
	if err != nil {
		return err
	}
	store, err := cache.OpenExisting(at)
	if err != nil {
		return err
	}
	defer store.Close()
	before, err := store.FindRun(old, "")
	if err != nil {
		return noRun(err, a.storeFlag())
	}
	after, err := store.FindRun(now, "")
	if err != nil {
		return noRun(err, a.storeFlag())
	}
	d, err := runner.Diff(store, before, after)
	if err != nil {
		return err
	}
	a.ui.object(diffDocument{"diff", d})
	a.ui.runDiff(d)
	return nil
}

// noRun is what is wrong with a name that is of no run, or why it cannot be told.
func noRun(err error, flags string) error {
	if errors.Is(err, cache.ErrCorrupt) {
		return err
	}
	return &runner.UsageError{Message: err.Error() + "; reprise runs" + flags + " lists them"}
}

func (u *ui) runDiff(d *runner.RunDiff) {
	var rows [][]string
	for _, side := range []struct {
		name string
		runner.RunHead
	}{{"from", d.Old}, {"to", d.New}} {
		rows = append(rows, []string{side.name, side.ID, side.Started.Local().Format("2006-01-02 15:04:05"), side.Experiment, side.Tag})
	}
	u.table([]column{{}, {}, {}, {}, {}}, rows)
	rows = nil
	for _, v := range d.Variables {
		rows = append(rows, []string{"var." + v.Name, words.OrNone(v.Old) + " -> " + words.OrNone(v.New)})
	}
	u.section([]column{{name: "variable"}, {name: "change", wrap: true}}, rows)
	rows = nil
	counts := map[string]int{}
	for _, g := range words.Groups(d.Tasks, u.verbose) {
		counts[g.Change] += len(g.Tasks)
		rows = append(rows, u.diffRows(g)...)
	}
	u.section([]column{{name: "task"}, {name: "change"}, {wrap: true}}, rows)
	u.print("")
	var parts []string
	for _, change := range []string{runner.DiffChanged, runner.DiffRenamed, runner.DiffAdded, runner.DiffRemoved, runner.DiffSame} {
		if n := counts[change]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, change))
		}
	}
	u.print("%s", count(len(d.Tasks), "task")+": "+join(parts))
}

// diffRows are the lines for tasks that changed in the same way; none where they
// did not change.
func (u *ui) diffRows(g words.Group) (rows [][]string) {
	if g.Change == runner.DiffSame {
		return nil
	}
	what := g.What
	if len(what) == 0 {
		what = []string{""}
	}
	colors := map[string]string{runner.DiffAdded: green, runner.DiffRemoved: red, runner.DiffChanged: yellow}
	for i, line := range what {
		row := []string{g.Name, u.outLook.paint(colors[g.Change], g.Change), line}
		if i > 0 {
			row[0], row[1] = "", ""
		}
		rows = append(rows, row)
	}
	return rows
}
