package trials

import "fmt"

// CheckFolds refuses numbers of folds that make no split.
func CheckFolds(folds, testFold int) error {
	if folds < 2 {
		return fmt.Errorf("folds is a whole number from 2, not %d", folds)
	}
	if testFold < 0 || testFold >= folds {
		return fmt.Errorf("test_fold is a whole number from 0 to %d (folds - 1), not %d", folds-1, testFold)
	}
	return nil
}

// Deal returns for each position whether it is held out: where it leaves
// testFold when divided by folds. It refuses a split that leaves no trial for
// training, or none for the test.
func Deal(positions []int, folds, testFold int) (test []bool, err error) {
	held := 0
	for _, p := range positions {
		test = append(test, p%folds == testFold)
		if p%folds == testFold {
			held++
		}
	}
	if held == 0 || held == len(positions) {
		return nil, fmt.Errorf("test_fold %d of %d folds leaves %d trials for training and %d for the test, of %d in all; each needs at least one",
			testFold, folds, len(positions)-held, held, len(positions))
	}
	return test, nil
}

// Positions returns 0 to n-1, for trials that are dealt in their order.
func Positions(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}
