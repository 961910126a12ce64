package plot

import (
	"image/color"
	"slices"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// entry is one item of a legend: a sample, drawn in the rectangle that it is
// given, and what it stands for.
type entry struct {
	text   string
	sample func(c *draw.Canvas)
}

const (
	sampleWidth  = 18
	sampleHeight = 8
	legendLine   = 12 // from one line to the next
	entryGap     = 12 // from one entry to the next
)

// legend lays entries out in centred lines.
type legend struct{ lines [][]entry }

// newLegend breaks entries into as few lines of at most that width as it takes,
// and these into lines of like width.
func newLegend(width vg.Length, entries []entry) *legend {
	if len(entries) == 0 {
		return &legend{}
	}
	entries = slices.Clone(entries)
	for i := range entries {
		entries[i].text = shortened(legendStyle(), entries[i].text, width-sampleWidth-5)
	}
	fewest := len(broken(width, entries))
	narrow := width / vg.Length(fewest)
	for narrow < width && len(broken(narrow, entries)) > fewest {
		narrow += 5
	}
	return &legend{broken(min(narrow, width), entries)}
}

// broken breaks entries into lines of at most that width, or of one entry.
func broken(width vg.Length, entries []entry) [][]entry {
	var lines [][]entry
	used := vg.Length(0)
	for _, e := range entries {
		if len(lines) == 0 || used+entryWidth(e)-entryGap > width {
			lines, used = append(lines, nil), 0
		}
		last := len(lines) - 1
		lines[last] = append(lines[last], e)
		used += entryWidth(e)
	}
	return lines
}

func entryWidth(e entry) vg.Length {
	return sampleWidth + 5 + legendStyle().Width(e.text) + entryGap
}

func legendStyle() draw.TextStyle {
	return letters(legendSize, xfont.WeightNormal, draw.XLeft, draw.YCenter)
}

// height is how much room the legend takes.
func (l *legend) height() vg.Length { return legendLine*vg.Length(len(l.lines)) + 4 }

// draw draws the legend along the bottom of a canvas.
func (l *legend) draw(c draw.Canvas) {
	for i, entries := range l.lines {
		width := vg.Length(-entryGap)
		for _, e := range entries {
			width += entryWidth(e)
		}
		x := c.Center().X - width/2
		y := c.Min.Y + 4 + legendLine*(vg.Length(len(l.lines)-i)-0.5)
		for _, e := range entries {
			e.sample(&draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{
				Min: vg.Point{X: x, Y: y - sampleHeight/2}, Max: vg.Point{X: x + sampleWidth, Y: y + sampleHeight/2}}})
			c.FillText(legendStyle(), vg.Point{X: x + sampleWidth + 5, Y: y}, e.text)
			x += entryWidth(e)
		}
	}
}

// lineEntry has a stretch of line as its sample.
func lineEntry(text string, style draw.LineStyle) entry {
	return entry{text, func(c *draw.Canvas) {
		c.StrokeLine2(style, c.Min.X, c.Center().Y, c.Max.X, c.Center().Y)
	}}
}

// areaEntry has a filled area as its sample.
func areaEntry(text string, c color.Color) entry {
	return entry{text, func(canvas *draw.Canvas) { canvas.FillPolygon(c, corners(canvas.Rectangle)) }}
}

// markEntry has a line with a glyph as its sample.
func markEntry(text string, style draw.LineStyle, glyph draw.GlyphStyle) entry {
	return entry{text, func(c *draw.Canvas) {
		if style.Width > 0 {
			c.StrokeLine2(style, c.Min.X, c.Center().Y, c.Max.X, c.Center().Y)
		}
		c.DrawGlyphNoClip(glyph, c.Center())
	}}
}

// discEntry has a fixed point as its sample.
func discEntry(text string, stable bool) entry {
	return entry{text, func(c *draw.Canvas) {
		disc(c, vg.Point{X: c.Max.X - 6, Y: c.Center().Y}, fixedRadius, black, stable)
	}}
}
