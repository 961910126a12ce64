package plot

import "gonum.org/v1/plot/vg"

// The area that states visited is drawn as cells within reach of a state.
const (
	areaCells = 300
	areaReach = 7 // cells, 2.5 % of a side
)

// visitedArea is the union of discs around states x, y in a panel, as one path.
func visitedArea(p *panel, x, y []float64) vg.Path {
	var at, reached [areaCells][areaCells]bool
	cell := func(share float64) int { return int(share * areaCells) }
	for k := range x {
		i, j := cell(p.x.unit(x[k])), cell(p.y.unit(y[k]))
		if i >= 0 && i < areaCells && j >= 0 && j < areaCells {
			at[j][i] = true
		}
	}
	for j := range areaCells {
		for i := range areaCells {
			if at[j][i] {
				reach(&reached, i, j)
			}
		}
	}
	var path vg.Path
	for j := range areaCells {
		for i := 0; i < areaCells; i++ {
			if !reached[j][i] {
				continue
			}
			from := i
			for i < areaCells && reached[j][i] {
				i++
			}
			box := vg.Rectangle{
				Min: vg.Point{X: p.X(float64(from) / areaCells), Y: p.Y(float64(j) / areaCells)},
				Max: vg.Point{X: p.X(float64(i) / areaCells), Y: p.Y(float64(j+1) / areaCells)},
			}
			path = append(path, box.Path()...)
		}
	}
	return path
}

// reach marks the disc around a cell.
func reach(cells *[areaCells][areaCells]bool, i, j int) {
	for dj := -areaReach; dj <= areaReach; dj++ {
		for di := -areaReach; di <= areaReach; di++ {
			a, b := i+di, j+dj
			if di*di+dj*dj <= areaReach*(areaReach+1) && // a little more than the radius: no nubs
				a >= 0 && a < areaCells && b >= 0 && b < areaCells {
				cells[b][a] = true
			}
		}
	}
}
