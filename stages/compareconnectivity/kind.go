// Package compareconnectivity is the kind compare_connectivity: how far networks
// agree in their connectivity, whatever basis each wrote its latents in
// (method.md, section 2, P1): neuron by neuron where they have the same neurons,
// and as laws that neurons are drawn from where they do not (section 8).
package compareconnectivity

import (
	"context"
	"errors"
	"fmt"

	"reprise/artifacts"
	"reprise/spec"
)

// Kind is compare_connectivity.
var Kind = spec.Kind{
	Name: "compare_connectivity",
	Doc: `Compares connectivities pair by pair, in ways that do not depend on the gauge: neuron by neuron, or as laws of neurons.

Latents can be written in any basis: n A and m A^-T give the same network for any invertible A. So m and n are never compared entry by
entry. What is compared is the connectivity W = n m^T itself, and the subspaces that m, n and the identified directions span, by their
principal angles. Two fits agree where distance is near 0 and the angles are small; independent ones have a distance near the square root of 2
and angles near 90 degrees. This is what fits are compared by.

Networks, laws and flows are compared as laws of a neuron's (m, B, b, n), whoever the neurons are. Whitening, of the latents over the
visited states or of m, leaves rotations and reflections as the only gauge. The distance is the least sliced Wasserstein-2 distance over them,
relative to the root mean square of a coordinate: 0 the same law, about 1 nothing in common. With tanh a neuron and its opposite do the
same, so each law is taken with its opposite. A distance means nothing without its floor, at as many points: what two independent draws of
the same law are apart. Below 1500 points the floor is most of a small distance.

Whatever is compared has as many points: samples, or fewer where a network or a flow has fewer neurons. What is identified of n is its
mean given m, B and b for a law, and for neurons the part that the field at the states determines.`,
	New: func() spec.Method {
		return &Compare{Gauge: "latents", Samples: 1500, Directions: 64, Tolerance: 1e-3, Seed: 1}
	},
	Tables: []spec.Gives{
		{Name: "laws", Doc: "with networks, laws or flows, a row each, in this order: what it is of, how many points, distance[other] up to the gauge, floor, and its group where given"},
		{Name: "pairs", Doc: "with fits, a row a pair of them, by their place in fits: first, second, distance, and the largest principal angles angle_m, angle_n and, with subspaces, angle_identified (degrees)"},
	},
	Metrics: []spec.Gives{
		{Name: "distance", Doc: "mean over pairs of |W - W'| relative to the root mean square of |W| and |W'|, Frobenius norms: 0 the same, square root of 2 unrelated"},
		{Name: "max_distance", Doc: "largest distance of a pair"},
		{Name: "angle_m", Doc: "mean over pairs of the largest principal angle between the spans of m, degrees"},
		{Name: "angle_n", Doc: "mean over pairs of the largest principal angle between the spans of n, degrees"},
		{Name: "angle_identified", Doc: "mean over pairs of the largest principal angle between identified subspaces, degrees; only with subspaces"},
		{Name: "law_distance", Doc: "of networks, laws and flows: mean over pairs of the distance of laws up to the gauge"},
		{Name: "max_law_distance", Doc: "largest distance of a pair"},
		{Name: "law_floor", Doc: "mean distance of a law from itself, at as many points"},
		{Name: "max_law_floor", Doc: "largest distance of a law from itself"},
		{Name: "law_distance_within", Doc: "mean distance over pairs of one group; only with groups"},
		{Name: "law_distance_between", Doc: "mean distance over pairs of different groups; only with groups"},
	},
}

// Compare holds the attributes of compare_connectivity.
type Compare struct {
	Fits       spec.Refs `hcl:"fits,optional" needs:"network" doc:"Two or more stages with a network of the same neurons, such as fits from several seeds, to compare neuron by neuron."`
	Subspaces  spec.Refs `hcl:"subspaces,optional" needs:"modes" doc:"The identified subspace of each of the fits, in the same order."`
	Networks   spec.Refs `hcl:"networks,optional" needs:"network,states" doc:"Stages with a network, to compare as laws."`
	Laws       spec.Refs `hcl:"laws,optional" needs:"law,targets,coordinates" doc:"Stages with a law of maximum entropy."`
	Flows      spec.Refs `hcl:"flows,optional" needs:"samples,targets" doc:"Stages with a flow."`
	Groups     []string  `hcl:"groups,optional" doc:"A name for each of networks, laws and flows, in this order, such as the family that it started from."`
	Gauge      string    `hcl:"gauge,optional" doc:"What is whitened: latents, over the visited states, or m."`
	Identified bool      `hcl:"identified,optional" doc:"Compare laws by what is identified of n."`
	Samples    int       `hcl:"samples,optional" doc:"Number of points that stand for a law."`
	Directions int       `hcl:"directions,optional" doc:"Number of directions along which laws are compared, an even one."`
	Tolerance  float64   `hcl:"tolerance,optional" doc:"For what is identified of a network: directions whose singular value is smaller than this share of the first are not."`
	Seed       int       `hcl:"seed,optional" doc:"Seed of the draws and of the directions."`
}

// Check refuses attributes out of their range.
func (c *Compare) Check() error {
	return errors.Join(
		spec.Require(c.Gauge == "latents" || c.Gauge == "m", "gauge is latents or m, not %q", c.Gauge),
		spec.Require(c.Samples >= 10 && c.Samples <= 1e6, "samples is a whole number from 10 to 1000000, not %d", c.Samples),
		spec.Require(c.Directions >= 2 && c.Directions <= 10000 && c.Directions%2 == 0, "directions is an even number from 2 to 10000, not %d", c.Directions),
		spec.Require(c.Tolerance >= 1e-6 && c.Tolerance < 1, "tolerance is from 1e-6 up to 1, not %g", c.Tolerance),
	)
}

// Run compares all pairs.
func (c *Compare) Run(ctx context.Context, env *spec.Env) (*artifacts.Artifact, error) {
	items, err := readItems(env)
	if err != nil {
		return nil, err
	}
	fits := env.Inputs("fits")
	switch {
	case len(fits) == 0 && len(items) == 0:
		return nil, errors.New("there is nothing to compare: give fits, or networks, laws and flows")
	case len(fits) == 1, len(items) == 1:
		return nil, errors.New("there is nothing to compare one with: give two or more fits, and two or more of networks, laws and flows together")
	case len(c.Groups) > 0 && len(c.Groups) != len(items):
		return nil, fmt.Errorf("groups names %d; networks, laws and flows are %d", len(c.Groups), len(items))
	}
	var given []*artifacts.Table
	var matched *matched
	if len(fits) > 0 {
		if matched, err = compareNeurons(ctx, fits, env.Inputs("subspaces")); err != nil {
			return nil, err
		}
		given = append(given, matched.table())
	}
	var laws *compared
	if len(items) > 0 {
		if laws, err = c.compareLaws(ctx, env, items); err != nil {
			return nil, err
		}
		given = append(given, laws.table())
	}
	out := artifacts.New(given...)
	if matched != nil {
		matched.metrics(out)
	}
	if laws != nil {
		laws.metrics(out)
	}
	return out, nil
}

func mean(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	return sum / float64(len(v))
}

func largest(v []float64) float64 {
	top := v[0]
	for _, x := range v {
		top = max(top, x)
	}
	return top
}
