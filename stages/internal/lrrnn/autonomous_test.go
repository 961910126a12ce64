package lrrnn

import (
	"math"
	"testing"
)

// TestAutonomous compares the field and its Jacobian with those of the network, and the
// Jacobian with finite differences, under an input and for each nonlinearity.
func TestAutonomous(t *testing.T) {
	for _, phi := range Nonlinearities() {
		n := New(37, 3, 2)
		n.Phi = phi
		for i, x := range [][]float64{n.M, n.N, n.B, n.Bias} {
			for j := range x {
				x[j] = math.Sin(float64(1 + 7*i + 13*j*j))
			}
		}
		input, kappa := []float64{0.3, -0.8}, []float64{0.4, -0.2, 0.9}
		f := n.Autonomous(input)
		got, want := make([]float64, 9), make([]float64, 9)
		f.Field(got[:3], kappa)
		n.Field(want[:3], kappa, input)
		for i := range 3 {
			if math.Abs(got[i]-want[i]) > 1e-13 {
				t.Errorf("%v: field %v, want %v", phi, got[:3], want[:3])
			}
		}
		f.Jacobian(got, kappa)
		n.Jacobian(want, kappa, input)
		for i := range got {
			up, down := make([]float64, 3), make([]float64, 3)
			moved := append([]float64{}, kappa...)
			moved[i%3] += 1e-5
			f.Field(up, moved)
			moved[i%3] -= 2e-5
			f.Field(down, moved)
			slope := (up[i/3] - down[i/3]) / 2e-5
			if math.Abs(got[i]-want[i]) > 1e-13 || math.Abs(got[i]-slope) > 1e-8 {
				t.Errorf("%v: entry %d of the Jacobian is %v, want %v, and %v by differences", phi, i, got[i], want[i], slope)
			}
		}
	}
}
