package evaluateflow

import (
	"math"
	"math/rand/v2"
	"testing"

	"reprise/stages/internal/lrrnn"
)

// gaussians is a flow whose samples are N(0, I) in (m, b, n), moved by shift in
// m, and whose law is N(0, I): two nodes of b at each of many m.
func gaussians(count int, shift float64, seed uint64) *flow {
	r := rand.New(rand.NewPCG(seed, 1))
	f := &flow{rank: 1, spread: 1, law: lrrnn.New(count, 1, 0), samples: lrrnn.New(count, 1, 0)}
	f.nodes = f.law
	for i := range count {
		f.law.M[i], f.law.Bias[i] = r.NormFloat64(), r.NormFloat64()
		f.weight = append(f.weight, 1/float64(count))
		f.samples.M[i], f.samples.Bias[i], f.samples.N[i] = shift+r.NormFloat64(), r.NormFloat64(), r.NormFloat64()
	}
	return f
}

// TestEnergyDistance knows the distance of Gaussians a small shift d apart: it
// grows as d² E[1/|Z|] (1 − 1/dim) with Z ~ N(0, 2 I), which is 2/3 d²/√π in
// three dimensions; and it is 0 on average for equal laws.
func TestEnergyDistance(t *testing.T) {
	for _, shift := range []float64{0, 0.3} {
		mean := 0.0
		const runs = 4
		for seed := range uint64(runs) {
			e := &evaluation{flow: gaussians(3000, shift, seed+1), threads: 2, metrics: map[string]float64{}}
			if err := e.energyDistance(t.Context()); err != nil {
				t.Fatal(err)
			}
			mean += e.metrics["energy_distance"] / runs
		}
		want := 2.0 / 3 * shift * shift / math.Sqrt(math.Pi)
		if math.Abs(mean-want) > 0.003 {
			t.Errorf("shift %g: %g, not %g", shift, mean, want)
		}
	}
}

// TestDrawsFollowTheWeights: nodes come as often as their weights say.
func TestDrawsFollowTheWeights(t *testing.T) {
	f := &flow{rank: 1, nodes: lrrnn.New(3, 1, 0), weight: []float64{0.5, 0, 0.5}}
	copy(f.nodes.M, []float64{1, 2, 3})
	count := map[float64]int{}
	for _, x := range f.draws(rand.New(rand.NewPCG(1, 1)), 1000) {
		count[x[0]]++
	}
	if count[1] != 500 || count[2] != 0 || count[3] != 500 {
		t.Errorf("draws of three nodes: %v", count)
	}
}
