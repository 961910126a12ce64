package fitlrrnn

import (
	"math"

	"reprise/artifacts"
	"reprise/stages/internal/tables"
)

// artifact is the fit as tables and metrics.
func (r *result) artifact() *artifacts.Artifact {
	neuron := artifacts.Dim{Name: tables.Neuron, Size: r.trials.Neurons}
	trial := artifacts.Dim{Name: tables.Trial, Size: r.trials.Len()}
	latent := artifacts.Dim{Name: tables.Latent, Size: r.states.Rank}
	mean := artifacts.Floats("mean_activity", "", r.mean)
	if r.model.Observation.Spikes() {
		mean = artifacts.Floats("mean_count", "spikes", r.mean)
	}
	columns := []artifacts.Column{
		artifacts.Floats("g", "", r.model.Gain), artifacts.Floats("c", "", r.model.Offset), artifacts.Floats("n_start", "", r.start, latent), mean,
	}
	if r.model.Variance != nil {
		columns = append(columns, artifacts.Floats("variance", "", r.model.Variance))
	}
	out := []*artifacts.Table{
		tables.Network(r.model.Network.Network(), columns...),
		tables.States(r.states, r.uncertainty()...),
		artifacts.NewTable("initial_state", trial, artifacts.Floats("kappa", "", r.model.Initial, latent)),
		tables.Dynamics(r.model),
		r.historyTable(),
	}
	if r.model.PSTH != nil {
		bin := artifacts.Dim{Name: "bin", Size: len(r.model.PSTH) / r.trials.Neurons}
		out = append(out, artifacts.NewTable("psth", bin, artifacts.Floats("offset", "", r.model.PSTH, neuron)))
	}
	if r.model.Drift != nil {
		out = append(out, artifacts.NewTable("drift", trial, artifacts.Floats("offset", "", r.model.Drift, neuron)))
	}
	if r.model.Noise != nil {
		out = append(out, artifacts.NewTable("latent_noise", latent, artifacts.Floats("covariance", "", r.model.Noise, latent)))
	}
	a := artifacts.New(out...)
	a.SetMetric("loss", r.loss)
	a.SetMetric("epochs", float64(len(r.history)))
	a.SetMetric("best_epoch", float64(r.best))
	if v := r.history[r.best-1].Validation; !math.IsNaN(v) {
		a.SetMetric("validation_"+r.scoreName(), v)
	}
	a.SetMetric("training_"+r.scoreName(), r.score)
	return a
}

// uncertainty is how far the latents may be from the states, with latent noise.
func (r *result) uncertainty() []artifacts.Column {
	if r.covariance == nil {
		return nil
	}
	rank := r.states.Rank
	sd := make([]float64, len(r.states.Kappa))
	for i := range sd {
		step, c := i/rank, i%rank
		sd[i] = math.Sqrt(max(0, r.covariance[(step*rank+c)*rank+c])) // rounding can leave less than 0
	}
	return []artifacts.Column{artifacts.Floats("kappa_sd", "", sd, artifacts.Dim{Name: tables.Latent, Size: rank})}
}

// scoreName is what the fit's score is called.
func (r *result) scoreName() string { return scoreName(r.model.Observation, r.model.Noise != nil) }

func (r *result) historyTable() *artifacts.Table {
	columns := make(map[string][]float64)
	for _, e := range r.history {
		for name, x := range map[string]float64{
			"loss": e.Loss, "grad_norm": e.GradientNorm, "learning_rate": e.Rate, "training": e.Training, "validation": e.Validation,
		} {
			columns[name] = append(columns[name], x)
		}
	}
	score := r.scoreName()
	out := []artifacts.Column{
		artifacts.Floats("loss", "", columns["loss"]), artifacts.Floats("grad_norm", "", columns["grad_norm"]),
		artifacts.Floats("learning_rate", "", columns["learning_rate"]), artifacts.Floats(score, "", columns["training"]),
	}
	if !math.IsNaN(columns["validation"][0]) {
		out = append(out, artifacts.Floats("validation_"+score, "", columns["validation"]))
	}
	return artifacts.NewTable("history", artifacts.Dim{Name: "epoch", Size: len(r.history)}, out...)
}
