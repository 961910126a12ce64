package evaluateflow

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"reprise/artifacts"
	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/tables"
)

// reader reads columns of an artifact's tables and keeps the first error.
type reader struct {
	from *artifacts.Artifact
	err  error
}

// array returns a column of the table with these dimensions.
func (r *reader) array(table, column string, dims ...string) artifacts.Array {
	var out artifacts.Array
	t, err := r.from.Table(table)
	if err == nil {
		out, err = t.Array(column, dims...)
	}
	if err != nil && r.err == nil {
		r.err = err
	}
	return out
}

func (r *reader) has(table, column string) bool {
	t, err := r.from.Table(table)
	return err == nil && t.Has(column)
}

// flow is what the tables of a flow say, in its gauge.
type flow struct {
	law, samples *lrrnn.Network // neurons whose average is the mean field
	nodes        *lrrnn.Network // the law's, with the mean of n at each
	weight       []float64      // of the law's nodes, summing to 1
	spread       float64        // of n about that mean
	logFlow      []float64      // log density of each sample under the flow, and under the law
	logLaw       []float64

	rank, inputs int
	kappa, v     []float64 // states, T x R and T x U
	field        []float64 // the target's field there, T x R
	held         []bool
	step         []int

	a *mat.Dense // gauge: κ here = A κ of the target
}

func readFlow(from *artifacts.Artifact) (*flow, error) {
	r := &reader{from: from}
	f := &flow{}
	f.law = r.network("law", "node", "nbar")
	f.samples = r.network("samples", "sample", "n")
	f.weight = r.array("law", "weight", "node").Data
	f.logFlow = r.array("samples", "log_density_flow", "sample").Data
	f.logLaw = r.array("samples", "log_density_law", "sample").Data
	kappa := r.array("targets", "kappa", "state", tables.Latent)
	f.kappa, f.rank = kappa.Data, kappa.Size(tables.Latent)
	if r.has("targets", "v") {
		v := r.array("targets", "v", "state", tables.Channel)
		f.v, f.inputs = v.Data, v.Size(tables.Channel)
	}
	f.field = r.array("targets", "field", "state", tables.Latent).Data
	for _, x := range r.array("targets", "held_out", "state").Data {
		f.held = append(f.held, x != 0)
	}
	for _, x := range r.array("targets", "step", "state").Data {
		f.step = append(f.step, int(x))
	}
	a := r.array("gauge", "A", "gauge", tables.Latent, "target_latent")
	if r.err != nil {
		return nil, r.err
	}
	if f.law.Rank != f.rank || f.samples.Rank != f.rank || f.law.Inputs != f.inputs || f.samples.Inputs != f.inputs || len(a.Data) != f.rank*f.rank {
		return nil, fmt.Errorf("the flow's tables disagree on the numbers of latents and inputs")
	}
	f.a = mat.NewDense(f.rank, f.rank, a.Data)
	// The base's scale of n, the last coordinate, is also what n varies by.
	base := r.array("coordinates", "base", "coordinate").Data
	if r.err != nil {
		return nil, r.err
	}
	if len(base) != 2*f.rank+f.inputs+1 {
		return nil, fmt.Errorf("table coordinates has %d rows, not one for each of m, B, b and n", len(base))
	}
	f.spread = base[len(base)-1]
	nodes := *f.law
	f.nodes = &nodes
	// n of a node counts as often as its weight says: the network's field, an
	// average over neurons, is then the law's mean field.
	weighted := make([]float64, len(f.law.N))
	for i, n := range f.law.N {
		weighted[i] = n * f.weight[i/f.rank] * float64(f.law.Neurons)
	}
	f.law.N = weighted
	return f, nil
}

// network reads points (m, B, b, n) as neurons.
func (r *reader) network(table, row, n string) *lrrnn.Network {
	m := r.array(table, "m", row, tables.Latent)
	out := &lrrnn.Network{Neurons: m.Size(row), Rank: m.Size(tables.Latent), M: m.Data}
	out.N = r.array(table, n, row, tables.Latent).Data
	out.Bias = r.array(table, "b", row).Data
	if r.has(table, "B") {
		b := r.array(table, "B", row, tables.Channel)
		out.B, out.Inputs = b.Data, b.Size(tables.Channel)
	}
	return out
}

// truth is the network that made the data, at the states that it visited.
type truth struct {
	network *lrrnn.Network
	states  *lrrnn.States // one for each state of the flow's targets
}

func readTruth(from *artifacts.Artifact, steps []int) (*truth, error) {
	network, err := tables.ReadNetwork(from)
	if err != nil {
		return nil, err
	}
	all, err := tables.ReadStates(from)
	if err != nil {
		return nil, err
	}
	if all.Rank != network.Rank || all.Inputs != network.Inputs {
		return nil, fmt.Errorf("the truth's network has %d latents and %d inputs, its states have %d and %d", network.Rank, network.Inputs, all.Rank, all.Inputs)
	}
	out := &truth{network, &lrrnn.States{Rank: all.Rank, Inputs: all.Inputs}}
	for _, s := range steps {
		if s < 0 || s >= all.Len() {
			return nil, fmt.Errorf("the flow's target has a state at step %d, the truth has %d steps: they are not states of the same trials", s, all.Len())
		}
		kappa, v := all.At(s)
		out.states.Kappa = append(out.states.Kappa, kappa...)
		out.states.V = append(out.states.V, v...)
	}
	return out, nil
}
