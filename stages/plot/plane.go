package plot

import (
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// planeSheet is the layout of a portrait of two latents, but for its columns.
var planeSheet = sheet{left: 42, gap: 9, side: 147, height: 147, below: 30, above: 18}

// shades of a streamline: the number of steps from slow to fast.
const shades = 7

// plane is the portrait of two or more latents, a panel a mean field.
func (s *scene) plane() *figure {
	var fields []meanField
	for _, f := range s.fields {
		if f.of != "truth" {
			fields = append(fields, f)
		}
	}
	if len(fields) == 0 {
		fields = s.fields
	}
	l := planeSheet
	l.columns = len(fields)
	return l.figure(len(fields), s.planeEntries(fields), func(panel func(i int, x, y span) *panel) {
		x, y := s.planeSpan(0), s.planeSpan(1)
		fastest := fastest(fields)
		for i, f := range fields {
			p := panel(i, x, y)
			if len(s.visited) > 0 {
				p.SetColor(tint)
				p.Fill(visitedArea(p, s.column(s.visited, 0), s.column(s.visited, 1)))
			}
			s.drawFlow(p, f, fastest)
			if i == 0 {
				s.drawTrials(p)
			}
			s.drawPoints(p, f.of)
			p.axes(f.title, s.planeLabel(1), map[bool]string{true: s.planeLabel(2)}[i == 0])
		}
	})
}

// planeLabel names an axis, and says where the latents without one are.
func (s *scene) planeLabel(i int) string {
	label := s.axisLabel(i)
	if s.rank > 2 && i == 1 {
		label += ", " + s.hidden() + " = 0"
	}
	return label
}

// planeSpan covers the grid in one latent and, with a margin, all states.
func (s *scene) planeSpan(axis int) span {
	grid := s.axes[axis]
	if len(s.visited) == 0 {
		return spanOf(0, grid)
	}
	visited := spanOf(0.03, s.column(s.visited, axis))
	return spanOf(0, grid, []float64{visited.lo, visited.hi})
}

func (s *scene) planeEntries(fields []meanField) []entry {
	out := []entry{{"dκ/dt without input, darker: faster", func(c *draw.Canvas) {
		y := c.Center().Y
		for i := range shades {
			from := c.Min.X + (c.Max.X-c.Min.X)*vg.Length(i)/shades
			to := c.Min.X + (c.Max.X-c.Min.X)*vg.Length(i+1)/shades
			c.StrokeLine2(shade(i), from, y, to, y)
		}
		arrow(c, vg.Point{X: c.Max.X - 1.5, Y: y}, 0, shade(shades-1))
	}}}
	out = append(out, s.planePoints(fields)...)
	if len(s.visited) > 0 {
		out = append(out, visitedEntry())
	}
	return append(out, s.trialEntries()...)
}

// planePoints explain the fixed points of these fields.
func (s *scene) planePoints(fields []meanField) []entry {
	var points []fixedPoint
	for _, p := range s.points {
		if slices.ContainsFunc(fields, func(f meanField) bool { return f.of == p.of }) && s.onAxes(p) {
			points = append(points, p)
		}
	}
	out := pointEntries(points)
	if slices.ContainsFunc(points, func(p fixedPoint) bool { return !p.inPlane() }) {
		out = append(out, entry{"off this plane", func(c *draw.Canvas) {
			disc(c, vg.Point{X: c.Max.X - 6, Y: c.Center().Y}, fixedRadius, faintInk, true)
		}})
	}
	return out
}

// fastest is the largest |dκ/dt| of the fields, but for the fastest twentieth of
// points: corners of the grid, where nothing goes.
func fastest(fields []meanField) float64 {
	var speed []float64
	for _, f := range fields {
		for k := range f.rate[0] {
			speed = append(speed, math.Hypot(f.rate[0][k], f.rate[1][k]))
		}
	}
	slices.Sort(speed)
	return max(speed[len(speed)*19/20], 1e-300)
}

// shade is the line of one of the shades, 0 for the slowest.
func shade(i int) draw.LineStyle {
	share := float64(i) / (shades - 1)
	return line(mix(greySlow, greyFast, share), 0.65+0.35*share)
}

// drawFlow draws a mean field as streamlines, darker where faster.
func (s *scene) drawFlow(p *panel, f meanField, fastest float64) {
	s.drawFlowIn(p, f, func(speed float64) draw.LineStyle {
		return shade(min(int(math.Sqrt(speed/fastest)*shades), shades-1))
	})
}

// drawFlowIn draws a mean field as streamlines in the style of their speed.
func (s *scene) drawFlowIn(p *panel, f meanField, style func(speed float64) draw.LineStyle) {
	g := &grid{x: s.axes[0], y: s.axes[1], u: f.rate[0], v: f.rate[1]}
	width, height := p.x.hi-p.x.lo, p.y.hi-p.y.lo
	lines := streamlines(func(x, y float64) (u, v float64, ok bool) {
		u, v, ok = g.at(p.x.lo+x*width, p.y.lo+y*height)
		return u / width, v / height, ok
	})
	for _, l := range lines {
		p.streamline(l, func(i int) draw.LineStyle {
			u, v, _ := g.at(p.x.lo+l.x[i]*width, p.y.lo+l.y[i]*height)
			return style(math.Hypot(u, v))
		})
	}
}

// streamline draws a line in stretches of one style, with an arrowhead halfway.
func (p *panel) streamline(l streamline, styleAt func(i int) draw.LineStyle) {
	at := func(i int) vg.Point { return vg.Point{X: p.X(l.x[i]), Y: p.Y(l.y[i])} }
	last := len(l.x) - 1
	from, now := 0, styleAt(0)
	for i := 1; i <= last; i++ {
		next := styleAt(i)
		if next.Color == now.Color && i < last {
			continue
		}
		var points []vg.Point
		for k := from; k < i; k += 3 { // the steps are finer than the eye
			points = append(points, at(k))
		}
		p.StrokeLines(now, append(points, at(i)))
		from, now = i, next
	}
	for _, middle := range arrowsOf(last) {
		a, b := at(middle-1), at(middle+1)
		arrow(&p.Canvas, at(middle), math.Atan2(float64(b.Y-a.Y), float64(b.X-a.X)), styleAt(middle))
	}
}

// arrowsOf is where arrowheads go along a line whose last point has that index.
func arrowsOf(last int) []int {
	const apart = 100 // points: 0.4 of the panel's side
	count := max(1, last/apart)
	var out []int
	for i := range count {
		out = append(out, (2*i+1)*last/(2*count))
	}
	return out
}

// arrow draws an arrowhead around a point, in a direction given in radians.
func arrow(c *draw.Canvas, at vg.Point, angle float64, style draw.LineStyle) {
	const length, half = 4, 1.7
	sin, cos := math.Sincos(angle)
	turned := func(x, y float64) vg.Point {
		return at.Add(vg.Point{X: vg.Length(x*cos - y*sin), Y: vg.Length(x*sin + y*cos)})
	}
	c.FillPolygon(style.Color, []vg.Point{turned(length/2, 0), turned(-length/2, half), turned(-length/2, -half)})
}

// drawTrials draws some trials thin and the mean of each choice thick.
func (s *scene) drawTrials(p *panel) {
	for _, t := range s.some() {
		thin, _ := choiceColour(t)
		p.curve(thin, s.column(t.kappa, 0), s.column(t.kappa, 1))
	}
	s.drawMeans(p, func(mean []float64) (x, y []float64) { return s.column(mean, 0), s.column(mean, 1) })
}

// onAxes tells whether a fixed point is within the panels.
func (s *scene) onAxes(p fixedPoint) bool {
	x, y := s.planeSpan(0), s.planeSpan(1)
	return p.kappa[0] >= x.lo && p.kappa[0] <= x.hi && p.kappa[1] >= y.lo && p.kappa[1] <= y.hi
}

// inPlane tells whether a fixed point is in the plane of the first two latents:
// with others at 0, but for a hundredth of its distance from the origin.
func (p fixedPoint) inPlane() bool {
	all, off := 0.0, 0.0
	for i, x := range p.kappa {
		all += x * x
		if i > 1 {
			off += x * x
		}
	}
	return off <= 1e-4*all
}

// drawPoints draws the fixed points of a mean field, in grey where only their
// projection is in the plane.
func (s *scene) drawPoints(p *panel, of string) {
	for _, f := range s.points {
		if f.of != of || !s.onAxes(f) {
			continue
		}
		edge := black
		if !f.inPlane() {
			edge = faintInk
		}
		disc(&p.Canvas, p.at(f.kappa[0], f.kappa[1]), fixedRadius, edge, f.stable)
	}
}
