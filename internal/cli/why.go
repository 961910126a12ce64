package cli

import (
	"context"

	"github.com/spf13/cobra"

	"reprise/runner"
	"reprise/spec"
)

// whyDocument is what why writes with --json.
type whyDocument struct {
	Type    string    `json:"type"` // "why"
	Address string    `json:"address"`
	Action  string    `json:"action"` // as in a plan: run, cached, unknown
	Reasons []string  `json:"reasons"`
	Key     string    `json:"key,omitempty"` // absent where it is not known yet
	Items   []keyItem `json:"items"`
	// Differences are between the key and that of the last result.
	Differences []difference `json:"differences"`
}

// keyItem is one thing in a key.
type keyItem struct {
	What  string `json:"what"` // kind, format, code, set, probe, file, in
	Name  string `json:"name,omitempty"`
	Value string `json:"value"`
	From  string `json:"from,omitempty"` // of an input its task, of a file its path or dataset
}

type difference struct {
	What string `json:"what"`
	Name string `json:"name,omitempty"`
	Old  string `json:"old"`
	New  string `json:"new"`
}

func (a *app) whyCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "why FILE ADDRESS",
		Short: "Say everything in one task's key, and what differs from its last result",
		Long: `Says what would be done with a task and why, everything that its key covers, and
what of it differs from its last result.

With --json one object: {type: "why", address, action, reasons, key, items:
[{what, name, value, from}], differences: [{what, name, old, new}]}.`,
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
	doc := whyDocument{Type: "why", Address: s.Task.Address, Action: s.Action, Reasons: append([]string{}, s.Reasons...), Items: []keyItem{}, Differences: []difference{}}
	if s.KeyText != "" {
		doc.Key = s.Key.String()
		doc.Items = keyItems(s, steps)
		if s.Result != nil {
			for _, d := range runner.Differences(s.Result.KeyText, s.KeyText) {
				doc.Differences = append(doc.Differences, difference{d.What, d.Name, d.Old, d.New})
			}
		}
	}
	a.ui.object(doc)
	a.ui.whyText(doc, s)
	return nil
}

// keyItems reads a key text and adds where inputs and files come from.
func keyItems(s *runner.Step, steps []*runner.Step) []keyItem {
	sources := map[string][]string{}
	metrics := func(t *spec.Task) (map[string]float64, bool) {
		for _, o := range steps {
			if o.Task == t && o.Action == runner.ActionCached {
				return o.Result.Metrics, true
			}
		}
		return nil, false
	}
	if r, diags := s.Task.Resolve(metrics); r != nil && !diags.HasErrors() {
		for _, in := range r.Inputs {
			for _, t := range in.Tasks {
				sources["in "+in.Label()] = append(sources["in "+in.Label()], t.Address)
			}
		}
		for _, f := range r.Files {
			at := f.Path
			if f.Dataset != nil {
				at = f.Dataset.Address
			}
			sources["file "+f.Label()] = []string{at}
		}
	}
	var out []keyItem
	for _, i := range runner.Items(s.KeyText) {
		k := keyItem{What: i.What, Name: i.Name, Value: i.Value}
		if from := sources[i.What+" "+i.Name]; len(from) > 0 {
			k.From, sources[i.What+" "+i.Name] = from[0], from[1:]
		}
		out = append(out, k)
	}
	return out
}

// whatWords say in a sentence's words what an item of a key is.
var whatWords = map[string]string{"reprise-key": "form", "format": "encoding", "set": "attribute", "in": "input"}

func whatWord(what string) string {
	if w := whatWords[what]; w != "" {
		return w
	}
	return what
}

func (u *ui) whyText(doc whyDocument, s *runner.Step) {
	switch {
	case doc.Action == runner.ActionCached:
		u.print("%s is cached: run %s made its result %s", doc.Address, s.Result.Run, s.Result.Started.Local().Format("on 2006-01-02 at 15:04:05"))
		if s.Result.Address != doc.Address {
			u.print("there it was %s of experiment %s", s.Result.Address, s.Result.Experiment)
		}
	case doc.Action == runner.ActionUnknown:
		u.print("%s may run: %s", doc.Address, join(doc.Reasons))
		u.print("its key is known when that has run")
		return
	default:
		u.print("%s would run: %s", doc.Address, join(doc.Reasons))
	}
	if doc.Key == "" {
		return
	}
	u.print("")
	u.print("key %s", doc.Key)
	var rows [][]string
	for _, i := range doc.Items {
		rows = append(rows, []string{"  " + whatWord(i.What), i.Name, i.Value, i.From})
	}
	u.table([]column{{}, {}, {wrap: true}, {}}, rows)
	if len(doc.Differences) == 0 {
		return
	}
	u.print("")
	u.print("differs from the last result, of run %s", s.Result.Run)
	rows = nil
	for _, d := range doc.Differences {
		rows = append(rows, []string{"  " + whatWord(d.What), d.Name, orNone(d.Old) + " -> " + orNone(d.New)})
	}
	u.table([]column{{}, {}, {wrap: true}}, rows)
}

func orNone(s string) string {
	if s == "" {
		return "(none)"
	}
	return s
}
