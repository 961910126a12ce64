package graphsvg

// point is a place in a layer: a node, or where an edge passes between others.
type point struct {
	node       int // -1 where an edge passes
	layer      int
	in, out    []*point
	width      float64
	height     float64
	x, y       float64 // of its left edge, and of its middle
	order      int     // its place in its layer
	barycentre float64
}

// layout is a graph with its points.
type layout struct {
	nodes  []*point   // by node
	layers [][]*point // from left to right, each from top to bottom
	dense  bool       // many nodes, of one line each
	routes [][]*point // by edge: the points that it leads through, both ends among them; nil of one not drawn
}

// newLayout puts nodes into layers and edges on their ways.
func newLayout(g *Graph) *layout {
	l := &layout{routes: make([][]*point, len(g.Edges)), dense: len(g.Nodes) > many}
	layer, forward := assignLayers(g)
	most := -1
	for i := range g.Nodes {
		w, h := g.Nodes[i].size(l.dense)
		l.nodes = append(l.nodes, &point{node: i, layer: layer[i], width: w, height: h})
		most = max(most, layer[i])
	}
	l.layers = make([][]*point, most+1)
	for _, p := range l.nodes {
		l.add(p)
	}
	l.route(g, forward)
	return l
}

func (l *layout) add(p *point) {
	p.order = len(l.layers[p.layer])
	l.layers[p.layer] = append(l.layers[p.layer], p)
}

// route leads each edge through a point in every layer between its ends. Edges
// of a sort that leave the same node share theirs, so that they look like one
// line that branches.
func (l *layout) route(g *Graph, forward []bool) {
	type trunk struct {
		from  int
		what  string
		layer int
	}
	type step struct{ from, to *point }
	trunks, steps := map[trunk]*point{}, map[step]bool{}
	for i, e := range g.Edges {
		if !forward[i] {
			continue
		}
		at, end := l.nodes[e.From], l.nodes[e.To]
		route := []*point{at}
		for layer := at.layer + 1; layer <= end.layer; layer++ {
			next := end
			if layer < end.layer {
				key := trunk{e.From, e.What, layer}
				if next = trunks[key]; next == nil {
					next = &point{node: -1, layer: layer}
					trunks[key] = next
					l.add(next)
				}
			}
			if !steps[step{at, next}] {
				steps[step{at, next}] = true
				at.out, next.in = append(at.out, next), append(next.in, at)
			}
			route = append(route, next)
			at = next
		}
		l.routes[i] = route
	}
}

// assignLayers puts each node into the layer behind the last that it needs, and
// then those that more nodes need than they need themselves as near to these as
// can be. It tells which edges lead forward.
func assignLayers(g *Graph) (layer []int, forward []bool) {
	in, out := make([][]int, len(g.Nodes)), make([][]int, len(g.Nodes))
	forward = forwardEdges(g)
	for i, e := range g.Edges {
		if forward[i] {
			out[e.From] = append(out[e.From], e.To)
			in[e.To] = append(in[e.To], e.From)
		}
	}
	sorted := sortedNodes(in, out)
	layer = make([]int, len(g.Nodes))
	for _, n := range sorted {
		for _, from := range in[n] {
			layer[n] = max(layer[n], layer[from]+1)
		}
	}
	for i := len(sorted) - 1; i >= 0; i-- {
		n := sorted[i]
		if len(out[n]) <= len(in[n]) {
			continue
		}
		nearest := layer[out[n][0]]
		for _, to := range out[n] {
			nearest = min(nearest, layer[to])
		}
		layer[n] = nearest - 1
	}
	return layer, forward
}

// sortedNodes are all nodes, each behind those that it needs.
func sortedNodes(in, out [][]int) (sorted []int) {
	waits := make([]int, len(in))
	for n := range in {
		if waits[n] = len(in[n]); waits[n] == 0 {
			sorted = append(sorted, n)
		}
	}
	for i := 0; i < len(sorted); i++ {
		for _, to := range out[sorted[i]] {
			if waits[to]--; waits[to] == 0 {
				sorted = append(sorted, to)
			}
		}
	}
	return sorted
}

// forwardEdges tells of each edge whether it closes no circle with those before
// it in a walk through the graph.
func forwardEdges(g *Graph) []bool {
	const entered, left = 1, 2
	forward, state := make([]bool, len(g.Edges)), make([]int, len(g.Nodes))
	from := make([][]int, len(g.Nodes))
	for i, e := range g.Edges {
		from[e.From] = append(from[e.From], i)
	}
	var walk func(n int)
	walk = func(n int) {
		state[n] = entered
		for _, i := range from[n] {
			to := g.Edges[i].To
			forward[i] = state[to] != entered
			if state[to] == 0 {
				walk(to)
			}
		}
		state[n] = left
	}
	for n := range g.Nodes {
		if state[n] == 0 {
			walk(n)
		}
	}
	return forward
}
