package evaluatefit

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/floats"

	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/rng"
	"reprise/stages/internal/trials"
)

// TestPlusNoise wants noise that the modes do not see, as long as what it replaces.
func TestPlusNoise(t *testing.T) {
	s := &subspace{
		modes:      [][]float64{{1, 0, 0, 0}, {0, 0.6, 0.8, 0}},
		identified: [][]float64{{5, 0.6, 0.8, 0}},
	}
	n := lrrnn.NewColumns(4, 1, 0)
	copy(n.NRow(0), []float64{5, 1.4, 0.2, 3}) // what is not identified: (0, 0.8, -0.6, 3)
	out := s.plusNoise(n, rng.New(1, "test"))
	noise := make([]float64, 4)
	floats.SubTo(noise, out[0], s.identified[0])
	for _, mode := range s.modes {
		if d := floats.Dot(mode, noise); math.Abs(d) > 1e-12 {
			t.Errorf("noise %v along mode %v: %v", noise, mode, d)
		}
	}
	if got, want := floats.Norm(noise, 2), math.Sqrt(0.64+0.36+9); math.Abs(got-want) > 1e-12 {
		t.Errorf("noise has norm %v, want %v", got, want)
	}
	other := s.plusNoise(n, rng.New(2, "test"))
	if floats.Distance(out[0], other[0], 2) < 1e-3 {
		t.Error("two seeds give the same noise")
	}
}

// TestSmoothing wants a constant to stay, from the first step on, and an
// impulse to spread forwards only.
func TestSmoothing(t *testing.T) {
	p := &psth{steps: 60, neurons: 1}
	constant, impulse := make([]float64, 50), make([]float64, 50)
	for i := range constant {
		constant[i] = 3
	}
	impulse[5] = 1
	smooth := func(x []float64) []float64 {
		out := make([]float64, 120)
		p.addSmoothed(out, x, 1, causalKernel())
		return out[60:110]
	}
	for j, x := range smooth(constant) {
		if math.Abs(x-3) > 1e-12 {
			t.Fatalf("constant 3 becomes %v at step %d", x, j)
		}
	}
	out := smooth(impulse)
	if out[4] != 0 || out[5] <= out[6] || out[44] == 0 || out[45] != 0 {
		t.Errorf("an impulse at step 5 becomes %v", out)
	}
}

// TestRSquared wants 1 for a perfect model, 0 for one of each neuron's mean,
// and the steps of few trials left out.
func TestRSquared(t *testing.T) {
	p := &psth{steps: 2, neurons: 2, trials: []int64{20, 10, 30, 9},
		data:  []float64{1, 4, 2, 6, 3, 8, 99, 99},
		model: []float64{1, 6, 2, 6, 3, 6, 0, 0}}
	pooled, median, ok := p.rSquared()
	if !ok || math.Abs(pooled-0.2) > 1e-12 || math.Abs(median-0.5) > 1e-12 {
		t.Errorf("pooled %v, median %v; want 0.2 (2 of 10) and 0.5", pooled, median)
	}
	p.trials = []int64{9, 9, 9, 9}
	if _, _, ok := p.rSquared(); ok {
		t.Error("an R² without any step")
	}
}

// TestLogistic compares with the closed form of one binary feature: without a
// penalty that matters, the log-odds in each group.
func TestLogistic(t *testing.T) {
	var x [][]float64
	var y []bool
	for i := range 4000 {
		group := i % 2
		x = append(x, []float64{float64(group)})
		y = append(y, (group == 0 && i%8 == 0) || (group == 1 && i%4 == 1)) // a quarter, a half
	}
	logOdds, ok := logistic(x, y)
	if !ok {
		t.Fatal("singular")
	}
	// The ridge draws both towards the common mean.
	low, high := logOdds([]float64{0}), logOdds([]float64{1})
	if math.Abs(low-math.Log(1./3)) > 0.06 || math.Abs(high) > 0.06 || low < math.Log(1./3) {
		t.Errorf("log-odds %v and %v, want about %v and 0", low, high, math.Log(1./3))
	}
}

func TestChoiceNeedsBothKinds(t *testing.T) {
	tr := &trials.Trials{First: []int{0, 1, 2, 3}, Steps: []int{1, 1, 1, 1}, Choice: []int{1, 1, 0, 1}}
	states := &lrrnn.States{Rank: 1, Kappa: []float64{1, 2, -3, 4}}
	if _, ok := choiceAccuracy(tr, states, []int{0, 1}, []int{2, 3}); ok {
		t.Error("an accuracy learnt from one kind of choice")
	}
	if a, ok := choiceAccuracy(tr, states, []int{0, 1, 2}, []int{2, 3}); !ok || a != 1 {
		t.Errorf("accuracy %v of separable choices", a)
	}
}
