package plot

import (
	"context"
	"errors"
	"fmt"
	"math"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"reprise/artifacts"
	"reprise/spec"
)

// matrix is a table of distances, each of something from each.
type matrix struct {
	title, label string
	names        []string
	values       []float64 // row by row; NaN where there is none
}

// dissimilarity is the figure of that name.
func dissimilarity(_ context.Context, env *spec.Env, _ *Plot) (*figure, error) {
	in := env.Input("comparison")
	var all []*matrix
	for _, read := range []struct {
		table string
		from  func(*artifacts.Table) (*matrix, error)
	}{{"pairs", pairDistances}, {"laws", lawDistances}} {
		if !in.Has(read.table) {
			continue
		}
		t, err := in.Table(read.table)
		if err != nil {
			return nil, err
		}
		m, err := read.from(t)
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	if len(all) == 0 {
		return nil, errors.New("comparison has neither of the tables laws and pairs: it is a stage of compare_connectivity")
	}
	return matrices(all), nil
}

// lawDistances reads the table laws; its diagonal is the floor.
func lawDistances(t *artifacts.Table) (*matrix, error) {
	distance, err := t.Array("distance", t.Rows[0].Name, "other")
	if err != nil {
		return nil, err
	}
	floor, err := t.Floats("floor")
	if err != nil {
		return nil, err
	}
	names, err := lawNames(t)
	if err != nil {
		return nil, err
	}
	n := len(floor)
	if n == 0 || distance.Size("other") != n {
		return nil, fmt.Errorf("table laws has %d laws and distances to %d: there is nothing to draw", n, distance.Size("other"))
	}
	m := &matrix{"laws (diagonal: floor)", "distance of laws", names, distance.Data}
	for i := range n {
		m.values[i*n+i] = floor[i]
	}
	return m, nil
}

// lawNames are the groups of laws, or what each is of.
func lawNames(t *artifacts.Table) ([]string, error) {
	if t.Has("group") {
		return t.Strings("group")
	}
	of, err := t.Strings("of")
	out := make([]string, len(of))
	for i := range of {
		out[i] = of[i] + " " + number(i)
	}
	return out, err
}

// pairDistances reads the table pairs.
func pairDistances(t *artifacts.Table) (*matrix, error) {
	first, err := t.Ints("first")
	if err != nil {
		return nil, err
	}
	second, err := t.Ints("second")
	if err != nil {
		return nil, err
	}
	distance, err := t.Floats("distance")
	if err != nil {
		return nil, err
	}
	n := 0
	for k := range first {
		if first[k] < 0 || second[k] < 0 || first[k] > int64(len(first)) || second[k] > int64(len(first)) {
			return nil, fmt.Errorf("table pairs has fits %d and %d, more than its %d rows can be pairs of", first[k], second[k], len(first))
		}
		n = max(n, int(first[k])+1, int(second[k])+1)
	}
	if n == 0 {
		return nil, errors.New("table pairs has no rows: there is nothing to draw")
	}
	m := &matrix{title: "fits, neuron by neuron", label: "|W − W′| / |W|", values: make([]float64, n*n)}
	for i := range m.values {
		m.values[i] = math.NaN()
	}
	for i := range n {
		m.names = append(m.names, "fit "+number(i))
		m.values[i*n+i] = 0
	}
	for k := range first {
		i, j := int(first[k]), int(second[k])
		m.values[i*n+j], m.values[j*n+i] = distance[k], distance[k]
	}
	return m, nil
}

// matrices draws matrices side by side.
func matrices(all []*matrix) *figure {
	style := letters(tickSize, xfont.WeightNormal, draw.XRight, draw.YCenter)
	const most = 80 // points for a name
	names := vg.Length(0)
	for _, m := range all {
		for _, name := range m.names {
			names = max(names, min(style.Width(name), most))
		}
	}
	const bar = 48 // room for the bar of colours beside each
	l := sheet{columns: len(all), left: names + 12, gap: names + 14 + bar, below: names + 12, above: 18}
	width := columnsWide(len(all))
	l.side = (width - l.left - bar - l.gap*vg.Length(len(all)-1)) / vg.Length(len(all))
	l.height = l.side
	f := l.figure(len(all), nil, func(panel func(i int, x, y span) *panel) {
		for i, m := range all {
			n := float64(len(m.names))
			m.draw(panel(i, span{lo: 0, hi: n}, span{lo: 0, hi: n}), most)
		}
	})
	f.width = width
	return f
}

func (m *matrix) draw(p *panel, most vg.Length) {
	n := len(m.names)
	_, top, ok := extent(m.values)
	if !ok || top <= 0 {
		top = 1
	}
	beside := letters(tickSize, xfont.WeightNormal, draw.XRight, draw.YCenter)
	under := letters(tickSize, xfont.WeightNormal, draw.XRight, draw.YCenter)
	under.Rotation = math.Pi / 2
	cell := p.Size().X / vg.Length(n)
	every := max(1, int(math.Ceil(float64((tickSize+1)/cell)))) // names that do not touch
	for i := range n {
		row := float64(n - 1 - i)
		for j := range n {
			m.cell(p, i, j, row, top, cell)
		}
		if i%every == 0 {
			p.FillText(beside, vg.Point{X: p.Min.X - 4, Y: p.at(0, row+0.5).Y}, shortened(beside, m.names[i], most))
			p.FillText(under, vg.Point{X: p.at(float64(i)+0.5, 0).X, Y: p.Min.Y - 4}, shortened(beside, m.names[i], most))
		}
	}
	p.frame()
	p.headed(m.title)
	m.bar(p, top)
}

// cell draws one value, as a number too where there is room for it. What there is
// no value for is crossed out.
func (m *matrix) cell(p *panel, i, j int, row, top float64, side vg.Length) {
	value := m.values[i*len(m.names)+j]
	box := p.box(float64(j), row, float64(j)+1, row+1)
	if math.IsNaN(value) || math.IsInf(value, 0) {
		p.StrokeLine2(line(faintInk, 0.6), box[0].X, box[0].Y, box[2].X, box[2].Y)
		return
	}
	p.FillPolygon(heat(value/top), p.joined(box))
	style := letters(min(tickSize, float64(side)/3), xfont.WeightNormal, draw.XCenter, draw.YCenter)
	if value/top > 0.6 {
		style.Color = white
	}
	text := numeral(value, 2)
	if style.Font.Size >= 5 && style.Width(text) < side-2 {
		p.FillText(style, p.at(float64(j)+0.5, row+0.5), text)
	}
}

// bar draws the scale of colours beside the panel.
func (m *matrix) bar(p *panel, top float64) {
	const steps = 40
	scale := &panel{Canvas: p.Canvas, x: span{lo: 0, hi: 1}, y: span{lo: 0, hi: top}}
	scale.Min.X, scale.Max.X = p.Max.X+8, p.Max.X+15
	for i := range steps {
		scale.FillPolygon(heat((float64(i)+0.5)/steps), scale.joined(scale.box(0, top*float64(i)/steps, 1, top*float64(i+1)/steps)))
	}
	scale.frame()
	style := letters(tickSize, xfont.WeightNormal, draw.XLeft, draw.YCenter)
	at, labels, power := scale.y.ticks(4)
	widest := vg.Length(0)
	for i := range at {
		y := scale.at(0, at[i]).Y
		scale.StrokeLine2(frameLine(), scale.Max.X, y, scale.Max.X+2.5, y)
		scale.FillText(style, vg.Point{X: scale.Max.X + 4, Y: y}, labels[i])
		widest = max(widest, style.Width(labels[i]))
	}
	name := letters(tickSize, xfont.WeightNormal, draw.XCenter, draw.YTop)
	name.Rotation = math.Pi / 2
	scale.FillText(name, vg.Point{X: scale.Max.X + 4 + widest + 3, Y: scale.Center().Y}, m.label+inPowers(m.label, power))
}
