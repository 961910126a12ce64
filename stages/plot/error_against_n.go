package plot

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot/vg/draw"

	"reprise/artifacts"
	"reprise/spec"
)

// errorAgainstN is the figure error_against_n: relative error of finite networks'
// fields against their number of neurons.
func errorAgainstN(_ context.Context, env *spec.Env, _ *Plot) (*figure, error) {
	plain, given := repeated{name: "as drawn", squares: true}, repeated{name: "on the constraints", squares: true}
	constant, laws := 0.0, 0.0 // C², summed, and of how many
	for i, in := range env.Inputs("networks") {
		n, err := readDraws(in, &plain, &given)
		if err != nil {
			return nil, fmt.Errorf("network %d: %w", i, err)
		}
		if predicted, ok := in.Metrics()["predicted_error"]; ok {
			constant += predicted * predicted * n
			laws++
		}
	}
	if len(plain.y) == 0 {
		return nil, errors.New("networks has no draws: there is nothing to draw")
	}
	type look struct {
		of    repeated
		style draw.LineStyle
		shape draw.GlyphDrawer
	}
	looks := []look{{plain, line(black, 1.3), draw.CircleGlyph{}}}
	if !slices.Equal(plain.y, given.y) {
		looks = append(looks, look{given, line(blue, 1.3), draw.SquareGlyph{}})
	}
	var entries []entry
	all := [][]float64{}
	for _, l := range looks {
		entries = append(entries, markEntry(l.of.name, l.style, markOf(l.style, l.shape)))
		all = append(all, l.of.y)
	}
	x := logSpanOf(0.08, plain.x)
	c := math.Sqrt(constant / laws)
	if laws > 0 {
		entries = append(entries, lineEntry("law: C/√N, C = "+numeral(c, 2), lawLine()))
		all = append(all, []float64{c / math.Sqrt(x.lo), c / math.Sqrt(x.hi)})
	}
	l := sheet{columns: 1, left: 46, height: 140, below: 30, above: 8}
	return l.fitted(single).figure(1, entries, func(panel func(i int, x, y span) *panel) {
		p := panel(0, x, logSpanOf(0.05, all...))
		p.ticked, _, _ = plain.summary()
		if laws > 0 {
			p.curve(lawLine(), []float64{x.lo, x.hi}, []float64{c / math.Sqrt(x.lo), c / math.Sqrt(x.hi)})
		}
		for _, l := range looks {
			p.drawRepeated(&l.of, l.style, l.shape)
		}
		p.axes("", "neurons N", "relative error of the field")
	}), nil
}

func lawLine() draw.LineStyle { return line(faintInk, 1.1, 5, 3) }

// readDraws adds the errors of each draw, and returns the number of neurons.
func readDraws(in *artifacts.Artifact, plain, given *repeated) (float64, error) {
	network, err := in.Table("network")
	if err != nil {
		return 0, err
	}
	draws, err := in.Table("draws")
	if err != nil {
		return 0, err
	}
	n := float64(network.Len())
	if n == 0 {
		return 0, errors.New("table network has no neurons")
	}
	for column, r := range map[string]*repeated{"plain_error": plain, "field_error": given} {
		values, err := draws.Floats(column)
		if err != nil {
			return 0, err
		}
		if err := finite("column "+column+" of table draws", values); err != nil {
			return 0, err
		}
		for _, y := range values {
			r.x, r.y = append(r.x, n), append(r.y, y)
		}
	}
	return n, nil
}
