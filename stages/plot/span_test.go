package plot

import (
	"math"
	"slices"
	"testing"
)

func TestTicksAreRound(t *testing.T) {
	for _, c := range []struct {
		lo, hi float64
		want   []string
	}{
		{-2.2, 2.1, []string{"−2", "−1", "0", "1", "2"}},
		{0, 1, []string{"0", "0.2", "0.4", "0.6", "0.8", "1.0"}},
		{-0.012, 0.011, []string{"−0.010", "−0.005", "0", "0.005", "0.010"}},
		{0, 137, []string{"0", "50", "100"}},
	} {
		if _, got, _ := (span{lo: c.lo, hi: c.hi}).ticks(5); !slices.Equal(got, c.want) {
			t.Errorf("%v to %v: %q, want %q", c.lo, c.hi, got, c.want)
		}
	}
}

func TestTicksOfLargeAndSmallNumbersNameAPower(t *testing.T) {
	for _, c := range []struct {
		lo, hi float64
		power  int
		want   []string
	}{
		{-2e-7, 2e-7, -7, []string{"−2", "−1", "0", "1", "2"}},
		{0, 3e8, 8, []string{"0", "1", "2", "3"}},
	} {
		if _, got, power := (span{lo: c.lo, hi: c.hi}).ticks(4); !slices.Equal(got, c.want) || power != c.power {
			t.Errorf("%v to %v: %q, power %d; want %q, power %d", c.lo, c.hi, got, power, c.want, c.power)
		}
	}
}

func TestDecades(t *testing.T) {
	for _, c := range []struct {
		lo, hi float64
		want   []string
	}{
		{0.9, 11, []string{"1", "2", "5", "10"}},
		{200, 20000, []string{"1000", "10000"}},
		{1e-9, 1, []string{"1e−8", "1e−6", "0.0001", "0.01", "1"}},
		{3.1, 4.4, []string{"3.5", "4.0"}}, // no round power within
	} {
		_, got, _ := span{c.lo, c.hi, true}.ticks(4)
		if !slices.Equal(got, c.want) {
			t.Errorf("%v to %v: %q, want %q", c.lo, c.hi, got, c.want)
		}
	}
}

// TestSpansOfAnything holds that spans and their ticks are finite, few and short,
// whatever the values.
func TestSpansOfAnything(t *testing.T) {
	for _, values := range [][]float64{
		nil, {0}, {7}, {1e20, 1e20}, {-1e-20}, {math.NaN(), 3}, {math.Inf(1), 1, 2}, {1, 1 + 1e-15}, {-1e300, 1e300}, {1e-300, 1e-299}, {0.99985, 1.0001},
	} {
		for _, s := range []span{spanOf(0.05, values), logSpanOf(0.05, values)} {
			if !(s.hi > s.lo) || math.IsInf(s.hi-s.lo, 0) {
				t.Errorf("%v: span %v", values, s)
				continue
			}
			at, labels, _ := s.ticks(5)
			if len(at) == 0 || len(at) > 7 {
				t.Errorf("%v: %d ticks", values, len(at))
			}
			for _, label := range labels {
				if len([]rune(label)) > 8 {
					t.Errorf("%v: label %q", values, label)
				}
			}
		}
	}
}
