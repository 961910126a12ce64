package plot

import (
	"image/color"
	"sync"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/font/liberation"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Colours. Those of data are from Okabe and Ito's palette, which colour-blind
// readers can tell apart.
var (
	white    = color.NRGBA{255, 255, 255, 255}
	ink      = color.NRGBA{34, 34, 34, 255}
	faintInk = color.NRGBA{150, 150, 150, 255}
	tint     = color.NRGBA{236, 231, 218, 255}
	black    = color.NRGBA{0, 0, 0, 255}
	blue     = color.NRGBA{0, 114, 178, 255}
	orange   = color.NRGBA{230, 130, 0, 255} // theirs, a little darker: thin lines must show on white
	green    = color.NRGBA{0, 158, 115, 255}
	purple   = color.NRGBA{204, 121, 167, 255}
	sky      = color.NRGBA{86, 180, 233, 255}
	deepBlue = color.NRGBA{8, 48, 107, 255}
	paleBlue = color.NRGBA{240, 246, 252, 255}
	greySlow = color.NRGBA{206, 206, 206, 255}
	greyFast = color.NRGBA{84, 84, 84, 255}
)

// Widths of figures: one column and two of a journal.
const (
	single = 88 * vg.Millimeter
	double = 180 * vg.Millimeter
)

// Sizes of text, in points.
const (
	tickSize   = 7.5
	labelSize  = 8.5
	titleSize  = 8.5
	legendSize = 8
)

// mostSeries is how many series a style can tell apart.
const mostSeries = 42

// series is the look of the i-th of several series, up to mostSeries: colours
// first, then dashes and shapes.
func series(i int) (style draw.LineStyle, glyph draw.GlyphDrawer) {
	colours := []color.NRGBA{blue, orange, green, purple, sky, ink}
	dashes := [][]vg.Length{nil, {6, 2}, {1.5, 1.5}, {6, 2, 1.5, 2}, {3, 3}, {9, 3}, {6, 2, 1.5, 2, 1.5, 2}}
	glyphs := []draw.GlyphDrawer{draw.CircleGlyph{}, draw.SquareGlyph{}, draw.TriangleGlyph{}, draw.RingGlyph{}, draw.CrossGlyph{}, draw.BoxGlyph{}, draw.PlusGlyph{}}
	look := i / len(colours) % len(dashes)
	return line(colours[i%len(colours)], 1.3, dashes[look]...), glyphs[look]
}

// heat is the colour of a share, 0 to 1: light for little, dark for much.
func heat(share float64) color.NRGBA {
	share = max(0, min(share, 1))
	if share < 0.5 {
		return mix(paleBlue, sky, 2*share)
	}
	return mix(sky, deepBlue, 2*share-1)
}

func faded(c color.NRGBA, alpha uint8) color.NRGBA {
	c.A = alpha
	return c
}

// mix is the colour at share s, 0 to 1, of the way from a to b.
func mix(a, b color.NRGBA, s float64) color.NRGBA {
	between := func(x, y uint8) uint8 { return uint8(float64(x) + s*(float64(y)-float64(x)) + 0.5) }
	return color.NRGBA{between(a.R, b.R), between(a.G, b.G), between(a.B, b.B), 255}
}

// typesetter has the fonts, which are read when the first figure is drawn: package plot
// would read them whenever the program begins.
var typesetter = sync.OnceValue(func() text.Handler {
	return text.Plain{Fonts: font.NewCache(liberation.Collection())}
})

// letters is a style of text.
func letters(size float64, weight xfont.Weight, x text.XAlignment, y text.YAlignment) text.Style {
	return text.Style{
		Color:   ink,
		Font:    font.Font{Typeface: "Liberation", Variant: "Sans", Weight: weight, Size: vg.Points(size)},
		XAlign:  x,
		YAlign:  y,
		Handler: typesetter(),
	}
}

func line(c color.Color, points float64, dashes ...vg.Length) draw.LineStyle {
	return draw.LineStyle{Color: c, Width: vg.Points(points), Dashes: dashes}
}

// disc draws a fixed point: filled where stable, open where not.
func disc(c *draw.Canvas, at vg.Point, radius vg.Length, edge color.Color, stable bool) {
	inner := color.Color(white)
	if stable {
		inner = edge
	}
	c.DrawGlyphNoClip(draw.GlyphStyle{Color: edge, Radius: radius, Shape: draw.CircleGlyph{}}, at)
	c.DrawGlyphNoClip(draw.GlyphStyle{Color: inner, Radius: radius - 1.3, Shape: draw.CircleGlyph{}}, at)
}
