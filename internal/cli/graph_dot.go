package cli

import (
	"fmt"
	"strings"
)

// stateFills are the colours of nodes: mid tones with dark text, legible on
// white and on black.
var stateFills = map[string]string{current: "#8fce9b", outdated: "#f2cf6b", unknown: "#f2cf6b", failed: "#f09a90", none: "#c9ced6"}

const (
	inkColor  = "#1b1f24" // of text in nodes
	lineColor = "#7d8590" // of edges and of what stands outside nodes
)

// stateOrder is that in which states are told; the first that a node has colours
// it, so that what needs attention is seen.
var stateOrder = []string{failed, none, outdated, unknown, current}

func (n graphNode) state() string {
	for _, s := range stateOrder {
		if n.States[s] > 0 {
			return s
		}
	}
	return none
}

// name is the node's address within its module.
func (n graphNode) name() string { return strings.TrimPrefix(n.Address, n.Module+".") }

// caption is the second line of a node: its kind and states.
func (n graphNode) caption() string {
	var parts []string
	for _, s := range stateOrder {
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
func (g *graphDocument) modules() (names []string, nodes map[string][]int) {
	nodes = map[string][]int{}
	for i, n := range g.Nodes {
		if nodes[n.Module] == nil {
			names = append(names, n.Module)
		}
		nodes[n.Module] = append(nodes[n.Module], i)
	}
	return names, nodes
}

// at finds a node's number by its address.
func (g *graphDocument) at() map[string]int {
	at := map[string]int{}
	for i, n := range g.Nodes {
		at[n.Address] = i
	}
	return at
}

// dot draws for Graphviz.
func dot(g *graphDocument) string {
	var b strings.Builder
	fmt.Fprintf(&b, "digraph reprise {\n  rankdir=LR\n  bgcolor=\"transparent\"\n")
	fmt.Fprintf(&b, "  node [shape=box, style=\"filled,rounded\", color=%q, fontcolor=%q, fontname=\"Helvetica\"]\n", lineColor, inkColor)
	fmt.Fprintf(&b, "  edge [color=%q, fontcolor=%q, fontname=\"Helvetica\", fontsize=10]\n", lineColor, lineColor)
	names, nodes := g.modules()
	for m, name := range names {
		indent := "  "
		if name != "" {
			fmt.Fprintf(&b, "  subgraph cluster_%d {\n    label=%s\n    color=%q\n    fontcolor=%q\n    fontname=\"Helvetica\"\n", m, dotQuoted(name), lineColor, lineColor)
			indent = "    "
		}
		for _, i := range nodes[name] {
			n := g.Nodes[i]
			fmt.Fprintf(&b, "%s%s [label=%s, fillcolor=%q]\n", indent, dotQuoted(n.Address), dotQuoted(n.name()+"\n"+n.caption()), stateFills[n.state()])
		}
		if name != "" {
			b.WriteString("  }\n")
		}
	}
	for _, e := range g.Edges {
		fmt.Fprintf(&b, "  %s -> %s%s\n", dotQuoted(e.From), dotQuoted(e.To), map[string]string{needsOrder: " [style=dashed]", needsMetric: ` [label="metric"]`}[e.What])
	}
	b.WriteString("}\n")
	return b.String()
}

// dotQuoted is a string of dot. A backslash begins an escape in labels, and a
// newline there is one.
func dotQuoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}
