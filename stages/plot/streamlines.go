package plot

import "math"

// Streamlines on the unit square, spaced evenly: each claims the cells of a mask
// that it passes through, and ends where another has been (as in Matplotlib's
// streamplot; Jobard and Lefer 1997 for the idea).
const (
	maskCells  = 26    // cells along a side: how dense the lines are
	stepLength = 0.004 // of integration; the square's side is 1
	longest    = 1.6   // length of a line, each way from its seed
	shortest   = 0.12  // length of a line worth drawing
)

// velocity is a field on the unit square; ok is false where it ends.
type velocity func(x, y float64) (u, v float64, ok bool)

// streamline is a line along the field: its points, in the direction of flow.
type streamline struct{ x, y []float64 }

// streamlines fills the unit square with lines along the field.
func streamlines(field velocity) []streamline {
	m := &mask{}
	var out []streamline
	for _, seed := range spiral(maskCells) {
		if m[seed[1]][seed[0]] {
			continue
		}
		x, y := (float64(seed[0])+0.5)/maskCells, (float64(seed[1])+0.5)/maskCells
		t := &tracer{field: field, mask: m}
		t.claim(x, y)
		back := t.follow(x, y, -1)
		// The way forward begins in the seed's cell once more.
		t.cell = [2]int{seed[0], seed[1]}
		forth := t.follow(x, y, 1)
		l := join(back, streamline{[]float64{x}, []float64{y}}, forth)
		if l.length() < shortest {
			t.release()
			continue
		}
		out = append(out, l)
	}
	return out
}

type mask [maskCells][maskCells]bool

// tracer follows one line and remembers the cells that it claimed.
type tracer struct {
	field   velocity
	mask    *mask
	cell    [2]int
	claimed [][2]int
}

// claim takes the cell of a point for this line, and tells whether it could: the
// cell where the line is already is fine, any other must be free.
func (t *tracer) claim(x, y float64) bool {
	if !(x >= 0 && x <= 1 && y >= 0 && y <= 1) {
		return false
	}
	cell := [2]int{min(int(x*maskCells), maskCells-1), min(int(y*maskCells), maskCells-1)}
	if len(t.claimed) > 0 && cell == t.cell {
		return true
	}
	if t.mask[cell[1]][cell[0]] {
		return false
	}
	t.mask[cell[1]][cell[0]] = true
	t.cell, t.claimed = cell, append(t.claimed, cell)
	return true
}

func (t *tracer) release() {
	for _, c := range t.claimed {
		t.mask[c[1]][c[0]] = false
	}
}

// follow integrates the direction of the field (midpoint rule, by arc length)
// from x, y on, along it (sign 1) or against it (−1).
func (t *tracer) follow(x, y, sign float64) streamline {
	var l streamline
	for range int(longest / stepLength) {
		u, v, ok := t.direction(x, y, sign)
		if !ok {
			break
		}
		u, v, ok = t.direction(x+u*stepLength/2, y+v*stepLength/2, sign)
		if !ok {
			break
		}
		x, y = x+u*stepLength, y+v*stepLength
		if !t.claim(x, y) {
			break
		}
		l.x, l.y = append(l.x, x), append(l.y, y)
	}
	return l
}

// direction is the field's direction times sign; ok is false where the field
// ends or stands still.
func (t *tracer) direction(x, y, sign float64) (u, v float64, ok bool) {
	u, v, ok = t.field(x, y)
	size := math.Hypot(u, v)
	if !ok || !(size > 1e-9) {
		return 0, 0, false
	}
	return sign * u / size, sign * v / size, true
}

// join makes one line of the way back, reversed, the seed and the way forth.
func join(back, seed, forth streamline) streamline {
	var l streamline
	for i := len(back.x) - 1; i >= 0; i-- {
		l.x, l.y = append(l.x, back.x[i]), append(l.y, back.y[i])
	}
	l.x, l.y = append(l.x, seed.x...), append(l.y, seed.y...)
	l.x, l.y = append(l.x, forth.x...), append(l.y, forth.y...)
	return l
}

func (l streamline) length() float64 { return stepLength * float64(len(l.x)-1) }

// spiral is the cells of a square, column and row, from its border inwards: lines
// that come from outside are drawn whole.
func spiral(n int) [][2]int {
	var out [][2]int
	for ring := 0; 2*ring < n; ring++ {
		lo, hi := ring, n-1-ring
		for i := lo; i <= hi; i++ {
			out = append(out, [2]int{i, lo})
		}
		for j := lo + 1; j <= hi; j++ {
			out = append(out, [2]int{hi, j})
		}
		for i := hi - 1; i >= lo && hi > lo; i-- {
			out = append(out, [2]int{i, hi})
		}
		for j := hi - 1; j > lo && hi > lo; j-- {
			out = append(out, [2]int{lo, j})
		}
	}
	return out
}
