package spec

import (
	"fmt"
	"strings"
)

// sort puts p.order into an order in which every node follows what it needs,
// as near to the source's as that allows, and names each cycle link by link.
func (p *parser) sort() {
	var sorted []*node
	var path []*node
	var visit func(n *node)
	visit = func(n *node) {
		n.state = onPath
		path = append(path, n)
		for _, e := range n.refers {
			switch e.to.state {
			case notSeen:
				visit(e.to)
			case onPath:
				p.cycle(path, e)
			}
		}
		path = path[:len(path)-1]
		n.state = done
		sorted = append(sorted, n)
	}
	for _, n := range p.order {
		if n.state == notSeen {
			visit(n)
		}
	}
	p.order = sorted
}

// cycle names the links from back.to along the path and back to it.
func (p *parser) cycle(path []*node, back need) {
	start := 0
	for i, n := range path {
		if n == back.to {
			start = i
		}
	}
	loop := path[start:]
	if loop[0].cyclic && loop[len(loop)-1].cyclic {
		return // the same nodes by another reference
	}
	var links []string
	for i, n := range loop {
		n.faulty, n.cyclic = true, true
		link := back
		if i+1 < len(loop) {
			link = n.needOf(loop[i+1])
		}
		links = append(links, fmt.Sprintf("%s needs %s (%s:%d)", n.address, link.to.address, link.at.Filename, link.at.Start.Line))
	}
	p.fault(loop[0].at, "Cycle", "These need each other, so none can come first: %s. Remove one of these references.", strings.Join(links, ", "))
}

// needOf returns the first reference from the node to another that it needs.
func (n *node) needOf(to *node) need {
	for _, e := range n.refers {
		if e.to == to {
			return e
		}
	}
	return need{}
}
