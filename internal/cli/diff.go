package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"reprise/artifacts"
	"reprise/cache"
	"reprise/runner"
	"reprise/spec"
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
	before, err := store.FindRun(old)
	if err != nil {
		return noRun(err, a.storeFlag())
	}
	after, err := store.FindRun(now)
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

// noRun is what is wrong with a name that is of no run.
func noRun(err error, flags string) error {
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
		rows = append(rows, []string{"var." + v.Name, orNone(v.Old) + " -> " + orNone(v.New)})
	}
	u.section([]column{{name: "variable"}, {name: "change", wrap: true}}, rows)
	rows = nil
	counts := map[string]int{}
	for _, group := range folded(d.Tasks) {
		counts[group[0].Change] += len(group)
		rows = append(rows, u.diffRows(group)...)
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

// folded groups the tasks of a sweep that changed in the same way.
func folded(tasks []runner.TaskDiff) (groups [][]runner.TaskDiff) {
	at := map[string]int{}
	for _, t := range tasks {
		way := strings.Join(append(changes(t), t.Sweep(), t.Change), "\n")
		if t.Change == runner.DiffRenamed {
			way += t.Address
		}
		i, ok := at[way]
		if !ok {
			i = len(groups)
			at[way] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], t)
	}
	return groups
}

// changes says what changed in a task but its metrics, which are figures of its own.
func changes(t runner.TaskDiff) []string {
	var out []string
	if t.Change == runner.DiffRenamed {
		out = append(out, "was "+t.Old.Address)
	}
	if t.Old == nil || t.New == nil {
		return out
	}
	if t.Old.State != t.New.State && t.Change == runner.DiffChanged && !(hasResult(t.Old) && hasResult(t.New)) {
		out = append(out, "state: "+t.Old.State+" -> "+t.New.State)
	}
	for _, i := range t.Items {
		out = append(out, i.String())
	}
	if t.Change == runner.DiffChanged && t.Old.Error != t.New.Error {
		out = append(out, "error: "+orNone(line(t.Old.Error))+" -> "+orNone(line(t.New.Error)))
	}
	if t.Old.Deleted || t.New.Deleted {
		out = append(out, "the store no longer has "+whose(t)+", so what changed in it cannot be told")
	}
	if t.Old.Key == t.New.Key && t.Old.Artifact != t.New.Artifact && hasResult(t.Old) && hasResult(t.New) {
		out = append(out, "another result for the same key")
	}
	if len(out) == 0 && t.Change == runner.DiffChanged && !(hasResult(t.Old) && hasResult(t.New)) {
		out = append(out, "what changed in it cannot be told, for it has no result")
	}
	return out
}

// line is the first line of a text, cut where it is long.
func line(text string) string {
	first, _, _ := strings.Cut(text, "\n")
	return shortened(first)
}

func hasResult(s *runner.TaskSide) bool { return s.Artifact != artifacts.Digest{} }

func whose(t runner.TaskDiff) string {
	switch {
	case t.Old.Deleted && t.New.Deleted:
		return "both results"
	case t.Old.Deleted:
		return "the old result"
	}
	return "the new result"
}

// diffRows are the lines for tasks that changed in the same way; none where they
// did not change.
func (u *ui) diffRows(group []runner.TaskDiff) (rows [][]string) {
	t := group[0]
	if t.Change == runner.DiffSame {
		return nil
	}
	name := t.Address
	if len(group) > 1 {
		name = fmt.Sprintf("%s (%d)", spec.StarredAddress(t.Address), len(group))
	}
	what := changes(t)
	if t.Old != nil && t.New != nil && hasResult(t.Old) && hasResult(t.New) {
		what = append(what, metricChanges(group)...)
		same := !slices.ContainsFunc(group, func(t runner.TaskDiff) bool { return t.Old.Artifact != t.New.Artifact })
		switch {
		case same && t.Change == runner.DiffChanged:
			what = append(what, "the same artifact")
		case !same && (len(group) == 1 || u.verbose):
			what = append(what, "artifact: "+u.digest(t.Old.Artifact)+" -> "+u.digest(t.New.Artifact))
		}
	}
	if len(what) == 0 {
		what = []string{""}
	}
	colors := map[string]string{runner.DiffAdded: green, runner.DiffRemoved: red, runner.DiffChanged: yellow}
	for i, line := range what {
		row := []string{name, u.outLook.paint(colors[t.Change], t.Change), line}
		if i > 0 {
			row[0], row[1] = "", ""
		}
		rows = append(rows, row)
	}
	return rows
}

// metricChanges says how metrics changed; over several tasks, their means.
func metricChanges(group []runner.TaskDiff) (out []string) {
	if len(group) == 1 {
		for _, m := range group[0].Metrics {
			out = append(out, metricChange(m))
		}
		return out
	}
	type sums struct {
		old, now float64
		n        int
	}
	by := map[string]*sums{}
	for _, t := range group {
		for _, m := range t.Metrics {
			if m.Old == nil || m.New == nil {
				continue
			}
			if by[m.Name] == nil {
				by[m.Name] = &sums{}
			}
			s := by[m.Name]
			s.old, s.now, s.n = s.old+*m.Old, s.now+*m.New, s.n+1
		}
	}
	for _, name := range slices.Sorted(maps.Keys(by)) {
		s := by[name]
		old, now := s.old/float64(s.n), s.now/float64(s.n)
		out = append(out, fmt.Sprintf("mean %s of the %d where it changed", metricChange(runner.MetricDiff{Name: name, Old: &old, New: &now}), s.n))
	}
	return out
}

func metricChange(m runner.MetricDiff) string {
	switch {
	case m.Old == nil:
		return fmt.Sprintf("%s: (none) -> %s", m.Name, figure(*m.New))
	case m.New == nil:
		return fmt.Sprintf("%s: %s -> (none)", m.Name, figure(*m.Old))
	}
	text := fmt.Sprintf("%s: %s -> %s (%+.3g", m.Name, figure(*m.Old), figure(*m.New), *m.New-*m.Old)
	if *m.Old != 0 {
		text += fmt.Sprintf(", %+.2g %%", 100*(*m.New-*m.Old)/max(*m.Old, -*m.Old))
	}
	return text + ")"
}
