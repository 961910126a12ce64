// Package plot is the kind plot: a figure, drawn from other stages' tables and
// cached like any other result. Each figure has a file of its own, and a line in
// the map figures.
package plot

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"reprise/artifacts"
	"reprise/spec"
)

// Kind declares plot.
var Kind = spec.Kind{
	Name: "plot",
	Doc: `Draws a figure, as SVG and as PNG.

Figures are as wide as one or two columns of a journal, 88 or 180 mm, have letters of about 8 points and colours that colour-blind
readers can tell apart. The same thing has the same colour everywhere: data and networks are black, laws blue, flows orange, the truth
green, what is identified purple; left choices are blue, right ones orange. Figures, and what they take (in brackets: may be left out):

    phase_portrait   field, [states, trials]        what the latents do without input, by network, law and flow
    fields           field, [states]                mean fields side by side, the truth's too, and how fast they are
    psth             score, [neurons, step]         rates by choice over the trial, data and model
    raster           trials, [neurons, step]        spikes, a row a trial
    singular_values  subspace                       of activity at the visited states, and how many are identified
    connectivity     [network, law, subspace]       marginals and pairs of weights, and their identified part; network or law
    loss             runs, [groups, log_y]          the courses of fits and of flows' training
    dissimilarity    comparison                     distances between connectivities
    error_against_n  networks                       error of finite networks' fields, and the law's C/√N
    sweep            x, y, [groups, x_label,        a number against a parameter, mean and standard error
                     y_label, log_x, log_y]

All take title.

phase_portrait: for two latents, a panel each for the network, the law and the flow: streamlines of dκ/dt = −κ + F(κ), darker where
faster, and fixed points, filled where stable. The tinted area is where the network's states went: only there was the law asked to agree.
The network's panel has some of the trials as thin lines and, where the choice is known, each choice's mean as a thick one, for as long as
half of its trials last; inputs drive them, so they need not follow the streamlines. For one latent, dκ/dt against κ in one panel and κ
over time in another. For more than two, the first two, the field with all others at zero. All is in the coordinates of the input field.
Where that has a table gauge, states are mapped into it. The network's own field and fixed points come from the table network of the
input states, where it has one. The same holds for fields, which shades panels by |dκ/dt| instead, on one scale for all.

psth has a panel for each of the neurons, and raster too; where neurons is not given, those with the most spikes. A PSTH ends where
fewer than half of a choice's trials last. With step both have seconds and Hz, else steps.

connectivity shows up to three latents and two input channels. A network's weights are mapped into the gauge of the law. Of n a law
has its mean given m, B and b, which is its identified part; that of a network comes from subspace.

loss, of stages of fit_lrrnn or of others with a table training: a panel for the loss of fits, one for their score, with that of
validation trials dashed, and one for the loss of flows.

dissimilarity shows the table laws of compare_connectivity (with a law's distance from itself, its floor, on the diagonal) and
its table pairs, whichever there are.

error_against_n takes sample_network at several sizes: root mean squares over draws with standard errors, as drawn and on the constraints.

sweep takes numbers, such as metrics over a for_each: points with the same x and group are one sweep's repetitions, such as seeds; shown
are each of them, small, their mean, and its standard error, where there are two or more.`,
	New: func() spec.Method { return &Plot{} },
	Files: []spec.Gives{
		{Name: "figure.svg", Doc: "the figure, with letters as outlines, so that it looks the same everywhere"},
		{Name: "figure.png", Doc: "the same at 192 dots an inch"},
	},
}

// Plot holds the attributes of plot.
type Plot struct {
	Figure     string    `hcl:"figure" doc:"What to draw; see above."`
	Field      spec.Ref  `hcl:"field,optional" needs:"field,fixed_points" doc:"Stage with mean fields on a grid of latents, and their fixed points."`
	States     spec.Ref  `hcl:"states,optional" needs:"states" doc:"Stage with the states of the network that the field was made for; trajectories and visited states come from here."`
	Trials     spec.Ref  `hcl:"trials,optional" needs:"trials" doc:"Stage with trials. For phase_portrait it tells where they begin in states, and what was chosen in each; not given: the states' own table trials, if there is one; else only visited states are shown. For raster it has the spikes."`
	Score      spec.Ref  `hcl:"score,optional" needs:"psth" doc:"Stage with PSTHs of data and model."`
	Subspace   spec.Ref  `hcl:"subspace,optional" needs:"spectrum,neurons" doc:"Stage with the identified part of a network's n, and singular values."`
	Network    spec.Ref  `hcl:"network,optional" needs:"network" doc:"Stage with a network, such as a fit."`
	Law        spec.Ref  `hcl:"law,optional" needs:"law,samples,gauge,targets,coordinates" doc:"Stage with a law of connectivity and its flow."`
	Comparison spec.Ref  `hcl:"comparison,optional" doc:"Stage with the table laws or pairs of distances."`
	Runs       spec.Refs `hcl:"runs,optional" doc:"Stages with the table history of a fit or training of a flow."`
	Networks   spec.Refs `hcl:"networks,optional" needs:"network,draws" doc:"Stages with finite networks of several sizes, drawn from a law."`
	X          []float64 `hcl:"x,optional" doc:"The parameter, a number for each of y."`
	Y          []float64 `hcl:"y,optional" doc:"What came out, such as a metric of all tasks of a stage."`
	Groups     []string  `hcl:"groups,optional" doc:"A name for each of y or of runs, in this order: what has the same name is one line."`
	XLabel     string    `hcl:"x_label,optional" doc:"What x is, with its unit."`
	YLabel     string    `hcl:"y_label,optional" doc:"What y is, with its unit."`
	LogX       bool      `hcl:"log_x,optional" doc:"Whether the axis of x is logarithmic."`
	LogY       bool      `hcl:"log_y,optional" doc:"Whether the axis of y is logarithmic; for loss, that of losses."`
	Neurons    []int     `hcl:"neurons,optional" doc:"Neurons to show, by their place in the tables from 0, up to 24."`
	Step       *float64  `hcl:"step,optional" doc:"Length of a step in seconds, for units of time and rates."`
	Title      string    `hcl:"title,optional" doc:"Title over the whole figure."`
}

// drawing is a figure by its name: what makes it, and the attributes that it
// needs and that it takes beside them.
type drawing struct {
	make         func(ctx context.Context, env *spec.Env, p *Plot) (*figure, error)
	needs, takes []string
	check        func(p *Plot) error // of the attributes that are no inputs, or nil
}

var figures = map[string]drawing{
	"phase_portrait":  {make: phasePortrait, needs: []string{"field"}, takes: []string{"states", "trials"}},
	"fields":          {make: fields, needs: []string{"field"}, takes: []string{"states"}},
	"psth":            {make: psth, needs: []string{"score"}, takes: []string{"neurons", "step"}, check: (*Plot).checkNeurons},
	"raster":          {make: raster, needs: []string{"trials"}, takes: []string{"neurons", "step"}, check: (*Plot).checkNeurons},
	"singular_values": {make: singularValues, needs: []string{"subspace"}},
	"connectivity":    {make: connectivity, takes: []string{"network", "law", "subspace"}},
	"loss":            {make: loss, needs: []string{"runs"}, takes: []string{"groups", "log_y"}},
	"dissimilarity":   {make: dissimilarity, needs: []string{"comparison"}},
	"error_against_n": {make: errorAgainstN, needs: []string{"networks"}},
	"sweep":           {make: sweep, needs: []string{"x", "y"}, takes: []string{"groups", "x_label", "y_label", "log_x", "log_y"}, check: (*Plot).checkSweep},
}

// Check refuses a figure that nobody can draw, and attributes that it has no
// use for or lacks, of those that are no inputs.
func (p *Plot) Check() error {
	f, ok := figures[p.Figure]
	if !ok {
		return fmt.Errorf("figure is one of %s, not %q", strings.Join(slices.Sorted(maps.Keys(figures)), ", "), p.Figure)
	}
	given := map[string]bool{
		"x": len(p.X) > 0, "y": len(p.Y) > 0, "groups": len(p.Groups) > 0, "x_label": p.XLabel != "", "y_label": p.YLabel != "",
		"log_x": p.LogX, "log_y": p.LogY, "neurons": len(p.Neurons) > 0, "step": p.Step != nil,
	}
	faults := p.fits(f, given)
	if f.check != nil && errors.Join(faults...) == nil {
		faults = append(faults, f.check(p))
	}
	return errors.Join(faults...)
}

// CheckNames does what Check does for inputs.
func (p *Plot) CheckNames(inputs, _ map[string][]string) error {
	f, ok := figures[p.Figure]
	if !ok {
		return nil // Check says so
	}
	given := map[string]bool{}
	for _, a := range []string{"field", "states", "trials", "score", "subspace", "network", "law", "comparison", "runs", "networks"} {
		_, given[a] = inputs[a]
	}
	return errors.Join(append(p.fits(f, given), p.checkWeights(given))...)
}

// fits refuses those of the attributes that the figure does not use, and misses
// those that it needs; given has all that are looked at.
func (p *Plot) fits(f drawing, given map[string]bool) (faults []error) {
	for _, name := range slices.Sorted(maps.Keys(given)) {
		uses := slices.Concat(f.needs, f.takes)
		faults = append(faults,
			spec.Require(!given[name] || slices.Contains(uses, name), "%s has no use in figure %q, which takes %s", name, p.Figure, strings.Join(uses, ", ")),
			spec.Require(given[name] || !slices.Contains(f.needs, name), "figure %q needs %s", p.Figure, name))
	}
	return faults
}

// Run draws the figure.
func (p *Plot) Run(ctx context.Context, env *spec.Env) (*artifacts.Artifact, error) {
	f, err := figures[p.Figure].make(ctx, env, p)
	if err != nil {
		return nil, err
	}
	f = f.titled(p.Title)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	svg, err := f.svg()
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	png, err := f.png()
	if err != nil {
		return nil, err
	}
	a := artifacts.New()
	a.SetFile("figure.svg", svg)
	a.SetFile("figure.png", png)
	return a, nil
}
