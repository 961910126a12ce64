package plot

import (
	"bytes"
	"fmt"

	xfont "golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// dotsPerInch of the PNG: twice what a page in a browser has.
const dotsPerInch = 192

// figure is a drawing and its size.
type figure struct {
	width, height vg.Length
	draw          func(draw.Canvas)
}

// titled is the figure with a title over it.
func (f *figure) titled(title string) *figure {
	style := letters(titleSize+1.5, xfont.WeightBold, draw.XCenter, draw.YTop)
	const from, apart = 6, 12 // the first line's distance from the top, and lines' from each other
	lines := wrapped(style, title, f.width-8)
	if len(lines) == 0 {
		return f
	}
	room := vg.Length(apart*len(lines) + from)
	return &figure{f.width, f.height + room, func(c draw.Canvas) {
		for i, text := range lines {
			c.FillText(style, vg.Point{X: c.Center().X, Y: c.Max.Y - vg.Length(from+i*apart)}, text)
		}
		f.draw(draw.Crop(c, 0, 0, 0, -room))
	}}
}

// svg renders the figure as SVG.
func (f *figure) svg() ([]byte, error) {
	c := vgsvg.New(f.width, f.height)
	canvas := draw.NewCanvas(outlined{c}, f.width, f.height)
	canvas.FillPolygon(white, corners(canvas.Rectangle)) // pages may be dark
	f.draw(canvas)
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("the figure as SVG: %w", err)
	}
	return b.Bytes(), nil
}

// png renders the figure as PNG.
func (f *figure) png() ([]byte, error) {
	c := vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(f.width, f.height), vgimg.UseDPI(dotsPerInch))}
	f.draw(draw.New(c))
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("the figure as PNG: %w", err)
	}
	return b.Bytes(), nil
}

// outlined is a canvas on which letters are filled outlines. SVG names its fonts,
// and a reader without them sets the text in others, of other widths; to embed
// them takes a megabyte.
type outlined struct{ vg.Canvas }

// FillString draws text with its baseline's start at pt.
func (o outlined) FillString(face font.Face, pt vg.Point, text string) {
	const perEm = 2048 // units in which outlines are asked for; 26.6 fixed point
	scale := face.Font.Size / perEm / 64
	var buffer sfnt.Buffer
	var previous sfnt.GlyphIndex
	x := pt.X
	for i, letter := range []rune(text) {
		glyph, err := face.Face.GlyphIndex(&buffer, letter)
		if err != nil {
			continue // the font is damaged there; it is part of the program
		}
		if kern, err := face.Face.Kern(&buffer, previous, glyph, perEm*64, 0); err == nil && i > 0 {
			x += vg.Length(kern) * scale
		}
		if segments, err := face.Face.LoadGlyph(&buffer, glyph, perEm*64, nil); err == nil && len(segments) > 0 {
			o.Fill(outline(segments, vg.Point{X: x, Y: pt.Y}, scale))
		}
		if advance, err := face.Face.GlyphAdvance(&buffer, glyph, perEm*64, 0); err == nil {
			x += vg.Length(advance) * scale
		}
		previous = glyph
	}
}

// outline is a glyph's outline as a path from the origin on. The segments' y
// points down.
func outline(segments sfnt.Segments, origin vg.Point, scale vg.Length) vg.Path {
	var p vg.Path
	for _, s := range segments {
		var at [3]vg.Point
		for i, a := range s.Args {
			at[i] = vg.Point{X: origin.X + vg.Length(a.X)*scale, Y: origin.Y - vg.Length(a.Y)*scale}
		}
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			if len(p) > 0 {
				p.Close()
			}
			p.Move(at[0])
		case sfnt.SegmentOpLineTo:
			p.Line(at[0])
		case sfnt.SegmentOpQuadTo:
			p.QuadTo(at[0], at[1])
		case sfnt.SegmentOpCubeTo:
			p.CubeTo(at[0], at[1], at[2])
		}
	}
	p.Close()
	return p
}

func corners(r vg.Rectangle) []vg.Point {
	return []vg.Point{r.Min, {X: r.Max.X, Y: r.Min.Y}, r.Max, {X: r.Min.X, Y: r.Max.Y}}
}
