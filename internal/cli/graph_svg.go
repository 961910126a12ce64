package cli

import (
	"fmt"
	"strings"

	"reprise/internal/graphsvg"
)

// svg draws a picture.
func svg(g *graphDocument) string { return string(graphsvg.Draw(g.picture())) }

// picture is the graph as it is drawn.
func (g *graphDocument) picture() *graphsvg.Graph {
	p := &graphsvg.Graph{Title: fmt.Sprintf("%s of %s", count(len(g.Nodes), "node"), g.Experiment)}
	for _, n := range g.Nodes {
		name, key := n.name(), ""
		if i := strings.IndexByte(name, '['); i > 0 {
			name, key = name[:i], strings.Trim(name[i:], `[]"`)
		}
		node := graphsvg.Node{Address: n.Address, Over: strings.TrimPrefix(n.Module, "module."), Title: strings.TrimPrefix(name, "stage."), Caption: n.Kind}
		switch {
		case key != "":
			node.Caption = key
		case n.Tasks > 1:
			node.Caption = fmt.Sprintf("%s × %d", n.Kind, n.Tasks)
		}
		for _, s := range stateOrder {
			if k := n.States[s]; k > 0 {
				node.States = append(node.States, graphsvg.Share{State: s, Tasks: k})
			}
		}
		p.Nodes = append(p.Nodes, node)
	}
	at := g.at()
	for _, e := range g.Edges {
		p.Edges = append(p.Edges, graphsvg.Edge{From: at[e.From], To: at[e.To], What: e.What})
	}
	return p
}
