package plot

import (
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// repeated is a number against a parameter, with repetitions.
type repeated struct {
	name    string
	x, y    []float64 // a value a repetition
	squares bool      // the mean is the root of that of squares
}

// summary is the mean over the repetitions at each x, ascending, and its standard
// error, NaN where there are fewer than two. Values that are not finite are left
// out. The error of a root mean square is that of the mean square, carried through
// the root's derivative.
func (r *repeated) summary() (x, mean, se []float64) {
	at := map[float64][]float64{}
	for i, y := range r.y {
		if !math.IsNaN(y) && !math.IsInf(y, 0) {
			if r.squares {
				y *= y
			}
			at[r.x[i]] = append(at[r.x[i]], y)
		}
	}
	for place := range at {
		x = append(x, place)
	}
	slices.Sort(x)
	for _, place := range x {
		values, n := at[place], float64(len(at[place]))
		sum, squares := 0.0, 0.0
		for _, y := range values {
			sum += y
		}
		for _, y := range values {
			squares += (y - sum/n) * (y - sum/n)
		}
		m, e := sum/n, math.NaN()
		if n > 1 {
			e = math.Sqrt(squares / (n - 1) / n)
		}
		if r.squares && m > 0 {
			m = math.Sqrt(m)
			e /= 2 * m
		}
		mean, se = append(mean, m), append(se, e)
	}
	return x, mean, se
}

// ends are the ends of the bars of the summary, and all values.
func (r *repeated) ends() []float64 {
	_, mean, se := r.summary()
	out := slices.Clone(r.y)
	for i := range mean {
		if !math.IsNaN(se[i]) {
			out = append(out, mean[i]-se[i], mean[i]+se[i])
		}
	}
	return out
}

// drawRepeated draws every repetition small and faint, and their mean with a bar
// of one standard error either way.
func (p *panel) drawRepeated(r *repeated, style draw.LineStyle, shape draw.GlyphDrawer) {
	colour := nrgba(style)
	x, mean, se := r.summary()
	if len(x) < len(r.x) { // else they are the means
		p.marks(draw.GlyphStyle{Color: faded(colour, 110), Radius: 1.1, Shape: draw.CircleGlyph{}}, r.x, r.y)
	}
	p.curve(style, x, mean)
	for i := range x {
		if math.IsNaN(se[i]) || se[i] == 0 {
			continue
		}
		lo, hi := mean[i]-se[i], mean[i]+se[i]
		if p.y.log && lo <= 0 {
			lo = p.y.lo
		}
		p.curve(line(colour, 0.9), []float64{x[i], x[i]}, []float64{max(lo, p.y.lo), min(hi, p.y.hi)})
		for _, end := range []float64{lo, hi} {
			if at := p.at(x[i], end); p.y.has(end) && p.x.has(x[i]) {
				p.StrokeLine2(line(colour, 0.9), at.X-2, at.Y, at.X+2, at.Y)
			}
		}
	}
	p.marks(markOf(style, shape), x, mean)
}

func markOf(style draw.LineStyle, shape draw.GlyphDrawer) draw.GlyphStyle {
	return draw.GlyphStyle{Color: style.Color, Radius: vg.Points(2.1), Shape: shape}
}
