package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"reprise/internal/view"
	"reprise/internal/words"
	"reprise/runner"
	"reprise/spec"
)

// whyDocument is what why writes with --json.
type whyDocument struct {
	Type    string      `json:"type"` // "why"
	Address string      `json:"address"`
	Action  string      `json:"action"` // as in a plan: run, cached, unknown
	Reasons []string    `json:"reasons"`
	Key     string      `json:"key,omitempty"` // absent where it is not known yet
	Items   []view.Item `json:"items"`
	// Chain leads from what somebody changed to this task; of a cached one, when
	// it ran.
	Chain []runner.Link `json:"chain"`
	// Against is the earlier result nearest to this key, which differs from it by
	// the differences.
	Against     *against            `json:"against,omitempty"`
	Differences []runner.Difference `json:"differences"`
}

// against names a result.
type against struct {
	Run        string `json:"run"`
	Experiment string `json:"experiment"`
	Address    string `json:"address"`
}

func (a *app) whyCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "why FILE ADDRESS",
		Short: "Say how what you changed leads to a task, and everything in its key",
		Long: `Says what would be done with a task and why: link by link from what somebody
changed (an attribute, a file, code) through other tasks to this one; of a
cached task, why it ran then. Then everything that its key covers, and what of
it differs from the nearest earlier result of its kind.

With --json one object: {type: "why", address, action, reasons, key, items:
[{what, name, value, from}], chain: [{address, reason}], against: {run,
experiment, address}, differences: [{what, name, old, new}]}.`,
		Args: takes("FILE ADDRESS"),
		RunE: func(c *cobra.Command, args []string) error { return a.why(c.Context(), args[0], args[1]) },
	}
	a.variableFlags(c)
	return c
}

func (a *app) why(ctx context.Context, path, address string) error {
	from, err := a.open(path)
	if err != nil {
		return err
	}
	defer from.close()
	s, steps, err := from.task(ctx, address, false)
	if err != nil {
		return err
	}
	doc := whyDocument{Type: "why", Address: s.Task.Address, Action: s.Action, Reasons: append([]string{}, s.Reasons...), Items: []view.Item{}, Chain: s.Chain(), Differences: []runner.Difference{}}
	if s.KeyText != "" {
		doc.Key = s.Key.String()
		doc.Items = view.Items(s, metricsOf(steps))
		if r := s.Compared(); r != nil && s.Action != runner.ActionCached {
			doc.Against = &against{r.Run, r.Experiment, r.Address}
			doc.Differences = append(doc.Differences, runner.Differences(r.KeyText, s.KeyText)...)
		}
	}
	a.ui.object(doc)
	a.ui.whyText(doc, s)
	return nil
}

// metricsOf are those of the steps that have results.
func metricsOf(steps []*runner.Step) spec.Metrics {
	return func(t *spec.Task) (map[string]float64, bool) {
		for _, s := range steps {
			if s.Task == t && s.Action == runner.ActionCached {
				return s.Result.Metrics, true
			}
		}
		return nil, false
	}
}

func (u *ui) whyText(doc whyDocument, s *runner.Step) {
	switch {
	case doc.Action == runner.ActionCached:
		u.prose(fmt.Sprintf("%s is cached: run %s made its result %s", doc.Address, s.Result.Run, s.Result.Started.Local().Format("on 2006-01-02 at 15:04:05")))
		if s.Result.Address != doc.Address || s.Result.Experiment != s.Experiment() {
			u.prose(fmt.Sprintf("there it was %s of experiment %s", s.Result.Address, s.Result.Experiment))
		}
	case doc.Action == runner.ActionUnknown:
		u.prose(fmt.Sprintf("%s may run: %s", doc.Address, join(doc.Reasons)))
		u.print("its key is known when that has run")
	default:
		u.prose(fmt.Sprintf("%s would run: %s", doc.Address, join(doc.Reasons)))
	}
	u.chain(doc)
	if doc.Key == "" {
		return
	}
	u.print("")
	u.print("key %s", doc.Key)
	var rows [][]string
	for _, i := range doc.Items {
		rows = append(rows, []string{"  " + view.What(i.What), i.Name, i.Value, i.From})
	}
	u.table([]column{{}, {}, {wrap: true}, {}}, rows)
	if len(doc.Differences) == 0 {
		return
	}
	u.print("")
	u.prose(fmt.Sprintf("differs from %s", s.Against()))
	rows = nil
	for _, d := range doc.Differences {
		rows = append(rows, []string{"  " + view.What(d.What), d.Name, words.OrNone(d.Old) + " -> " + words.OrNone(d.New)})
	}
	u.table([]column{{}, {}, {wrap: true}}, rows)
}

// chain prints the links to a task, where they say more than its reasons.
func (u *ui) chain(doc whyDocument) {
	if len(doc.Chain) == 1 && doc.Action != runner.ActionCached {
		return
	}
	u.print("")
	if doc.Action == runner.ActionCached {
		u.print("it ran then because")
	} else {
		u.print("how that comes")
	}
	var rows [][]string
	for _, l := range doc.Chain {
		rows = append(rows, []string{"  " + l.Address, l.Reason})
	}
	u.table([]column{{}, {wrap: true}}, rows)
}
