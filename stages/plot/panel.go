package plot

import (
	"math"
	"strconv"
	"strings"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// span is what an axis covers.
type span struct{ lo, hi float64 }

// spanOf covers the values, of which there is at least one, with a margin of
// that share of their extent.
func spanOf(margin float64, lists ...[]float64) span {
	s := span{math.Inf(1), math.Inf(-1)}
	for _, list := range lists {
		for _, x := range list {
			s.lo, s.hi = min(s.lo, x), max(s.hi, x)
		}
	}
	extent := s.hi - s.lo
	if !(extent > 0) {
		return span{s.lo - 1, s.hi + 1}
	}
	return span{s.lo - margin*extent, s.hi + margin*extent}
}

// unit is x as a share of the span.
func (s span) unit(x float64) float64 { return (x - s.lo) / (s.hi - s.lo) }

// ticks are round numbers within the span, at most count + 1 of them.
func (s span) ticks(count int) (at []float64, labels []string) {
	raw := (s.hi - s.lo) / float64(count)
	power := math.Floor(math.Log10(raw))
	step := math.Pow(10, power+1)
	for _, m := range []float64{1, 2, 5} {
		if rounder := m * math.Pow(10, power); rounder >= raw*0.9999 {
			step = rounder
			break
		}
	}
	digits := max(0, int(-math.Floor(math.Log10(step)+1e-9)))
	for i := math.Ceil(s.lo/step - 1e-9); i*step <= s.hi+1e-9*step; i++ {
		at = append(at, i*step)
		text := strconv.FormatFloat(i*step+0, 'f', digits, 64)
		if i == 0 {
			text = "0"
		}
		labels = append(labels, strings.Replace(text, "-", "−", 1))
	}
	return at, labels
}

// panel is a framed pair of axes on a canvas.
type panel struct {
	draw.Canvas // its rectangle is the frame
	x, y        span
}

// at is where a point of data lies on the canvas.
func (p *panel) at(x, y float64) vg.Point {
	return vg.Point{X: p.X(p.x.unit(x)), Y: p.Y(p.y.unit(y))}
}

// curve draws a line through points of data, cut off at the frame.
func (p *panel) curve(style draw.LineStyle, x, y []float64) {
	points := make([]vg.Point, len(x))
	for i := range x {
		points[i] = p.at(x[i], y[i])
	}
	p.StrokeLines(style, p.ClipLinesXY(points)...)
}

// axes draws the frame, the ticks and the labels. Without yLabel the left side
// has ticks but no text: the panel shares its neighbour's.
func (p *panel) axes(title, xLabel, yLabel string) {
	frame := line(ink, 0.7)
	p.StrokeLines(frame, append(corners(p.Rectangle), p.Min, vg.Point{X: p.Max.X, Y: p.Min.Y}))
	below := letters(tickSize, xfont.WeightNormal, draw.XCenter, draw.YTop)
	at, labels := p.x.ticks(5)
	for i, x := range at {
		px := p.at(x, 0).X
		p.StrokeLine2(frame, px, p.Min.Y, px, p.Min.Y-3)
		p.FillText(below, vg.Point{X: px, Y: p.Min.Y - 5}, labels[i])
	}
	beside := letters(tickSize, xfont.WeightNormal, draw.XRight, draw.YCenter)
	at, labels = p.y.ticks(5)
	widest := vg.Length(0)
	for i, y := range at {
		py := p.at(0, y).Y
		p.StrokeLine2(frame, p.Min.X, py, p.Min.X-3, py)
		if yLabel != "" {
			p.FillText(beside, vg.Point{X: p.Min.X - 5, Y: py}, labels[i])
			widest = max(widest, beside.Width(labels[i]))
		}
	}
	name := letters(labelSize, xfont.WeightNormal, draw.XCenter, draw.YTop)
	p.FillText(name, vg.Point{X: p.Center().X, Y: p.Min.Y - 18}, xLabel)
	if yLabel != "" {
		name.Rotation = math.Pi / 2
		name.YAlign = draw.YBottom
		p.FillText(name, vg.Point{X: p.Min.X - widest - 10, Y: p.Center().Y}, yLabel)
	}
	heading := letters(titleSize, xfont.WeightBold, draw.XCenter, draw.YBottom)
	p.FillText(heading, vg.Point{X: p.Center().X, Y: p.Max.Y + 5}, title)
}

// row places panels of equal size side by side on a canvas of that many panels.
type row struct {
	left, gap, side, height vg.Length // margin for the y axis, between panels, size of a panel
	below, above            vg.Length // room under a panel for axis and legend, and over it for titles
}

func (r row) width(panels int) vg.Length {
	return r.left + vg.Length(panels)*(r.side+r.gap)
}

func (r row) panel(c draw.Canvas, i int, x, y span) *panel {
	from := vg.Point{X: c.Min.X + r.left + vg.Length(i)*(r.side+r.gap), Y: c.Min.Y + r.below}
	frame := vg.Rectangle{Min: from, Max: from.Add(vg.Point{X: r.side, Y: r.height})}
	return &panel{draw.Canvas{Canvas: c.Canvas, Rectangle: frame}, x, y}
}

// heading writes the title of a whole figure.
func heading(c draw.Canvas, title string) {
	style := letters(titleSize+1.5, xfont.WeightBold, draw.XCenter, draw.YTop)
	c.FillText(style, vg.Point{X: c.Center().X, Y: c.Max.Y - 6}, title)
}
