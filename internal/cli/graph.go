package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"reprise/internal/graphsvg"
	"reprise/internal/view"
	"reprise/runner"
)

// graphDocument is what graph writes with --json.
type graphDocument struct {
	Type string `json:"type"` // "graph"
	*view.Graph
}

func (a *app) graphCommand() *cobra.Command {
	format, tasks := "dot", false
	c := &cobra.Command{
		Use:   "graph FILE",
		Short: "Draw the graph of an experiment, coloured by state",
		Long: `Writes the graph as a picture (reprise graph FILE --format svg > graph.svg), for
Markdown pages (mermaid) or for Graphviz (dot). A node is a stage with the number
of its tasks and their states: current, outdated, unknown, failed, none. An edge
leads from a stage to one that takes its artifact; in the picture one that is
there for a metric is dashed, one for the order alone is dotted.

With --json one object: {type: "graph", experiment, nodes: [{address, module,
kind, tasks, states: {state: number}}], edges: [{from, to, what:
"data"|"metric"|"order"}]}.`,
		Args: takes("FILE"),
		RunE: func(c *cobra.Command, args []string) error { return a.graph(c.Context(), args[0], format, tasks) },
	}
	a.variableFlags(c)
	c.Flags().StringVar(&format, "format", format, "what to write: `svg, dot or mermaid`")
	c.Flags().BoolVar(&tasks, "tasks", false, "a node a task, also of stages with for_each")
	c.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"svg", "dot", "mermaid"}, cobra.ShellCompDirectiveNoFileComp))
	return c
}

func (a *app) graph(ctx context.Context, path, format string, tasks bool) error {
	draw := map[string]func(*view.Graph) string{"dot": dot, "mermaid": mermaid, "svg": svg}[format]
	if draw == nil {
		return &runner.UsageError{Message: fmt.Sprintf("--format is svg, dot or mermaid, not %q", format)}
	}
	from, err := a.open(path)
	if err != nil {
		return err
	}
	defer from.close()
	steps, err := from.look(ctx)
	if err != nil {
		return err
	}
	g, err := view.NewGraph(from.x.Name, from.store, steps, tasks)
	if err != nil {
		return err
	}
	a.ui.object(graphDocument{"graph", g})
	a.ui.raw([]byte(draw(g)))
	return nil
}

// svg draws a picture.
func svg(g *view.Graph) string { return string(graphsvg.Draw(g.Picture(nil))) }
