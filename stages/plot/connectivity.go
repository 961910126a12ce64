package plot

import (
	"context"
	"errors"
	"fmt"
	"image/color"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"reprise/artifacts"
	"reprise/spec"
	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/tables"
)

const (
	mostLatents  = 3 // of which weights are shown
	mostChannels = 2
	mostDots     = 400 // of a set in one panel
	mostBars     = 30  // of a histogram
)

// weights are a set of neurons, a value a coordinate, for one colour.
type weights struct {
	name   string
	colour color.NRGBA
	of     map[string][]float64 // by coordinate
	share  []float64            // of each neuron; nil: all the same
	onlyN  bool                 // all but n is another set's
}

// checkWeights refuses a connectivity of nothing.
func (p *Plot) checkWeights(given map[string]bool) error {
	if p.Figure != "connectivity" {
		return nil
	}
	return errors.Join(
		spec.Require(given["network"] || given["law"], "figure %q needs network or law, or both", p.Figure),
		spec.Require(!given["subspace"] || given["network"], "subspace tells what of a network is identified: give network too"))
}

// connectivity is the figure of that name: below the diagonal pairs of weights, on
// it their marginals.
func connectivity(_ context.Context, env *spec.Env, _ *Plot) (*figure, error) {
	sets, coordinates, note, err := readWeights(env)
	if err != nil {
		return nil, err
	}
	spans := map[string]span{}
	for _, c := range coordinates {
		s, err := weightSpan(sets, c)
		if err != nil {
			return nil, err
		}
		spans[c] = s
	}
	var entries []entry
	for _, s := range sets {
		entries = append(entries, areaEntry(s.name, s.colour))
	}
	if note != "" {
		entries = append(entries, entry{note, func(*draw.Canvas) {}})
	}
	n := len(coordinates)
	l := sheet{columns: n, left: 42, gap: 5, apart: 5, below: 30, above: 8}
	width := double
	if n < 4 {
		width = single
	}
	l = l.fitted(width)
	l.height = l.side
	return l.figure(n*n, entries, func(panel func(i int, x, y span) *panel) {
		for row, c := range coordinates {
			for column, d := range coordinates[:row+1] {
				bottom := map[bool]string{true: d}[row == n-1]
				if row == column {
					drawMarginal(panel(row*n+column, spans[d], span{}), sets, d, bottom)
					continue
				}
				p := panel(row*n+column, spans[d], spans[c])
				for _, s := range sets {
					s.dots(p, d, c)
				}
				p.axes("", bottom, map[bool]string{true: c}[column == 0])
			}
		}
	}), nil
}

// weightSpan covers all but the outermost half percent at either end of each set.
func weightSpan(sets []weights, coordinate string) (span, error) {
	var ends []float64
	for _, s := range sets {
		x := slices.Clone(s.of[coordinate])
		if err := finite(fmt.Sprintf("%s of %s", coordinate, s.name), x); err != nil {
			return span{}, err
		}
		if s.share != nil {
			x = s.drawn(coordinate, mostDots)
		}
		slices.Sort(x)
		cut := len(x) / 200
		ends = append(ends, x[cut], x[len(x)-1-cut])
	}
	return spanOf(0.06, ends), nil
}

// readWeights reads the sets of neurons and the coordinates that are shown; note
// says what is not.
func readWeights(env *spec.Env) (sets []weights, coordinates []string, note string, err error) {
	var identified []weights // drawn last
	rank, channels := 0, 0
	if in := env.Input("network"); in != nil {
		n, err := readMapped(in, env.Input("law"))
		if err != nil {
			return nil, nil, "", err
		}
		rank, channels = n.Rank, n.Inputs
		sets = append(sets, named("network", black, n, n.N, nil))
		if subspace := env.Input("subspace"); subspace != nil {
			part, err := readIdentified(subspace, in, env.Input("law"), n)
			if err != nil {
				return nil, nil, "", err
			}
			identified = append(identified, part)
		}
	}
	if in := env.Input("law"); in != nil {
		of, err := readLawWeights(in)
		if err != nil {
			return nil, nil, "", err
		}
		for _, s := range of {
			if rank > 0 && (s.rank != rank || s.channels != channels) {
				return nil, nil, "", fmt.Errorf("the law has %d latents and %d inputs, the network %d and %d: they do not belong together", s.rank, s.channels, rank, channels)
			}
			sets = append(sets, s.weights)
		}
		rank, channels = of[0].rank, of[0].channels
	}
	if shown := min(rank, mostLatents); shown < rank {
		note = fmt.Sprintf("latents 1 to %d of %d", shown, rank)
	}
	for i := range min(rank, mostLatents) {
		coordinates = append(coordinates, indexed("m", i, rank))
	}
	for i := range min(channels, mostChannels) {
		coordinates = append(coordinates, indexed("B", i, channels))
	}
	coordinates = append(coordinates, "b")
	for i := range min(rank, mostLatents) {
		coordinates = append(coordinates, indexed("n", i, rank))
	}
	return append(sets, identified...), coordinates, note, nil
}

// indexed is a symbol with the number, from 1, of the i-th of several.
func indexed(symbol string, i, of int) string {
	if of == 1 {
		return symbol
	}
	return symbol + string('₁'+rune(i))
}

// named are the weights of neurons by coordinate; n may be another than theirs.
func named(name string, c color.NRGBA, of *lrrnn.Network, n, share []float64) weights {
	w := weights{name: name, colour: c, of: map[string][]float64{"b": of.Bias}, share: share}
	for _, part := range []struct {
		symbol string
		from   []float64
		of     int
	}{{"m", of.M, of.Rank}, {"B", of.B, of.Inputs}, {"n", n, of.Rank}} {
		for i := range part.of {
			var column []float64
			for k := i; k < len(part.from); k += part.of {
				column = append(column, part.from[k])
			}
			w.of[indexed(part.symbol, i, part.of)] = column
		}
	}
	return w
}

// readMapped reads a network and writes its weights in the gauge of the law, where
// there is one and the network's own stage does not say that they are.
func readMapped(in, law *artifacts.Artifact) (*lrrnn.Network, error) {
	n, err := tables.ReadNetwork(in)
	if err != nil {
		return nil, err
	}
	if n.Neurons == 0 {
		return nil, errors.New("table network has no neurons: there is nothing to draw")
	}
	if law == nil || in.Has("gauge") {
		return n, nil
	}
	g, err := readGauge(law, n.Rank)
	if err != nil {
		return nil, fmt.Errorf("the law and the network do not belong together: %w", err)
	}
	out := *n
	out.M = times(transposed(g.back), n.M)
	out.N = times(g.to, n.N)
	scales, err := inputScales(law, n.Inputs)
	if err != nil {
		return nil, err
	}
	out.B = slices.Clone(n.B)
	for k := range out.B {
		out.B[k] *= scales[k%n.Inputs]
	}
	return &out, nil
}

func transposed(a *mat.Dense) *mat.Dense { return mat.DenseCopyOf(a.T()) }

// inputScales are what the law divides the network's inputs by.
func inputScales(law *artifacts.Artifact, inputs int) ([]float64, error) {
	if inputs == 0 {
		return nil, nil
	}
	t, err := law.Table("gauge")
	if err != nil {
		return nil, err
	}
	scales, err := t.Floats("input_scale")
	if err == nil && len(scales) != inputs {
		err = fmt.Errorf("the law has %d inputs, the network %d: they do not belong together", len(scales), inputs)
	}
	return scales, err
}

// readIdentified is the network with the identified part of n alone.
func readIdentified(subspace, network, law *artifacts.Artifact, n *lrrnn.Network) (weights, error) {
	t, err := subspace.Table("neurons")
	if err != nil {
		return weights{}, err
	}
	part, err := t.Floats("n_identified")
	if err != nil {
		return weights{}, err
	}
	if len(part) != len(n.N) {
		return weights{}, fmt.Errorf("subspace has the identified part of %d weights n, and the network has %d: they do not belong together", len(part), len(n.N))
	}
	if law != nil && !network.Has("gauge") {
		g, err := readGauge(law, n.Rank)
		if err != nil {
			return weights{}, err
		}
		part = times(g.to, part)
	}
	w := named("identified part of its n", purple, n, part, nil)
	w.onlyN = true
	return w, nil
}

// lawWeights are a law's neurons or a flow's.
type lawWeights struct {
	weights
	rank, channels int
}

// readLawWeights reads the law's nodes, with its mean of n there, and the flow's
// samples.
func readLawWeights(in *artifacts.Artifact) ([]lawWeights, error) {
	samples, err := tables.ReadSamples(in)
	if err != nil {
		return nil, err
	}
	l, err := tables.ReadLaw(in)
	if err != nil {
		return nil, err
	}
	nodes := l.Nodes
	if samples.Neurons == 0 || nodes.Neurons == 0 {
		return nil, errors.New("law has no nodes or no samples: there is nothing to draw")
	}
	return []lawWeights{
		{named("flow", orange, samples, samples.N, nil), samples.Rank, samples.Inputs},
		{named("law; of n its identified mean", blue, nodes, nodes.N, l.Weight), nodes.Rank, nodes.Inputs},
	}, nil
}

// drawn are so many values at most, evenly spread over the set's shares.
func (w *weights) drawn(coordinate string, most int) []float64 {
	x := w.of[coordinate]
	if w.share == nil {
		out := make([]float64, min(len(x), most))
		for i := range out {
			out[i] = x[i*len(x)/len(out)]
		}
		return out
	}
	var out []float64
	sum, next := 0.0, 0.5
	for i, share := range w.share {
		sum += share * float64(most)
		for ; next < sum; next++ {
			out = append(out, x[i])
		}
	}
	return out
}

// shows tells whether a coordinate is the set's own.
func (w *weights) shows(coordinate string) bool {
	return !w.onlyN || strings.HasPrefix(coordinate, "n")
}

// dots draws pairs of weights.
func (w *weights) dots(p *panel, x, y string) {
	style := draw.GlyphStyle{Color: faded(w.colour, 140), Radius: vg.Points(0.8), Shape: draw.CircleGlyph{}}
	if w.shows(x) || w.shows(y) {
		p.marks(style, w.drawn(x, mostDots), w.drawn(y, mostDots))
	}
}

// drawMarginal draws the densities of a coordinate, each to its own area.
func drawMarginal(p *panel, sets []weights, coordinate, label string) {
	var heights [][]float64
	top := 0.0
	for _, s := range sets {
		h := s.histogram(coordinate, p.x)
		heights = append(heights, h)
		for _, y := range h {
			top = max(top, y)
		}
	}
	p.y = span{lo: 0, hi: 1.08 * max(top, 1e-300)}
	for i, s := range sets {
		var x, y []float64
		for k, h := range heights[i] {
			width := (p.x.hi - p.x.lo) / float64(len(heights[i]))
			x, y = append(x, p.x.lo+float64(k)*width, p.x.lo+float64(k+1)*width), append(y, h, h)
		}
		p.curve(line(s.colour, 1), x, y)
	}
	p.frame()
	p.below(label)
}

// histogram is the set's density in bars that share the span, the fewer the fewer
// neurons there are (Rice's rule).
func (w *weights) histogram(coordinate string, s span) []float64 {
	if !w.shows(coordinate) {
		return nil
	}
	x := w.of[coordinate]
	bars := max(5, min(int(2*math.Cbrt(float64(len(x)))), mostBars))
	out := make([]float64, bars)
	for i, value := range x {
		k := int(s.unit(value) * float64(bars))
		if !s.has(value) || k >= bars {
			continue
		}
		share := 1 / float64(len(x))
		if w.share != nil {
			share = w.share[i]
		}
		out[k] += share * float64(bars) / (s.hi - s.lo)
	}
	return out
}
