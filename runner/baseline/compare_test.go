package baseline

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"reprise/spec"
)

func relative(v float64) spec.Tolerance { return spec.Tolerance{Kind: spec.Relative, Value: v} }
func absolute(v float64) spec.Tolerance { return spec.Tolerance{Kind: spec.Absolute, Value: v} }
func errorsOf(k float64) spec.Tolerance { return spec.Tolerance{Kind: spec.StandardErrors, Value: k} }

func one(v float64) Values { return Values{"": v} }

// seeds names values seed=0, seed=1, …
func seeds(v ...float64) Values { return seedsFrom(0, v...) }

func seedsFrom(first int, v ...float64) Values {
	out := Values{}
	for i, x := range v {
		out[fmt.Sprintf("seed=%d", first+i)] = x
	}
	return out
}

func TestVerdicts(t *testing.T) {
	tests := []struct {
		name      string
		old, new  Values
		tolerance spec.Tolerance
		better    string
		want      string
		says      string // part of the sentence
	}{
		{"within absolute", one(5), one(5.1), absolute(0.2), "", spec.Pass, "5 -> 5.1, up 0.1 (2 %); within the tolerance of 0.2"},
		{"at its edge", one(5), one(5.25), absolute(0.25), "", spec.Pass, "within"},
		{"beyond without direction", one(5), one(4), absolute(0.2), "", spec.Regressed, "5 -> 4, down 1 (20 %); beyond the tolerance of 0.2"},
		{"lower is better, higher", one(5), one(6), relative(0.1), "lower", spec.Regressed, "up 1 (20 %); beyond the tolerance of 10 % (0.5)"},
		{"lower is better, lower", one(5), one(4), relative(0.1), "lower", spec.Improved, "down 1 (20 %)"},
		{"higher is better, lower", one(5), one(4), relative(0.1), "higher", spec.Regressed, ""},
		{"higher is better, higher", one(5), one(6), relative(0.1), "higher", spec.Improved, ""},
		{"relative to a negative value", one(-5), one(-5.2), relative(0.05), "", spec.Pass, "within the tolerance of 5 % (0.25)"},
		{"relative to nothing", one(0), one(1e-9), relative(0.5), "", spec.Regressed, "0 -> 1e-09, up 1e-09; beyond"},
		{"the same with no tolerance", one(5), one(5), absolute(0), "", spec.Pass, "5, as it was"},
		{"one value has no standard error", one(5), one(5.0001), errorsOf(2), "", spec.Inconclusive, "a single value has no standard error"},
		{"but may stay", one(5), one(5), errorsOf(2), "", spec.Pass, ""},
		{"no number", one(5), one(math.NaN()), absolute(100), "", spec.Inconclusive, "no finite number"},
		{"infinite", seeds(1, 2, math.Inf(1)), seeds(1, 2, 3), absolute(100), "", spec.Inconclusive, "no finite number"},
		{"nothing", one(5), Values{}, absolute(100), "", spec.Inconclusive, "there are no values"},
		{"one against many", one(5), seeds(1, 2, 3), absolute(100), "", spec.Inconclusive, "a single value is accepted, and there is a sweep now"},
		{"too large", one(math.MaxFloat64), one(-math.MaxFloat64), absolute(1), "", spec.Inconclusive, "too large"},
		{"too large squares", seeds(1e300, 0, 1), seeds(-1e300, 1, 0), absolute(1), "", spec.Inconclusive, "too large"},

		{"a sweep within", seeds(1, 2, 3, 4), seeds(1.01, 2.02, 3.01, 4.01), absolute(0.1), "lower", spec.Pass, "mean of 4 pairs 2.5 -> 2.5125"},
		{"a sweep beyond", seeds(1, 2, 3, 4), seeds(2, 3.1, 4, 5.1), absolute(0.1), "lower", spec.Regressed, "paired t p = "},
		{"a sweep better", seeds(1, 2, 3, 4), seeds(2, 3.1, 4, 5.1), absolute(0.1), "higher", spec.Improved, "up 1.05 (42 %)"},
		{"a sweep beyond without direction", seeds(2, 3.1, 4, 5.1), seeds(1, 2, 3, 4), absolute(0.1), "", spec.Regressed, "down 1.05"},
		{"too much scatter", seeds(1, 2, 3, 4), seeds(1.5, 1.2, 3.9, 4.1), absolute(0.3), "lower", spec.Inconclusive, "undecided against the tolerance of 0.3: the values scatter too much to tell; about "},
		{"better, but by how much", seeds(1, 2, 3, 4), seeds(0.1, 1.7, 2.9, 2), absolute(0.6), "lower", spec.Pass, "; not worse by more than the tolerance of 0.6"},
		{"equivalence asks for both sides", seeds(1, 2, 3, 4), seeds(0.1, 1.7, 2.9, 2), absolute(0.6), "", spec.Inconclusive, ""},
		{"two may stay", seeds(1, 2), seeds(1, 2), errorsOf(2), "", spec.Pass, "mean of 2 pairs 1.5, as it was"},
		{"two are too few", seeds(1, 2), seeds(1.1, 2), errorsOf(2), "", spec.Inconclusive, "standard errors take at least 3 values, and there are 2"},
		{"a shift that all have", seeds(1, 2, 3), seeds(2, 3, 4), errorsOf(2), "lower", spec.Regressed, "the same change for all, so no test is needed"},
		{"rounding is no change", seeds(1, 2, 3), seeds(1+1e-15, 2+1e-15, 3+2e-15), errorsOf(2), "", spec.Pass, ""},
		{"standard errors within", seeds(1, 2, 3, 4, 5), seeds(1.3, 1.8, 3.2, 3.9, 5.1), errorsOf(2), "lower", spec.Pass, "within the tolerance of 2 standard errors"},
		{"standard errors beyond", seeds(1, 2, 3, 4, 5), seeds(1.3, 2.3, 3.2, 4.4, 5.4), errorsOf(2), "lower", spec.Regressed, "d_z 3."},

		{"one is added", seeds(1, 2, 3, 4), seeds(1, 2, 3, 4, 9), absolute(0.1), "", spec.Inconclusive, "mean of 4 pairs 2.5, as it was; new seed=4 has no accepted value"},
		{"two are gone", seeds(1, 2, 3, 4, 9), seeds(1, 2, 3), absolute(0.1), "", spec.Inconclusive, "; accepted seed=3, seed=4 have no new value"},
		{"good ones stay, bad ones are others", seeds(1, 1, 1, 1, 1), Values{"seed=0": 1, "seed=1": 1, "seed=2": 1, "seed=7": 99, "seed=8": 99}, absolute(0.1), "lower", spec.Inconclusive,
			"mean of 3 pairs 1, as it was; accepted seed=3, seed=4 have no new value; new seed=7, seed=8 have no accepted value"},
		{"better, and one is gone", seeds(3, 4, 5, 6), seeds(1, 2, 3), absolute(0.1), "lower", spec.Inconclusive, "accepted seed=3 has no new value"},
		{"worse, and one is gone", seeds(1, 2, 3, 4), seeds(3, 4, 5), absolute(0.1), "lower", spec.Regressed, "; beyond the tolerance of 0.1; accepted seed=3 has no new value"},
		{"many are gone", seeds(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), seeds(1, 2, 3), absolute(0.1), "", spec.Inconclusive, "seed=7 and 2 more have no new value"},
		{"too few have partners", seeds(1, 2, 3), seedsFrom(2, 1.1, 2, 3.2), absolute(5), "", spec.Inconclusive, "means of 3 and 3 values 2 -> 2.1"},
		{"none has, all the same", seeds(2, 2), seedsFrom(2, 2, 2), errorsOf(1), "", spec.Inconclusive, "accepted seed=0, seed=1 have no new value; new seed=2, seed=3 have no accepted value"},
		{"none has, too few", seeds(2, 2), seedsFrom(2, 2, 3), errorsOf(1), "", spec.Inconclusive, "at least 3"},
		{"none has, no scatter", seeds(2, 2), seedsFrom(2, 3, 3), absolute(0.5), "lower", spec.Regressed, "the same change for all, so no test is needed"},
		{"a sweep became one", seeds(1, 2, 3), one(2), absolute(100), "", spec.Inconclusive, "a sweep is accepted, and there is a single value now"},
		{"one seed became another", seeds(1), seedsFrom(1, 1), absolute(100), "", spec.Inconclusive, "accepted seed=0 has no new value; new seed=1 has no accepted value"},
		{"a percentage without end", one(math.SmallestNonzeroFloat64), one(1), absolute(0.5), "", spec.Regressed, "up 1; beyond"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := Compare(tt.old, tt.new, tt.tolerance, tt.better)
			if says := c.Sentence(tt.tolerance); c.Verdict != tt.want || !strings.Contains(says, tt.says) {
				t.Errorf("%s: %s\nwant %s: …%s…", c.Verdict, says, tt.want, tt.says)
			}
		})
	}
}

// TestKnownNumbers holds both tests to what SciPy 1.17 gives (ttest_rel,
// ttest_ind with equal_var=False).
func TestKnownNumbers(t *testing.T) {
	near := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-9*math.Abs(want) {
			t.Errorf("%s is %.15g, want %.15g", what, got, want)
		}
	}
	c := Compare(seeds(0.12, 0.15, 0.11, 0.14, 0.13), seeds(0.13, 0.17, 0.12, 0.14, 0.16), absolute(0.02), "lower")
	near("paired t", c.Change/c.Test.SE, 2.745625891934577)
	near("paired df", c.Test.DF, 4)
	near("paired p", c.Test.P, 0.051605957811174726)
	near("paired low", c.Test.Low, -0.00015714776982271757)
	near("paired high", c.Test.High, 0.028157147769822727)
	near("d_z", c.Test.Effect, 1.2278812270298411)
	near("more for 80 %", float64(c.More), 31-5)
	if c.Verdict != spec.Inconclusive || c.Test.EffectName() != "d_z" {
		t.Errorf("%+v", c)
	}
	c = Compare(seeds(1.2, 1.5, 1.1, 1.9), seedsFrom(10, 2.1, 1.7, 2.6, 2.2, 3.0, 1.8), absolute(0.1), "lower")
	near("Welch t", c.Change/c.Test.SE, 2.9971981059880086)
	near("Welch df", c.Test.DF, 7.8409235479500135)
	near("Welch p", c.Test.P, 0.017543248499135362)
	near("Welch low", c.Test.Low, 0.1842093698991516)
	near("Welch high", c.Test.High, 1.432457296767516)
	near("Hedges g", c.Test.Effect, 1.6321450785399665)
	if c.Verdict != spec.Regressed || c.Test.EffectName() != "Hedges g" {
		t.Errorf("%+v", c)
	}
}

// TestMoreIsEnough holds that as many more values as were proposed do decide.
func TestMoreIsEnough(t *testing.T) {
	for _, apart := range []bool{false, true} {
		r := rand.New(rand.NewPCG(3, 4))
		draw := func(first, n int, mean float64) Values {
			v := Values{}
			for i := range n {
				v[fmt.Sprint(first+i)] = mean + r.NormFloat64()
			}
			return v
		}
		first := 0
		if apart {
			first = 1000
		}
		c := compareShared(draw(0, 6, 0), draw(first, 6, 0.1), absolute(1), "")
		for c.Verdict != spec.Inconclusive || c.More == 0 {
			c = compareShared(draw(0, 6, 0), draw(first, 6, 0.1), absolute(1), "")
		}
		n, decided := 6+c.More, 0
		scatter := c.Test.newSD
		if apart {
			scatter = math.Sqrt((c.Test.oldSD*c.Test.oldSD + c.Test.newSD*c.Test.newSD) / 2)
		}
		const trials = 1000
		for range trials {
			old, new := Values{}, Values{}
			for i := range n {
				old[fmt.Sprint(i)], new[fmt.Sprint(first+i)] = 0, c.Change+scatter*r.NormFloat64()
				if apart {
					old[fmt.Sprint(i)] = scatter * r.NormFloat64()
				}
			}
			if compareShared(old, new, absolute(1), "").Verdict != spec.Inconclusive {
				decided++
			}
		}
		if share := float64(decided) / trials; share < 0.72 || share > 0.9 {
			t.Errorf("apart %v: %d values decide in %.2f of cases, want about 0.8", apart, n, share)
		}
	}
}

// TestErrorRates holds, on drawn data, what the package's documentation says of
// how often verdicts are wrong.
func TestErrorRates(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	rate := func(n, first int, shift float64, tolerance spec.Tolerance, better, verdict string) float64 {
		const trials = 4000
		found := 0
		for range trials {
			old, new := Values{}, Values{}
			for i := range n {
				base := 0.0
				if first == 0 {
					base = 3 * r.NormFloat64() // what a seed has in both
				}
				old[fmt.Sprint(i)] = base + r.NormFloat64()
				new[fmt.Sprint(first+i)] = base + shift + r.NormFloat64()
			}
			if compareShared(old, new, tolerance, better).Verdict == verdict {
				found++
			}
		}
		return float64(found) / trials
	}
	for _, tt := range []struct {
		name       string
		n, first   int
		shift      float64
		tolerance  spec.Tolerance
		better     string
		verdict    string
		least, top float64
	}{
		{"chance beyond 2 standard errors, either way", 5, 0, 0, errorsOf(2), "", spec.Regressed, 0.10, 0.135},
		{"chance beyond 3", 5, 0, 0, errorsOf(3), "", spec.Regressed, 0.03, 0.05},
		{"half of it is worse", 5, 0, 0, errorsOf(2), "lower", spec.Regressed, 0.045, 0.07},
		{"a change of the allowance passes", 8, 0, 1, absolute(1), "lower", spec.Pass, 0.015, 0.035},
		{"or is called regressed", 8, 0, 1, absolute(1), "lower", spec.Regressed, 0.015, 0.035},
		{"unpaired, or improved", 8, 100, 1, absolute(1), "higher", spec.Improved, 0.012, 0.035},
		{"unpaired, a change of the allowance", 8, 100, 1, absolute(1), "lower", spec.Regressed, 0.012, 0.035},
		{"a large change is seen", 8, 0, 4, absolute(1), "lower", spec.Regressed, 0.95, 1},
		{"none within a wide allowance passes", 8, 0, 0, absolute(3), "", spec.Pass, 0.95, 1},
	} {
		if got := rate(tt.n, tt.first, tt.shift, tt.tolerance, tt.better, tt.verdict); got < tt.least || got > tt.top {
			t.Errorf("%s: %s in %.4f of cases, want %g to %g", tt.name, tt.verdict, got, tt.least, tt.top)
		}
	}
}
