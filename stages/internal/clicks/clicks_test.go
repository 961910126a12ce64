package clicks

import (
	"reflect"
	"slices"
	"testing"

	"reprise/stages/internal/trials"
)

func TestBin(t *testing.T) {
	for time, want := range map[float64]int{0: 0, 0.0099: 0, 0.01: 1, 0.07: 7, 0.29: 29, 0.57: 57, 0.9999: 99} {
		if got := Bin(time); got != want {
			t.Errorf("a click at %g s falls in bin %d, want %d", time, got, want)
		}
	}
}

func TestCount(t *testing.T) {
	inputs := make([]float64, 3*Channels)
	Count(inputs, []float64{0, 0.011, 0.019, 0.03, 1e300}, Right)
	Count(inputs, []float64{0}, Left)
	if want := []float64{1, 1, 0, 2, 0, 0}; !reflect.DeepEqual(inputs, want) {
		t.Errorf("inputs are %v, want %v", inputs, want)
	}
}

// Each trial has the clicks of exactly one trial, up to the shorter of both ends.
func TestShuffle(t *testing.T) {
	const trialCount = 40
	tr := &trials.Trials{Channels: Channels}
	for k := range trialCount {
		steps := 3 + k%5
		tr.First = append(tr.First, len(tr.Inputs)/Channels)
		tr.Steps = append(tr.Steps, steps)
		for range steps {
			tr.Inputs = append(tr.Inputs, float64(k+1), float64(-k-1))
		}
	}
	before := slices.Clone(tr.Inputs)
	Shuffle(tr, 1)
	seen := map[int]bool{}
	for k := range tr.Steps {
		donor := int(tr.Inputs[tr.First[k]*Channels]) - 1
		if donor < 0 || seen[donor] {
			t.Fatalf("trial %d has the clicks of trial %d, which is taken or none", k, donor)
		}
		seen[donor] = true
		for s := range tr.Steps[k] {
			want := float64(donor + 1)
			if s >= tr.Steps[donor] {
				want = 0
			}
			at := (tr.First[k] + s) * Channels
			if tr.Inputs[at] != want || tr.Inputs[at+1] != -want {
				t.Fatalf("trial %d, step %d: inputs %v, want ±%g", k, s, tr.Inputs[at:at+2], want)
			}
		}
	}
	one := slices.Clone(tr.Inputs)
	tr.Inputs = slices.Clone(before)
	Shuffle(tr, 1)
	if !slices.Equal(tr.Inputs, one) {
		t.Error("the same seed gives another permutation")
	}
	tr.Inputs = slices.Clone(before)
	Shuffle(tr, 2)
	if slices.Equal(tr.Inputs, one) {
		t.Error("another seed gives the same permutation")
	}
}
