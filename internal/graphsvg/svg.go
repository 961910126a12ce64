package graphsvg

import (
	"bytes"
	_ "embed"
	"fmt"
	"html"
	"slices"
	"strconv"
	"strings"
)

// CSS is the look of a graph, for light and dark. Draw puts it into the picture;
// a page that has Inline's pictures needs it in its style sheet.
//
//go:embed graph.css
var CSS string

// Draw makes a picture that stands alone.
func Draw(g *Graph) []byte { return draw(g, true) }

// Inline makes an element for a page whose style sheet has CSS. Its nodes can be
// clicked and reached by keyboard where they have links.
func Inline(g *Graph) []byte { return draw(g, false) }

func draw(g *Graph, alone bool) []byte {
	l := newLayout(g)
	l.untangle()
	width, height := l.place()
	var b bytes.Buffer
	role := ` role="img"`
	if slices.ContainsFunc(g.Nodes, func(n Node) bool { return n.Link != "" }) {
		role = ` role="group"` // an image has nothing inside it
	}
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" class="graph" width="%s" height="%s" viewBox="0 0 %s %s"%s aria-label="%s">`+"\n",
		number2(width), number2(height), number2(width), number2(height), role, escaped(g.Title))
	if alone {
		fmt.Fprintf(&b, "<title>%s</title>\n<style>\n%s</style>\n<rect class=\"paper\" width=\"100%%\" height=\"100%%\"/>\n", escaped(g.Title), CSS)
	}
	b.WriteString("<g class=\"edges\">\n")
	for i, e := range g.Edges {
		if l.routes[i] != nil {
			fmt.Fprintf(&b, `<path class="edge %s" data-from="%s" data-to="%s" d="%s"/>`+"\n", escaped(e.What), escaped(g.Nodes[e.From].Address), escaped(g.Nodes[e.To].Address), curve(l.routes[i]))
		}
	}
	b.WriteString("</g>\n")
	for _, layer := range l.layers {
		for _, p := range layer {
			if p.node >= 0 {
				writeNode(&b, &g.Nodes[p.node], p, l.dense)
			}
		}
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// curve leads through points, level at each, and ends with an arrow's head.
func curve(route []*point) string {
	var d strings.Builder
	at := route[0]
	fmt.Fprintf(&d, "M%s %s", number2(at.x+at.width), number2(at.y))
	for _, next := range route[1:] {
		x, end := at.x+at.width, next.x
		if next.node >= 0 {
			end -= arrow
		}
		middle := (x + end) / 2
		fmt.Fprintf(&d, "C%s %s %s %s %s %s", number2(middle), number2(at.y), number2(middle), number2(next.y), number2(end), number2(next.y))
		if next.node < 0 && next.width > 0 {
			fmt.Fprintf(&d, "H%s", number2(next.x+next.width))
		}
		at = next
	}
	fmt.Fprintf(&d, "h%gm-4 -3l4 3l-4 3", arrow-1)
	return d.String()
}

const arrow = 4.0

func writeNode(b *bytes.Buffer, n *Node, p *point, dense bool) {
	state, tag, link := "none", "g", ""
	if len(n.States) > 0 {
		state = n.States[0].State
	}
	if n.Link != "" {
		tag, link = "a", fmt.Sprintf(` href="%s"`, escaped(n.Link))
	}
	fmt.Fprintf(b, `<%s class="node %s" data-address="%s"%s transform="translate(%s %s)">`+"<title>%s</title>\n",
		tag, escaped(state), escaped(n.Address), link, number2(p.x), number2(p.y-p.height/2), escaped(n.tip()))
	if dense {
		fmt.Fprintf(b, `<rect class="box" width="%s" height="20" rx="4"/>`, number2(p.width))
		writeMark(b, state, 10)
		fmt.Fprintf(b, `<text x="%g" y="14"><tspan class="title">%s</tspan><tspan class="caption" dx="%g">%s</tspan></text></%s>`+"\n",
			textLeft, escaped(shortened(n.Title)), wordGap, escaped(shortened(n.Caption)), tag)
		return
	}
	w, h := p.width, p.height
	if n.tasks() > 1 { // sheets behind it
		fmt.Fprintf(b, `<rect class="sheet" x="6" y="6" width="%s" height="%s" rx="5"/><rect class="sheet" x="3" y="3" width="%s" height="%s" rx="5"/>`,
			number2(w-6), number2(h-3), number2(w-6), number2(h-3))
		w -= 6
	}
	fmt.Fprintf(b, `<rect class="box" width="%s" height="%s" rx="5"/>`, number2(w), number2(h))
	y := 18.0
	if n.Over != "" {
		fmt.Fprintf(b, `<text class="over" x="%g" y="%g">%s</text>`, textLeft, y-2, escaped(shortened(n.Over)))
		y += 14
	}
	writeMark(b, state, y-4.5)
	fmt.Fprintf(b, `<text class="title" x="%g" y="%g">%s</text>`, textLeft, y, escaped(shortened(n.Title)))
	if n.Caption != "" {
		y += 15
		fmt.Fprintf(b, `<text class="caption" x="%g" y="%g">%s</text>`, textLeft, y, escaped(shortened(n.Caption)))
	}
	if n.Note != "" {
		fmt.Fprintf(b, `<text class="note" x="%g" y="%g">%s</text>`, textLeft, y+14, escaped(shortened(n.Note)))
	}
	if n.tasks() > 1 {
		writeBar(b, n, w, h)
	}
	fmt.Fprintf(b, "</%s>\n", tag)
}

func writeMark(b *bytes.Buffer, state string, y float64) {
	fmt.Fprintf(b, `<g class="mark" transform="translate(15 %s)"><circle r="7"/><path d="%s"/></g>`, number2(y), marks[mark(state)])
}

// writeBar shows the shares of states along the foot of a node.
func writeBar(b *bytes.Buffer, n *Node, w, h float64) {
	x, whole := 8.0, w-16
	for _, s := range n.States {
		part := whole * float64(s.Tasks) / float64(n.tasks())
		fmt.Fprintf(b, `<rect class="share %s" x="%s" y="%s" width="%s" height="3"/>`, escaped(s.State), number2(x), number2(h-7), number2(part))
		x += part
	}
}

// marks tell states apart without colour: shapes in a circle of radius 7.
var marks = map[string]string{
	"current":  "M-3.2 .2L-.9 2.6L3.4 -2.4",
	"outdated": "M0 -3.6V.8M0 3.2V3.4",
	"unknown":  "M-1.9 -1.7A1.9 1.9 0 1 1 .6 .1L0 .6V1.3M0 3.5V3.7",
	"failed":   "M-2.5 -2.5L2.5 2.5M-2.5 2.5L2.5 -2.5",
	"running":  "M-1.6 -3L2.8 0L-1.6 3Z",
	"none":     "M-2.6 0H2.6",
}

func mark(state string) string {
	if marks[state] == "" {
		return "none"
	}
	return state
}

// tip says all of a node in words.
func (n *Node) tip() string {
	words := []string{n.Address}
	for _, more := range []string{n.Caption, n.Note} {
		if more != "" {
			words = append(words, more)
		}
	}
	for _, s := range n.States {
		if n.tasks() == 1 {
			words = append(words, s.State)
		} else {
			words = append(words, fmt.Sprintf("%d %s", s.Tasks, s.State))
		}
	}
	return strings.Join(words, ", ")
}

// escaped makes text of what may be markup. What XML has no place for is left
// out.
func escaped(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' || r == 0xfffe || r == 0xffff {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
	return html.EscapeString(s)
}

// number2 writes a number with at most two decimals.
func number2(x float64) string {
	s := strconv.FormatFloat(x, 'f', 2, 64)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}
