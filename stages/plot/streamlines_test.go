package plot

import (
	"math"
	"testing"
)

// TestStreamlinesFollowTheField turns around the centre: lines keep their radius
// and go anticlockwise.
func TestStreamlinesFollowTheField(t *testing.T) {
	lines := streamlines(func(x, y float64) (u, v float64, ok bool) {
		return 0.5 - y, x - 0.5, x >= 0 && x <= 1 && y >= 0 && y <= 1
	})
	if len(lines) < 5 {
		t.Fatalf("%d lines", len(lines))
	}
	for _, l := range lines {
		radius := math.Hypot(l.x[0]-0.5, l.y[0]-0.5)
		for i := range l.x {
			if r := math.Hypot(l.x[i]-0.5, l.y[i]-0.5); math.Abs(r-radius) > 2e-3 {
				t.Fatalf("radius %v became %v", radius, r)
			}
		}
		if turn := (l.x[0]-0.5)*(l.y[1]-0.5) - (l.y[0]-0.5)*(l.x[1]-0.5); turn <= 0 {
			t.Errorf("a line goes clockwise")
		}
	}
}

// TestStreamlinesFillTheSquare draws a uniform flow: no part of the square is
// left without a line, and no cell has two.
func TestStreamlinesFillTheSquare(t *testing.T) {
	lines := streamlines(func(x, y float64) (u, v float64, ok bool) { return 1, 0.3, true })
	const coarse = 8
	var hit [coarse][coarse]bool
	owner := map[[2]int]int{}
	for n, l := range lines {
		for i := range l.x {
			hit[min(int(l.y[i]*coarse), coarse-1)][min(int(l.x[i]*coarse), coarse-1)] = true
			cell := [2]int{min(int(l.x[i]*maskCells), maskCells-1), min(int(l.y[i]*maskCells), maskCells-1)}
			if other, taken := owner[cell]; taken && other != n {
				t.Fatalf("lines %d and %d share the cell %v", other, n, cell)
			}
			owner[cell] = n
		}
	}
	for j := range hit {
		for i := range hit[j] {
			if !hit[j][i] {
				t.Errorf("no line in part %d, %d", i, j)
			}
		}
	}
}

func TestSpiralIsAllCells(t *testing.T) {
	for _, n := range []int{1, 2, 5, 6} {
		seen := map[[2]int]bool{}
		for _, c := range spiral(n) {
			seen[c] = true
		}
		if len(seen) != n*n || len(spiral(n)) != n*n {
			t.Errorf("%d x %d: %d cells, %d of them different", n, n, len(spiral(n)), len(seen))
		}
	}
}

// TestGridIsExactOnPlanes interpolates a field that is linear in x and y.
func TestGridIsExactOnPlanes(t *testing.T) {
	g := &grid{x: []float64{-1, 0, 2}, y: []float64{1, 4}}
	for _, y := range g.y {
		for _, x := range g.x {
			g.u, g.v = append(g.u, 2*x-y), append(g.v, x+3*y)
		}
	}
	for _, p := range [][2]float64{{-1, 1}, {-0.3, 2}, {0, 4}, {1.7, 3.9}, {2, 4}} {
		u, v, ok := g.at(p[0], p[1])
		if !ok || math.Abs(u-(2*p[0]-p[1])) > 1e-12 || math.Abs(v-(p[0]+3*p[1])) > 1e-12 {
			t.Errorf("at %v: %v, %v, %v", p, u, v, ok)
		}
	}
	if _, _, ok := g.at(2.1, 2); ok {
		t.Error("a field outside its grid")
	}
}
