package view

import (
	"fmt"
	"strings"

	"reprise/cache"
	"reprise/internal/graphsvg"
	"reprise/internal/words"
	"reprise/runner"
	"reprise/spec"
)

// Graph is the graph of an experiment: stages, or tasks, and what they need.
type Graph struct {
	Experiment string `json:"experiment"`
	Nodes      []Node `json:"nodes"`
	Edges      []Edge `json:"edges"`
}

// Node is a stage, or a task.
type Node struct {
	Address string         `json:"address"`
	Module  string         `json:"module,omitempty"` // module.x of module.x.stage.y
	Kind    string         `json:"kind"`
	Tasks   int            `json:"tasks"`
	States  map[string]int `json:"states"` // how many tasks are in each

	Seconds float64   `json:"-"` // that its results took
	Key     cache.Key `json:"-"` // of a single task
}

// Edge is what one node needs of another.
type Edge struct {
	From string `json:"from"`
	To   string `json:"to"`
	What string `json:"what"` // as in spec.Task.NeedsFor
}

// NewGraph makes nodes and edges of the steps of a plan: a node a stage, or a task.
func NewGraph(experiment string, store *cache.Store, steps []*runner.Step, tasks bool) (*Graph, error) {
	nodeOf := func(t *spec.Task) string {
		if tasks {
			return t.Address
		}
		return spec.SweepAddress(t.Address)
	}
	g := &Graph{Experiment: experiment, Nodes: []Node{}, Edges: []Edge{}}
	at, drawn := map[string]int{}, map[Edge]bool{}
	for _, s := range steps {
		name := nodeOf(s.Task)
		i, ok := at[name]
		if !ok {
			i = len(g.Nodes)
			at[name] = i
			g.Nodes = append(g.Nodes, Node{Address: name, Module: ModuleOf(name), Kind: s.Task.Kind.Name, States: map[string]int{}})
		}
		state, err := StateOf(store, s)
		if err != nil {
			return nil, err
		}
		g.Nodes[i].add(s, state)
		for _, n := range s.Task.Needs {
			e := Edge{nodeOf(n), name, s.Task.NeedsFor(n)}
			if !drawn[e] {
				drawn[e] = true
				g.Edges = append(g.Edges, e)
			}
		}
	}
	return g, nil
}

func (n *Node) add(s *runner.Step, state string) {
	n.Tasks++
	n.States[state]++
	n.Key = s.Key
	if s.Result != nil {
		n.Seconds += s.Result.Seconds
	}
}

// ModuleOf is the part of an address before its stage; "" outside modules.
func ModuleOf(address string) string {
	if i := strings.LastIndex(address, ".stage."); i > 0 {
		return address[:i]
	}
	return ""
}

// Name is the node's address within its module.
func (n *Node) Name() string { return strings.TrimPrefix(n.Address, n.Module+".") }

// State is that of a node's tasks which needs attention most.
func (n *Node) State() string {
	for _, s := range States {
		if n.States[s] > 0 {
			return s
		}
	}
	return None
}

// At finds a node's number by its address.
func (g *Graph) At() map[string]int {
	at := map[string]int{}
	for i, n := range g.Nodes {
		at[n.Address] = i
	}
	return at
}

// Picture is the graph as it is drawn; link is where the node of an address leads,
// nil where nowhere.
func (g *Graph) Picture(link func(address string) string) *graphsvg.Graph {
	p := &graphsvg.Graph{Title: fmt.Sprintf("The graph of %s: %s", g.Experiment, words.Count(len(g.Nodes), "node"))}
	for i := range g.Nodes {
		n := g.Nodes[i].picture()
		if link != nil {
			n.Link = link(n.Address)
		}
		p.Nodes = append(p.Nodes, n)
	}
	at := g.At()
	for _, e := range g.Edges {
		p.Edges = append(p.Edges, graphsvg.Edge{From: at[e.From], To: at[e.To], What: e.What})
	}
	return p
}

func (n *Node) picture() graphsvg.Node {
	name, instance := n.Name(), ""
	if i := strings.IndexByte(name, '['); i > 0 {
		name, instance = name[:i], strings.Trim(name[i:], `[]"`)
	}
	p := graphsvg.Node{Address: n.Address, Over: strings.TrimPrefix(n.Module, "module."), Title: strings.TrimPrefix(name, "stage."), Caption: n.Kind}
	switch {
	case instance != "":
		p.Caption = instance
	case n.Tasks > 1:
		p.Caption = fmt.Sprintf("%s × %d", n.Kind, n.Tasks)
	}
	var note []string
	if n.Seconds > 0 {
		note = append(note, words.Seconds(n.Seconds))
	}
	if n.Tasks == 1 && n.Key != (cache.Key{}) {
		note = append(note, n.Key.Short())
	}
	p.Note = strings.Join(note, " · ")
	for _, s := range graphsvg.States {
		if k := n.States[s]; k > 0 {
			p.States = append(p.States, graphsvg.Share{State: s, Tasks: k})
		}
	}
	return p
}
