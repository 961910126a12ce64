package plot

import (
	"context"
	"errors"
	"image/color"
	"slices"

	"gonum.org/v1/plot/vg/draw"

	"reprise/spec"
)

// checkSweep refuses numbers that do not belong together.
func (p *Plot) checkSweep() error {
	names, _ := distinct(p.Groups)
	faults := []error{
		spec.Require(len(p.X) == len(p.Y), "x has %d numbers and y has %d: each of y needs its x", len(p.X), len(p.Y)),
		spec.Require(len(p.Groups) == 0 || len(p.Groups) == len(p.Y), "groups has %d names for %d numbers of y", len(p.Groups), len(p.Y)),
		spec.Require(len(names) <= mostSeries, "groups has %d different names, and lines of more than %d cannot be told apart", len(names), mostSeries),
		spec.Require(!p.LogX || len(p.X) == 0 || slices.Min(p.X) > 0, "x has a number that is not above 0, and log_x needs such"),
		spec.Require(!p.LogY || len(p.Y) == 0 || slices.Min(p.Y) > 0, "y has a number that is not above 0, and log_y needs such"),
	}
	return errors.Join(faults...)
}

// sweep is the figure of that name: y against x, a line a group.
func sweep(_ context.Context, _ *spec.Env, p *Plot) (*figure, error) {
	lines := p.lines()
	var entries []entry
	var y [][]float64
	for i, r := range lines {
		y = append(y, r.ends())
		if r.name != "" {
			style, shape := series(i)
			entries = append(entries, markEntry(r.name, style, markOf(style, shape)))
		}
	}
	if _, _, ok := extent(append(y, p.X)...); !ok {
		return nil, errors.New("y has no finite number: there is nothing to draw")
	}
	l := sheet{columns: 1, left: 46, height: 140, below: 30, above: 8}
	return l.fitted(single).figure(1, entries, func(panel func(i int, x, y span) *panel) {
		at := panel(0, p.span(p.LogX, p.X), p.span(p.LogY, y...))
		all := repeated{x: p.X, y: p.Y}
		at.ticked, _, _ = all.summary()
		for i := range lines {
			style, shape := series(i)
			at.drawRepeated(&lines[i], style, shape)
		}
		at.axes("", orElse(p.XLabel, "x"), orElse(p.YLabel, "y"))
	}), nil
}

func (p *Plot) span(log bool, values ...[]float64) span {
	if log {
		return logSpanOf(0.05, values...)
	}
	return spanOf(0.06, values...)
}

// lines are the numbers by their groups, in the order in which these come first.
func (p *Plot) lines() []repeated {
	groups := p.Groups
	if len(groups) == 0 {
		groups = make([]string, len(p.Y))
	}
	names, place := distinct(groups)
	out := make([]repeated, len(names))
	for i, name := range names {
		out[i].name = name
	}
	for i, g := range place {
		out[g].x, out[g].y = append(out[g].x, p.X[i]), append(out[g].y, p.Y[i])
	}
	return out
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

func nrgba(style draw.LineStyle) color.NRGBA {
	return color.NRGBAModel.Convert(style.Color).(color.NRGBA)
}
