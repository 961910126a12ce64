package plot

import (
	"image/color"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
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
	greySlow = color.NRGBA{206, 206, 206, 255}
	greyFast = color.NRGBA{84, 84, 84, 255}
)

// Sizes of text, in points; a figure of 600 points is shown at 800 pixels.
const (
	tickSize   = 9.5
	labelSize  = 11
	titleSize  = 11.5
	legendSize = 10
)

func faded(c color.NRGBA, alpha uint8) color.NRGBA {
	c.A = alpha
	return c
}

// mix is the colour at share s, 0 to 1, of the way from a to b.
func mix(a, b color.NRGBA, s float64) color.NRGBA {
	between := func(x, y uint8) uint8 { return uint8(float64(x) + s*(float64(y)-float64(x)) + 0.5) }
	return color.NRGBA{between(a.R, b.R), between(a.G, b.G), between(a.B, b.B), 255}
}

// letters is a style of text.
func letters(size float64, weight xfont.Weight, x text.XAlignment, y text.YAlignment) text.Style {
	return text.Style{
		Color:   ink,
		Font:    font.Font{Typeface: "Liberation", Variant: "Sans", Weight: weight, Size: vg.Points(size)},
		XAlign:  x,
		YAlign:  y,
		Handler: plot.DefaultTextHandler,
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
