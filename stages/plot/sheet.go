package plot

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// sheet places panels of equal size in rows, the first at the upper left, and a
// legend below them.
type sheet struct {
	columns      int
	left, gap    vg.Length // margin for the y axis; between panels of a row
	side, height vg.Length // size of a panel
	below, above vg.Length // room under the last row for the axis, over the first for titles
	apart        vg.Length // between rows
}

// right is the margin at the right: half a tick's label may stand out.
const right = 10

// fitted is the sheet whose panels fill that width.
func (s sheet) fitted(width vg.Length) sheet {
	s.side = (width - s.left - right - s.gap*vg.Length(s.columns-1)) / vg.Length(s.columns)
	return s
}

func (s sheet) width() vg.Length {
	return s.left + s.side*vg.Length(s.columns) + s.gap*vg.Length(s.columns-1) + right
}

func (s sheet) rows(panels int) int { return (panels + s.columns - 1) / s.columns }

// figure is that of so many panels, which paint draws; panel gives the i-th.
func (s sheet) figure(panels int, entries []entry, paint func(panel func(i int, x, y span) *panel)) *figure {
	l := newLegend(s.width()-10, entries)
	s.below += l.height()
	rows := vg.Length(s.rows(panels))
	height := s.below + rows*s.height + (rows-1)*s.apart + s.above
	return &figure{s.width(), height, func(c draw.Canvas) {
		paint(func(i int, x, y span) *panel { return s.panel(c, i, s.rows(panels), x, y) })
		l.draw(c)
	}}
}

func (s sheet) panel(c draw.Canvas, i, rows int, x, y span) *panel {
	column, row := i%s.columns, rows-1-i/s.columns // rows are counted from below
	from := vg.Point{
		X: c.Min.X + s.left + vg.Length(column)*(s.side+s.gap),
		Y: c.Min.Y + s.below + vg.Length(row)*(s.height+s.apart),
	}
	frame := vg.Rectangle{Min: from, Max: from.Add(vg.Point{X: s.side, Y: s.height})}
	return &panel{Canvas: draw.Canvas{Canvas: c.Canvas, Rectangle: frame}, x: x, y: y}
}
