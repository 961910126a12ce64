package graphsvg

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// someGraph has edges from earlier nodes to later ones, a few of them twice in
// different sorts.
func someGraph(nodes, edges int, seed uint64) *Graph {
	r := rand.New(rand.NewPCG(seed, 1))
	g := &Graph{Title: "some"}
	for i := range nodes {
		g.Nodes = append(g.Nodes, Node{Address: fmt.Sprintf("stage.n%d", i), Title: fmt.Sprintf("n%d", i), States: []Share{{States[i%len(States)], 1 + i%3}}})
	}
	for range edges {
		to := 1 + r.IntN(nodes-1)
		g.Edges = append(g.Edges, Edge{r.IntN(to), to, []string{"data", "metric"}[r.IntN(2)]})
	}
	return g
}

func laidOut(g *Graph) *layout {
	l := newLayout(g)
	l.untangle()
	l.place()
	return l
}

// TestNothingOverlaps holds that edges lead to the right, and that what is in one
// column is apart.
func TestNothingOverlaps(t *testing.T) {
	for _, size := range [][2]int{{1, 0}, {2, 1}, {5, 6}, {40, 90}, {500, 900}} {
		g := &Graph{Nodes: []Node{{Title: "one"}}}
		if size[0] > 1 {
			g = someGraph(size[0], size[1], 7)
		}
		l := laidOut(g)
		for i, e := range g.Edges {
			if from, to := l.nodes[e.From], l.nodes[e.To]; from.x+from.width >= to.x {
				t.Errorf("%v: edge %d leads from %g to %g", size, i, from.x+from.width, to.x)
			}
		}
		for _, layer := range l.layers {
			for i := 1; i < len(layer); i++ {
				a, b := layer[i-1], layer[i]
				if room := b.y - b.height/2 - (a.y + a.height/2); room < denseGap-1 { // whole pixels
					t.Errorf("%v: %g between two of a column", size, room)
				}
			}
		}
	}
}

func TestSameGraphSameBytes(t *testing.T) {
	first := Draw(someGraph(60, 140, 3))
	for range 5 {
		if !bytes.Equal(first, Draw(someGraph(60, 140, 3))) {
			t.Fatal("two drawings of one graph differ")
		}
	}
}

// TestTreesHaveNoCrossings gives children of a binary tree in a wrong order.
func TestTreesHaveNoCrossings(t *testing.T) {
	g := &Graph{Nodes: make([]Node, 31)}
	for _, child := range rand.New(rand.NewPCG(1, 2)).Perm(30) {
		g.Edges = append(g.Edges, Edge{From: child / 2, To: child + 1, What: "data"})
	}
	r := rand.New(rand.NewPCG(3, 4))
	l := newLayout(g)
	for _, layer := range l.layers {
		r.Shuffle(len(layer), func(i, j int) { layer[i], layer[j] = layer[j], layer[i] })
		number(layer)
	}
	before := l.crossings()
	l.untangle()
	if before == 0 || l.crossings() != 0 {
		t.Errorf("%d crossings before, %d after", before, l.crossings())
	}
}

func TestCrossingsAreCounted(t *testing.T) {
	l := newLayout(someGraph(40, 120, 5))
	want := 0
	for _, layer := range l.layers {
		for _, a := range layer {
			for _, b := range layer[a.order+1:] {
				for _, p := range a.out {
					for _, q := range b.out {
						if p.order > q.order {
							want++
						}
					}
				}
			}
		}
	}
	if got := l.crossings(); got != want || want == 0 {
		t.Errorf("%d crossings, where each pair of edges by itself gives %d", got, want)
	}
}

// TestCirclesAreDrawn holds that a circle, which folded stages might make, stops
// nobody: the edge that closes it is left out.
func TestCirclesAreDrawn(t *testing.T) {
	g := &Graph{Nodes: []Node{{Title: "a"}, {Title: "b"}}, Edges: []Edge{{0, 1, "data"}, {1, 0, "data"}, {1, 1, "data"}}}
	if n := bytes.Count(Draw(g), []byte(`<path class="edge`)); n != 1 {
		t.Errorf("%d edges drawn", n)
	}
}

// TestNamesAreText holds that no name becomes markup, and that the picture is
// XML whatever names hold.
func TestNamesAreText(t *testing.T) {
	evil := "</title><script>alert(1)</script>\"'&\x00\x1b\xff\ufffe"
	g := &Graph{Title: evil, Edges: []Edge{{0, 1, evil}}, Nodes: []Node{
		{Address: evil, Over: evil, Title: evil, Caption: evil, Note: evil, Link: evil, States: []Share{{evil, 2}}},
		{Title: strings.Repeat("長", 90)},
	}}
	for _, picture := range [][]byte{Draw(g), Inline(g)} {
		d := xml.NewDecoder(bytes.NewReader(picture))
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%v in\n%s", err, picture)
			}
			if e, ok := token.(xml.StartElement); ok && e.Name.Local == "script" {
				t.Errorf("a script in\n%s", picture)
			}
		}
	}
}

// TestSettle puts points that wish for the same place side by side around it, and
// leaves alone who is far enough away.
func TestSettle(t *testing.T) {
	anchor := &point{node: 0, y: 100}
	var layer []*point
	for range 3 {
		layer = append(layer, &point{node: 1, height: 10, in: []*point{anchor}})
	}
	far := &point{node: 2, y: 500}
	layer = append(layer, &point{node: 1, height: 10, in: []*point{far}})
	anchor.out, far.out = layer[:3], layer[3:]
	new(layout).settle(layer, func(p *point) []*point { return p.in })
	for i, want := range []float64{76, 100, 124, 500} {
		if math.Abs(layer[i].y-want) > 1e-9 {
			t.Errorf("point %d is at %g, want %g", i, layer[i].y, want)
		}
	}
}
