package heldout

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat"

	"reprise/stages/internal/rng"
)

// TestByHand compares with the formula for three trials left out one by one.
func TestByHand(t *testing.T) {
	gain, total := []float64{1, 4, 1}, []float64{1, 2, 1}
	if r := Ratio(gain, total, 2); r != 0.75 {
		t.Errorf("ratio %v, not 6/(4·2)", r)
	}
	a, b := 5.0/6, 0.5 // without the first or the last; without the second
	mean := (2*a + b) / 3
	want := math.Sqrt(2. / 3 * (2*(a-mean)*(a-mean) + (b-mean)*(b-mean)))
	if se, ok := StandardError(gain, total, 2, 1); !ok || math.Abs(se-want) > 1e-15 {
		t.Errorf("standard error %v, not %v", se, want)
	}
}

func TestTooLittle(t *testing.T) {
	for name, c := range map[string]struct{ gain, total []float64 }{
		"no trial": {nil, nil}, "one trial": {[]float64{3}, []float64{5}}, "spikes in one trial": {[]float64{3, -1, -1}, []float64{5, 0, 0}},
	} {
		if se, ok := StandardError(c.gain, c.total, 1, 1); ok {
			t.Errorf("%s: standard error %v", name, se)
		}
	}
	if se, ok := StandardError([]float64{2, 2, 4}, []float64{1, 1, 2}, 1, 100); !ok || se != 0 {
		t.Errorf("a block longer than the session: %v, %v, want two blocks that say the same", se, ok)
	}
}

// sample draws the gains and spikes of trials of which neighbours are alike: an
// autoregression of first order with that correlation.
func sample(r *rand.Rand, n int, correlation float64) (gain, total []float64) {
	mood := r.NormFloat64()
	for range n {
		mood = correlation*mood + math.Sqrt(1-correlation*correlation)*r.NormFloat64()
		spikes := 20 + float64(r.IntN(200))
		total = append(total, spikes)
		gain = append(gain, 0.1*spikes+0.05*spikes*mood+r.NormFloat64())
	}
	return gain, total
}

// TestMonteCarlo holds the standard error against the spread of the ratio over
// many sessions: right for independent trials, and for correlated ones with blocks alone.
func TestMonteCarlo(t *testing.T) {
	const trials, sessions = 300, 1500
	for _, c := range []struct {
		correlation float64
		block       int
		low, high   float64 // of the error told, relative to the spread
	}{{0, 1, 0.95, 1.05}, {0, Block(trials), 0.94, 1.06}, {0.5, 1, 0.5, 0.7}, {0.5, Block(trials), 0.82, 1}} {
		r := rng.New(1, "heldout")
		var ratios []float64
		told := 0.0
		for range sessions {
			gain, total := sample(r, trials, c.correlation)
			se, ok := StandardError(gain, total, 1, c.block)
			if !ok {
				t.Fatal("no standard error")
			}
			ratios = append(ratios, Ratio(gain, total, 1))
			told += se * se / sessions
		}
		got := math.Sqrt(told) / stat.StdDev(ratios, nil)
		t.Logf("correlation %v, block %d: %.3f of the spread", c.correlation, c.block, got)
		if got < c.low || got > c.high {
			t.Errorf("correlation %v, block %d: the standard error is %.3f of the spread, not %v to %v", c.correlation, c.block, got, c.low, c.high)
		}
	}
}
