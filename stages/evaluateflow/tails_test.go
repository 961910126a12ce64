package evaluateflow

import (
	"math"
	"testing"
)

// TestSteepest wants the slope of a straight field, wherever it crosses 0 and
// however near to 0 a state is, and of a steep field that at the states around 0.
func TestSteepest(t *testing.T) {
	kappa := []float64{-1, -1e-4, -1e-4, 0.5, 2}
	straight, steep := make([]float64, len(kappa)), make([]float64, len(kappa))
	for i, k := range kappa {
		straight[i] = 0.1 + 2*k
		steep[i] = math.Copysign(math.Pow(math.Abs(k), 0.7), k)
	}
	if got := steepest(kappa, straight, 1); math.Abs(got-2) > 1e-12 {
		t.Errorf("a field of slope 2 rises by %v", got)
	}
	kappa[2] = 1e-4
	steep[2] = math.Pow(1e-4, 0.7)
	if got, want := steepest(kappa, steep, 1), math.Pow(1e-4, -0.3); math.Abs(got-want) > 1e-12*want {
		t.Errorf("|κ|^0.7 rises by %v from -1e-4 to 1e-4, not %v", got, want)
	}
	// With two latents it is the length of the difference.
	if got := steepest([]float64{0, 0, 3, 4}, []float64{1, 1, 1, 11}, 2); got != 2 {
		t.Errorf("a field that changes by 10 over a distance of 5 rises by %v", got)
	}
}
