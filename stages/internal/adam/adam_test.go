package adam

import (
	"math"
	"testing"
)

// The first step has the length of the rate whatever the gradient's, and a
// constant gradient keeps that length: both are closed forms of the paper.
func TestStepsOfAConstantGradient(t *testing.T) {
	x, a := []float64{0, 0}, New(2)
	for n := 1; n <= 5; n++ {
		a.Step(x, []float64{3, -200}, 0.1, 0.5)
		want := 0.1 * float64(n)
		if math.Abs(x[0]+want) > 1e-8 || math.Abs(x[1]-want) > 1e-8 {
			t.Fatalf("after %d steps x is %v, want %v and %v", n, x, -want, want)
		}
	}
}

// A second step after another gradient, worked out by hand from the formulas.
func TestSecondStep(t *testing.T) {
	x, a := []float64{0}, New(1)
	a.Step(x, []float64{1}, 1, 1)
	a.Step(x, []float64{-2}, 1, 1)
	mean := (0.9*0.1*1 + 0.1*-2) / (1 - 0.81)
	square := (0.999*0.001*1 + 0.001*4) / (1 - 0.999*0.999)
	if want := -1 - mean/math.Sqrt(square); math.Abs(x[0]-want) > 1e-7 {
		t.Errorf("x is %v, want %v", x[0], want)
	}
}

// A bowl is descended to its bottom.
func TestFindsAMinimum(t *testing.T) {
	x, a := []float64{5, -3}, New(2)
	for n := range 4000 {
		a.Step(x, []float64{20 * (x[0] - 1), 0.2 * (x[1] - 2)}, 0.1*(1-float64(n)/4000), 1)
	}
	if math.Abs(x[0]-1) > 1e-3 || math.Abs(x[1]-2) > 1e-3 {
		t.Errorf("the minimum at 1, 2 is found at %v", x)
	}
}
