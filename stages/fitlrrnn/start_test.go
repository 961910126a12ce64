package fitlrrnn

import (
	"math"
	"testing"

	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/rng"
)

// TestFamilies wants of each family the second moments that its description
// says, and that each draws other numbers.
func TestFamilies(t *testing.T) {
	const neurons = 40000
	for name, want := range map[string]struct{ m, n, overlap, b, within float64 }{
		"aligned":  {0.09, 25.0/9 + 1, 0.5, 0, 0.05},
		"small":    {0.25, 0.25, 0, 0.09, 0.05},
		"large":    {4, 4, 0, 0.09, 0.05},
		"heavy":    {3, 1.6, 0, 0.09, 0.4}, // the variance of t with 3 degrees of freedom, which converges slowly
		"clusters": {1.5*1.5 + 0.04, 1, 0, 0.09, 0.05},
	} {
		net := lrrnn.NewColumns(neurons, 2, 1)
		families[name].draw(net, rng.New(1, "test"))
		for k := range 2 {
			var m, n, overlap, b float64
			for i, x := range net.MRow(k) {
				y, z := net.NRow(k)[i], net.Bias()[i]
				m, n, overlap, b = m+x*x/neurons, n+y*y/neurons, overlap+x*y/neurons, b+z*z/neurons
			}
			for what, c := range map[string][2]float64{"m²": {m, want.m}, "n²": {n, want.n}, "nm": {overlap, want.overlap}, "b²": {b, want.b}} {
				if size := max(math.Sqrt(want.m*want.n), c[1]); math.IsNaN(c[0]) || math.Abs(c[0]-c[1]) > want.within*size {
					t.Errorf("%s: the mean of %s is %g, not %g", name, what, c[0], c[1])
				}
			}
		}
	}
	if err := (&Fit{Start: "elsewhere"}).Check(); err == nil {
		t.Error("an unknown start is not refused")
	}
}
