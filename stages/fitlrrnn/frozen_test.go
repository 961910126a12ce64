package fitlrrnn

import (
	"math"
	"slices"
	"testing"

	"reprise/stages/internal/lrrnn"
)

// TestFrozenPartsStay wants frozen parts where they started, to the bit where the
// gauge does not touch them, and the others elsewhere, however they are trained.
func TestFrozenPartsStay(t *testing.T) {
	trained := func(frozen []string, precision string, noise bool, epochs int) *result {
		t.Helper()
		f := preset()
		f.Frozen, f.Precision, f.LatentNoise, f.Epochs = frozen, precision, noise, epochs
		r, err := f.fit(t.Context(), repeat(smallTrials(true), 4), outside{threads: 2})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	for _, c := range []struct {
		precision string
		noise     bool
	}{{"single", false}, {"double", false}, {"single", true}} {
		free := trained(nil, c.precision, c.noise, 3).model.Network.Network()
		r := trained([]string{"n"}, c.precision, c.noise, 3)
		if net := r.model.Network.Network(); !slices.Equal(net.N, r.start) || slices.Equal(net.B, free.B) {
			t.Errorf("%v: n is %v and started at %v", c, net.N, r.start)
		}
		if r := trained(nil, c.precision, c.noise, 3); slices.Equal(r.model.Network.Network().N, r.start) {
			t.Errorf("%v: n stays where it is not frozen", c)
		}
		short, long := trained([]string{"B", "b"}, c.precision, c.noise, 1), trained([]string{"B", "b"}, c.precision, c.noise, 4)
		if a, b := short.model.Network.Network(), long.model.Network.Network(); !slices.Equal(a.B, b.B) || !slices.Equal(a.Bias, b.Bias) || slices.Equal(a.N, b.N) {
			t.Errorf("%v: B and b move, or n does not", c)
		}
		// The gauge changes m and n and leaves n mᵀ.
		short, long = trained([]string{"m", "n"}, c.precision, c.noise, 1), trained([]string{"m", "n"}, c.precision, c.noise, 4)
		a, b := connectivity(short.model.Network.Network()), connectivity(long.model.Network.Network())
		for i := range a {
			if math.Abs(a[i]-b[i]) > 1e-12 {
				t.Fatalf("%v: n mᵀ is %v after one epoch, %v after four", c, a, b)
			}
		}
	}
	f := preset()
	f.Frozen = []string{"n", "g"}
	if f.Check() == nil {
		t.Error("g is accepted as frozen")
	}
}

// connectivity is n mᵀ, neurons x neurons.
func connectivity(net *lrrnn.Network) []float64 {
	var out []float64
	for i := range net.Neurons {
		for j := range net.Neurons {
			sum := 0.0
			for r := range net.Rank {
				sum += net.N[i*net.Rank+r] * net.M[j*net.Rank+r]
			}
			out = append(out, sum)
		}
	}
	return out
}
