// Package evaluatefit is the kind evaluate_fit: how well a fitted low-rank
// network explains trials it has not seen, and which parts of it do.
package evaluatefit

import (
	"context"
	"fmt"

	"reprise/artifacts"
	"reprise/spec"
	"reprise/stages/internal/tables"
)

// Kind declares evaluate_fit.
var Kind = spec.Kind{
	Name: "evaluate_fit",
	Doc: `Scores a fitted network on the test trials, whole and in parts.

Spikes are scored in bits a spike: (LL − LL of each neuron's training mean rate) / (spikes · ln 2), pooled over neurons
and test trials; continuous activity by R² about each neuron's training mean, pooled alike. Every part is run through the
trials anew. With a subspace, n is replaced by its identified part, and by that plus Gaussian noise in the complement, as
long as what was there: if the score stays, the data say nothing about the complement.

PSTHs are by choice, of test trials, smoothed by a causal Gaussian (σ 10 steps, 40 long), at steps that at least 10 trials
of a choice reach; R² is per neuron over choice x step.

A fit with latent noise is scored without the noise like any other (bits_per_spike), with rates averaged over draws of the
noise (_prior), and by the likelihood that it gives the test trials: an importance-weighted lower bound of it from 64 paths a
trial around the most probable one (_bound; Burda, Grosse and Salakhutdinov 2016), which is what the table test_trials has then.

The generative checks draw spikes from the model, knowing the inputs alone, and compare counts in windows of 20 steps with the
data's: the variance over the mean of each neuron, and the correlation of pairs.

The choice is decoded from the latents at a trial's last step by
logistic regression (ridge 0.01) on the training trials. A metric that the data do not allow is absent.`,
	New: func() spec.Method { return &Evaluate{Seed: 1} },
	Tables: []spec.Gives{
		{Name: "neurons", Doc: "a row a neuron, on test trials: for spikes, spikes and bits (log-likelihood above the training mean rate); for activity, squared_error and squared_deviation from the training mean"},
		{Name: "test_trials", Doc: "a row a test trial, over neurons: position (in the file of the recording, from 0, or else among the trials); for spikes, spikes and gain (log-likelihood above the training mean rates, nats; with latent noise its lower bound); for activity, squared_error and squared_deviation from the training means"},
		{Name: "fit", Doc: "one row: rank of the fit, and whether it has latent noise"},
		{Name: "generative", Doc: "for spikes, a row a neuron, of counts in windows of 20 steps: mean_data, mean_model, fano_data, fano_model (variance over mean)"},
		{Name: "psth", Doc: "for spikes with choices, a row a choice (0 left, 1 right) and step: trials, data[neuron] and model[neuron] in counts a step, smoothed"},
	},
	Metrics: []spec.Gives{
		{Name: "bits_per_spike", Doc: "of the fit, for spikes"},
		{Name: "bits_per_spike_offsets_only", Doc: "of the mean rates with the offsets psth and drift alone"},
		{Name: "bits_per_spike_without_recurrence", Doc: "of the fit with n = 0"},
		{Name: "bits_per_spike_identified", Doc: "of the fit with the identified part of n alone; needs subspace"},
		{Name: "bits_per_spike_identified_plus_noise", Doc: "of the fit with the identified part of n and fresh noise of equal norm in the complement; needs subspace"},
		{Name: "r_squared", Doc: "of the fit, for continuous activity"},
		{Name: "r_squared_offsets_only", Doc: "of the mean activity with the offset psth alone"},
		{Name: "r_squared_without_recurrence", Doc: "of the fit with n = 0"},
		{Name: "r_squared_identified", Doc: "of the fit with the identified part of n alone; needs subspace"},
		{Name: "r_squared_identified_plus_noise", Doc: "of the fit with the identified part of n and fresh noise of equal norm in the complement; needs subspace"},
		{Name: "bits_per_spike_bound", Doc: "lower bound of the log-likelihood of a fit with latent noise"},
		{Name: "bits_per_spike_prior", Doc: "of the rates of a fit with latent noise, averaged over draws of the noise that know the inputs alone"},
		{Name: "nats_per_value_bound", Doc: "for activity: lower bound of the log-likelihood of a fit with latent noise, above a Gaussian of each neuron's training mean and variance, nats a value"},
		{Name: "effective_paths", Doc: "of the 64 weighted paths of a bound, how many count, mean over test trials"},
		{Name: "fano_data", Doc: "for spikes: variance over mean of the counts in windows of 20 steps, median over neurons, of the test trials"},
		{Name: "fano_model", Doc: "the same of spikes that the model draws"},
		{Name: "correlation_data", Doc: "for spikes: correlation of the counts of two neurons in windows of 20 steps, mean over pairs, of the test trials"},
		{Name: "correlation_model", Doc: "the same of spikes that the model draws"},
		{Name: "psth_r2_pooled", Doc: "R² of the PSTHs by choice, neurons pooled"},
		{Name: "psth_r2_median", Doc: "R² of the PSTHs by choice, median over neurons"},
		{Name: "choice_accuracy", Doc: "share of test trials whose choice the last latents tell"},
	},
}

// Evaluate holds the attributes of evaluate_fit.
type Evaluate struct {
	Trials   spec.Ref `hcl:"trials" needs:"trials,steps" doc:"Stage that gives the trials; those marked test are scored."`
	Fit      spec.Ref `hcl:"fit" needs:"network,states,initial_state,dynamics" doc:"Stage that gives the fit of these trials."`
	Subspace spec.Ref `hcl:"subspace,optional" needs:"neurons,modes" doc:"Stage that gives the identified part of the fit's n."`
	Seed     int      `hcl:"seed,optional" doc:"Seed of all that is drawn: noise in the complement of the subspace, paths, spikes."`
}

// Run scores the fit.
func (e *Evaluate) Run(ctx context.Context, env *spec.Env) (*artifacts.Artifact, error) {
	t, err := tables.ReadTrials(env.Input("trials"))
	if err != nil {
		return nil, err
	}
	f, err := readFit(env.Input("fit"), t)
	if err != nil {
		return nil, err
	}
	var sub *subspace
	if in := env.Input("subspace"); in != nil {
		if sub, err = readSubspace(in, f.model); err != nil {
			return nil, err
		}
	}
	training, test := t.Split()
	if len(test) == 0 {
		return nil, fmt.Errorf("none of the %d trials is marked test: there is nothing to score the fit on", t.Len())
	}
	s := &scorer{trials: t, test: test, mean: f.mean, threads: env.Threads()}
	states := f.model.States(t, env.Threads()) // without noise
	whole := s.score(f.model, states)
	positions, err := tables.ReadPositions(env.Input("trials"))
	if err != nil {
		return nil, err
	}
	var noisy *noisy
	if f.model.Noise != nil {
		noisy = s.noisy(ctx, f, states, training, e.Seed)
	}
	out := append(tables.Score(whole.heldOut(f.states.Rank, positions, test, noisy)), whole.table(t))
	metrics := s.partScores(ctx, f, sub, e.Seed)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	metrics[""] = whole
	var psth *psth
	if t.Counts != nil && t.Choice != nil {
		psth = newPSTH(t, test, f.model, states)
		out = append(out, psth.table())
	}
	checks := s.generative(ctx, f, states, e.Seed)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if checks != nil {
		out = append(out, checks.table())
	}
	a := artifacts.New(out...)
	noisy.setMetrics(a)
	checks.setMetrics(a)
	for part, score := range metrics {
		if value, ok := score.value(); ok {
			a.SetMetric(score.name()+part, value)
		}
	}
	if psth != nil {
		if pooled, median, ok := psth.rSquared(); ok {
			a.SetMetric("psth_r2_pooled", pooled)
			a.SetMetric("psth_r2_median", median)
		}
	}
	if accuracy, ok := choiceAccuracy(t, f.states, training, test); ok {
		a.SetMetric("choice_accuracy", accuracy)
	}
	return a, nil
}
