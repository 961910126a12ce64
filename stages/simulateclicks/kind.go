// Package simulateclicks is the kind simulate_clicks: a session of the clicks
// task from a known network of rank two, as the tables of a recording.
package simulateclicks

import (
	"context"
	"errors"
	"fmt"

	"reprise/artifacts"
	"reprise/spec"
	"reprise/stages/internal/clicks"
	"reprise/stages/internal/tables"
	"reprise/stages/internal/trials"
)

// Kind is simulate_clicks.
var Kind = spec.Kind{
	Name: "simulate_clicks",
	Doc: `Simulates a recording of the clicks task from a known network of rank two.

Random clicks from both sides, about 40 a second, drive a recurrent network whose two latents race: each accumulates the
clicks of its side and holds the other back. Neurons fire Poisson spikes at exp(c + g x + psth + drift),
x = m·kappa + B·v, in bins of 10 ms; drift is slow over the session. The choice is the side whose latent is larger at
the trial's end, with a little noise.

It gives the tables of load_clicks_recording and, beside them, the truth as fit_lrrnn gives a fit, so that evaluate_fit can
score the true model beside a fitted one, and every state. v counts
clicks without the factor of the leak: v[t] = 0.9 v[t-1] + clicks[t]. With shuffle_clicks, the inputs are
shuffled after the simulation; the states stay true.`,
	New: func() spec.Method {
		return &Simulate{Trials: 400, Neurons: 60, Seed: 1, Folds: 5, TestFold: 4, LatentNoise: 0.03, MeanRate: 8}
	},
	Tables: []spec.Gives{
		{Name: "trials", Doc: "a row a trial: first_step, steps, test, start (s), choice (1 right), gamma, baseline[neuron] (Hz), index (from 1)"},
		{Name: "steps", Doc: "a row a bin of 10 ms, trials packed one behind the other: counts[neuron], inputs[channel] (left, right clicks)"},
		{Name: "neurons", Doc: "a row a neuron: index (from 1), area (simulated)"},
		{Name: "network", Doc: "the truth, a row a neuron: m[latent], n[latent], B[channel], b, g (gain), c (log rate per bin); mean_count, of the training trials"},
		{Name: "initial_state", Doc: "the truth, a row a trial: kappa[latent] at its first step, without noise"},
		{Name: "dynamics", Doc: "the truth, one row: leak, input_leak, observation"},
		{Name: "psth", Doc: "the truth, a row a step since the start of a trial: offset[neuron], log rate"},
		{Name: "drift", Doc: "the truth, a row a trial: offset[neuron], log rate"},
		{Name: "latent_noise", Doc: "the truth where there is noise, a row a latent: covariance[latent]"},
		{Name: "states", Doc: "the truth, a row a step: kappa[latent], v[channel]"},
	},
	Metrics: []spec.Gives{
		{Name: "trials", Doc: "number of trials"},
		{Name: "neurons", Doc: "number of neurons"},
		{Name: "spikes", Doc: "number of spikes"},
		{Name: "test_trials", Doc: "number of trials held out"},
	},
}

// maxCells bounds trials times neurons, and so the memory: about 1 GB of counts and baselines.
const maxCells = 10_000_000

// Simulate holds the attributes of simulate_clicks.
type Simulate struct {
	Trials        int     `hcl:"trials,optional" doc:"Number of trials."`
	Neurons       int     `hcl:"neurons,optional" doc:"Number of neurons, 16 or more; all of them are recorded."`
	Seed          int     `hcl:"seed,optional" doc:"Seed of all that is random."`
	Folds         int     `hcl:"folds,optional" doc:"In how many folds trials are dealt, by their position."`
	TestFold      int     `hcl:"test_fold,optional" doc:"The fold that is held out for the test, from 0."`
	ShuffleClicks bool    `hcl:"shuffle_clicks,optional" doc:"Whether to give each trial the clicks of another one, cut to its own length: a control."`
	LatentNoise   float64 `hcl:"latent_noise,optional" doc:"Standard deviation of the noise that each latent receives in each step."`
	MeanRate      float64 `hcl:"mean_rate,optional" doc:"Mean firing rate of the neurons at rest, Hz."`
}

// Check refuses attributes that make no session.
func (s *Simulate) Check() error {
	err := errors.Join(
		spec.Require(s.Neurons >= minNeurons, "neurons is a whole number from %d, not %d", minNeurons, s.Neurons),
		spec.Require(s.Trials >= 2, "trials is a whole number from 2, not %d", s.Trials),
		spec.Require(s.LatentNoise >= 0 && s.LatentNoise <= 10, "latent_noise is a number from 0 to 10, not %g", s.LatentNoise),
		spec.Require(s.MeanRate > 0 && s.MeanRate <= 200, "mean_rate is a number of Hz above 0, at most 200, not %g", s.MeanRate),
		trials.CheckFolds(s.Folds, s.TestFold),
	)
	if err != nil {
		return err
	}
	if s.Trials > maxCells/s.Neurons {
		return fmt.Errorf("%d trials of %d neurons are too many: together at most %d", s.Trials, s.Neurons, maxCells)
	}
	_, err = trials.Deal(trials.Positions(s.Trials), s.Folds, s.TestFold)
	return err
}

// Run simulates the session.
func (s *Simulate) Run(ctx context.Context, env *spec.Env) (*artifacts.Artifact, error) {
	progress := func(done int) { env.Progress(spec.Progress{Done: done, Total: s.Trials, Unit: "trial"}) }
	sim, err := simulate(ctx, config{
		trials: s.Trials, neurons: s.Neurons, seed: s.Seed, latentNoise: s.LatentNoise, meanRate: s.MeanRate,
	}, progress)
	if err != nil {
		return nil, err
	}
	t := sim.trials
	if t.Test, err = trials.Deal(trials.Positions(t.Len()), s.Folds, s.TestFold); err != nil {
		return nil, err
	}
	if s.ShuffleClicks {
		clicks.Shuffle(t, s.Seed)
	}
	_, test := t.Split()
	given := append(tables.Trials(t, artifacts.Ints("index", "", numbered(t.Len()))),
		neuronTable(s.Neurons),
		tables.States(sim.states))
	a := artifacts.New(append(given, sim.truthTables(s.LatentNoise)...)...)
	a.SetMetric("trials", float64(t.Len()))
	a.SetMetric("neurons", float64(t.Neurons))
	a.SetMetric("spikes", float64(clicks.Spikes(t)))
	a.SetMetric("test_trials", float64(len(test)))
	return a, nil
}

func neuronTable(n int) *artifacts.Table {
	area := make([]string, n)
	for i := range area {
		area[i] = "simulated"
	}
	return artifacts.NewTable("neurons", artifacts.Dim{Name: tables.Neuron, Size: n},
		artifacts.Ints("index", "", numbered(n)), artifacts.Strings("area", area))
}

// numbered returns 1 to n.
func numbered(n int) []int64 {
	out := make([]int64, n)
	for i := range out {
		out[i] = int64(i + 1)
	}
	return out
}
