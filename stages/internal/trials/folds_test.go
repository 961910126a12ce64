package trials

import (
	"slices"
	"testing"
)

func TestCheckFolds(t *testing.T) {
	for _, c := range []struct {
		folds, test int
		ok          bool
	}{{5, 4, true}, {2, 0, true}, {1, 0, false}, {5, 5, false}, {5, -1, false}} {
		if err := CheckFolds(c.folds, c.test); (err == nil) != c.ok {
			t.Errorf("folds %d, test_fold %d: %v", c.folds, c.test, err)
		}
	}
}

func TestDeal(t *testing.T) {
	got, err := Deal([]int{0, 2, 3, 4, 9, 12}, 5, 4)
	if want := []bool{false, false, false, true, true, false}; err != nil || !slices.Equal(got, want) {
		t.Errorf("test %v, %v; want %v", got, err, want)
	}
	for _, positions := range [][]int{nil, {4}, {4, 9}, Positions(4)} {
		if got, err := Deal(positions, 5, 4); err == nil {
			t.Errorf("positions %v are split into %v", positions, got)
		}
	}
}
