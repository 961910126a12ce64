package plot

import "sort"

// grid is a vector field on a rectangular grid, between whose points it is
// interpolated.
type grid struct {
	x, y []float64 // ascending, at least two each
	u, v []float64 // y by x
}

// at is the field at a point, by bilinear interpolation; ok is false outside.
func (g *grid) at(x, y float64) (u, v float64, ok bool) {
	i, s, inX := between(g.x, x)
	j, t, inY := between(g.y, y)
	if !inX || !inY {
		return 0, 0, false
	}
	k := j*len(g.x) + i
	below := k + len(g.x)
	mean := func(f []float64) float64 {
		return (1-t)*((1-s)*f[k]+s*f[k+1]) + t*((1-s)*f[below]+s*f[below+1])
	}
	return mean(g.u), mean(g.v), true
}

// between finds x between two neighbours of a list: the index of the first and
// how far x is on the way to the next.
func between(list []float64, x float64) (i int, share float64, ok bool) {
	last := len(list) - 1
	if !(x >= list[0] && x <= list[last]) {
		return 0, 0, false
	}
	i = max(0, min(sort.SearchFloat64s(list, x)-1, last-1))
	return i, (x - list[i]) / (list[i+1] - list[i]), true
}
