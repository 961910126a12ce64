// Package plot is the kind plot: a figure, drawn from other stages' tables and
// cached like any other result. Each figure has a file of its own, and a line in
// the map figures.
package plot

import (
	"context"
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

phase_portrait shows what a network's latents do without input, and whether the maximum-entropy law and its flow do the same. For
two latents, a panel each for the network, the law and the flow: streamlines of dκ/dt = −κ + F(κ), darker where faster, and fixed
points, filled where stable. The tinted area is where the network's states went: only there was the law asked to agree. The
network's panel has some of the trials as thin lines and, where the choice is known, each choice's mean as a thick one, for as long as half of
its trials last; inputs drive them, so they need not follow the streamlines. For one latent, dκ/dt against κ in one panel and κ over
time in another. For more than two, the first two, the field with all others at zero.

All is in the coordinates of the input field. Where that has a table gauge, states are mapped into it. The network's own field
and fixed points come from the table network of the input states, where it has one.`,
	New: func() spec.Method { return &Plot{} },
	Files: []spec.Gives{
		{Name: "figure.svg", Doc: "the figure, with letters as outlines, so that it looks the same everywhere"},
		{Name: "figure.png", Doc: "the same at 192 dots an inch"},
	},
}

// Plot holds the attributes of plot.
type Plot struct {
	Figure string   `hcl:"figure" doc:"What to draw: phase_portrait."`
	Field  spec.Ref `hcl:"field" needs:"field,fixed_points" doc:"Stage with mean fields on a grid of latents, and their fixed points."`
	States spec.Ref `hcl:"states,optional" needs:"states" doc:"Stage with the states of the network that the field was made for; trajectories and visited states come from here."`
	Trials spec.Ref `hcl:"trials,optional" needs:"trials" doc:"Stage that tells where trials begin in states, and what was chosen in each. Not given: the states' own table trials, if there is one; else only visited states are shown."`
	Title  string   `hcl:"title,optional" doc:"Title over the whole figure."`
}

// figures are the figures by name: each makes one from a plot's inputs.
var figures = map[string]func(ctx context.Context, env *spec.Env, title string) (*figure, error){
	"phase_portrait": phasePortrait,
}

// Check refuses a figure that nobody can draw.
func (p *Plot) Check() error {
	if figures[p.Figure] == nil {
		return fmt.Errorf("figure is %s, not %q", strings.Join(slices.Sorted(maps.Keys(figures)), " or "), p.Figure)
	}
	return nil
}

// Run draws the figure.
func (p *Plot) Run(ctx context.Context, env *spec.Env) (*artifacts.Artifact, error) {
	f, err := figures[p.Figure](ctx, env, p.Title)
	if err != nil {
		return nil, err
	}
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
