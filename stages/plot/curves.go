package plot

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// curvesSheet is the layout of a portrait of one latent, but for its width.
var curvesSheet = sheet{left: 46, gap: 46, height: 140, below: 30, above: 18}

// curveStyles are the lines of mean fields: colour and dashes, either enough to
// tell them apart.
var curveStyles = map[string]draw.LineStyle{
	"target": line(black, 2.4),
	"law":    line(blue, 1.6, 7, 3),
	"flow":   line(orange, 1.6, 2, 2),
	"truth":  line(green, 1.6, 7, 2, 2, 2),
}

// curves is the portrait of one latent: dκ/dt against κ and, where trials are
// known, κ over time.
func (s *scene) curves() *figure {
	l := curvesSheet
	l.columns = 1
	width := single
	if len(s.paths) > 0 {
		l.columns, width = 2, double
	}
	return l.fitted(width).figure(l.columns, s.curveEntries(), func(panel func(i int, x, y span) *panel) {
		kappa := spanOf(0.03, s.axes[0], s.visited)
		s.drawCurves(panel(0, kappa, s.rateSpan()))
		if l.columns == 2 {
			s.drawCourse(panel(1, span{lo: 0, hi: float64(s.longest() - 1)}, kappa))
		}
	})
}

func (s *scene) curveEntries() []entry {
	var out []entry
	for _, f := range s.fields {
		out = append(out, lineEntry(f.title, curveStyles[f.of]))
	}
	out = append(out, pointEntries(s.points)...)
	if len(s.visited) > 0 {
		out = append(out, visitedEntry())
	}
	return append(out, s.trialEntries()...)
}

// rateSpan covers dκ/dt of all mean fields.
func (s *scene) rateSpan() span {
	lists := [][]float64{{0}}
	for _, f := range s.fields {
		lists = append(lists, f.rate[0])
	}
	return spanOf(0.06, lists...)
}

// longest is the number of steps of the longest trial, at least 2.
func (s *scene) longest() int {
	n := 2
	for _, p := range s.paths {
		n = max(n, len(p.kappa))
	}
	return n
}

// drawCurves draws dκ/dt against κ over the visited stretch, and fixed points.
func (s *scene) drawCurves(p *panel) {
	if len(s.visited) > 0 {
		v := spanOf(0, s.visited)
		p.FillPolygon(tint, []vg.Point{p.at(v.lo, p.y.lo), p.at(v.hi, p.y.lo), p.at(v.hi, p.y.hi), p.at(v.lo, p.y.hi)})
	}
	p.curve(line(faintInk, 0.7), []float64{p.x.lo, p.x.hi}, []float64{0, 0})
	for _, f := range s.fields {
		p.curve(curveStyles[f.of], s.axes[0], f.rate[0])
	}
	// Fixed points of different fields that agree show as rings around each other.
	for i, m := range s.fields {
		for _, f := range s.points {
			if x := f.kappa[0]; f.of == m.of && x >= p.x.lo && x <= p.x.hi {
				disc(&p.Canvas, p.at(x, 0), vg.Length(6.1-1.5*float64(i)), curveStyles[m.of].Color, f.stable)
			}
		}
	}
	p.axes("dynamics without input", s.axisLabel(1), "τ dκ/dt")
}

// drawCourse draws κ over time: some trials, and the mean of each choice.
func (s *scene) drawCourse(p *panel) {
	for _, f := range s.points {
		if f.of == "target" && f.stable {
			y := f.kappa[0]
			p.curve(line(faintInk, 0.7, 4, 3), []float64{p.x.lo, p.x.hi}, []float64{y, y})
		}
	}
	for _, t := range s.some() {
		thin, _ := choiceColour(t)
		p.curve(thin, count(len(t.kappa)), t.kappa)
	}
	s.drawMeans(p, func(mean []float64) (x, y []float64) { return count(len(mean)), mean })
	p.axes("trials", "step of the trial", s.axisLabel(1))
}

// count is 0 to n − 1.
func count(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = float64(i)
	}
	return out
}
