package cli

import (
	"fmt"
	"strings"

	"reprise/internal/view"
	"reprise/spec"
)

// stateFills are the colours of nodes: mid tones with dark text, legible on
// white and on black.
var stateFills = map[string]string{view.Current: "#8fce9b", view.Outdated: "#f2cf6b", view.Unknown: "#f2cf6b", view.Failed: "#f09a90", view.None: "#c9ced6"}

const (
	inkColor  = "#1b1f24" // of text in nodes
	lineColor = "#7d8590" // of edges and of what stands outside nodes
)

// caption is the second line of a node: its kind and states.
func caption(n *view.Node) string {
	var parts []string
	for _, s := range view.States {
		if k := n.States[s]; k > 0 && n.Tasks == 1 {
			parts = append(parts, s)
		} else if k > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", k, s))
		}
	}
	if n.Tasks == 1 {
		return n.Kind + ": " + join(parts)
	}
	return fmt.Sprintf("%s, %s: %s", n.Kind, count(n.Tasks, "task"), join(parts))
}

// modules are the nodes of each module, in the order of their first nodes; those
// outside modules have the name "".
func modules(g *view.Graph) (names []string, nodes map[string][]int) {
	nodes = map[string][]int{}
	for i, n := range g.Nodes {
		if nodes[n.Module] == nil {
			names = append(names, n.Module)
		}
		nodes[n.Module] = append(nodes[n.Module], i)
	}
	return names, nodes
}

// dot draws for Graphviz.
func dot(g *view.Graph) string {
	var b strings.Builder
	fmt.Fprintf(&b, "digraph reprise {\n  rankdir=LR\n  bgcolor=\"transparent\"\n")
	fmt.Fprintf(&b, "  node [shape=box, style=\"filled,rounded\", color=%q, fontcolor=%q, fontname=\"Helvetica\"]\n", lineColor, inkColor)
	fmt.Fprintf(&b, "  edge [color=%q, fontcolor=%q, fontname=\"Helvetica\", fontsize=10]\n", lineColor, lineColor)
	names, nodes := modules(g)
	for m, name := range names {
		indent := "  "
		if name != "" {
			fmt.Fprintf(&b, "  subgraph cluster_%d {\n    label=%s\n    color=%q\n    fontcolor=%q\n    fontname=\"Helvetica\"\n", m, dotQuoted(name), lineColor, lineColor)
			indent = "    "
		}
		for _, i := range nodes[name] {
			n := &g.Nodes[i]
			fmt.Fprintf(&b, "%s%s [label=%s, fillcolor=%q]\n", indent, dotQuoted(n.Address), dotQuoted(n.Name()+"\n"+caption(n)), stateFills[n.State()])
		}
		if name != "" {
			b.WriteString("  }\n")
		}
	}
	for _, e := range g.Edges {
		fmt.Fprintf(&b, "  %s -> %s%s\n", dotQuoted(e.From), dotQuoted(e.To), map[string]string{spec.NeedsOrder: " [style=dashed]", spec.NeedsMetric: ` [label="metric"]`}[e.What])
	}
	b.WriteString("}\n")
	return b.String()
}

// dotQuoted is a string of dot. A backslash begins an escape in labels, and a
// newline there is one.
func dotQuoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}
