// Package subspace is the kind identifiable_subspace: which part of a network's
// output weights n its own field at the visited states determines (method.md,
// section 2).
package subspace

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"

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
entropy, n ~ N(P n, s²) in each neuron, whatever the base's scale s: of all n with the field it is the smallest. Where only the latents are known
(regime B), m, B and b are not identified either: neurons with larger weights and thresholds spread to match give the same field everywhere. What
is known then is the field where the latents went, and maxent_flow has the law of neurons that it determines.`,
	New: func() spec.Method { return &Subspace{Tolerance: 1e-2, States: 3000, FieldNoise: 0.1, Seed: 1} },
	Tables: []spec.Gives{
		{Name: "neurons", Doc: "the identified part of each neuron's n, n_identified[latent], and leverage, the share of the neuron's own direction that is identified, 0 to 1"},
		{Name: "modes", Doc: "orthonormal directions that span the identified subspace: a row a neuron, mode[mode] in the order of singular values"},
		{Name: "spectrum", Doc: "a row a mode, kept or not: singular value relative to the first, its eigenvalue e in field per weight, squared, and weight, the share of it that is seen through the noise"},
	},
	Metrics: []spec.Gives{
		{Name: "identified_dimension", Doc: "dimension of the identified subspace, out of the number of neurons"},
		{Name: "effective_dimension", Doc: "number of directions seen through field noise: the sum of the spectrum's weights"},
		{Name: "identified_fraction", Doc: "share of |n|² within the identified subspace"},
		{Name: "field_error", Doc: "relative error of the field with P n in the place of n, at up to 2000 visited states that were not used; at the used ones where all were"},
	},
}

// Subspace holds the attributes of identifiable_subspace.
type Subspace struct {
	Fit        spec.Ref `hcl:"fit" needs:"network,states" doc:"Stage with the fitted network and the states that it visits."`
	Tolerance  float64  `hcl:"tolerance,optional" doc:"Directions whose singular value is smaller than this share of the first count as not identified."`
	States     int      `hcl:"states,optional" doc:"Number of visited states to use, drawn at random; all where there are fewer."`
	FieldNoise float64  `hcl:"field_noise,optional" doc:"Standard deviation of the noise of the field at one state, relative to the field's root mean square; for the effective dimension."`
	Seed       int      `hcl:"seed,optional" doc:"Seed of the choice of states."`
}

// maxActivity bounds neurons times states, in numbers: 1 GiB.
const maxActivity = 1 << 27

// Check refuses attributes out of their range.
func (s *Subspace) Check() error {
	return errors.Join(
		spec.Require(s.Tolerance > 0 && s.Tolerance < 1, "tolerance is above 0 and below 1, not %g", s.Tolerance),
		spec.Require(s.States >= 1 && s.States <= 20000, "states is a whole number from 1 to 20000, not %d", s.States),
		spec.Require(s.FieldNoise > 0, "field_noise is above 0, not %g", s.FieldNoise),
	)
}

// Run finds the subspace.
func (s *Subspace) Run(ctx context.Context, env *spec.Env) (*artifacts.Artifact, error) {
	network, err := tables.ReadNetwork(env.Input("fit"))
	if err != nil {
		return nil, err
	}
	visited, err := tables.ReadStates(env.Input("fit"))
	if err != nil {
		return nil, err
	}
	if visited.Rank != network.Rank || visited.Inputs != network.Inputs {
		return nil, fmt.Errorf("the fit's network has %d latents and %d inputs, its states have %d and %d", network.Rank, network.Inputs, visited.Rank, visited.Inputs)
	}
	if visited.Len() == 0 {
		return nil, errors.New("the fit visited no states")
	}
	if int64(network.Neurons)*int64(min(visited.Len(), s.States)) > maxActivity {
		return nil, fmt.Errorf("the activities of %d neurons at %d states need more than 1 GiB; lower states", network.Neurons, min(visited.Len(), s.States))
	}
	steps := rng.New(s.Seed, "states of the subspace").Perm(visited.Len())
	others := steps[min(len(steps), s.States):]
	steps = steps[:min(len(steps), s.States)]
	if len(others) == 0 {
		others = steps
	}
	others = others[:min(len(others), heldOutStates)]
	phi, err := features(ctx, network, visited, steps)
	if err != nil {
		return nil, err
	}
	found, err := decompose(ctx, phi, network.Neurons, len(steps), s.Tolerance)
	if err != nil {
		return nil, err
	}
	noise := s.FieldNoise * fieldSize(phi, network.N, network.Rank, len(steps))
	weights := found.weights(noise, rms(network.N))
	effective := 0.0
	for _, w := range weights {
		effective += w
	}
	identified := found.project(network.N, network.Rank)

	latent := artifacts.Dim{Name: tables.Latent, Size: network.Rank}
	neuron := artifacts.Dim{Name: tables.Neuron, Size: network.Neurons}
	out := artifacts.New(
		artifacts.NewTable("neurons", neuron,
			artifacts.Floats("n_identified", "", identified, latent), artifacts.Floats("leverage", "", found.leverage())),
		artifacts.NewTable("modes", neuron,
			artifacts.Floats("mode", "", found.modes, artifacts.Dim{Name: "mode", Size: found.kept})),
		artifacts.NewTable("spectrum", artifacts.Dim{Name: "mode", Size: len(found.singular)},
			artifacts.Floats("singular_value", "", found.relative()), artifacts.Floats("e", "", found.eigenvalues()), artifacts.Floats("weight", "", weights)))
	out.SetMetric("identified_dimension", float64(found.kept))
	out.SetMetric("effective_dimension", effective)
	if size := sumSquares(network.N); size > 0 {
		out.SetMetric("identified_fraction", sumSquares(identified)/size)
	}
	return out, s.fieldError(ctx, env, out, network, identified, visited, others)
}

// heldOutStates is at how many states the field of P n is compared.
const heldOutStates = 2000

// fieldError sets the metric: how the field changes when n becomes P n.
func (s *Subspace) fieldError(ctx context.Context, env *spec.Env, out *artifacts.Artifact, network *lrrnn.Network, identified []float64, visited *lrrnn.States, at []int) error {
	some := &lrrnn.States{Rank: visited.Rank, Inputs: visited.Inputs}
	for _, t := range at {
		kappa, v := visited.At(t)
		some.Kappa, some.V = append(some.Kappa, kappa...), append(some.V, v...)
	}
	want, err := network.Fields(ctx, env.Threads(), some.Kappa, some.V)
	if err != nil {
		return err
	}
	projected := *network
	projected.N = identified
	got, err := projected.Fields(ctx, env.Threads(), some.Kappa, some.V)
	if size := sumSquares(want); err == nil && size > 0 {
		out.SetMetric("field_error", floats.Distance(got, want, 2)/math.Sqrt(size))
	}
	return err
}
