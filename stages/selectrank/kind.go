// Package selectrank is the kind select_rank: which rank held-out trials ask
// for, from a sweep over ranks, folds and seeds, and how sure that is.
package selectrank

import (
	"context"
	"errors"
	"fmt"
	"math"

	"reprise/artifacts"
	"reprise/spec"
	"reprise/stages/internal/heldout"
	"reprise/stages/internal/tables"
	"reprise/stages/internal/trials"
)

// Kind is select_rank.
var Kind = spec.Kind{
	Name: "select_rank",
	Doc: `Selects the rank of a network by its scores on held-out trials, over folds and seeds.

What a rank scores is a ratio: the log-likelihood that all test trials of all folds gain over each neuron's training mean rate, mean
over seeds, by the spikes in them (bits_per_spike); of continuous activity 1 − squared errors / squared deviations (r_squared). Sums come
first, so that a trial counts by its spikes.

All ranks are tested on the same trials, so each is compared with the best one trial by trial: what makes a trial easy or hard for
both cancels. Selected is the smallest rank whose difference from the best is within standard_errors standard errors of that
difference. It is the one-standard-error rule (Hastie, Tibshirani and Friedman 2009, The Elements of Statistical Learning, section
7.10) with the paired error (Vehtari, Gelman and Gabry 2017, Statistics and Computing 27:1413, equation 24) in place of that of the best
score, which can be ten times as large and would take nearly any rank. Of ranks that score the same the smaller is the best.

Standard errors have two parts. That of trials is a jackknife, leaving out blocks of neighbouring trials, for neighbours in a session are
alike; that of seeds is the standard deviation between seeds over the square root of their number. Their squares add up. With one
seed there is no second part, and the choice is as good as that seed.

What the errors do not cover: folds share most of their training trials, and no estimate from one cross-validation is unbiased for what
that adds (Bengio and Grandvalet 2004, JMLR 5:1089). So they speak of other trials and seeds for these fits, not of other training
trials, other days or other animals. Nor do they allow for the choice: the best of many ranks scores a little better than it is, so
a claim about the selected rank needs trials that no fold had. A rank is selected even where none predicts anything; where the best is the
largest of the sweep, the log says so, and larger ones are worth a try.

Folds are told by the trials that they test, ranks by the fit; nothing is listed twice. Each rank needs the same number of scores on
each fold, and a cell of the sweep that lacks some is an error that names it. The i-th score in the list of a rank and a fold is that of the i-th
seed: lists made from grid have the same order everywhere.`,
	New: func() spec.Method { return &Select{StandardErrors: 1} },
	Tables: []spec.Gives{
		{Name: "ranks", Doc: "a row a rank: rank, bits_per_spike or r_squared, standard_error, difference (from the best, 0 or below), difference_standard_error, with several seeds seed_sd and difference_seed_sd (standard deviations between them), trials and seeds (numbers of them), selected (0 or 1)"},
		{Name: "gains", Doc: "a row a test trial, in the order of the session: position, spikes and gain[rank] (mean over seeds, nats); for activity squared_deviation and gain[rank] (squared deviation less squared error)"},
	},
	Metrics: []spec.Gives{
		{Name: "rank", Doc: "the rank selected"},
		{Name: "best_rank", Doc: "the rank that scores best"},
		{Name: "bits_per_spike", Doc: "of the rank selected, for spikes"},
		{Name: "r_squared", Doc: "of the rank selected, for continuous activity"},
		{Name: "standard_error", Doc: "of the score of the rank selected"},
		{Name: "difference", Doc: "score of the rank selected less that of the best, 0 or below"},
		{Name: "difference_standard_error", Doc: "of difference; 0 where the best is selected"},
		{Name: "seed_sd", Doc: "standard deviation between seeds of the score of the rank selected; needs two seeds"},
		{Name: "test_trials", Doc: "number of test trials, all folds together"},
	},
}

// Select holds the attributes of select_rank.
type Select struct {
	Scores         spec.Refs `hcl:"scores" needs:"fit,test_trials" doc:"The scores of a sweep: evaluate_fit of fits of each rank, on each fold, from each seed."`
	StandardErrors float64   `hcl:"standard_errors,optional" doc:"How many standard errors of the difference a rank may lie below the best; 0 takes the best."`
	Block          int       `hcl:"block,optional" doc:"How many neighbouring trials the jackknife leaves out together, 1 or more; 0 takes the cube root of the number of test trials (Künsch 1989)."`
}

// Check refuses attributes that make no rule.
func (s *Select) Check() error {
	return errors.Join(
		spec.Require(s.StandardErrors >= 0 && !math.IsInf(s.StandardErrors, 0), "standard_errors is a number from 0, not %g", s.StandardErrors),
		spec.Require(s.Block >= 0, "block is a whole number from 0, not %d", s.Block),
	)
}

// Run selects the rank.
func (s *Select) Run(ctx context.Context, env *spec.Env) (*artifacts.Artifact, error) {
	var scores []*trials.Score
	for i, in := range env.Inputs("scores") {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		score, err := tables.ReadScore(in)
		if err != nil {
			return nil, fmt.Errorf("score %d: %w", i, err)
		}
		scores = append(scores, score)
	}
	sweep, err := newSweep(scores)
	if err != nil {
		return nil, err
	}
	block := s.Block
	if block == 0 {
		block = heldout.Block(len(sweep.total))
	}
	c, err := sweep.choose(s.StandardErrors, block)
	if err != nil {
		return nil, err
	}
	if last := len(sweep.ranks) - 1; c.best == last && last > 0 {
		env.Logf("rank %d scores best and is the largest of the sweep: a larger one may score better yet", sweep.ranks[last])
	}
	return sweep.artifact(c), nil
}

// artifact has the tables and metrics.
func (s *sweep) artifact(c *choice) *artifacts.Artifact {
	level, difference := c.level[c.selected], c.difference[c.selected]
	of := &trials.Score{Spikes: s.spikes}
	a := artifacts.New(s.rankTable(c, of.Name()), s.gainTable())
	a.SetMetric("rank", float64(s.ranks[c.selected]))
	a.SetMetric("best_rank", float64(s.ranks[c.best]))
	a.SetMetric(of.Name(), level.value)
	a.SetMetric("standard_error", level.se)
	a.SetMetric("difference", difference.value)
	a.SetMetric("difference_standard_error", difference.se)
	if s.seeds > 1 {
		a.SetMetric("seed_sd", level.seedSD)
	}
	a.SetMetric("test_trials", float64(len(s.total)))
	return a
}

func (s *sweep) rankTable(c *choice, name string) *artifacts.Table {
	ranks, trials, seeds := make([]int64, len(s.ranks)), make([]int64, len(s.ranks)), make([]int64, len(s.ranks))
	selected := make([]uint8, len(s.ranks))
	for r, rank := range s.ranks {
		ranks[r], trials[r], seeds[r] = int64(rank), int64(len(s.total)), int64(s.seeds)
	}
	selected[c.selected] = 1
	column := func(name string, of []estimate, what func(estimate) float64) artifacts.Column {
		values := make([]float64, len(of))
		for r, e := range of {
			values[r] = what(e)
		}
		return artifacts.Floats(name, "", values)
	}
	value := func(e estimate) float64 { return e.value }
	se := func(e estimate) float64 { return e.se }
	columns := []artifacts.Column{
		artifacts.Ints("rank", "", ranks),
		column(name, c.level, value),
		column("standard_error", c.level, se),
		column("difference", c.difference, value),
		column("difference_standard_error", c.difference, se),
	}
	if s.seeds > 1 {
		seedSD := func(e estimate) float64 { return e.seedSD }
		columns = append(columns, column("seed_sd", c.level, seedSD), column("difference_seed_sd", c.difference, seedSD))
	}
	columns = append(columns, artifacts.Ints("trials", "", trials), artifacts.Ints("seeds", "", seeds), artifacts.Bytes("selected", "", selected))
	return artifacts.NewTable("ranks", artifacts.Dim{Name: "rank", Size: len(s.ranks)}, columns...)
}

func (s *sweep) gainTable() *artifacts.Table {
	total, unit := "squared_deviation", ""
	if s.spikes {
		total, unit = "spikes", "nat"
	}
	position := make([]int64, len(s.position))
	gain := make([]float64, len(s.position)*len(s.ranks))
	for k, p := range s.position {
		position[k] = int64(p)
	}
	for r := range s.ranks {
		for k, g := range s.meanGain(r) {
			gain[k*len(s.ranks)+r] = g
		}
	}
	return artifacts.NewTable("gains", artifacts.Dim{Name: tables.Trial, Size: len(s.position)},
		artifacts.Ints("position", "", position), artifacts.Floats(total, "", s.total),
		artifacts.Floats("gain", unit, gain, artifacts.Dim{Name: "rank", Size: len(s.ranks)}))
}
