package fitlrrnn

import (
	"math"
	"testing"

	"reprise/stages/internal/trials"
)

// one returns trials of one neuron with these counts, all for training.
func one(counts ...[]uint8) *trials.Trials {
	t := &trials.Trials{Neurons: 1}
	for _, c := range counts {
		t.First = append(t.First, len(t.Counts))
		t.Steps = append(t.Steps, len(c))
		t.Test = append(t.Test, false)
		t.Counts = append(t.Counts, c...)
	}
	return t
}

func TestMeansOfASilentNeuron(t *testing.T) {
	if m := one([]uint8{0, 0}, []uint8{0, 0, 0}).Means([]int{0, 1}); m[0] != 0.1 {
		t.Errorf("mean %v, want half a spike in 5 steps", m[0])
	}
}

// TestPSTH checks a case by hand: two trials of 2 and 1 steps with 3 + 1 and 0
// spikes, so that the mean is 4/3 and a step away weighs g = exp(−1/72).
func TestPSTH(t *testing.T) {
	tr := one([]uint8{3, 0}, []uint8{1})
	mean := tr.Means([]int{0, 1})
	g, m := math.Exp(-1./72), 4./3
	want := []float64{
		math.Log((4 + 20*m) / (2 + g + 20) / m),
		math.Log((4*g + 20*m) / (2*g + 1 + 20) / m),
	}
	got := psthOffsets(tr, []int{0, 1}, mean)
	for b := range want {
		if math.Abs(got[b]-want[b]) > 1e-12 {
			t.Errorf("bin %d: %v, want %v", b, got[b], want[b])
		}
	}
	if flat := psthOffsets(one([]uint8{2, 2}), []int{0}, []float64{2}); math.Abs(flat[0])+math.Abs(flat[1]) > 1e-12 {
		t.Errorf("offsets of a constant rate are %v, want 0", flat)
	}
}

// TestDrift checks a case by hand, and that a trial hours away from all
// training trials takes the nearest.
func TestDrift(t *testing.T) {
	tr := one([]uint8{1}, []uint8{1}, []uint8{1})
	tr.Start, tr.Baseline = []float64{0, 180, 90000}, []float64{2, 4, 100}
	got := driftOffsets(tr, []int{0, 1})
	g := math.Exp(-0.5)
	for k, want := range []float64{(2 + 4*g) / (1 + g), (2*g + 4) / (1 + g), 4} {
		if want = math.Log((want + 0.5) / 3.5); math.Abs(got[k]-want) > 1e-12 {
			t.Errorf("trial %d: %v, want %v", k, got[k], want)
		}
	}
}
