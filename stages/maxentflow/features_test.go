package maxentflow

import (
	"math"
	"testing"
)

// Features are the tanh of the products for any number of them, not only whole
// blocks of the kernel, and do not depend on a product's place.
func TestFeaturesOfAnyNumber(t *testing.T) {
	rows := []float64{0.5, 1, -2, 1, 30, 1}
	z := newStates(rows, 2)
	for points := range 12 {
		w := make([]float64, 2*points)
		for i := range w {
			w[i] = math.Sin(float64(3*i + 1))
		}
		phi := make([]float64, 3*points)
		z.features(phi, w)
		for s := range points {
			alone := make([]float64, 3)
			z.features(alone, w[2*s:2*s+2])
			for j := range 3 {
				want := math.Tanh(w[2*s]*rows[2*j] + w[2*s+1])
				if got := phi[3*s+j]; math.Abs(got-want) > 1e-15 || got != alone[j] {
					t.Fatalf("%d points: feature %d of point %d is %v, alone %v, not %v", points, j, s, got, alone[j], want)
				}
			}
		}
	}
}
