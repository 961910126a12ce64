// Package loadclicks is the kind load_clicks_recording: a recording of the
// clicks task from a MATLAB file, as tables.
package loadclicks

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"reprise/artifacts"
	"reprise/spec"
	"reprise/stages/internal/clicks"
	"reprise/stages/internal/matfile"
	"reprise/stages/internal/tables"
	"reprise/stages/internal/trials"
)

// Kind is load_clicks_recording.
var Kind = spec.Kind{
	Name: "load_clicks_recording",
	Doc: `Reads a recording of rat frontal cortex during the clicks task from a MATLAB file.

The file is one of the recordings published with Luo, Kim et al. 2025 (repository
Brody-Lab/decision_dynamics_commitment): MATLAB v5 with the variables neurons and trials. Bins are 10 ms.
Inputs have two channels, the numbers of left and right clicks in a bin; the stereo click that begins a trial
counts on both sides, in bin 0.

A trial is held out for the test where its position in the file, counted from 0 before any filter, leaves
test_fold when divided by folds: filters never move a trial from one side to the other.

baseline counts spikes around each trial, the trial's own included, so it tells of the very spikes to be
predicted. It is passed on as it is, to be smoothed over training trials only.`,
	New: func() spec.Method {
		return &Load{Areas: []string{"dmFC", "mPFC", "FOF", "M1"}, Photostimulated: exclude, Folds: 5, TestFold: 4}
	},
	Tables: []spec.Gives{
		{Name: "trials", Doc: "a row a trial: first_step, steps, test, start (s), choice (1 right), gamma, baseline[neuron] (Hz), index (number in the session, from 1), position (in the file, from 0), photostimulated"},
		{Name: "steps", Doc: "a row a bin of 10 ms, trials packed one behind the other: counts[neuron], inputs[channel] (left, right clicks)"},
		{Name: "neurons", Doc: "a row a neuron: index (in the recording), area"},
	},
	Metrics: []spec.Gives{
		{Name: "trials", Doc: "number of trials"},
		{Name: "neurons", Doc: "number of neurons"},
		{Name: "spikes", Doc: "number of spikes"},
		{Name: "test_trials", Doc: "number of trials held out"},
	},
}

// What becomes of photostimulated trials.
const (
	exclude = "exclude"
	include = "include"
	only    = "only"
)

// Load holds the attributes of load_clicks_recording.
type Load struct {
	File            spec.File `hcl:"file" doc:"The recording: a MATLAB v5 file with the variables neurons and trials."`
	Areas           []string  `hcl:"areas,optional" doc:"Brain areas whose neurons are kept; an empty list keeps all. By default the frontal and motor ones, without the striatum."`
	Photostimulated string    `hcl:"photostimulated,optional" doc:"What becomes of photostimulated trials: exclude, include, or only (no others are kept)."`
	Folds           int       `hcl:"folds,optional" doc:"In how many folds trials are dealt, by their position in the file."`
	TestFold        int       `hcl:"test_fold,optional" doc:"The fold that is held out for the test, from 0."`
	ShuffleClicks   bool      `hcl:"shuffle_clicks,optional" doc:"Whether to give each trial the clicks of another one, cut to its own length: a control."`
	Seed            int       `hcl:"seed,optional" doc:"Seed of shuffle_clicks."`
}

// Check refuses attributes that no recording can satisfy.
func (l *Load) Check() error {
	return errors.Join(
		spec.Require(slices.Contains([]string{exclude, include, only}, l.Photostimulated),
			"photostimulated is %q, %q or %q, not %q", exclude, include, only, l.Photostimulated),
		trials.CheckFolds(l.Folds, l.TestFold),
	)
}

// Recordings have about 1 MB, 10 MB inflated, and take some 70 MB decoded.
const (
	fileLimit   = 64 << 20
	memoryLimit = 512 << 20
)

// Run reads the file.
func (l *Load) Run(ctx context.Context, env *spec.Env) (*artifacts.Artifact, error) {
	b, err := env.ReadFile("file", fileLimit)
	if err != nil {
		return nil, err
	}
	vars, err := matfile.Read(b, memoryLimit)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s, err := parse(vars)
	if err != nil {
		return nil, fmt.Errorf("no recording of the clicks task: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	a, err := l.tables(s)
	if err != nil {
		return nil, err
	}
	m := a.Metrics()
	env.Logf("%g of %d trials and %g of %d neurons of the recording are kept", m["trials"], len(s.trials), m["neurons"], len(s.neurons))
	return a, nil
}

// tables filters a session, splits it, and makes the artifact.
func (l *Load) tables(s *session) (*artifacts.Artifact, error) {
	neurons, err := s.neuronsIn(l.Areas)
	if err != nil {
		return nil, err
	}
	chosen := s.trialsThat(l.Photostimulated)
	t := s.pack(chosen, neurons)
	if t.Test, err = trials.Deal(chosen, l.Folds, l.TestFold); err != nil {
		return nil, err
	}
	if l.ShuffleClicks {
		clicks.Shuffle(t, l.Seed)
	}
	_, test := t.Split()
	a := artifacts.New(append(tables.Trials(t, s.trialColumns(chosen)...), s.neuronTable(neurons))...)
	a.SetMetric("trials", float64(t.Len()))
	a.SetMetric("neurons", float64(t.Neurons))
	a.SetMetric("spikes", float64(clicks.Spikes(t)))
	a.SetMetric("test_trials", float64(len(test)))
	return a, nil
}
