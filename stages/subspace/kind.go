// Package subspace is the kind identifiable_subspace: which part of a network's
// output weights n its own field at the visited states determines (method.md,
// section 2).
package subspace

import (
	"context"
	"errors"
	"fmt"

	"reprise/artifacts"
	"reprise/spec"
	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/rng"
	"reprise/stages/internal/tables"
)

// Kind is identifiable_subspace.
var Kind = spec.Kind{
	Name: "identifiable_subspace",
	Doc: `Finds the part of a network's output weights n that its field at the visited states determines.

The field at a state is a weighted sum of the neurons' activities there, with n as weights. States span only a few directions of the
space of neurons, singular values of neurons by states tell how strongly, and what n has outside of them does not show in the field.
The identified part is the projection P n on the directions whose singular value is more than tolerance times the first.

This is regime A of the method: it takes m, B and b as known, here as the fit has them. P n is then also the mean of the law of maximum
entropy, n ~ N(P n, s²) in each neuron, whatever the base's scale s: of all n with the field it is the smallest. Gradient descent on n from any start ends with the
same P n, and leaves the rest as it began: where the fit tells its n_start, copied is the correlation of the two outside of the identified
subspace (of n mᵀ and n_start mᵀ, which no gauge changes), 1 a verbatim copy. A prediction that is an average of n times h is determined up to |(1−P) h|/|h|; perturb tells that of its own, and for
silencing one neuron it is the root of 1 − leverage.

Noise leaves fewer directions than a tolerance does: with the field at each state known to field_noise, a direction counts as much as its weight,
e/(e + λ), λ the squared ratio of that noise to the size of n. With trials the noise is not given but measured, from how noisy latents move in them:
λ is then that of generalised cross-validation, n_estimated the n that it gives, and field_noise the estimate of the noise. Latents
that a fit without latent noise computed move without any, and those of a fit with it are smoothed: neither tells it.

Where only the latents are known (regime B), what is identified is not a part of n but the field where they went, and its slope DF
at states whose neighbourhood they went to as well; the table slopes has both, and how well the fields at the nearest 50, 200 or 800 states tell the slope, whichever do best.
Of the neurons nothing is: in any order, each with the signs of all its weights turned, they give the same field, and so do, for any
y > 1, neurons (y m, y B, y (b − c), n) with thresholds spread by c in a known way. That makes n mᵀ/N y times as large, so its eigenvalues
are not identified either; those of DF are. maxent_flow has the law of neurons that the field determines, given a base.`,
	New: func() spec.Method { return &Subspace{Tolerance: 1e-2, States: 3000, Seed: 1} },
	Tables: []spec.Gives{
		{Name: "neurons", Doc: "a row a neuron: n_identified[latent], the identified part of its n; leverage, the share of its own direction that is identified, 0 to 1, and seen, the share that is seen through the noise; with trials n_estimated[latent]"},
		{Name: "modes", Doc: "orthonormal directions that span the identified subspace: a row a neuron, mode[mode] in the order of singular values"},
		{Name: "spectrum", Doc: "a row a mode, kept or not: singular value relative to the first, its eigenvalue e in field per weight, squared, and weight, the share of it that is seen through the noise"},
		{Name: "slopes", Doc: "a row a visited state, up to 200: kappa[latent], v[channel], field[latent], slope[latent, by] of the field by kappa, and slope_error, how far the slope from the fields nearby may be off (curvature and noise), relative to the slopes' root mean square"},
	},
	Metrics: []spec.Gives{
		{Name: "identified_dimension", Doc: "dimension of the identified subspace, out of the number of neurons"},
		{Name: "effective_dimension", Doc: "number of directions seen through field noise: the sum of the spectrum's weights"},
		{Name: "identified_fraction", Doc: "share of |n|² within the identified subspace"},
		{Name: "field_error", Doc: "relative error of the field with P n in the place of n, at up to 2000 visited states that were not used; at the used ones where all were"},
		{Name: "estimated_error", Doc: "with trials: relative error of the field with n_estimated, at the same states"},
		{Name: "identified_connectivity", Doc: "share of |n m^T|², which no gauge changes, within the identified subspace"},
		{Name: "effective_fraction", Doc: "share of |n|² that is seen through field noise"},
		{Name: "field_noise", Doc: "with trials: the noise of the field at one state that the latents' movement shows, relative to the field's root mean square"},
		{Name: "copied", Doc: "where the fit tells its n_start: correlation of the entries of n m^T and n_start m^T, outside of the identified subspace"},
		{Name: "copied_identified", Doc: "the same within it"},
		{Name: "slope_error", Doc: "median slope_error of the visited states"},
		{Name: "slopes_known", Doc: "share of the visited states at which slope_error is below 0.5"},
	},
}

// Subspace holds the attributes of identifiable_subspace.
type Subspace struct {
	Fit         spec.Ref `hcl:"fit" needs:"network,states" doc:"Stage with the fitted network and the states that it visits."`
	Tolerance   float64  `hcl:"tolerance,optional" doc:"Directions whose singular value is smaller than this share of the first count as not identified."`
	States      int      `hcl:"states,optional" doc:"Number of visited states to use, drawn at random; all where there are fewer."`
	FieldNoise  *float64 `hcl:"field_noise,optional" doc:"Standard deviation of the noise of the field at one state, relative to the field's root mean square. Not given: 0.1, or with trials what they show."`
	Trials      spec.Ref `hcl:"trials,optional" needs:"trials,steps" doc:"Stage that tells where trials begin in the states, to estimate the noise of the field from how latents move from step to step."`
	Leak        *float64 `hcl:"leak,optional" doc:"With trials: a = dt/τ of each step. Not given: that of the fit's table dynamics."`
	WeightError float64  `hcl:"weight_error,optional" doc:"Measurement error of m, B and b: the subspace and n_estimated are found from weights with Gaussian errors of this standard deviation, relative to the root mean square of each. Errors are told against the true ones."`
	Seed        int      `hcl:"seed,optional" doc:"Seed of the choice of states, and of the errors of weights."`
}

// defaultNoise is the noise of the field, relative to its size, where nothing tells it.
const defaultNoise = 0.1

// maxActivity bounds neurons times states, in numbers: 1 GiB.
const maxActivity = 1 << 27

// Check refuses attributes out of their range.
func (s *Subspace) Check() error {
	return errors.Join(
		spec.Require(s.Tolerance > 0 && s.Tolerance < 1, "tolerance is above 0 and below 1, not %g", s.Tolerance),
		spec.Require(s.States >= 1 && s.States <= 20000, "states is a whole number from 1 to 20000, not %d", s.States),
		spec.Require(s.FieldNoise == nil || *s.FieldNoise > 0, "field_noise is above 0"),
		spec.Require(s.WeightError >= 0 && s.WeightError <= 10, "weight_error is from 0 to 10, not %g", s.WeightError),
		spec.Require(s.Leak == nil || *s.Leak > 0 && *s.Leak <= 1, "leak is above 0 and at most 1"),
	)
}

// Run finds the subspace.
func (s *Subspace) Run(ctx context.Context, env *spec.Env) (*artifacts.Artifact, error) {
	network, visited, err := readFit(env.Input("fit"))
	if err != nil {
		return nil, err
	}
	steps, moved, err := s.choose(env, visited)
	if err != nil {
		return nil, err
	}
	if int64(network.Neurons)*int64(len(steps)) > maxActivity {
		return nil, fmt.Errorf("the activities of %d neurons at %d states need more than 1 GiB; lower states", network.Neurons, len(steps))
	}
	phi, err := features(ctx, network, visited, steps)
	if err != nil {
		return nil, err
	}
	size := fieldSize(phi, network.N, network.Rank, len(steps))
	seen := network
	if s.WeightError > 0 {
		seen = measured(network, s.WeightError, s.Seed)
		if phi, err = features(ctx, seen, visited, steps); err != nil {
			return nil, err
		}
	}
	found, err := decompose(ctx, phi, network.Neurons, len(steps), s.Tolerance)
	if err != nil {
		return nil, err
	}
	o := &outcome{network: network, found: found}
	o.noise = defaultNoise * size
	if s.FieldNoise != nil {
		o.noise = *s.FieldNoise * size
	}
	if moved != nil {
		if o.ridge, err = found.regress(phi, moved.field, network.Rank); err != nil {
			return nil, err
		}
		o.noise = o.ridge.noise
	}
	if o.slopes, err = newSlopes(ctx, env.Threads(), network, visited, steps, o.noise); err != nil {
		return nil, err
	}
	out := o.artifact()
	if moved != nil && size > 0 {
		out.SetMetric("field_noise", o.noise/size)
	}
	if size > 0 { // errors are relative to it
		found := map[string]*lrrnn.Network{"field_error": with(network, found.project(network.N, network.Rank))}
		if moved != nil {
			found["estimated_error"] = with(seen, o.ridge.n)
		}
		if err := setErrors(ctx, env.Threads(), out, found, network, visited, steps); err != nil {
			return nil, err
		}
	}
	return out, o.copied(out, env.Input("fit"))
}

func readFit(from *artifacts.Artifact) (*lrrnn.Network, *lrrnn.States, error) {
	network, err := tables.ReadNetwork(from)
	if err != nil {
		return nil, nil, err
	}
	visited, err := tables.ReadStates(from)
	if err != nil {
		return nil, nil, err
	}
	if visited.Rank != network.Rank || visited.Inputs != network.Inputs {
		return nil, nil, fmt.Errorf("the fit's network has %d latents and %d inputs, its states have %d and %d", network.Rank, network.Inputs, visited.Rank, visited.Inputs)
	}
	if visited.Len() == 0 {
		return nil, nil, errors.New("the fit visited no states")
	}
	return network, visited, nil
}

// choose draws visited states, and with trials how the latents moved from each.
func (s *Subspace) choose(env *spec.Env, visited *lrrnn.States) (steps []int, moved *moves, err error) {
	draw := func(count int) []int {
		return rng.New(s.Seed, "states of the subspace").Perm(count)[:min(count, s.States)]
	}
	in := env.Input("trials")
	if in == nil {
		return draw(visited.Len()), nil, nil
	}
	if s.FieldNoise != nil {
		return nil, nil, errors.New("give field_noise or trials: with trials the noise is estimated")
	}
	t, err := tables.ReadTrials(in)
	if err != nil {
		return nil, nil, err
	}
	leak, err := s.leak(env.Input("fit"))
	if err != nil {
		return nil, nil, err
	}
	all, err := newMoves(t, visited, leak)
	if err != nil {
		return nil, nil, err
	}
	moved = all.some(draw(len(all.steps)), visited.Rank)
	return moved.steps, moved, nil
}

// leak is that of the attribute, or of the fit.
func (s *Subspace) leak(fit *artifacts.Artifact) (float64, error) {
	if s.Leak != nil {
		return *s.Leak, nil
	}
	if !fit.Has("dynamics") {
		return 0, errors.New("the fit has no table dynamics to tell its leak: give leak, dt/τ of a step")
	}
	table, err := fit.Table("dynamics")
	if err != nil {
		return 0, err
	}
	leak, err := table.Floats("leak")
	if err == nil && (len(leak) != 1 || !(leak[0] > 0 && leak[0] <= 1)) {
		err = errors.New("table dynamics of the fit does not have one leak above 0 and up to 1")
	}
	if err != nil {
		return 0, err
	}
	return leak[0], nil
}
