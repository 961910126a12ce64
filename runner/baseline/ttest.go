package baseline

import (
	"maps"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// confidence of intervals, and the probability with which more values decide.
const (
	confidence = 0.95
	power      = 0.8
)

// Test is a t test on the change of a mean.
type Test struct {
	Name   string  `json:"name"`            // "paired t" or "Welch t"
	N      int     `json:"pairs,omitempty"` // 0 where values have no partners
	OldN   int     `json:"old_n"`
	NewN   int     `json:"new_n"`
	SE     float64 `json:"se"` // standard error of the change
	DF     float64 `json:"df"`
	P      float64 `json:"p"`   // of a change as large by chance, two-sided
	Low    float64 `json:"low"` // of the 95 % confidence interval of the change
	High   float64 `json:"high"`
	Effect float64 `json:"effect"` // d_z of pairs, else Hedges' g; 0 where the values do not scatter

	old, new, change float64 // means
	oldSD, newSD     float64 // of a paired test newSD is that of the differences
	same             bool    // all values are what they were
	rounding         bool    // they differ by rounding alone
}

// EffectName is the measure of the effect's size.
func (t *Test) EffectName() string {
	if t.N > 0 {
		return "d_z"
	}
	return "Hedges g"
}

// least is the smaller of the numbers of values.
func (t *Test) least() int { return min(t.OldN, t.NewN) }

// pair is an accepted value and a new one of the same name.
type pair struct{ old, new float64 }

// paired are the values that have a partner, by name.
func paired(old, new Values) (pairs []pair) {
	for _, name := range slices.Sorted(maps.Keys(old)) {
		if v, ok := new[name]; ok {
			pairs = append(pairs, pair{old[name], v})
		}
	}
	return pairs
}

// lacking are the names of values that v does not have.
func lacking(v, others Values) (names []string) {
	for _, name := range slices.Sorted(maps.Keys(others)) {
		if _, ok := v[name]; !ok {
			names = append(names, name)
		}
	}
	return names
}

// sorted are the values in the order of their names, so that sums of them are
// always the same.
func (v Values) sorted() (out []float64) {
	for _, name := range slices.Sorted(maps.Keys(v)) {
		out = append(out, v[name])
	}
	return out
}

func pairedTest(pairs []pair) *Test {
	var old, new, d []float64
	t := &Test{Name: "paired t", N: len(pairs), OldN: len(pairs), NewN: len(pairs), DF: float64(len(pairs) - 1), same: true, rounding: true}
	for _, p := range pairs {
		old, new, d = append(old, p.old), append(new, p.new), append(d, p.new-p.old)
		t.compareValues(p.old, p.new)
	}
	t.old, t.new = mean(old), mean(new)
	t.change, t.newSD = mean(d), deviation(d)
	if t.newSD <= rounding*max(math.Abs(t.old), math.Abs(t.new)) {
		t.newSD = 0 // a change that is the same for all pairs, but for rounding
	}
	t.SE = t.newSD / math.Sqrt(float64(len(d)))
	if t.newSD > 0 {
		t.Effect = t.change / t.newSD
	}
	t.conclude()
	return t
}

func welchTest(old, new []float64) *Test {
	t := &Test{Name: "Welch t", OldN: len(old), NewN: len(new), same: true, rounding: true}
	for _, x := range old {
		t.compareValues(old[0], x)
	}
	for _, x := range new {
		t.compareValues(old[0], x)
	}
	t.old, t.new, t.oldSD, t.newSD = mean(old), mean(new), deviation(old), deviation(new)
	t.change = t.new - t.old
	n, m := float64(len(old)), float64(len(new))
	u, v := t.oldSD*t.oldSD/n, t.newSD*t.newSD/m
	t.SE = math.Sqrt(u + v)
	t.DF = n + m - 2
	if t.SE > 0 {
		r := u / (u + v) // so that no small number is squared
		t.DF = 1 / (r*r/(n-1) + (1-r)*(1-r)/(m-1))
		pooled := math.Sqrt(((n-1)*t.oldSD*t.oldSD + (m-1)*t.newSD*t.newSD) / (n + m - 2))
		t.Effect = (1 - 3/(4*(n+m)-9)) * t.change / pooled
	}
	t.conclude()
	return t
}

// compareValues notes whether two values that should be one are.
func (t *Test) compareValues(a, b float64) {
	t.same = t.same && a == b
	t.rounding = t.rounding && math.Abs(a-b) <= rounding*max(math.Abs(a), math.Abs(b))
}

// conclude derives the interval and p from change, standard error and degrees
// of freedom.
func (t *Test) conclude() {
	switch {
	case t.same:
		t.P, t.Low, t.High = 1, t.change, t.change
	case t.SE == 0:
		t.P, t.Low, t.High = 0, t.change, t.change
	default:
		half := quantile((1+confidence)/2, t.DF) * t.SE
		t.P = 2 * distuv.StudentsT{Sigma: 1, Nu: t.DF}.Survival(math.Abs(t.change)/t.SE)
		t.Low, t.High = t.change-half, t.change+half
	}
}

// finite tells whether the values were not too large for their squares.
func (t *Test) finite() bool {
	return !slices.ContainsFunc([]float64{t.old, t.new, t.change, t.SE, t.P, t.Low, t.High, t.Effect}, notFinite)
}

func notFinite(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) }

// quantile of the t distribution.
func quantile(p, df float64) float64 { return distuv.StudentsT{Sigma: 1, Nu: df}.Quantile(p) }

func mean(x []float64) float64 { return stat.Mean(x, nil) }

// deviation is the standard deviation of a sample; of one value it is 0.
func deviation(x []float64) float64 {
	if len(x) < 2 {
		return 0
	}
	return stat.StdDev(x, nil)
}

// most values that are worth a proposal.
const mostMore = 10_000

// more is how many more values, old and new, would bring the interval within
// distance with the wanted power; 0 where that is not known, or far too many.
func (t *Test) more(distance float64) int {
	now := t.least()
	enough := func(n int) bool {
		df, se := float64(n-1), t.newSD/math.Sqrt(float64(n))
		if t.N == 0 {
			df, se = 2*df, math.Sqrt((t.oldSD*t.oldSD+t.newSD*t.newSD)/float64(n))
		}
		return (quantile((1+confidence)/2, df)+quantile(power, df))*se <= distance
	}
	if now < 2 || !enough(now+mostMore) {
		return 0
	}
	low, high := now, now+mostMore // the least that is enough lies above low, and is at most high
	for high-low > 1 {
		if middle := (low + high) / 2; enough(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	return high - now
}
