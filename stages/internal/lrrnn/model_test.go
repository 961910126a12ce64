package lrrnn

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"reprise/stages/internal/trials"
)

func drawn(n int, r *rand.Rand) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = r.NormFloat64()
	}
	return out
}

// example is a model of 5 neurons, rank 2, 3 inputs, and two trials for it.
func example() (*Network, *Model, *trials.Trials) {
	r := rand.New(rand.NewPCG(1, 2))
	net := &Network{Neurons: 5, Rank: 2, Inputs: 3, M: drawn(10, r), N: drawn(10, r), B: drawn(15, r), Bias: drawn(5, r)}
	t := &trials.Trials{
		First: []int{0, 4}, Steps: []int{4, 3}, Test: make([]bool, 2), Neurons: 5,
		Channels: 3, Inputs: drawn(21, r), Activity: make([]float64, 35),
	}
	m := &Model{
		Network: net.Columns(), Leak: 0.2, InputLeak: 0.2, Observation: Gaussian, Gain: drawn(5, r), Offset: drawn(5, r), Initial: drawn(4, r),
		PSTH: drawn(10, r), Drift: drawn(10, r),
	}
	return net, m, t
}

func TestColumnsRoundTrip(t *testing.T) {
	net, _, _ := example()
	back := net.Columns().Network()
	for name, pair := range map[string][2][]float64{"m": {net.M, back.M}, "n": {net.N, back.N}, "B": {net.B, back.B}, "b": {net.Bias, back.Bias}} {
		if !slices.Equal(pair[0], pair[1]) {
			t.Errorf("%s: %v became %v", name, pair[0], pair[1])
		}
	}
}

// TestStatesFollowTheField steps with the other layout's field.
func TestStatesFollowTheField(t *testing.T) {
	net, m, tr := example()
	s := m.States(tr, 2)
	field, v := make([]float64, 2), make([]float64, 3)
	for k, first := range tr.First {
		kappa := slices.Clone(m.Initial[2*k : 2*k+2])
		clear(v)
		for j := range tr.Steps[k] {
			for u := range v {
				v[u] = 0.8*v[u] + tr.Inputs[(first+j)*3+u]
			}
			gotKappa, gotV := s.At(first + j)
			if distance(gotKappa, kappa) > 1e-12 || distance(gotV, v) > 1e-12 {
				t.Fatalf("trial %d step %d: state %v, %v; want %v, %v", k, j, gotKappa, gotV, kappa, v)
			}
			net.Field(field, kappa, v)
			for r := range kappa {
				kappa[r] = 0.8*kappa[r] + 0.2*field[r]
			}
		}
	}
}

func TestExpect(t *testing.T) {
	net, m, tr := example()
	s := m.States(tr, 1)
	activity, rates := make([]float64, 15), make([]float64, 15)
	m.Expect(activity, tr, s, 1)
	m.Observation = PoissonExp
	m.Expect(rates, tr, s, 1)
	cut := 0
	for j := range 3 {
		kappa, v := s.At(4 + j)
		for i := range 5 {
			x := net.Drive(i, kappa, v) - net.Bias[i]
			y := m.Offset[i] + m.Gain[i]*x + m.PSTH[min(j, 1)*5+i] + m.Drift[5+i]
			if math.Abs(activity[j*5+i]-y) > 1e-12 {
				t.Errorf("step %d neuron %d: activity %v, want %v", j, i, activity[j*5+i], y)
			}
			if y > MaxLogRate {
				cut++
			}
			if rate := math.Exp(min(y, MaxLogRate)); math.Abs(rates[j*5+i]-rate) > 1e-12*rate {
				t.Errorf("step %d neuron %d: rate %v, want %v", j, i, rates[j*5+i], rate)
			}
		}
	}
	if cut == 0 {
		t.Error("no rate reached the cut-off: the example does not test it")
	}
}

func distance(a, b []float64) float64 {
	var d float64
	for i := range a {
		d = max(d, math.Abs(a[i]-b[i]))
	}
	return d
}
