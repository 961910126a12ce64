package cli

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"reprise/internal/page"
	"reprise/internal/view"
	"reprise/internal/words"
	"reprise/runner"
)

// reportDocument is what report writes with --json.
type reportDocument struct {
	Type    string `json:"type"` // "report"
	Path    string `json:"path"`
	Size    int    `json:"size"` // bytes
	Tasks   int    `json:"tasks"`
	Current int    `json:"current"` // of them with a current result
}

func (a *app) reportCommand() *cobra.Command {
	output, compare := "", ""
	c := &cobra.Command{
		Use:   "report FILE",
		Short: "Write one page of what was asked, what came out, and how",
		Long: `Writes one HTML page that needs nothing else, and no network: title, citations and
variables; checks, outputs, metrics and the pictures that stages drew; the graph,
where a click leads to the attributes of a stage, why it ran and where its results
are from; and how to run it again. It shows what is in the store, as status does,
and runs nothing: a result that is missing is shown as missing. It is at most 5 MB
large; a picture that there is no room for is named, and left out.

With --compare RUN the page says what changed since that run: variables, checks,
pictures, and for each task attributes, code and metrics, then and now. A RUN is as
in diff, but last is the last of this experiment.

With --json one object: {type: "report", path, size, tasks, current}.`,
		Args: takes("FILE"),
		RunE: func(c *cobra.Command, args []string) error {
			for name, given := range map[string]string{"output": output, "compare": compare} {
				if given == "" && c.Flags().Changed(name) {
					return &runner.UsageError{Message: fmt.Sprintf("--%s is empty: leave it out, or give it a value", name)}
				}
			}
			return a.writeReport(c.Context(), args[0], output, compare)
		},
	}
	a.variableFlags(c)
	c.Flags().StringVarP(&output, "output", "o", "", "write the page to `path`, - for standard output (default: the experiment's name, with .html)")
	c.Flags().StringVar(&compare, "compare", "", "say what changed since a `run`")
	return c
}

func (a *app) writeReport(ctx context.Context, path, output, compare string) error {
	from, err := a.open(path)
	if err != nil {
		return err
	}
	defer from.close()
	steps, err := from.look(ctx)
	if err != nil {
		return err
	}
	source := &view.Source{X: from.x, Store: from.store, Steps: steps, Logs: from.files.Logs, Command: from.anywhere}
	r, err := view.NewReport(source)
	if err != nil {
		return err
	}
	if compare != "" {
		old, err := from.store.FindRun(compare, from.x.Name)
		if err != nil {
			return noRun(err, a.storeFlag())
		}
		if err := r.Compare(source, old); err != nil {
			return err
		}
	}
	html, err := page.Render(r, from.store.Read, a.version, page.Limit)
	if err != nil {
		return err
	}
	output = cmp.Or(output, filepath.Base(from.x.Name)+".html")
	if output == "-" {
		a.ui.write(a.ui.out, string(html))
		return nil
	}
	if filepath.Ext(output) == ".hcl" {
		return fmt.Errorf("a report is no experiment: %s shall keep its text; choose a name that ends in .html", output)
	}
	if err := writeContent(output, html); err != nil {
		return err
	}
	a.ui.object(reportDocument{"report", output, len(html), r.Tasks, r.Current})
	a.ui.print("%s: %s, %d of %s current", output, words.Size(int64(len(html))), r.Current, count(r.Tasks, "result"))
	return nil
}

// anywhere is a command about the experiment as it is now, for readers whose
// store is elsewhere.
func (o *opened) anywhere(name string, args ...string) string {
	typed := []string{"reprise", name, quoted(o.path)}
	for _, a := range args {
		typed = append(typed, quoted(a))
	}
	return strings.Join(typed, " ") + runner.VariableFlags(o.x.Given())
}
