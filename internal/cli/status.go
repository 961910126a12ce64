package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"reprise/internal/view"
	"reprise/runner"
)

// statusDocument is what status writes with --json.
type statusDocument struct {
	Type       string       `json:"type"` // "status"
	Experiment string       `json:"experiment"`
	Store      string       `json:"store"`
	Tasks      []taskStatus `json:"tasks"`
}

// taskStatus is one task: where it has a result, also whence. The result of an
// outdated or unknown task is its last one.
type taskStatus struct {
	Address  string     `json:"address"`
	State    string     `json:"state"` // current, outdated, none, failed, unknown
	Key      string     `json:"key,omitempty"`
	Run      string     `json:"run,omitempty"`
	Started  *time.Time `json:"started,omitempty"`
	Seconds  float64    `json:"seconds,omitempty"`
	Artifact string     `json:"artifact,omitempty"`
}

func (a *app) statusCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "status FILE",
		Short: "Say which results exist, and from which run",
		Long: `Says for each task whether it has a result: current (for what the experiment
says now), outdated, none, failed, or unknown before another task has run.

With --json one object: {type: "status", experiment, store, tasks: [{address,
state, key, run, started, seconds, artifact}]}.`,
		Args: takes("FILE"),
		RunE: func(c *cobra.Command, args []string) error { return a.status(c.Context(), args[0]) },
	}
	a.variableFlags(c)
	a.rehashFlag(c)
	return c
}

func (a *app) status(ctx context.Context, path string) error {
	from, err := a.open(path)
	if err != nil {
		return err
	}
	defer from.close()
	steps, err := from.look(ctx)
	if err != nil {
		return err
	}
	doc := statusDocument{Type: "status", Experiment: from.x.Name, Store: from.store.Path(), Tasks: []taskStatus{}}
	for _, s := range steps {
		one, err := from.status(s)
		if err != nil {
			return err
		}
		doc.Tasks = append(doc.Tasks, one)
	}
	a.ui.object(doc)
	a.ui.statusTable(doc)
	return nil
}

func (o *opened) status(s *runner.Step) (taskStatus, error) {
	state, err := view.StateOf(o.store, s)
	if err != nil {
		return taskStatus{}, err
	}
	t := taskStatus{Address: s.Task.Address, State: state}
	if s.KeyText != "" {
		t.Key = s.Key.String()
	}
	if r := s.Result; r != nil {
		t.Run, t.Started, t.Seconds, t.Artifact = r.Run, &r.Started, r.Seconds, r.Artifact.String()
	}
	return t, nil
}

func (u *ui) statusTable(doc statusDocument) {
	var rows [][]string
	n := 0
	for _, t := range doc.Tasks {
		row := []string{t.Address, u.outLook.paint(resultColor(t.State), t.State), "", "", "", ""}
		if t.State == view.Current {
			n++
		}
		if t.Started != nil {
			row[2], row[3], row[4], row[5] = t.Started.Local().Format("2006-01-02 15:04:05"), seconds(t.Seconds), t.Artifact[:12], t.Run
			if u.verbose {
				row[4] = t.Artifact
			}
		}
		rows = append(rows, row)
	}
	u.table([]column{{name: "task"}, {name: "result"}, {name: "when", least: true}, {name: "time", right: true}, {name: "artifact", least: true}, {name: "run", least: true}}, rows)
	u.print("")
	u.prose(fmt.Sprintf("%d of %s current in %s", n, count(len(doc.Tasks), "result"), doc.Store))
}

func resultColor(state string) string {
	switch state {
	case view.Current:
		return green
	case view.Failed:
		return red
	case view.None:
		return faint
	}
	return yellow
}
