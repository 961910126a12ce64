package baseline

import (
	"fmt"
	"math"
	"slices"

	"reprise/spec"
)

// Values are those of a metric, by name: one a task of a sweep, or one with the
// empty name.
type Values map[string]float64

// Mean of the values.
func (v Values) Mean() float64 { return mean(v.sorted()) }

// Comparison is what became of a metric since it was accepted.
type Comparison struct {
	Verdict string  // spec.Pass, Improved, Regressed or Inconclusive
	Reason  string  // why it is inconclusive
	Old     float64 // the value, or the mean of those compared
	New     float64
	Change  float64  // New - Old
	Allowed float64  // the change that the tolerance allows, in the metric's unit
	Test    *Test    // where there are several values
	Gone    []string // accepted values that have no new one, by name
	Added   []string // new values that have no accepted one
	More    int      // about as many more values, old and new, would decide; 0: not known
}

// fewest values that show how much a metric scatters, and pairs worth a test.
const fewest = 3

// rounding is the relative difference below which values count as the same
// where the tolerance is in standard errors.
const rounding = 1e-12

// Compare decides whether a metric held. better is "lower", "higher" or "".
// Where values have no partner it can be regressed, and else is inconclusive.
func Compare(old, new Values, tolerance spec.Tolerance, better string) Comparison {
	switch {
	case len(old) == 0 || len(new) == 0:
		return undecided("there are no values")
	case slices.ContainsFunc(append(old.sorted(), new.sorted()...), notFinite):
		return undecided("one of its values is no finite number")
	}
	gone, added := lacking(new, old), lacking(old, new)
	c := compareShared(old, new, tolerance, better)
	if c.Test != nil && !c.Test.finite() || notFinite(c.Change) || notFinite(c.Allowed) {
		c = undecided("its values are too large to compare")
	}
	if c.Gone, c.Added = gone, added; len(gone)+len(added) > 0 && c.Verdict != spec.Regressed {
		c.Verdict, c.More = spec.Inconclusive, 0
	}
	return c
}

// compareShared decides by the values that have partners, or where these are
// too few by the means of all. It does not mind that some have none.
func compareShared(old, new Values, tolerance spec.Tolerance, better string) Comparison {
	pairs := paired(old, new)
	apart := len(pairs) < max(len(old), len(new))
	switch {
	case !apart && len(pairs) == 1:
		return single(pairs[0], tolerance, better)
	case !apart || len(pairs) >= fewest:
		return several(pairedTest(pairs), tolerance, better)
	case len(old) == 1 || len(new) == 1: // one value has no scatter
		c := undecided("")
		c.Old, c.New = mean(old.sorted()), mean(new.sorted())
		c.Change = c.New - c.Old
		return c
	}
	return several(welchTest(old.sorted(), new.sorted()), tolerance, better)
}

func undecided(reason string) Comparison {
	return Comparison{Verdict: spec.Inconclusive, Reason: reason}
}

// single compares one value with one.
func single(p pair, tolerance spec.Tolerance, better string) Comparison {
	c := Comparison{Verdict: spec.Pass, Old: p.old, New: p.new, Change: p.new - p.old}
	switch {
	case c.Change == 0:
		c.Allowed = allowance(tolerance, p.old, 0)
	case tolerance.Kind == spec.StandardErrors:
		c.Verdict, c.Reason = spec.Inconclusive, "a single value has no standard error; use absolute or relative, or a sweep over seeds"
	default:
		c.Allowed = allowance(tolerance, p.old, 0)
		if math.Abs(c.Change) > c.Allowed {
			c.Verdict = moved(c.Change, better)
		}
	}
	return c
}

// several decides by a test on the values of a sweep.
func several(t *Test, tolerance spec.Tolerance, better string) Comparison {
	c := Comparison{Verdict: spec.Pass, Old: t.old, New: t.new, Change: t.change, Test: t, Allowed: allowance(tolerance, t.old, t.SE)}
	if t.same || tolerance.Kind == spec.StandardErrors && t.rounding {
		return c
	}
	if tolerance.Kind == spec.StandardErrors {
		switch {
		case t.least() < fewest:
			c.Verdict, c.Reason = spec.Inconclusive, fmt.Sprintf("standard errors take at least %d values, and there are %d", fewest, t.least())
		case math.Abs(c.Change) > c.Allowed:
			c.Verdict = moved(c.Change, better)
		}
		return c
	}
	worst, best := t.High, t.Low // the interval's ends, in the direction of worse
	if better == "higher" {
		worst, best = -t.Low, -t.High
	}
	switch {
	case best > c.Allowed:
		c.Verdict = spec.Regressed
	case better == "" && worst < -c.Allowed:
		c.Verdict = spec.Regressed
	case better != "" && worst < -c.Allowed:
		c.Verdict = spec.Improved
	case worst <= c.Allowed && (better != "" || best >= -c.Allowed):
	default:
		c.Verdict, c.Reason = spec.Inconclusive, "the values scatter too much to tell"
		c.More = t.more(toBoundary(c.Change, c.Allowed, better))
	}
	return c
}

// allowance is the tolerance in the metric's unit.
func allowance(t spec.Tolerance, old, se float64) float64 {
	switch t.Kind {
	case spec.Relative:
		return t.Value * math.Abs(old)
	case spec.StandardErrors:
		return t.Value * se
	}
	return t.Value
}

// moved is the verdict on a change that is beyond what is allowed.
func moved(change float64, better string) string {
	if better == "lower" && change < 0 || better == "higher" && change > 0 {
		return spec.Improved
	}
	return spec.Regressed
}

// toBoundary is how far a change is from the nearest value at which the verdict
// would be another.
func toBoundary(change, allowed float64, better string) float64 {
	switch better {
	case "lower":
		return math.Abs(change - allowed)
	case "higher":
		return math.Abs(-change - allowed)
	}
	return math.Abs(math.Abs(change) - allowed)
}

func nameOr(name, other string) string {
	if name == "" {
		return other
	}
	return name
}
