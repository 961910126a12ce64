package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"reprise/runner"
	"reprise/spec"
)

// graphDocument is what graph writes with --json, and what its formats draw.
type graphDocument struct {
	Type       string      `json:"type"` // "graph"
	Experiment string      `json:"experiment"`
	Nodes      []graphNode `json:"nodes"`
	Edges      []graphEdge `json:"edges"`
}

// graphNode is a stage, or with --tasks a task.
type graphNode struct {
	Address string         `json:"address"`
	Module  string         `json:"module,omitempty"` // module.x of module.x.stage.y
	Kind    string         `json:"kind"`
	Tasks   int            `json:"tasks"`
	States  map[string]int `json:"states"` // how many tasks are in each, as in status
}

// graphEdge is what one node needs of another.
type graphEdge struct {
	From string `json:"from"`
	To   string `json:"to"`
	What string `json:"what"` // one of the constants below
}

// What a task needs another for.
const (
	needsData   = "data"   // its artifact
	needsMetric = "metric" // a metric that an attribute uses
	needsOrder  = "order"  // depends_on, alone
)

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
	draw := map[string]func(*graphDocument) string{"dot": dot, "mermaid": mermaid, "svg": svg}[format]
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
	doc, err := from.graph(steps, tasks)
	if err != nil {
		return err
	}
	a.ui.object(doc)
	a.ui.raw([]byte(draw(doc)))
	return nil
}

// graph makes nodes and edges of the steps of a plan.
func (o *opened) graph(steps []*runner.Step, tasks bool) (*graphDocument, error) {
	nodeOf := func(t *spec.Task) string {
		if tasks {
			return t.Address
		}
		return spec.SweepAddress(t.Address)
	}
	doc := &graphDocument{Type: "graph", Experiment: o.x.Name, Nodes: []graphNode{}, Edges: []graphEdge{}}
	at, drawn := map[string]int{}, map[graphEdge]bool{}
	for _, s := range steps {
		name := nodeOf(s.Task)
		i, ok := at[name]
		if !ok {
			i = len(doc.Nodes)
			at[name] = i
			doc.Nodes = append(doc.Nodes, graphNode{Address: name, Module: moduleOf(name), Kind: s.Task.Kind.Name, States: map[string]int{}})
		}
		status, err := o.status(s)
		if err != nil {
			return nil, err
		}
		doc.Nodes[i].Tasks++
		doc.Nodes[i].States[status.State]++
		for _, n := range s.Task.Needs {
			e := graphEdge{nodeOf(n), name, needsWhat(s.Task, n)}
			if !drawn[e] {
				drawn[e] = true
				doc.Edges = append(doc.Edges, e)
			}
		}
	}
	return doc, nil
}

// needsWhat says what a task needs another for.
func needsWhat(t, other *spec.Task) string {
	switch {
	case slices.Contains(t.After, other):
		return needsOrder
	case slices.Contains(t.Takes, other):
		return needsData
	}
	return needsMetric
}

// moduleOf is the part of an address before its stage; "" outside modules.
func moduleOf(address string) string {
	if i := strings.LastIndex(address, ".stage."); i > 0 {
		return address[:i]
	}
	return ""
}
