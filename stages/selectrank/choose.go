package selectrank

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"

	"reprise/stages/internal/heldout"
	"reprise/stages/internal/trials"
)

// estimate is a value and how sure it is.
type estimate struct {
	value  float64
	seedSD float64 // standard deviation between seeds, 0 with one
	se     float64 // of trials and seeds together
}

// choice is what a sweep says of each rank.
type choice struct {
	level, difference []estimate // by rank; the difference is from the best
	best, selected    int        // places in the ranks
}

// choose compares the ranks and selects the smallest whose difference from the
// best is within so many standard errors of that difference.
func (s *sweep) choose(standardErrors float64, block int) (*choice, error) {
	c := &choice{}
	for r := range s.ranks {
		e, err := s.estimate(s.gain[r], block)
		if err != nil {
			return nil, err
		}
		c.level = append(c.level, e)
		if e.value > c.level[c.best].value { // of equal ones the smaller
			c.best = r
		}
	}
	c.selected = c.best
	for r := range s.ranks {
		apart := make([][]float64, s.seeds)
		for seed := range apart {
			apart[seed] = floats.SubTo(make([]float64, len(s.total)), s.gain[r][seed], s.gain[c.best][seed])
		}
		d, err := s.estimate(apart, block)
		if err != nil {
			return nil, err
		}
		c.difference = append(c.difference, d)
		if r < c.selected && -d.value <= standardErrors*d.se {
			c.selected = r
		}
	}
	return c, nil
}

// estimate is the ratio of gains (seed x trial) to totals, mean over seeds.
//
// Trials and seeds are drawn apart from each other and each seed sees all trials, so
// the variance of the mean is that over trials of its gains, plus that over seeds
// divided by their number. What a seed does on one trial alone is in both, which
// makes the sum a little too large (Cameron, Gelbach and Miller 2011, Journal of
// Business & Economic Statistics 29:238, subtract it).
func (s *sweep) estimate(gain [][]float64, block int) (e estimate, err error) {
	unit := (&trials.Score{Spikes: s.spikes}).Unit()
	mean := make([]float64, len(s.total))
	var seeds []float64
	for _, g := range gain {
		floats.AddScaled(mean, 1/float64(len(gain)), g)
		seeds = append(seeds, heldout.Ratio(g, s.total, unit))
	}
	ofTrials, ok := heldout.StandardError(mean, s.total, unit, block)
	if !ok {
		what := "spikes"
		if !s.spikes {
			what = "activity"
		}
		return e, fmt.Errorf("there is no telling how sure a difference is: of %d test trials in blocks of %d, fewer than two blocks have %s in them", len(s.total), block, what)
	}
	e.value = stat.Mean(seeds, nil)
	if len(seeds) > 1 {
		e.seedSD = stat.StdDev(seeds, nil)
	}
	e.se = math.Hypot(ofTrials, e.seedSD/math.Sqrt(float64(len(seeds))))
	return e, nil
}

// meanGain is the gain of a rank on each trial, mean over seeds.
func (s *sweep) meanGain(r int) []float64 {
	mean := make([]float64, len(s.total))
	for _, g := range s.gain[r] {
		floats.AddScaled(mean, 1/float64(s.seeds), g)
	}
	return mean
}
