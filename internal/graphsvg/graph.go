// Package graphsvg draws a graph of tasks as SVG: in layers from left to right,
// each node behind what it needs, with few crossings and smooth edges. The same
// graph gives the same bytes. It knows neither experiments nor the store.
package graphsvg

// Graph is what is drawn.
type Graph struct {
	Title string // what the picture is, for those who do not see it
	Nodes []Node
	Edges []Edge
}

// Node is a box: a task, or the tasks of a stage folded into one.
type Node struct {
	Address string  // told to scripts and style sheets, as data-address
	Over    string  // a small line over the title, such as a module; may be empty
	Title   string  //
	Caption string  // a line below the title
	Note    string  // a fainter one below that, where there is room
	States  []Share // of its tasks; the first colours the node
	Link    string  // where a click leads; empty where nowhere
}

// Share is how many of a node's tasks are in a state.
type Share struct {
	State string // one of States
	Tasks int
}

// States are those that have a look of their own; others look like "none".
var States = []string{"failed", "running", "none", "outdated", "unknown", "current"}

// Edge leads from a node, by its place in Nodes, to one that needs it. One that
// would close a circle is not drawn.
type Edge struct {
	From, To int
	What     string // the class of its line: data, metric or order
}

func (n *Node) tasks() int {
	sum := 0
	for _, s := range n.States {
		sum += s.Tasks
	}
	return sum
}
