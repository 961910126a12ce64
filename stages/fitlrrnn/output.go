package fitlrrnn

import (
	"reprise/artifacts"
	"reprise/stages/internal/tables"
)

// artifact is the fit as tables and metrics.
func (r *result) artifact() *artifacts.Artifact {
	neuron := artifacts.Dim{Name: tables.Neuron, Size: r.trials.Neurons}
	trial := artifacts.Dim{Name: tables.Trial, Size: r.trials.Len()}
	latent := artifacts.Dim{Name: tables.Latent, Size: r.states.Rank}
	mean := artifacts.Floats("mean_activity", "", r.mean)
	if r.model.Poisson {
		mean = artifacts.Floats("mean_count", "spikes", r.mean)
	}
	out := []*artifacts.Table{
		tables.Network(r.model.Network.Network(),
			artifacts.Floats("g", "", r.model.Gain), artifacts.Floats("c", "", r.model.Offset), mean),
		tables.States(r.states),
		artifacts.NewTable("initial_state", trial, artifacts.Floats("kappa", "", r.model.Initial, latent)),
		artifacts.NewTable("dynamics", artifacts.Dim{Name: "model", Size: 1}, artifacts.Floats("leak", "", []float64{r.model.Leak})),
		r.historyTable(),
	}
	if r.model.PSTH != nil {
		bin := artifacts.Dim{Name: "bin", Size: len(r.model.PSTH) / r.trials.Neurons}
		out = append(out, artifacts.NewTable("psth", bin, artifacts.Floats("offset", "", r.model.PSTH, neuron)))
	}
	if r.model.Drift != nil {
		out = append(out, artifacts.NewTable("drift", trial, artifacts.Floats("offset", "", r.model.Drift, neuron)))
	}
	a := artifacts.New(out...)
	a.SetMetric("loss", r.loss)
	a.SetMetric("epochs", float64(len(r.history)))
	if r.model.Poisson {
		a.SetMetric("training_bits_per_spike", r.score)
	} else {
		a.SetMetric("training_r_squared", r.score)
	}
	return a
}

func (r *result) historyTable() *artifacts.Table {
	var loss, norm, rate []float64
	for _, e := range r.history {
		loss = append(loss, e.loss)
		norm = append(norm, e.gradientNorm)
		rate = append(rate, e.rate)
	}
	return artifacts.NewTable("history", artifacts.Dim{Name: "epoch", Size: len(r.history)},
		artifacts.Floats("loss", "", loss), artifacts.Floats("grad_norm", "", norm), artifacts.Floats("learning_rate", "", rate))
}
