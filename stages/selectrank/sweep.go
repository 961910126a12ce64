package selectrank

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"reprise/stages/internal/trials"
)

// sweep is scores by rank, fold and seed, all cells of it filled: what every
// rank gains on the same trials, which are in the order of the session.
type sweep struct {
	spikes   bool
	ranks    []int // rising
	seeds    int
	position []int
	total    []float64     // trial
	gain     [][][]float64 // rank x seed x trial
}

// fold is trials that were held out together.
type fold struct {
	of    *trials.Score           // the first score of them
	cells map[int][]*trials.Score // by rank, in the order of the list
}

// newSweep sorts scores by rank and fold. Folds are told by the trials that they
// test; the scores of a rank and a fold are its seeds, in the order of the list.
func newSweep(scores []*trials.Score) (*sweep, error) {
	s := &sweep{spikes: scores[0].Spikes}
	var folds []*fold
	for i, score := range scores {
		if err := checkScore(score, scores[0], i); err != nil {
			return nil, err
		}
		f, err := foldOf(folds, score, i)
		if err != nil {
			return nil, err
		}
		if f == nil {
			f = &fold{score, map[int][]*trials.Score{}}
			folds = append(folds, f)
		}
		f.cells[score.Rank] = append(f.cells[score.Rank], score)
		s.seeds = max(s.seeds, len(f.cells[score.Rank]))
		if !slices.Contains(s.ranks, score.Rank) {
			s.ranks = append(s.ranks, score.Rank)
		}
	}
	slices.Sort(s.ranks)
	slices.SortFunc(folds, func(a, b *fold) int { return a.of.Position[0] - b.of.Position[0] })
	if err := s.missing(folds); err != nil {
		return nil, err
	}
	s.fill(folds)
	return s, nil
}

// checkScore refuses a score that cannot be compared with the first one.
func checkScore(score, first *trials.Score, i int) error {
	if score.Spikes != first.Spikes {
		return fmt.Errorf("score 0 is %s and score %d is %s: one sweep has one of them", first.Name(), i, score.Name())
	}
	if score.Noisy != first.Noisy {
		return fmt.Errorf("one of score 0 and score %d is of a fit with latent noise and the other is not: a bound of a likelihood given all spikes and a prediction from the inputs do not compare", i)
	}
	if len(score.Gain) == 0 {
		return fmt.Errorf("score %d has no test trial", i)
	}
	for k, gain := range score.Gain {
		if sum := gain + score.Total[k]; math.IsNaN(sum) || math.IsInf(sum, 0) {
			return fmt.Errorf("score %d, of rank %d, is not a number on trial %d: its fit ran away", i, score.Rank, score.Position[k])
		}
	}
	return nil
}

// foldOf finds the fold that a score belongs to; nil where it begins a new one.
func foldOf(folds []*fold, score *trials.Score, i int) (*fold, error) {
	for _, f := range folds {
		if !slices.Equal(f.of.Position, score.Position) {
			for _, p := range score.Position {
				if slices.Contains(f.of.Position, p) {
					return nil, fmt.Errorf("score %d tests trials %s, others trials %s: two folds are the same trials or have none in common",
						i, some(score.Position), some(f.of.Position))
				}
			}
			continue
		}
		for k, total := range score.Total {
			if want := f.of.Total[k]; math.Abs(total-want) > 1e-9*math.Abs(want) {
				return nil, fmt.Errorf("score %d has %g on trial %d to explain, others %g: the scores of a sweep are of one session, the same neurons and the same training trials",
					i, total, score.Position[k], want)
			}
		}
		return f, nil
	}
	return nil, nil
}

// missing names the cells of the sweep that have too few scores. What some ranks
// have and others lack is not left out in silence: ranks would be compared on
// fewer trials, or seeds, than the sweep seems to have.
func (s *sweep) missing(folds []*fold) error {
	var faults []string
	for _, rank := range s.ranks {
		for _, f := range folds {
			if n := len(f.cells[rank]); n < s.seeds {
				faults = append(faults, fmt.Sprintf("rank %d has %d of %d on test trials %s", rank, n, s.seeds, some(f.of.Position)))
			}
		}
	}
	if faults == nil {
		return nil
	}
	return errors.New("each rank needs as many scores on each fold, one a seed: " + strings.Join(faults, "; "))
}

// some is the first few trials, as a name for all of them.
func some(positions []int) string {
	var out []string
	for _, p := range positions[:min(3, len(positions))] {
		out = append(out, fmt.Sprint(p))
	}
	if len(positions) > 3 {
		out = append(out, "…")
	}
	return strings.Join(out, ", ")
}

// fill lines up the trials of all folds.
func (s *sweep) fill(folds []*fold) {
	type place struct{ fold, trial int }
	var places []place
	for i, f := range folds {
		for k := range f.of.Position {
			places = append(places, place{i, k})
		}
	}
	slices.SortFunc(places, func(a, b place) int {
		return folds[a.fold].of.Position[a.trial] - folds[b.fold].of.Position[b.trial]
	})
	for _, p := range places {
		s.position = append(s.position, folds[p.fold].of.Position[p.trial])
		s.total = append(s.total, folds[p.fold].of.Total[p.trial])
	}
	for _, rank := range s.ranks {
		seeds := make([][]float64, s.seeds)
		for seed := range seeds {
			for _, p := range places {
				seeds[seed] = append(seeds[seed], folds[p.fold].cells[rank][seed].Gain[p.trial])
			}
		}
		s.gain = append(s.gain, seeds)
	}
}
