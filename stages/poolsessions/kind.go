// Package poolsessions is the kind pool_sessions: metrics of several sessions,
// each from one or several fits, summed up over sessions.
package poolsessions

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
	"reprise/stages/internal/heldout"
	"reprise/stages/internal/tables"
	"reprise/stages/internal/trials"
)

// Kind is pool_sessions.
var Kind = spec.Kind{
	Name: "pool_sessions",
	Doc: `Sums up metrics over sessions, each of which has one or several fits.

Each session counts once: its value is the mean over its fits, such as those of several seeds and folds, and what is pooled is the
mean over sessions, with its standard error (standard deviation between sessions over the square root of their number) and a 95 % interval
by Student's t. Fits of one session share its trials and neurons; more of them make its value surer and are no more sessions (Aarts et al.
2014, Nature Neuroscience 17:491). The interval speaks of sessions like these. It takes them to be independent, which
several of one animal are not: then pool animals. With two sessions it is wide, 12.7 standard errors either way, and with one there is none.

Where all inputs are of evaluate_fit, pooled_bits_per_spike (or pooled_r_squared) weighs sessions by their spikes instead:
the gains of all test trials of all sessions, each the mean over the fits that tested it, by their spikes. It says how well these spikes
are predicted, the mean over sessions how well those of a session are.

It gives the tables sessions (a row a session and metric: session, metric, fits, mean, sd over fits, NaN with one) and pooled (a row a metric: metric,
sessions, mean, sd, standard_error, low, high; NaN with one session, but for mean), and the metrics sessions, their number, and for each metric its mean under its own
name, and with two sessions or more NAME_sem (standard error of the mean), NAME_low and NAME_high, as in
stage.all.metrics.bits_per_spike_low.`,
	New: func() spec.Method { return &Pool{} },
}

// Pool holds the attributes of pool_sessions.
type Pool struct {
	Sessions spec.RefMap `hcl:"sessions" doc:"By the name of each session, the stage or the list of stages with its metrics, such as evaluate_fit from several seeds."`
	Metrics  *[]string   `hcl:"metrics,optional,known" doc:"The metrics to pool. A reference to another is an error before anything runs, and so is one that a fit lacks when it has run. Not given: all that every fit has."`
}

// Check refuses names that could not be told apart.
func (p *Pool) Check() error {
	if p.Metrics == nil {
		return nil
	}
	if err := spec.Require(len(*p.Metrics) > 0, "metrics names at least one metric; leave it out to pool all"); err != nil {
		return err
	}
	return distinct(*p.Metrics)
}

// Suffixes of the metrics that are given beside a mean.
const (
	sem  = "_sem"
	low  = "_low"
	high = "_high"
)

const (
	count  = "sessions" // the metric that counts sessions
	pooled = "pooled_"  // begins the metric that weighs sessions by their spikes
)

// distinct refuses metrics of which one has the name that is given to another's error.
func distinct(names []string) error {
	taken := map[string]bool{count: true, pooled + "bits_per_spike": true, pooled + "r_squared": true}
	for _, name := range names {
		for _, given := range []string{name, name + sem, name + low, name + high} {
			if taken[given] {
				return fmt.Errorf("two metrics would be called %s: choose with metrics which to pool", given)
			}
			taken[given] = true
		}
	}
	return nil
}

// Gives tells the metrics that are known to come out.
func (p *Pool) Gives() spec.Outputs {
	o := spec.Outputs{
		Tables: []spec.Gives{
			{Name: "sessions", Doc: "a row a session and metric: session, metric, fits, mean, sd"},
			{Name: "pooled", Doc: "a row a metric: metric, sessions, mean, sd, standard_error, low, high"},
		},
		Metrics: []spec.Gives{
			{Name: count, Doc: "number of sessions"},
			{Name: pooled + "bits_per_spike", Doc: "sessions weighed by their spikes, for spikes"},
			{Name: pooled + "r_squared", Doc: "sessions weighed by their squared deviations, for continuous activity"},
		},
		AnyMetric: p.Metrics == nil,
	}
	if p.Metrics != nil {
		for _, name := range *p.Metrics {
			o.Metrics = append(o.Metrics, spec.Gives{Name: name, Doc: "mean over sessions"}, spec.Gives{Name: name + sem, Doc: "its standard error"},
				spec.Gives{Name: name + low, Doc: "lower end of its 95 % interval"}, spec.Gives{Name: name + high, Doc: "upper end"})
		}
	}
	return o
}

// Run pools.
func (p *Pool) Run(ctx context.Context, env *spec.Env) (*artifacts.Artifact, error) {
	sessions := env.Named("sessions")
	if len(sessions) == 0 {
		return nil, errors.New("sessions is an empty map: there is nothing to pool")
	}
	for _, s := range sessions {
		if s.Path != "" {
			return nil, fmt.Errorf("session %s is a dataset: sessions takes stages, which have metrics", s.Name)
		}
	}
	names, err := p.common(sessions, env)
	if err != nil {
		return nil, err
	}
	var each []group
	for _, s := range sessions {
		for _, name := range names {
			var values []float64
			for _, a := range s.Artifacts {
				values = append(values, a.Metrics()[name])
			}
			each = append(each, newGroup(values))
		}
	}
	over := make([]group, len(names))
	for m := range names {
		var means []float64
		for s := range sessions {
			means = append(means, each[s*len(names)+m].mean)
		}
		over[m] = newGroup(means)
	}
	out := artifacts.New(sessionTable(sessions, names, each), pooledTable(names, over))
	out.SetMetric(count, float64(len(sessions)))
	for m, name := range names {
		out.SetMetric(name, over[m].mean)
		if over[m].n > 1 {
			out.SetMetric(name+sem, over[m].standardError())
			from, to := over[m].interval()
			out.SetMetric(name+low, from)
			out.SetMetric(name+high, to)
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return out, weigh(out, sessions)
}

// common is the metrics to pool, those that every fit has.
func (p *Pool) common(sessions []spec.NamedInput, env *spec.Env) ([]string, error) {
	has, fits := map[string]int{}, 0
	for _, s := range sessions {
		for i, a := range s.Artifacts {
			fits++
			metrics := a.Metrics()
			for name := range metrics {
				has[name]++
			}
			if p.Metrics == nil {
				continue
			}
			for _, name := range *p.Metrics {
				if _, ok := metrics[name]; !ok {
					return nil, fmt.Errorf("stage %d of session %s gives no metric %s; it gives %s", i, s.Name, name, strings.Join(slices.Sorted(maps.Keys(metrics)), ", "))
				}
			}
		}
	}
	if p.Metrics != nil {
		return *p.Metrics, nil
	}
	var names []string
	for _, name := range slices.Sorted(maps.Keys(has)) {
		if has[name] == fits {
			names = append(names, name)
		} else {
			env.Logf("%s is left out: %d of %d stages have it", name, has[name], fits)
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("there is no metric that all %d stages have", fits)
	}
	return names, distinct(names)
}

// weigh adds the score of all trials of all sessions, where all stages give
// scores of trials of one sort.
func weigh(out *artifacts.Artifact, sessions []spec.NamedInput) error {
	var gain, total float64
	var first *trials.Score
	for _, s := range sessions {
		var fits []*trials.Score
		for i, a := range s.Artifacts {
			if !a.Has("fit") || !a.Has("test_trials") {
				return nil
			}
			score, err := tables.ReadScore(a)
			if err != nil {
				return fmt.Errorf("stage %d of session %s: %w", i, s.Name, err)
			}
			if first == nil {
				first = score
			}
			if score.Spikes != first.Spikes {
				return nil
			}
			fits = append(fits, score)
		}
		g, t := sums(fits)
		gain, total = gain+g, total+t
	}
	if value := heldout.Ratio([]float64{gain}, []float64{total}, first.Unit()); !math.IsNaN(value) && !math.IsInf(value, 0) {
		out.SetMetric(pooled+first.Name(), value)
	}
	return nil
}
