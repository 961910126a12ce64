// Package fitlrrnn is the kind fit_lrrnn: a low-rank recurrent network fitted to
// recorded or simulated trials by backpropagation through time.
package fitlrrnn

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"reprise/artifacts"
	"reprise/spec"
	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/tables"
	"reprise/stages/internal/trials"
)

// Kind declares fit_lrrnn.
var Kind = spec.Kind{
	Name: "fit_lrrnn",
	Doc: `Fits a low-rank recurrent network to spike counts or continuous activity.

With a = dt/τ the leak, u the inputs, v their filtered sum, R latents κ and N neurons:

    v_t = (1−a_v) v_{t−1} + u_t
    κ_t = (1−a) κ_{t−1} + (a/N) Σ_j n_j φ(x_{j,t−1} + b_j) + noise
    x_i = m_i·κ + B_i·v
    y_i = c_i + g_i x_i + psth_{t,i} + drift_{k,i}

Spikes (column counts of the input's table steps) have rate exp(min(y, 2)) a step; with link = "softplus" it is
r_i log(1 + exp(c_i + g_i x_i)) exp(psth + drift), r_i the neuron's mean count. Continuous activity (column activity) has mean
y, and is fitted in units of its standard deviation. The offsets psth and drift come from the training trials and are not trained. v accumulates inputs without the factor a: it
is v/a of the equation τ dv/dt = −v + u, and B is that much smaller.

Without latent noise the loss is the Poisson negative log-likelihood, or half the squared error over the data's pooled
variance, summed over neurons and divided by the batch's steps (Valente, Pillow and Ostojic 2022, by backpropagation through
time), plus weight_decay (|gm|² + |gB|² + |n|²/N). Adam descends it over batches of whole training trials; its learning rate
rises over 3 epochs and falls along a cosine to 2 %. Test trials are never trained on.

With latent noise, Gaussian with one variance for each latent, in every step and the first, the loss is the likelihood of the
trials: Monte-Carlo EM. The most probable path of each trial and the Gaussian around it (Laplace) give weighted paths, and the
gradient is averaged over them, their noise held fixed. Activity then has a fitted variance for each neuron. The loss that is
told is an upper bound of the negative log-likelihood (importance-weighted, without terms that no model changes).

The fit comes in a gauge in which two fits compare column by column: over the training trials' states the latents are white
(mean of κκᵀ = I), the columns of m are orthogonal with the longest first, and Σ_i (g_i m_i)³ is positive. Latents that stay
within fewer dimensions than the rank have no such gauge, and stay as they are.

What a fit leaves of its start is told by n_start: of what the data do not determine of n, a fit keeps most (Adam a little less than
plain gradient descent, which keeps all). With frozen = ["n"] n stays as it started while the rest is trained: what such a fit
explains needs no particular n.

Training can be stopped and goes on where it was, with the same outcome.`,
	New: func() spec.Method {
		return &Fit{Rank: 2, Nonlinearity: "tanh", Precision: "single", Epochs: 30, Batch: 25, LearningRate: 0.03, Leak: 0.1, Drift: true,
			InitialState: string(sharedState), Start: "aligned", WeightDecay: 1e-4, Clip: 1, Seed: 1}
	},
	Tables: []spec.Gives{
		{Name: "network", Doc: "a row a neuron: m[latent], n[latent], B[channel], b, phi where it is not tanh; g and c of its observation; n_start[latent], the n that the fit started from, in the gauge of n; its training mean per step, mean_count or mean_activity; with latent noise the variance of activity"},
		{Name: "states", Doc: "a row a step of every trial, as in the input's table steps: kappa[latent], v[channel]; with latent noise the most probable latents given all observations of the trial, and kappa_sd[latent], how far they may be off"},
		{Name: "latent_noise", Doc: "with latent noise, a row a latent: covariance[latent], per step"},
		{Name: "initial_state", Doc: "a row a trial: kappa[latent] at its first step"},
		{Name: "dynamics", Doc: "one row: leak, input_leak, observation"},
		{Name: "psth", Doc: "where the fit used it, a row a step since the start of a trial: offset[neuron]; later steps use the last row"},
		{Name: "drift", Doc: "where the fit used it, a row a trial: offset[neuron]"},
		{Name: "history", Doc: "a row an epoch: loss (mean over batches while they change the network), grad_norm (mean, before clipping), learning_rate, the score by that loss (bits_per_spike, r_squared or nats_per_value), and the same of the validation trials where there are any"},
	},
	Metrics: []spec.Gives{
		{Name: "loss", Doc: "loss per step on the training trials, without the penalty"},
		{Name: "training_bits_per_spike", Doc: "for spikes: log-likelihood of the training trials above each neuron's mean rate, in bits a spike; with latent noise a lower bound"},
		{Name: "training_r_squared", Doc: "for activity: share of the training trials' variance that the fit explains"},
		{Name: "training_nats_per_value", Doc: "for activity with latent noise: lower bound of the log-likelihood above a Gaussian of each neuron's mean and variance, nats a value"},
		{Name: "validation_bits_per_spike", Doc: "of the validation trials, where there are any"},
		{Name: "validation_r_squared", Doc: "of the validation trials, for activity"},
		{Name: "validation_nats_per_value", Doc: "of the validation trials, for activity with latent noise"},
		{Name: "epochs", Doc: "passes through the training trials that were made"},
		{Name: "best_epoch", Doc: "the pass, from 1, whose network this is: with validation the best, else the last"},
	},
}

// Fit holds the attributes of fit_lrrnn.
type Fit struct {
	Trials       spec.Ref `hcl:"trials" needs:"trials,steps" doc:"Stage that gives the trials to explain."`
	Rank         int      `hcl:"rank,optional" doc:"Rank of the connectivity: number of latents, 1 to 8."`
	Nonlinearity string   `hcl:"nonlinearity,optional" doc:"What a neuron makes of its drive: tanh, relu or softplus."`
	Link         *string  `hcl:"link,optional" doc:"From y to the rate of spikes: exp or softplus; not given: exp."`
	Epochs       int      `hcl:"epochs,optional" doc:"Passes through the training trials."`
	Batch        int      `hcl:"batch,optional" doc:"Trials a step of the optimiser."`
	LearningRate float64  `hcl:"learning_rate,optional" doc:"Learning rate after the warm-up."`
	Leak         float64  `hcl:"leak,optional" doc:"Leak a = dt/τ of each step: the bin width over the time constant of the neurons, such as 10 ms / 100 ms."`
	InputLeak    *float64 `hcl:"input_leak,optional" doc:"Leak a_v of the filter of inputs; not given: as leak; 1: no filter."`
	PSTH         *bool    `hcl:"psth,optional" doc:"Explain what all trials have in common over time by a fixed offset; not given: true for spikes, false for activity."`
	Drift        bool     `hcl:"drift,optional" doc:"Explain slow drift of the rates by a fixed offset, where the trials have spikes, start and baseline."`
	InitialState string   `hcl:"initial_state,optional" doc:"Where trials start. shared: one state, fitted; trial: one a trial, fitted, where test trials get the mean of the training trials; given: the column initial_state of the trials."`
	Start        string   `hcl:"start,optional" doc:"Family of the connectivity that a fit starts from. aligned: n and m overlap; small, large: independent Gaussian m and n of standard deviation 0.5, 2; heavy: m of Student's t with 3 degrees of freedom, a tenth of the neurons drive; clusters: m near 1.5 or -1.5. Of all but the first b is Gaussian of 0.3."`
	Frozen       []string `hcl:"frozen,optional" doc:"What is not trained but stays as it started: any of m, n, B and b."`
	LatentNoise  bool     `hcl:"latent_noise,optional" doc:"Whether noise drives the latents, beside the inputs."`
	WeightDecay  float64  `hcl:"weight_decay,optional" doc:"Weight of the penalty on connectivity and readout."`
	Validation   float64  `hcl:"validation,optional" doc:"Share of the training trials that is not fitted but scored after each epoch; the network of the best epoch is kept."`
	Patience     int      `hcl:"patience,optional" doc:"Stop when the validation score has not risen for so many epochs; 0: go through all. Needs validation."`
	Clip         float64  `hcl:"clip,optional" doc:"Largest norm of a gradient; longer ones are shortened to it."`
	Precision    string   `hcl:"precision,optional" doc:"Of neurons' activity and derivatives while training: single or double. Parameters, sums over trials, inference and all that is given are double. Single is used for tanh neurons with exp rates and up to 12 weights each."`
	Seed         int      `hcl:"seed,optional" doc:"Seed of the network's start and of the order of trials."`
}

// Check refuses attributes outside their range.
func (f *Fit) Check() error {
	return errors.Join(
		spec.Require(f.Rank >= 1 && f.Rank <= 8, "rank is a whole number from 1 to 8, not %d", f.Rank),
		spec.Require(f.Epochs >= 1, "epochs is at least 1, not %d", f.Epochs),
		spec.Require(f.Batch >= 1, "batch is at least 1 trial, not %d", f.Batch),
		spec.Require(f.LearningRate > 0, "learning_rate is above 0, not %g", f.LearningRate),
		spec.Require(f.Leak > 0 && f.Leak <= 1, "leak is above 0 and at most 1, not %g", f.Leak),
		spec.Require(knownNonlinearity(f.Nonlinearity), "nonlinearity is tanh, relu or softplus, not %q", f.Nonlinearity),
		spec.Require(f.Precision == "single" || f.Precision == "double", "precision is single or double, not %q", f.Precision),
		spec.Require(f.Link == nil || *f.Link == "exp" || *f.Link == "softplus", "link is exp or softplus"),
		spec.Require(f.InputLeak == nil || *f.InputLeak > 0 && *f.InputLeak <= 1, "input_leak is above 0 and at most 1, not %g", f.inputLeak()),
		spec.Require(f.Validation >= 0 && f.Validation < 1, "validation is a share from 0 to below 1, not %g", f.Validation),
		spec.Require(f.Patience >= 0, "patience is 0 or a number of epochs, not %d", f.Patience),
		spec.Require(f.Patience == 0 || f.Validation > 0, "patience needs validation: a share of the training trials to score"),
		spec.Require(f.WeightDecay >= 0, "weight_decay is 0 or more, not %g", f.WeightDecay),
		spec.Require(f.Clip > 0, "clip is above 0, not %g", f.Clip),
		spec.Require(slices.Contains([]initialState{sharedState, trialState, givenState}, initialState(f.InitialState)),
			"initial_state is shared, trial or given, not %q", f.InitialState),
		f.checkFrozen(),
		spec.Require(families[f.Start].draw != nil, "start is %s, not %q", strings.Join(slices.Sorted(maps.Keys(families)), ", "), f.Start),
	)
}

// checkFrozen refuses what cannot be frozen.
func (f *Fit) checkFrozen() error {
	for _, name := range f.Frozen {
		if !slices.Contains([]string{"m", "n", "B", "b"}, name) {
			return fmt.Errorf("frozen names any of m, n, B and b, not %q", name)
		}
	}
	return nil
}

func knownNonlinearity(name string) bool {
	_, ok := lrrnn.ParseNonlinearity(name)
	return ok
}

// inputLeak is the leak of the inputs' filter.
func (f *Fit) inputLeak() float64 {
	if f.InputLeak != nil {
		return *f.InputLeak
	}
	return f.Leak
}

// observation is how the trials' neurons are observed.
func (f *Fit) observation(t *trials.Trials) lrrnn.Observation {
	switch {
	case t.Counts == nil:
		return lrrnn.Gaussian
	case f.Link != nil && *f.Link == "softplus":
		return lrrnn.PoissonSoftplus
	}
	return lrrnn.PoissonExp
}

// Run fits the network.
func (f *Fit) Run(ctx context.Context, env *spec.Env) (*artifacts.Artifact, error) {
	t, err := tables.ReadTrials(env.Input("trials"))
	if err != nil {
		return nil, err
	}
	name := scoreName(f.observation(t), f.LatentNoise)
	tell := func(number int, e epoch) {
		values := map[string]float64{"loss": e.Loss, name: e.Training, "grad_norm": e.GradientNorm}
		if !math.IsNaN(e.Validation) {
			values["validation_"+name] = e.Validation
		}
		env.Progress(spec.Progress{Done: number, Total: f.Epochs, Unit: "epoch", Values: values})
	}
	r, err := f.fit(ctx, t, outside{threads: env.Threads(), tell: tell, restore: env.Restore(), checkpoint: env.Checkpoint})
	if err != nil {
		return nil, err
	}
	for i, mean := range r.mean {
		if f.observation(t) == lrrnn.PoissonExp && mean > math.Exp(lrrnn.MaxLogRate)/2 {
			env.Logf(`neuron %d (from 0) has %.3g spikes a step on average, and exp rates end at %.3g: take link = "softplus", or shorter steps`, i, mean, math.Exp(lrrnn.MaxLogRate))
		}
	}
	return r.artifact(), nil
}
