package compareconnectivity

import (
	"context"
	"fmt"

	"reprise/artifacts"
	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/tables"
)

// matched are the comparisons of networks neuron by neuron, a row a pair.
type matched struct {
	first, second []int64
	names         []string
	columns       [][]float64
}

func compareNeurons(ctx context.Context, fits, subspaces []*artifacts.Artifact) (*matched, error) {
	networks, err := readNetworks(fits)
	if err != nil {
		return nil, err
	}
	identified, err := readModes(subspaces, networks)
	if err != nil {
		return nil, err
	}
	var m, n []*span
	for _, net := range networks {
		m = append(m, newSpan(net.M, net.Neurons, net.Rank))
		n = append(n, newSpan(net.N, net.Neurons, net.Rank))
	}
	out := &matched{names: []string{"distance", "angle_m", "angle_n"}}
	if identified != nil {
		out.names = append(out.names, "angle_identified")
	}
	out.columns = make([][]float64, len(out.names))
	for i := range networks {
		for j := range i {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			out.first, out.second = append(out.first, int64(j)), append(out.second, int64(i))
			values := []float64{distance(networks[j], networks[i]), largestAngle(m[j], m[i]), largestAngle(n[j], n[i])}
			if identified != nil {
				values = append(values, largestAngle(identified[j], identified[i]))
			}
			for k, v := range values {
				out.columns[k] = append(out.columns[k], v)
			}
		}
	}
	return out, nil
}

// table is the table pairs.
func (p *matched) table() *artifacts.Table {
	columns := []artifacts.Column{artifacts.Ints("first", "", p.first), artifacts.Ints("second", "", p.second)}
	for k, name := range p.names {
		unit := ""
		if k > 0 {
			unit = "degree"
		}
		columns = append(columns, artifacts.Floats(name, unit, p.columns[k]))
	}
	return artifacts.NewTable("pairs", artifacts.Dim{Name: "pair", Size: len(p.first)}, columns...)
}

// metrics sets the metrics.
func (p *matched) metrics(to *artifacts.Artifact) {
	for k, name := range p.names {
		to.SetMetric(name, mean(p.columns[k]))
	}
	to.SetMetric("max_distance", largest(p.columns[0]))
}

func readNetworks(inputs []*artifacts.Artifact) (networks []*lrrnn.Network, err error) {
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
