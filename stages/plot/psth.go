package plot

import (
	"context"
	"errors"
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"reprise/artifacts"
	"reprise/spec"
	"reprise/stages/internal/tables"
)

const (
	mostNeurons = 24 // panels of a figure
	someNeurons = 6  // shown where none are named
)

// checkNeurons refuses neurons and a step that cannot be shown.
func (p *Plot) checkNeurons() error {
	return errors.Join(
		spec.Require(len(p.Neurons) <= mostNeurons, "neurons has %d of them, and a figure has room for %d", len(p.Neurons), mostNeurons),
		spec.Require(len(p.Neurons) == 0 || slices.Min(p.Neurons) >= 0, "neurons are counted from 0"),
		spec.Require(p.Step == nil || *p.Step > 0 && !math.IsInf(*p.Step, 0), "step is a time above 0, in seconds"))
}

// shown are the neurons to show: those named, or the busiest of all.
func (p *Plot) shown(activity []float64) ([]int, error) {
	for _, i := range p.Neurons {
		if i >= len(activity) {
			return nil, fmt.Errorf("neurons has %d, and there are %d neurons, counted from 0", i, len(activity))
		}
	}
	if len(p.Neurons) > 0 {
		return p.Neurons, nil
	}
	order := make([]int, len(activity))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case activity[a] > activity[b]:
			return -1
		case activity[a] < activity[b]:
			return 1
		}
		return 0
	})
	return order[:min(someNeurons, len(order))], nil
}

// seconds is the length of a step and the label of an axis of time.
func (p *Plot) seconds() (step float64, label string) {
	if p.Step != nil {
		return *p.Step, "time in the trial (s)"
	}
	return 1, "step of the trial"
}

// choiceColours are those of left and right.
var choiceColours = []color.NRGBA{blue, orange}

// rates is the table psth: choice x step x neuron.
type rates struct {
	steps, neurons int
	trials         []float64 // choice x step
	data, model    []float64
}

func readRates(in *artifacts.Artifact) (*rates, error) {
	if !in.Has("psth") {
		return nil, errors.New("score has no table psth: it is made for spikes of trials whose choice is known")
	}
	t, err := in.Table("psth")
	if err != nil {
		return nil, err
	}
	trials, err := t.Array("trials", "choice", tables.Step)
	if err != nil {
		return nil, err
	}
	data, err := t.Array("data", "choice", tables.Step, tables.Neuron)
	if err != nil {
		return nil, err
	}
	model, err := t.Array("model", "choice", tables.Step, tables.Neuron)
	if err != nil {
		return nil, err
	}
	r := &rates{data.Size(tables.Step), data.Size(tables.Neuron), trials.Data, data.Data, model.Data}
	switch {
	case data.Size("choice") != len(choiceColours):
		return nil, fmt.Errorf("table psth has %d choices, not left and right", data.Size("choice"))
	case r.steps < 2 || r.neurons == 0:
		return nil, fmt.Errorf("table psth has %d steps of %d neurons: there is nothing to draw", r.steps, r.neurons)
	}
	return r, nil
}

// course is a neuron's rate after a choice, a value a step, for as long as half
// of the trials last.
func (r *rates) course(of []float64, choice, neuron int) []float64 {
	trials := r.trials[choice*r.steps : (choice+1)*r.steps]
	most := slices.Max(trials)
	var out []float64
	for j := 0; j < r.steps && most > 0 && 2*trials[j] >= most; j++ {
		out = append(out, of[(choice*r.steps+j)*r.neurons+neuron])
	}
	return out
}

// psth is the figure of that name: a panel a neuron.
func psth(_ context.Context, env *spec.Env, p *Plot) (*figure, error) {
	r, err := readRates(env.Input("score"))
	if err != nil {
		return nil, err
	}
	total := make([]float64, r.neurons)
	for k, x := range r.data {
		if row := k / r.neurons; x > 0 {
			total[k%r.neurons] += x * r.trials[row]
		}
	}
	neurons, err := p.shown(total)
	if err != nil {
		return nil, err
	}
	step, time := p.seconds()
	rate := map[bool]string{true: "rate (Hz)", false: "spikes a step"}[p.Step != nil]
	l := sheet{columns: min(3, len(neurons)), left: 42, gap: 36, height: 76, below: 28, above: 16, apart: 30}
	return l.fitted(columnsWide(l.columns)).figure(len(neurons), rateEntries(), func(panel func(i int, x, y span) *panel) {
		longest := 2
		for choice := range choiceColours {
			longest = max(longest, len(r.course(r.data, choice, 0)))
		}
		for k, neuron := range neurons {
			lines := [][]float64{{0}}
			for choice := range choiceColours {
				for _, of := range [][]float64{r.data, r.model} {
					course := r.course(of, choice, neuron)
					for i := range course {
						course[i] /= step
					}
					lines = append(lines, course)
				}
			}
			y := spanOf(0, lines...)
			at := panel(k, span{lo: 0, hi: step * float64(longest-1)}, span{lo: y.lo, hi: y.hi + 0.06*(y.hi-y.lo)})
			for i, course := range lines[1:] {
				data, model := rateStyles(i / 2)
				style := data
				if i%2 == 1 {
					style = model
				}
				times := count(len(course))
				for j := range times {
					times[j] *= step
				}
				at.curve(style, times, course)
			}
			last := k+l.columns >= len(neurons)
			at.axes("neuron "+number(neuron), map[bool]string{true: time}[last], rate)
		}
	}), nil
}

// columnsWide is the width of a figure with so many panels side by side.
func columnsWide(panels int) vg.Length {
	if panels > 1 {
		return double
	}
	return single
}

// rateStyles are the lines of data and model for a choice.
func rateStyles(choice int) (data, model draw.LineStyle) {
	c := choiceColours[choice]
	return line(mix(c, white, 0.6), 2.6), line(mix(c, black, 0.15), 0.9)
}

func rateEntries() []entry {
	var out []entry
	for choice, name := range []string{"left choice", "right choice"} {
		data, model := rateStyles(choice)
		out = append(out, lineEntry(name+", data", data), lineEntry("model", model))
	}
	return out
}
