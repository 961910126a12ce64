package selectrank

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat"

	"reprise/artifacts"
	"reprise/spec"
	"reprise/stages/internal/rng"
	"reprise/stages/internal/tables"
	"reprise/stages/internal/trials"
)

// law is how scores of a sweep come about: what each rank gains a spike in truth,
// what a seed adds to it, and what a trial adds, to all ranks and to one.
type law struct {
	bits              []float64 // of ranks 1, 2, …
	seedSD            float64   // bits a spike
	common, alone     float64   // standard deviations, bits a spike
	trials, folds     int
	seeds, randomness int
	activity          bool
}

// draw makes the scores of all ranks, folds and seeds, in the order of grid.
func (l law) draw() []*trials.Score {
	r := rng.New(l.randomness, "scores")
	type cell struct{ rank, fold, seed int }
	at := map[cell]*trials.Score{}
	bySeed := map[cell]float64{}
	for rank := range l.bits {
		for seed := range l.seeds {
			bySeed[cell{rank: rank, seed: seed}] = l.seedSD * r.NormFloat64()
			for fold := range l.folds {
				at[cell{rank, fold, seed}] = &trials.Score{Rank: rank + 1, Spikes: !l.activity}
			}
		}
	}
	for k := range l.trials {
		spikes := 50 + float64(r.IntN(200))
		common := l.common * r.NormFloat64()
		for rank, bits := range l.bits {
			alone := l.alone * r.NormFloat64()
			for seed := range l.seeds {
				s := at[cell{rank, k % l.folds, seed}]
				s.Position = append(s.Position, k)
				s.Total = append(s.Total, spikes)
				s.Gain = append(s.Gain, s.Unit()*spikes*(bits+bySeed[cell{rank: rank, seed: seed}]+common+alone))
			}
		}
	}
	var out []*trials.Score
	for rank := range l.bits {
		for seed := range l.seeds {
			for fold := range l.folds {
				out = append(out, at[cell{rank, fold, seed}])
			}
		}
	}
	return out
}

// attempt runs the kind on scores.
func attempt(t *testing.T, s *Select, scores []*trials.Score) (*artifacts.Artifact, error) {
	t.Helper()
	var in []*artifacts.Artifact
	for _, score := range scores {
		in = append(in, artifacts.New(tables.Score(score)...))
	}
	a, err := s.Run(t.Context(), spec.NewEnv(spec.EnvConfig{Inputs: map[string][]*artifacts.Artifact{"scores": in}}))
	if err == nil {
		_, _, err = a.Encode()
	}
	return a, err
}

func choose(t *testing.T, s *Select, scores []*trials.Score) *artifacts.Artifact {
	t.Helper()
	a, err := attempt(t, s, scores)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func column(t *testing.T, a *artifacts.Artifact, table, name string) []float64 {
	t.Helper()
	tab, err := a.Table(table)
	if err != nil {
		t.Fatal(err)
	}
	v, err := tab.Floats(name)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestMuchBetter wants the rank from which on nothing is gained, where steps up to
// it are many errors high: though trials differ by much more than ranks do.
func TestMuchBetter(t *testing.T) {
	l := law{bits: []float64{0.03, 0.08, 0.0801, 0.07}, common: 0.2, alone: 0.01, trials: 300, folds: 5, seeds: 3}
	for seed := range 20 {
		l.randomness = seed
		a := choose(t, &Select{StandardErrors: 4}, l.draw())
		m := a.Metrics()
		if m["rank"] != 2 || m["best_rank"] != 2 && m["best_rank"] != 3 || m["test_trials"] != 300 {
			t.Errorf("draw %d: %v", seed, m)
		}
		if se := column(t, a, "ranks", "standard_error")[0]; se < 5*column(t, a, "ranks", "difference_standard_error")[0] {
			t.Errorf("draw %d: pairs gain nothing on %v", seed, se)
		}
	}
}

// TestRule wants the boundary of the rule where standard_errors says.
func TestRule(t *testing.T) {
	scores := law{bits: []float64{0.07, 0.08}, common: 0.1, alone: 0.02, seedSD: 0.001, trials: 100, folds: 4, seeds: 2}.draw()
	a := choose(t, &Select{}, scores)
	d, se := column(t, a, "ranks", "difference")[0], column(t, a, "ranks", "difference_standard_error")[0]
	if m := a.Metrics(); m["rank"] != 2 || m["difference"] != 0 || m["difference_standard_error"] != 0 || !(d < 0) || !(se > 0) {
		t.Errorf("without standard errors: %v, rank 1 is %v ± %v from the best", m, d, se)
	}
	for _, c := range []struct{ errors, rank float64 }{{-d/se - 1e-9, 2}, {-d/se + 1e-9, 1}} {
		m := choose(t, &Select{StandardErrors: c.errors}, scores).Metrics()
		if m["rank"] != c.rank || m["best_rank"] != 2 {
			t.Errorf("%v standard errors: %v", c.errors, m)
		}
		if selected := column(t, a, "ranks", "bits_per_spike")[int(c.rank)-1]; m["bits_per_spike"] != selected {
			t.Errorf("bits_per_spike %v is not that of rank %v, %v", m["bits_per_spike"], c.rank, selected)
		}
	}
}

// TestMonteCarlo holds the standard errors of a score and of a difference against
// their spread over many sweeps of other trials and seeds.
func TestMonteCarlo(t *testing.T) {
	l := law{bits: []float64{0.06, 0.08}, common: 0.1, alone: 0.03, seedSD: 0.003, trials: 120, folds: 4, seeds: 4}
	const sweeps = 600
	var level, difference, seedSD []float64
	var levelTold, differenceTold float64
	for i := range sweeps {
		l.randomness = i
		a := choose(t, &Select{}, l.draw())
		level = append(level, column(t, a, "ranks", "bits_per_spike")[0])
		difference = append(difference, column(t, a, "ranks", "difference")[0])
		seedSD = append(seedSD, column(t, a, "ranks", "seed_sd")[0])
		se, seDifference := column(t, a, "ranks", "standard_error")[0], column(t, a, "ranks", "difference_standard_error")[0]
		levelTold += se * se / sweeps
		differenceTold += seDifference * seDifference / sweeps
	}
	for name, c := range map[string]struct{ told, spread float64 }{
		"score":      {math.Sqrt(levelTold), stat.StdDev(level, nil)},
		"difference": {math.Sqrt(differenceTold), stat.StdDev(difference, nil)},
		"seeds":      {math.Sqrt(stat.Moment(2, seedSD, nil) + math.Pow(stat.Mean(seedSD, nil), 2)), l.seedSD},
	} {
		if ratio := c.told / c.spread; math.Abs(ratio-1) > 0.08 {
			t.Errorf("%s: told %v, the spread is %v", name, c.told, c.spread)
		}
	}
	if m := stat.Mean(difference, nil); math.Abs(m+0.02) > 0.001 {
		t.Errorf("mean difference %v, not -0.02", m)
	}
}

// TestTies wants the smallest of ranks that score the same.
func TestTies(t *testing.T) {
	l := law{bits: []float64{0.05, 0.08, 0.08}, common: 0.1, trials: 60, folds: 3, seeds: 1}
	a := choose(t, &Select{StandardErrors: 1}, l.draw())
	m := a.Metrics()
	if m["rank"] != 2 || m["best_rank"] != 2 || m["difference"] != 0 || m["difference_standard_error"] != 0 {
		t.Errorf("%v", m)
	}
	if _, ok := m["seed_sd"]; ok {
		t.Error("one seed has a spread")
	}
	l.bits = []float64{0.08}
	if m := choose(t, &Select{StandardErrors: 1}, l.draw()).Metrics(); m["rank"] != 1 || m["difference"] != 0 {
		t.Errorf("one rank alone: %v", m)
	}
}

// TestOrder wants the same of ranks and folds in any order, and trials in that
// of the session.
func TestOrder(t *testing.T) {
	scores := law{bits: []float64{0.05, 0.08, 0.09}, common: 0.1, alone: 0.01, trials: 50, folds: 5, seeds: 1}.draw()
	want := choose(t, &Select{StandardErrors: 1}, scores)
	slices.Reverse(scores)
	got := choose(t, &Select{StandardErrors: 1}, scores)
	if d, err := artifacts.Difference(want, got); err != nil || d != "" {
		t.Errorf("the other way round: %s, %v", d, err)
	}
	for k, p := range column(t, want, "gains", "position") {
		if int(p) != k {
			t.Fatalf("trial %d is at position %v", k, p)
		}
	}
}

// TestActivity wants R² of what is not spikes.
func TestActivity(t *testing.T) {
	l := law{bits: []float64{0.2, 0.6}, common: 0.05, alone: 0.01, trials: 80, folds: 4, seeds: 2, activity: true}
	m := choose(t, &Select{StandardErrors: 1}, l.draw()).Metrics()
	if m["rank"] != 2 || math.Abs(m["r_squared"]-0.6) > 0.03 {
		t.Errorf("%v", m)
	}
	if _, ok := m["bits_per_spike"]; ok {
		t.Error("activity has spikes")
	}
}

// TestRefusals wants errors that name what does not fit.
func TestRefusals(t *testing.T) {
	l := law{bits: []float64{0.05, 0.08}, common: 0.1, alone: 0.01, trials: 40, folds: 4, seeds: 2}
	alter := func(change func(s []*trials.Score) []*trials.Score) []*trials.Score { return change(l.draw()) }
	for name, c := range map[string]struct {
		scores []*trials.Score
		want   string
	}{
		"a rank without a fold": {alter(func(s []*trials.Score) []*trials.Score {
			return slices.DeleteFunc(s, func(s *trials.Score) bool { return s.Rank == 2 && s.Position[0] == 3 })
		}), "rank 2 has 0 of 2 on test trials 3, 7, 11, …"},
		"a fold without a seed": {alter(func(s []*trials.Score) []*trials.Score { return s[1:] }), "rank 1 has 1 of 2 on test trials 0, 4, 8, …"},
		"folds that overlap": {alter(func(s []*trials.Score) []*trials.Score { s[5].Position[0] = 0; return s }),
			"score 5 tests trials 0, 5, 9, …, others trials 0, 4, 8, …"},
		"another session":      {alter(func(s []*trials.Score) []*trials.Score { s[4].Total[2]++; return s }), "of one session"},
		"a fit that ran away":  {alter(func(s []*trials.Score) []*trials.Score { s[9].Gain[1] = math.NaN(); return s }), "score 9, of rank 2, is not a number on trial 5"},
		"noise and none":       {alter(func(s []*trials.Score) []*trials.Score { s[1].Noisy = true; return s }), "with latent noise"},
		"spikes and activity":  {alter(func(s []*trials.Score) []*trials.Score { s[1].Spikes = false; return s }), "score 1 is r_squared"},
		"a score of no trials": {alter(func(s []*trials.Score) []*trials.Score { s[0] = &trials.Score{Spikes: true}; return s }), "no test trial"},
		"one trial":            {law{bits: l.bits, trials: 1, folds: 1, seeds: 2}.draw(), "of 1 test trials"},
	} {
		if _, err := attempt(t, &Select{StandardErrors: 1}, c.scores); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
	for _, s := range []*Select{{StandardErrors: -1}, {StandardErrors: math.Inf(1)}, {Block: -1}} {
		if s.Check() == nil {
			t.Errorf("%+v is not refused", s)
		}
	}
}
