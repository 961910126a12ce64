// Package compareconnectivity is the kind compare_connectivity: how far fits of
// the same neurons agree in their connectivity, whatever basis each wrote its
// latents in (method.md, section 2, P1, and section 8, matched neurons).
package compareconnectivity

import (
	"context"
	"errors"
	"fmt"

	"reprise/artifacts"
	"reprise/spec"
	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/tables"
)

// Kind is compare_connectivity.
var Kind = spec.Kind{
	Name: "compare_connectivity",
	Doc: `Compares the connectivities of networks of the same neurons, pair by pair, in ways that do not depend on the gauge.

Latents can be written in any basis: n A and m A^-T give the same network for any invertible A. So m and n are never compared entry by
entry. What is compared is the connectivity W = n m^T itself, and the subspaces that m, n and the identified directions span, by their
principal angles. Two fits agree where distance is near 0 and the angles are small; independent ones have a distance near the square root of 2
and angles near 90 degrees.`,
	New: func() spec.Method { return &Compare{} },
	Tables: []spec.Gives{
		{Name: "pairs", Doc: "a row a pair of networks, by their place in fits: first, second, distance, and the largest principal angles angle_m, angle_n and, with subspaces, angle_identified (degrees)"},
	},
	Metrics: []spec.Gives{
		{Name: "distance", Doc: "mean over pairs of |W - W'| relative to the root mean square of |W| and |W'|, Frobenius norms: 0 the same, square root of 2 unrelated"},
		{Name: "max_distance", Doc: "largest distance of a pair"},
		{Name: "angle_m", Doc: "mean over pairs of the largest principal angle between the spans of m, degrees"},
		{Name: "angle_n", Doc: "mean over pairs of the largest principal angle between the spans of n, degrees"},
		{Name: "angle_identified", Doc: "mean over pairs of the largest principal angle between identified subspaces, degrees; only with subspaces"},
	},
}

// Compare holds the attributes of compare_connectivity.
type Compare struct {
	Fits      spec.Refs `hcl:"fits" needs:"network" doc:"Two or more stages with a network of the same neurons, such as fits from several seeds."`
	Subspaces spec.Refs `hcl:"subspaces,optional" needs:"modes" doc:"The identified subspace of each network, in the same order."`
}

// Run compares all pairs.
func (c *Compare) Run(ctx context.Context, env *spec.Env) (*artifacts.Artifact, error) {
	networks, err := readNetworks(env.Inputs("fits"))
	if err != nil {
		return nil, err
	}
	identified, err := readModes(env.Inputs("subspaces"), networks)
	if err != nil {
		return nil, err
	}
	var m, n []*span
	for _, net := range networks {
		m = append(m, newSpan(net.M, net.Neurons, net.Rank))
		n = append(n, newSpan(net.N, net.Neurons, net.Rank))
	}
	var first, second []int64
	columns := [][]float64{nil, nil, nil, nil}
	for i := range networks {
		for j := range i {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			first, second = append(first, int64(j)), append(second, int64(i))
			values := []float64{distance(networks[j], networks[i]), largestAngle(m[j], m[i]), largestAngle(n[j], n[i])}
			if identified != nil {
				values = append(values, largestAngle(identified[j], identified[i]))
			}
			for k, v := range values {
				columns[k] = append(columns[k], v)
			}
		}
	}
	shown := []artifacts.Column{artifacts.Ints("first", "", first), artifacts.Ints("second", "", second), artifacts.Floats("distance", "", columns[0]),
		artifacts.Floats("angle_m", "degree", columns[1]), artifacts.Floats("angle_n", "degree", columns[2])}
	if identified != nil {
		shown = append(shown, artifacts.Floats("angle_identified", "degree", columns[3]))
	}
	out := artifacts.New(artifacts.NewTable("pairs", artifacts.Dim{Name: "pair", Size: len(first)}, shown...))
	for k, name := range []string{"distance", "angle_m", "angle_n", "angle_identified"} {
		if len(columns[k]) > 0 {
			out.SetMetric(name, mean(columns[k]))
		}
	}
	out.SetMetric("max_distance", largest(columns[0]))
	return out, nil
}

func readNetworks(inputs []*artifacts.Artifact) (networks []*lrrnn.Network, err error) {
	if len(inputs) < 2 {
		return nil, errors.New("fits takes two or more stages: there is nothing to compare one with")
	}
	for i, in := range inputs {
		net, err := tables.ReadNetwork(in)
		if err != nil {
			return nil, err
		}
		if i > 0 && net.Neurons != networks[0].Neurons {
			return nil, fmt.Errorf("network %d has %d neurons and network 0 has %d: only networks of the same neurons are compared neuron by neuron", i, net.Neurons, networks[0].Neurons)
		}
		networks = append(networks, net)
	}
	return networks, nil
}

// readModes reads the identified subspace of each network; nil where none is given.
func readModes(inputs []*artifacts.Artifact, networks []*lrrnn.Network) (all []*span, err error) {
	if len(inputs) == 0 {
		return nil, nil
	}
	if len(inputs) != len(networks) {
		return nil, fmt.Errorf("subspaces has %d stages and fits has %d: it takes one for each fit, in the same order", len(inputs), len(networks))
	}
	for i, in := range inputs {
		table, err := in.Table("modes")
		if err != nil {
			return nil, err
		}
		modes, err := table.Array("mode", tables.Neuron, "mode")
		if err != nil {
			return nil, err
		}
		if modes.Size(tables.Neuron) != networks[i].Neurons {
			return nil, fmt.Errorf("subspace %d is of %d neurons, its network has %d", i, modes.Size(tables.Neuron), networks[i].Neurons)
		}
		all = append(all, newSpan(modes.Data, modes.Size(tables.Neuron), modes.Size("mode")))
	}
	return all, nil
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
