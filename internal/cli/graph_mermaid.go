package cli

import (
	"fmt"
	"strings"

	"reprise/internal/view"
	"reprise/spec"
)

// mermaid draws for Markdown pages. Nodes go by their numbers, for names that
// mermaid takes for words of its own are many.
func mermaid(g *view.Graph) string {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	names, nodes := modules(g)
	for m, name := range names {
		indent := "  "
		if name != "" {
			fmt.Fprintf(&b, "  subgraph m%d[\"%s\"]\n", m, mermaidQuoted(name))
			indent = "    "
		}
		for _, i := range nodes[name] {
			n := &g.Nodes[i]
			fmt.Fprintf(&b, "%sn%d[\"%s<br/>%s\"]:::%s\n", indent, i, mermaidQuoted(n.Name()), mermaidQuoted(caption(n)), n.State())
		}
		if name != "" {
			b.WriteString("  end\n")
		}
	}
	at := g.At()
	for _, e := range g.Edges {
		arrow := map[string]string{spec.NeedsData: "-->", spec.NeedsOrder: "-.->", spec.NeedsMetric: "-->|metric|"}[e.What]
		fmt.Fprintf(&b, "  n%d %s n%d\n", at[e.From], arrow, at[e.To])
	}
	for _, s := range view.States {
		fmt.Fprintf(&b, "  classDef %s fill:%s,stroke:%s,color:%s\n", s, stateFills[s], lineColor, inkColor)
	}
	return b.String()
}

// mermaidQuoted is text within quotes of mermaid, which knows the entities of
// HTML by their numbers.
func mermaidQuoted(s string) string {
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune("\"#<>&;`\\", r) || r < ' ' {
			fmt.Fprintf(&b, "#%d;", r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
