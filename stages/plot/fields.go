package plot

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"reprise/spec"
)

// fields is the figure of that name: all mean fields, the truth's first, each in
// a panel shaded by its speed; for one latent, the portrait without trials.
func fields(ctx context.Context, env *spec.Env, _ *Plot) (*figure, error) {
	s, err := readScene(ctx, env)
	if err != nil {
		return nil, err
	}
	s.paths = nil
	slices.SortStableFunc(s.fields, func(a, b meanField) int { return rankOf(a) - rankOf(b) })
	if s.rank == 1 {
		return s.curves(), nil
	}
	return s.speeds(), nil
}

// rankOf puts the truth first.
func rankOf(f meanField) int {
	if f.of == "truth" {
		return 0
	}
	return 1
}

// speeds is a panel a field, shaded by |dκ/dt|.
func (s *scene) speeds() *figure {
	l := planeSheet
	l.columns = len(s.fields)
	if l.columns > 3 {
		l = l.fitted(double)
		l.height = l.side
	}
	x, y := span{lo: s.axes[0][0], hi: s.axes[0][len(s.axes[0])-1]}, span{lo: s.axes[1][0], hi: s.axes[1][len(s.axes[1])-1]}
	top := roundDown(fastest(s.fields))
	entries := append([]entry{rampEntry("|τ dκ/dt|, 0 to " + brief(top) + " and more")}, s.planePoints(s.fields)...)
	return l.figure(l.columns, entries, func(panel func(i int, x, y span) *panel) {
		for i, f := range s.fields {
			p := panel(i, x, y)
			s.shadeSpeed(p, f, top)
			s.drawFlowIn(p, f, func(float64) draw.LineStyle { return line(ink, 0.6) })
			s.drawPoints(p, f.of)
			p.axes(f.title, s.planeLabel(1), map[bool]string{true: s.planeLabel(2)}[i == 0])
		}
	})
}

// roundDown is the largest number of two digits that is not above x.
func roundDown(x float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(x))-1)
	return math.Floor(x/power) * power
}

// shadeSpeed fills the panel with cells in the colour of the speed there.
func (s *scene) shadeSpeed(p *panel, f meanField, top float64) {
	const cells = 48
	g := &grid{x: s.axes[0], y: s.axes[1], u: f.rate[0], v: f.rate[1]}
	const shades = 24 // cells of one shade and row are one rectangle
	for j := range cells {
		shade := func(i int) int {
			u, v, _ := g.at(p.x.lo+(float64(i)+0.5)/cells*(p.x.hi-p.x.lo), p.y.lo+(float64(j)+0.5)/cells*(p.y.hi-p.y.lo))
			return int(min(math.Hypot(u, v)/top, 1) * (shades - 1))
		}
		for i := 0; i < cells; {
			from, now := i, shade(i)
			for i < cells && shade(i) == now {
				i++
			}
			p.FillPolygon(heat(0.6*float64(now)/(shades-1)), p.joined(corners(vg.Rectangle{
				Min: vg.Point{X: p.X(float64(from) / cells), Y: p.Y(float64(j) / cells)},
				Max: vg.Point{X: p.X(float64(i) / cells), Y: p.Y(float64(j+1) / cells)},
			})))
		}
	}
}

// rampEntry samples the shades of speed.
func rampEntry(text string) entry {
	return entry{text, func(c *draw.Canvas) {
		const steps = 12
		for i := range steps {
			c.FillPolygon(heat(0.6*float64(i)/(steps-1)), corners(vg.Rectangle{
				Min: vg.Point{X: c.X(float64(i) / steps), Y: c.Min.Y},
				Max: vg.Point{X: c.X(float64(i+1) / steps), Y: c.Max.Y},
			}))
		}
	}}
}
