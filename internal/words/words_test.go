package words

import (
	"slices"
	"testing"
)

func TestNatural(t *testing.T) {
	want := []string{"", "a", "a[\"seed=2\"]", "a[\"seed=10\"]", "a[\"seed=10,x=1\"]", "a[\"seed=10,x=02\"]", "b", "b1", "b01x"}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortStableFunc(got, Natural)
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestPercent(t *testing.T) {
	for _, c := range []struct {
		old, now float64
		want     string
	}{{0, 1, ""}, {2, 3, "+50 %"}, {1, 2.5, "+150 %"}, {-2, -1, "+50 %"}, {100, 100.12, "+0.12 %"}, {3, 2.9, "-3.3 %"}} {
		if got := Percent(c.old, c.now); got != c.want {
			t.Errorf("%g to %g: %s, not %s", c.old, c.now, got, c.want)
		}
	}
}
