package plot

import (
	"context"
	"errors"
	"fmt"
	"image/color"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"reprise/spec"
)

// smallestShown is the smallest singular value of a figure, relative to the
// first: below is rounding.
const smallestShown = 1e-8

// singularValues is the figure singular_values.
func singularValues(_ context.Context, env *spec.Env, _ *Plot) (*figure, error) {
	in := env.Input("subspace")
	t, err := in.Table("spectrum")
	if err != nil {
		return nil, err
	}
	values, err := t.Floats("singular_value")
	switch {
	case err != nil:
		return nil, err
	case len(values) == 0:
		return nil, errors.New("table spectrum has no modes: there is nothing to draw")
	}
	if err := finite("column singular_value of table spectrum", values); err != nil {
		return nil, err
	}
	identified, known := in.Metrics()["identified_dimension"]
	if !known {
		return nil, errors.New("subspace has no metric identified_dimension")
	}
	kept := max(0, min(int(identified), len(values)))
	var x, y []float64
	for i, v := range values {
		if v >= smallestShown {
			x, y = append(x, float64(i+1)), append(y, v)
		}
	}
	if len(x) == 0 {
		return nil, fmt.Errorf("no singular value of table spectrum is above %g of the first", smallestShown)
	}
	cut := min(kept, len(x))
	effective, seen := in.Metrics()["effective_dimension"]
	dot := func(edge color.Color) draw.GlyphStyle {
		return draw.GlyphStyle{Color: edge, Radius: vg.Points(1.8), Shape: draw.CircleGlyph{}}
	}
	entries := []entry{
		markEntry("identified", draw.LineStyle{}, dot(purple)), markEntry("not identified", draw.LineStyle{}, dot(faintInk)),
	}
	if seen {
		entries = append(entries, lineEntry("seen through noise: "+numeral(effective, 1), line(ink, 0.9, 4, 3)))
	}
	l := sheet{columns: 1, left: 46, height: 140, below: 30, above: 18}
	return l.fitted(single).figure(1, entries, func(panel func(i int, x, y span) *panel) {
		p := panel(0, span{lo: 0, hi: max(x[len(x)-1], float64(kept)) + 1}, logSpanOf(0.05, y))
		p.FillPolygon(tint, p.box(0, p.y.lo, float64(kept)+0.5, p.y.hi))
		if seen {
			p.curve(line(ink, 0.9, 4, 3), []float64{effective, effective}, []float64{p.y.lo, p.y.hi})
		}
		p.marks(dot(faintInk), x[cut:], y[cut:])
		p.marks(dot(purple), x[:cut], y[:cut])
		p.axes(fmt.Sprintf("identified: %d of %d directions", kept, len(values)), "mode", "singular value / first")
	}), nil
}
