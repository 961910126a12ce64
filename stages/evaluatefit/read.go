package evaluatefit

import (
	"fmt"

	"reprise/artifacts"
	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/tables"
	"reprise/stages/internal/trials"
)

// fit is a fitted model, the states it visits, and each neuron's training mean.
type fit struct {
	model  *lrrnn.Model
	states *lrrnn.States // with latent noise the most probable ones, given all spikes
	mean   []float64
}

// readFit reads a fit of the given trials.
func readFit(a *artifacts.Artifact, t *trials.Trials) (*fit, error) {
	net, err := tables.ReadNetwork(a)
	if err != nil {
		return nil, err
	}
	f := &fit{model: &lrrnn.Model{Network: net.Columns(), Observation: lrrnn.Gaussian}}
	if f.states, err = tables.ReadStates(a); err != nil {
		return nil, err
	}
	if net.Neurons != t.Neurons || f.states.Len() != t.TotalSteps() || net.Inputs != t.Channels {
		return nil, fmt.Errorf("the fit is of other trials: it has %d neurons, %d steps and %d input channels, the trials have %d, %d and %d",
			net.Neurons, f.states.Len(), net.Inputs, t.Neurons, t.TotalSteps(), t.Channels)
	}
	if err := tables.ReadDynamics(a, f.model, t.Counts != nil); err != nil {
		return nil, err
	}
	mean := "mean_activity"
	if f.model.Observation.Spikes() {
		mean = "mean_count"
	}
	c := columns{artifact: a}
	f.model.Gain = c.read("network", "g", net.Neurons, tables.Neuron)
	f.model.Offset = c.read("network", "c", net.Neurons, tables.Neuron)
	f.mean = c.read("network", mean, net.Neurons, tables.Neuron)
	f.model.Initial = c.read("initial_state", "kappa", t.Len()*net.Rank, tables.Trial, tables.Latent)
	if f.model.Observation == lrrnn.PoissonSoftplus {
		f.model.Scale = f.mean
	}
	if a.Has("psth") {
		f.model.PSTH = c.read("psth", "offset", -1, "bin", tables.Neuron)
		if c.err == nil && (len(f.model.PSTH) == 0 || len(f.model.PSTH)%t.Neurons != 0) {
			return nil, fmt.Errorf("table psth of the fit does not have %d neurons", t.Neurons)
		}
	}
	if a.Has("drift") {
		f.model.Drift = c.read("drift", "offset", t.Len()*t.Neurons, tables.Trial, tables.Neuron)
	}
	if a.Has("latent_noise") {
		f.model.Noise = c.read("latent_noise", "covariance", net.Rank*net.Rank, tables.Latent, tables.Latent)
		if !f.model.Observation.Spikes() {
			f.model.Variance = c.read("network", "variance", net.Neurons, tables.Neuron)
		}
	}
	return f, c.err
}

// subspace is what the data identify of a fit's n.
type subspace struct {
	identified [][]float64 // rank x neurons: P n
	modes      [][]float64 // mode x neurons: orthonormal, the span of what is identified
}

// readSubspace reads the subspace of a model.
func readSubspace(a *artifacts.Artifact, m *lrrnn.Model) (*subspace, error) {
	neurons, rank := m.Network.Neurons, m.Network.Rank
	c := columns{artifact: a}
	identified := c.read("neurons", "n_identified", neurons*rank, tables.Neuron, tables.Latent)
	modes := c.read("modes", "mode", -1, tables.Neuron, "mode")
	if c.err == nil && (len(modes) == 0 || len(modes)%neurons != 0) {
		c.err = fmt.Errorf("table modes of the subspace does not have %d neurons", neurons)
	}
	if c.err != nil {
		return nil, c.err
	}
	return &subspace{identified: transposed(identified, neurons), modes: transposed(modes, neurons)}, nil
}

// transposed turns a row-major array of that many rows into its columns.
func transposed(values []float64, rows int) [][]float64 {
	out := make([][]float64, len(values)/rows)
	for c := range out {
		out[c] = make([]float64, rows)
		for i := range rows {
			out[c][i] = values[i*len(out)+c]
		}
	}
	return out
}

// columns reads columns of an artifact and keeps the first error.
type columns struct {
	artifact *artifacts.Artifact
	err      error
}

// read returns a column's values; there must be size of them, unless size is negative.
func (c *columns) read(table, column string, size int, dims ...string) []float64 {
	if c.err != nil {
		return nil
	}
	t, err := c.artifact.Table(table)
	if err != nil {
		c.err = err
		return nil
	}
	a, err := t.Array(column, dims...)
	if err == nil && size >= 0 && len(a.Data) != size {
		err = fmt.Errorf("column %s of table %s has %d values, not the %d that fit the trials", column, table, len(a.Data), size)
	}
	c.err = err
	return a.Data
}
