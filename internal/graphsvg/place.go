package graphsvg

import "math"

// Distances, in pixels.
const (
	margin    = 12.0
	nodeGap   = 14.0 // between nodes of a layer
	denseGap  = 5.0  // where there are many
	passGap   = 7.0  // between edges that pass
	layerGap  = 44.0 // between layers, and more where edges climb
	widestGap = 170.0
)

// rounds is how often layers settle, there and back.
const rounds = 8

// place gives points their places: columns from left to right; in each column,
// every point as near to its neighbours as order and distances allow. The layer
// that needs most room is first, and the others follow it to both sides.
func (l *layout) place() (width, height float64) {
	tallest, most := 0, -1.0
	for i, layer := range l.layers {
		y := 0.0
		for k, p := range layer {
			if k > 0 {
				y += l.distance(layer[k-1], p)
			}
			p.y = y
		}
		if y > most {
			tallest, most = i, y
		}
	}
	back := func(p *point) []*point { return p.in }
	ahead := func(p *point) []*point { return p.out }
	both := func(p *point) []*point { return append(append([]*point{}, p.in...), p.out...) }
	for i := tallest - 1; i >= 0; i-- {
		l.settle(l.layers[i], ahead)
	}
	for i := tallest + 1; i < len(l.layers); i++ {
		l.settle(l.layers[i], back)
	}
	for range rounds {
		for i := range l.layers {
			l.settle(l.layers[i], both)
		}
		for i := len(l.layers) - 1; i >= 0; i-- {
			l.settle(l.layers[i], both)
		}
	}
	return l.columns(), l.rows()
}

// rows moves all points down to the margin, on whole pixels.
func (l *layout) rows() (height float64) {
	top, bottom := math.Inf(1), 0.0
	for _, layer := range l.layers {
		for _, p := range layer {
			top = min(top, p.y-p.height/2)
		}
	}
	for _, layer := range l.layers {
		for _, p := range layer {
			p.y = math.Round(p.y - top + margin)
			bottom = max(bottom, p.y+p.height/2)
		}
	}
	return bottom + margin
}

// columns gives each layer its column, as wide as its widest node.
func (l *layout) columns() (width float64) {
	x := margin
	for _, layer := range l.layers {
		widest, climb := 0.0, 0.0
		for _, p := range layer {
			widest = max(widest, p.width)
			for _, q := range p.out {
				climb = max(climb, math.Abs(p.y-q.y))
			}
		}
		for _, p := range layer {
			p.x, p.width = x, widest
		}
		width = x + widest + margin
		x += widest + math.Round(min(layerGap+climb/8, widestGap))
	}
	return max(width, 2*margin)
}

// distance is the least between the middles of two points of a layer.
func (l *layout) distance(a, b *point) float64 {
	gap := nodeGap
	switch {
	case a.node < 0 && b.node < 0:
		gap = passGap
	case l.dense:
		gap = denseGap
	}
	return (a.height+b.height)/2 + gap
}

// block is a run of points of a layer that touch, and so move together.
type block struct {
	first  int     // of its points
	weight float64 // of all of them
	sum    float64 // of weight times where they would like the block's origin
}

func (b block) at() float64 { return b.sum / b.weight }

// settle puts the points of a layer where they would like to be, in the mean of
// their neighbours, or as near as can be by least squares: blocks that would
// overlap become one, whose place is their mean (the pool adjacent violators
// algorithm).
func (l *layout) settle(layer []*point, neighbours func(*point) []*point) {
	offset := make([]float64, len(layer)) // of each point if all touched
	var blocks []block
	for i, p := range layer {
		if i > 0 {
			offset[i] = offset[i-1] + l.distance(layer[i-1], p)
		}
		like, weight := wish(p, neighbours(p))
		b := block{i, weight, weight * (like - offset[i])}
		for len(blocks) > 0 && blocks[len(blocks)-1].at() >= b.at() {
			last := blocks[len(blocks)-1]
			blocks = blocks[:len(blocks)-1]
			b = block{last.first, last.weight + b.weight, last.sum + b.sum}
		}
		blocks = append(blocks, b)
	}
	for k, b := range blocks {
		end := len(layer)
		if k+1 < len(blocks) {
			end = blocks[k+1].first
		}
		for i := b.first; i < end; i++ {
			layer[i].y = b.at() + offset[i]
		}
	}
}

// wish is where a point would like to be, and how much: in the mean of those
// near it, where one that many are joined to counts less. Edges that pass insist
// on it, so that they are straight; who has no neighbours stays.
func wish(p *point, near []*point) (y, weight float64) {
	switch {
	case len(near) == 0:
		return p.y, 0.1
	case p.node < 0:
		weight = 4
	default:
		weight = 1
	}
	sum, shares := 0.0, 0.0
	for _, q := range near {
		share := 1 / float64(len(q.in)+len(q.out))
		sum, shares = sum+share*q.y, shares+share
	}
	return sum / shares, weight
}
