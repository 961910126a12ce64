package plot

import (
	"math"
	"strconv"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// panel is a framed pair of axes on a canvas.
type panel struct {
	draw.Canvas // its rectangle is the frame
	x, y        span
	ticked      []float64 // values of x to tick where they leave room; nil: round numbers
}

// at is where a point of data lies on the canvas.
func (p *panel) at(x, y float64) vg.Point {
	return vg.Point{X: p.X(p.x.unit(x)), Y: p.Y(p.y.unit(y))}
}

// curve draws a line through points of data, cut off at the frame. It has a gap
// where a point is not finite.
func (p *panel) curve(style draw.LineStyle, x, y []float64) {
	var points []vg.Point
	for i := range x {
		at := p.at(x[i], y[i])
		if bad := float64(at.X) + float64(at.Y); math.IsNaN(bad) || math.IsInf(bad, 0) {
			p.StrokeLines(style, p.ClipLinesXY(points)...)
			points = nil
			continue
		}
		points = append(points, at)
	}
	p.StrokeLines(style, p.ClipLinesXY(points)...)
}

// box is a rectangle of data, cut off at the frame.
func (p *panel) box(x0, y0, x1, y1 float64) []vg.Point {
	within := func(s span, x float64) float64 { return max(s.lo, min(x, s.hi)) }
	return corners(vg.Rectangle{Min: p.at(within(p.x, x0), within(p.y, y0)), Max: p.at(within(p.x, x1), within(p.y, y1))})
}

// joined is a rectangle a hair larger to the right and above, within the frame: no
// seam shows between it and the next.
func (p *panel) joined(box []vg.Point) []vg.Point {
	const hair = 0.3
	return corners(vg.Rectangle{Min: box[0], Max: vg.Point{X: min(box[2].X+hair, p.Max.X), Y: min(box[2].Y+hair, p.Max.Y)}})
}

// marks draws a glyph at each point of data that the frame holds.
func (p *panel) marks(style draw.GlyphStyle, x, y []float64) {
	for i := range x {
		if p.x.has(x[i]) && p.y.has(y[i]) {
			p.DrawGlyphNoClip(style, p.at(x[i], y[i]))
		}
	}
}

// axes draws the frame, the ticks and the labels. Without its label an axis has
// ticks but no text: the panel shares its neighbour's.
func (p *panel) axes(title, xLabel, yLabel string) {
	p.frame()
	p.below(xLabel)
	p.beside(yLabel)
	p.headed(title)
}

func (p *panel) frame() {
	p.StrokeLines(frameLine(), append(corners(p.Rectangle), p.Min, vg.Point{X: p.Max.X, Y: p.Min.Y}))
}

func frameLine() draw.LineStyle { return line(ink, 0.6) }

// below draws the ticks of x and their label.
func (p *panel) below(label string) {
	style := letters(tickSize, xfont.WeightNormal, draw.XCenter, draw.YTop)
	at, labels, power := p.x.most(p.Size().X, style.Width)
	if own := numerals(p.ticked); len(own) > 0 && p.x.apart(p.Size().X, style.Width, p.ticked, own) {
		at, labels, power = p.ticked, own, 0
	}
	for i, x := range at {
		px := p.X(p.x.unit(x))
		p.StrokeLine2(frameLine(), px, p.Min.Y, px, p.Min.Y-2.5)
		if label != "" {
			p.FillText(style, vg.Point{X: px, Y: p.Min.Y - 4}, labels[i])
		}
	}
	name := letters(labelSize, xfont.WeightNormal, draw.XCenter, draw.YTop)
	p.FillText(name, vg.Point{X: p.Center().X, Y: p.Min.Y - 14}, shortened(name, label+inPowers(label, power), p.Size().X+16))
}

func numerals(values []float64) []string {
	var out []string
	for _, x := range values {
		out = append(out, brief(x))
	}
	return out
}

// most are as many ticks, up to 6, as leave room between labels of that extent on
// an axis of that length.
func (s span) most(length vg.Length, extent func(label string) vg.Length) (at []float64, labels []string, power int) {
	at, labels, power = s.ticks(1)
	for count := 2; count <= 5; count++ {
		if more, theirs, itsPower := s.ticks(count); s.apart(length, extent, more, theirs) {
			at, labels, power = more, theirs, itsPower
		}
	}
	return at, labels, power
}

// apart tells whether labels at those places leave room between them, and differ.
func (s span) apart(length vg.Length, extent func(label string) vg.Length, at []float64, labels []string) bool {
	end := vg.Length(math.Inf(-1))
	for i := range at {
		middle, half := vg.Length(s.unit(at[i]))*length, extent(labels[i])/2
		if middle-half < end+4 || i > 0 && labels[i] == labels[i-1] {
			return false
		}
		end = middle + half
	}
	return true
}

// beside draws the ticks of y and their label.
func (p *panel) beside(label string) {
	style := letters(tickSize, xfont.WeightNormal, draw.XRight, draw.YCenter)
	at, labels, power := p.y.most(p.Size().Y, func(string) vg.Length { return tickSize })
	widest := vg.Length(0)
	for i, y := range at {
		py := p.Y(p.y.unit(y))
		p.StrokeLine2(frameLine(), p.Min.X, py, p.Min.X-2.5, py)
		if label != "" {
			p.FillText(style, vg.Point{X: p.Min.X - 4, Y: py}, labels[i])
			widest = max(widest, style.Width(labels[i]))
		}
	}
	p.sideways(label+inPowers(label, power), widest)
}

// sideways writes the label of y, beside ticks of that width.
func (p *panel) sideways(label string, ticks vg.Length) {
	name := letters(labelSize, xfont.WeightNormal, draw.XCenter, draw.YBottom)
	label = shortened(name, label, p.Size().Y+12)
	name.Rotation = math.Pi / 2
	p.FillText(name, vg.Point{X: p.Min.X - ticks - 7, Y: p.Center().Y}, label)
}

// inPowers is what a label says of the unit of its ticks.
func inPowers(label string, power int) string {
	if label == "" || power == 0 {
		return ""
	}
	return " (1e" + numeral(float64(power), 0) + ")"
}

// headed writes the panel's own title over it.
func (p *panel) headed(title string) {
	style := letters(titleSize, xfont.WeightBold, draw.XCenter, draw.YBottom)
	p.FillText(style, vg.Point{X: p.Center().X, Y: p.Max.Y + 4}, shortened(style, title, p.Size().X+8))
}

// number is a whole number as text.
func number(n int) string { return strconv.Itoa(n) }
