package plot

import (
	"context"
	"errors"

	"gonum.org/v1/plot/vg"

	"reprise/spec"
	"reprise/stages/internal/tables"
	"reprise/stages/internal/trials"
)

// mostRows is how many trials a panel of a raster shows.
const mostRows = 120

// raster is the figure of that name: a panel a neuron, a row a trial, a tick a
// step with spikes.
func raster(_ context.Context, env *spec.Env, p *Plot) (*figure, error) {
	in := env.Input("trials")
	if !in.Has("steps") {
		return nil, errors.New("trials has no table steps: a raster needs what was observed in each")
	}
	t, err := tables.ReadTrials(in)
	switch {
	case err != nil:
		return nil, err
	case t.Counts == nil:
		return nil, errors.New("trials has no spike counts, but activity that is continuous: a raster needs spikes")
	case t.Len() == 0 || t.Neurons == 0:
		return nil, errors.New("trials has no trials or no neurons: there is nothing to draw")
	}
	total := make([]float64, t.Neurons)
	for k, c := range t.Counts {
		total[k%t.Neurons] += float64(c)
	}
	neurons, err := p.shown(total)
	if err != nil {
		return nil, err
	}
	rows, longest := rasterRows(t), 2
	for _, k := range rows {
		longest = max(longest, t.Steps[k])
	}
	step, time := p.seconds()
	l := sheet{columns: min(3, len(neurons)), left: 42, gap: 14, height: 120, below: 28, above: 16, apart: 30}
	return l.fitted(columnsWide(l.columns)).figure(len(neurons), rasterEntries(t), func(panel func(i int, x, y span) *panel) {
		for k, neuron := range neurons {
			at := panel(k, span{lo: 0, hi: step * float64(longest)}, span{lo: 0, hi: float64(len(rows))})
			drawRaster(at, t, rows, neuron, step)
			last, first := k+l.columns >= len(neurons), k%l.columns == 0
			at.axes("neuron "+number(neuron), map[bool]string{true: time}[last], map[bool]string{true: "trial, by choice"}[first])
		}
	}), nil
}

// rasterRows are trials, evenly spread over all, left choices first and those
// without a choice last.
func rasterRows(t *trials.Trials) []int {
	var sorted []int
	for _, choice := range []int{0, 1, -1} {
		for k := range t.Len() {
			if choiceOf(t, k) == choice {
				sorted = append(sorted, k)
			}
		}
	}
	rows := make([]int, min(len(sorted), mostRows))
	for i := range rows {
		rows[i] = sorted[i*len(sorted)/len(rows)]
	}
	return rows
}

// choiceOf is 0, 1, or −1 where the choice is not known.
func choiceOf(t *trials.Trials, k int) int {
	if t.Choice == nil || t.Choice[k] < 0 || t.Choice[k] > 1 {
		return -1
	}
	return t.Choice[k]
}

// drawRaster draws the spikes of a neuron, first row on top, all of a choice as
// one path.
func drawRaster(p *panel, t *trials.Trials, rows []int, neuron int, step float64) {
	for _, choice := range []int{0, 1, -1} {
		var ticks vg.Path
		for row, k := range rows {
			if choiceOf(t, k) != choice {
				continue
			}
			for j := range t.Steps[k] {
				if t.Counts[(t.First[k]+j)*t.Neurons+neuron] > 0 {
					x, y := (float64(j)+0.5)*step, float64(len(rows)-row)
					ticks.Move(p.at(x, y-0.9))
					ticks.Line(p.at(x, y-0.1))
				}
			}
		}
		if len(ticks) == 0 {
			continue
		}
		_, style := choiceColour(path{choice: choice})
		style.Width = 0.8
		p.SetLineStyle(style)
		p.Stroke(ticks)
	}
}

func rasterEntries(t *trials.Trials) []entry {
	var out []entry
	for _, choice := range []int{0, 1, -1} {
		for k := range t.Len() {
			if choiceOf(t, k) == choice {
				_, style := choiceColour(path{choice: choice})
				out = append(out, areaEntry(map[int]string{0: "left choice", 1: "right choice", -1: "spike"}[choice], style.Color))
				break
			}
		}
	}
	return out
}
