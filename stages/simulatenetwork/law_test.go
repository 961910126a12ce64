package simulatenetwork

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestFieldsOfFiniteNetworks compares how far the fields of drawn networks lie
// from the mean field with the exact law (method.md, section 1 and check C1):
// E|F_N − F|² = (E[|n|² φ²] − |F|²) / N, where E[n²|m] = E[n|m]² + 0.5².
func TestFieldsOfFiniteNetworks(t *testing.T) {
	const draws = 500
	law := preset().law()
	mean := law.even(16384)
	kappas := []float64{-1.5, -0.4, 0.7, 1.1, 2}
	f := make([]float64, 1)
	var ratios []float64
	for _, neurons := range []int{64, 256} {
		var measured, predicted float64
		r := rand.New(rand.NewPCG(uint64(neurons), 1))
		exact := make([]float64, len(kappas))
		for i, k := range kappas {
			mean.Field(f, []float64{k}, nil)
			exact[i] = f[0]
			for j := range mean.Neurons {
				h := math.Tanh(mean.Drive(j, []float64{k}, nil))
				n := mean.N[j]
				predicted += (n*n + law.spread*law.spread) * h * h / float64(mean.Neurons*neurons)
			}
			predicted -= f[0] * f[0] / float64(neurons)
		}
		for range draws {
			net := law.drawn(neurons, r)
			for i, k := range kappas {
				net.Field(f, []float64{k}, nil)
				measured += (f[0] - exact[i]) * (f[0] - exact[i]) / draws
			}
		}
		ratios = append(ratios, math.Sqrt(measured/predicted))
	}
	t.Logf("measured over predicted deviation: %.3f", ratios)
	for _, x := range ratios {
		if x < 0.88 || x > 1.12 { // the sampling error of 500 draws is 3 %
			t.Errorf("deviations of finite networks are %.3f of what the law says", ratios)
			break
		}
	}
}
