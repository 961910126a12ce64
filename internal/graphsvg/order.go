package graphsvg

import (
	"cmp"
	"slices"
)

// sweeps is how often layers are put in order, there and back.
const sweeps = 12

// untangle orders the points of each layer so that few edges cross: each goes to
// the mean place of those that it is joined to in the layer before, then in the
// one behind, in turns. The best order met is kept.
func (l *layout) untangle() {
	best, fewest := l.orders(), l.crossings()
	for s := range sweeps {
		if s%2 == 0 {
			for _, layer := range l.layers {
				arrange(layer, func(p *point) []*point { return p.in })
			}
		} else {
			for i := len(l.layers) - 1; i >= 0; i-- {
				arrange(l.layers[i], func(p *point) []*point { return p.out })
			}
		}
		if n := l.crossings(); n < fewest {
			best, fewest = l.orders(), n
		}
	}
	l.layers = best
	for _, layer := range l.layers {
		number(layer)
	}
}

// arrange sorts a layer by the mean places of neighbours; who has none stays
// where it is, about.
func arrange(layer []*point, neighbours func(*point) []*point) {
	for _, p := range layer {
		p.barycentre = float64(p.order)
		if near := neighbours(p); len(near) > 0 {
			sum := 0
			for _, q := range near {
				sum += q.order
			}
			p.barycentre = float64(sum) / float64(len(near))
		}
	}
	slices.SortStableFunc(layer, func(a, b *point) int { return cmp.Compare(a.barycentre, b.barycentre) })
	number(layer)
}

func number(layer []*point) {
	for i, p := range layer {
		p.order = i
	}
}

func (l *layout) orders() [][]*point {
	copies := make([][]*point, len(l.layers))
	for i, layer := range l.layers {
		copies[i] = slices.Clone(layer)
	}
	return copies
}

// crossings counts the pairs of edges that cross between two layers.
func (l *layout) crossings() int {
	n := 0
	for _, layer := range l.layers {
		var ends []int // where edges end in the next layer, in the order in which they begin
		most := 0
		for _, p := range layer {
			first := len(ends)
			for _, q := range p.out {
				ends = append(ends, q.order)
				most = max(most, q.order)
			}
			slices.Sort(ends[first:])
		}
		n += inversions(ends, most)
	}
	return n
}

// inversions counts the pairs that are in the wrong order, in a tree of sums
// (Fenwick's).
func inversions(values []int, most int) int {
	sums := make([]int, most+2)
	n := 0
	for i, v := range values {
		atMost := 0
		for at := v + 1; at > 0; at -= at & -at {
			atMost += sums[at]
		}
		n += i - atMost
		for at := v + 1; at < len(sums); at += at & -at {
			sums[at]++
		}
	}
	return n
}
