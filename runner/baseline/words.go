package baseline

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"reprise/spec"
)

// Sentence says what became of a metric: from what to what, by how much, by
// which test, and against which tolerance.
func (c Comparison) Sentence(tolerance spec.Tolerance) string {
	if c.Test == nil && c.Verdict == spec.Inconclusive {
		return strings.Join(append(nonEmpty(c.Reason), c.unpartnered()...), "; ")
	}
	parts := []string{c.movement()}
	if c.Test != nil && !c.Test.same {
		parts = append(parts, c.Test.sentence())
	}
	limit := "the tolerance of " + tolerated(tolerance, c.Allowed)
	switch {
	case c.Verdict == spec.Inconclusive && c.Reason != "":
		parts = append(parts, "undecided against "+limit+": "+c.Reason)
	case c.Verdict == spec.Inconclusive: // for values without a partner alone
	case c.Verdict == spec.Pass && c.Change == 0:
	case c.Verdict == spec.Pass && math.Abs(c.Change) > c.Allowed: // on the better side
		parts = append(parts, "not worse by more than "+limit)
	case c.Verdict == spec.Pass:
		parts = append(parts, "within "+limit)
	default:
		parts = append(parts, "beyond "+limit)
	}
	if c.More > 0 {
		parts = append(parts, fmt.Sprintf("about %d more, in the baseline too, would decide (%.0f %% power)", c.More, 100*power))
	}
	return strings.Join(append(parts, c.unpartnered()...), "; ")
}

// unpartnered names the values that have no partner.
func (c Comparison) unpartnered() (parts []string) {
	if slices.Contains(c.Gone, "") {
		return []string{"a single value is accepted, and there is a sweep now"}
	}
	if slices.Contains(c.Added, "") {
		return []string{"a sweep is accepted, and there is a single value now"}
	}
	if n := len(c.Gone); n > 0 {
		parts = append(parts, fmt.Sprintf("accepted %s %s no new value", Named(c.Gone), have(n)))
	}
	if n := len(c.Added); n > 0 {
		parts = append(parts, fmt.Sprintf("new %s %s no accepted value", Named(c.Added), have(n)))
	}
	return parts
}

func have(n int) string {
	if n == 1 {
		return "has"
	}
	return "have"
}

// mostNames of values that a sentence has.
const mostNames = 6

// Named lists names of values: the first few, and how many more there are.
func Named(names []string) string {
	if n := len(names) - mostNames; n > 1 {
		return strings.Join(names[:mostNames], ", ") + fmt.Sprintf(" and %d more", n)
	}
	return strings.Join(names, ", ")
}

func nonEmpty(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// movement is from what to what, and by how much.
func (c Comparison) movement() string {
	text := c.of()
	if c.Change == 0 {
		return text + figure(c.New) + ", as it was"
	}
	way := "up"
	if c.Change < 0 {
		way = "down"
	}
	text += fmt.Sprintf("%s -> %s, %s %s", figure(c.Old), figure(c.New), way, figure(math.Abs(c.Change)))
	if part := 100 * math.Abs(c.Change/c.Old); !notFinite(part) {
		text += fmt.Sprintf(" (%.3g %%)", part)
	}
	return text
}

// of says what is compared.
func (c Comparison) of() string {
	t := c.Test
	switch {
	case t == nil:
		return ""
	case t.N == 0:
		return fmt.Sprintf("means of %d and %d values ", t.OldN, t.NewN)
	case t.N == 1:
		return "1 pair "
	}
	return fmt.Sprintf("mean of %d pairs ", t.N)
}

func (t *Test) sentence() string {
	if t.SE == 0 {
		return "the same change for all, so no test is needed"
	}
	text := fmt.Sprintf("%.0f %% CI %s to %s, %s p = %.2g", 100*confidence, figure(t.Low), figure(t.High), t.Name, t.P)
	if t.Effect != 0 {
		text += fmt.Sprintf(", %s %.2f", t.EffectName(), t.Effect)
	}
	return text
}

// tolerated is a tolerance, and what it comes to in the metric's unit.
func tolerated(t spec.Tolerance, allowed float64) string {
	switch t.Kind {
	case spec.Relative:
		return fmt.Sprintf("%g %% (%s)", 100*t.Value, figure(allowed))
	case spec.StandardErrors:
		return fmt.Sprintf("%g standard errors (%s)", t.Value, figure(allowed))
	}
	return figure(t.Value)
}

// figure is a number in few digits, for people.
func figure(v float64) string { return strconv.FormatFloat(v, 'g', 5, 64) }
