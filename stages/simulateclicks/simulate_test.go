package simulateclicks

import (
	"context"
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/floats"

	"reprise/stages/internal/clicks"
	"reprise/stages/internal/rng"
)

func TestOrthogonal(t *testing.T) {
	v := orthogonal(7, minNeurons, rng.New(3, "test"))
	for i := range v {
		for j := range v {
			want := 0.0
			if i == j {
				want = 1
			}
			if got := floats.Dot(v[i], v[j]) / minNeurons; math.Abs(got-want) > 1e-12 {
				t.Errorf("overlap of vectors %d and %d is %g, want %g", i, j, got, want)
			}
		}
	}
}

// Without clicks the latent that is ahead wins, and holds the other back, whatever the seed and size.
func TestTheLatentAheadWins(t *testing.T) {
	for _, neurons := range []int{minNeurons, 20, 60, 500} {
		for seed := range 4 {
			m := newModel(neurons, 8, seed)
			for ahead := range rank {
				kappa, next := []float64{-0.3, -0.3}, make([]float64, rank)
				kappa[ahead] = 0.3
				for range 3000 {
					m.step(next, kappa, []float64{0, 0})
					kappa, next = next, kappa
				}
				if lead := kappa[ahead] - kappa[1-ahead]; lead < 1 || lead > 8 {
					t.Errorf("%d neurons, seed %d: latent %d was ahead and ends at %v", neurons, seed, ahead, kappa)
				}
			}
		}
	}
}

// The stored states obey the equations of data/README.md, written out here.
func TestStatesObeyTheEquations(t *testing.T) {
	s := session(t, config{trials: 5, neurons: 20, seed: 4, latentNoise: 0, meanRate: 8})
	net := s.model.network
	for k, first := range s.trials.First {
		kappa, _ := s.states.At(first)
		if kappa[0] != initial[0] || kappa[1] != initial[1] {
			t.Fatalf("trial %d begins at %v", k, kappa)
		}
		for step := range s.trials.Steps[k] {
			kappa, v := s.states.At(first + step)
			for u := range v {
				want := 0.0
				for back := 0; back <= step; back++ {
					want += math.Pow(.9, float64(back)) * s.trials.Inputs[(first+step-back)*2+u]
				}
				if math.Abs(v[u]-want) > 1e-9 {
					t.Fatalf("trial %d, step %d: v is %g, want %g", k, step, v[u], want)
				}
			}
			if step == 0 {
				continue
			}
			before, vBefore := s.states.At(first + step - 1)
			for l := range rank {
				field := 0.0
				for j := range net.Neurons {
					x := net.M[j*2]*before[0] + net.M[j*2+1]*before[1] + net.B[j*2]*vBefore[0] + net.B[j*2+1]*vBefore[1]
					field += net.N[j*2+l] * math.Tanh(x+net.Bias[j]) / float64(net.Neurons)
				}
				if want := .9*before[l] + .1*field; math.Abs(kappa[l]-want) > 1e-12 {
					t.Fatalf("trial %d, step %d: latent %d is %g, want %g", k, step, l, kappa[l], want)
				}
			}
		}
	}
}

func TestClicks(t *testing.T) {
	r := rng.New(1, "test")
	for _, gamma := range []float64{-2.5, 0.5} {
		var sum [2]float64
		const draws, steps = 500, 100
		for range draws {
			in := drawClicks(steps, gamma, r)
			if in[clicks.Left] < 1 || in[clicks.Right] < 1 {
				t.Fatal("no stereo click in bin 0")
			}
			for i, u := range in {
				sum[i%2] += u
			}
		}
		left, right := sum[0]/draws-1, sum[1]/draws-1 // trials of a second: Hz, without the stereo click
		if math.Abs(left+right-clickRate) > 1.5 || math.Abs(math.Log(right/left)-gamma) > .1 {
			t.Errorf("gamma %g: %.2f left and %.2f right clicks a second", gamma, left, right)
		}
	}
}

func TestSession(t *testing.T) {
	s := session(t, byDefault(1))
	tr := s.trials
	lengths := map[bool]int{}
	spikes := 0.0
	for k := range tr.Len() {
		if tr.Steps[k] < minSteps || tr.Steps[k] > maxSteps {
			t.Errorf("trial %d has %d steps", k, tr.Steps[k])
		}
		lengths[tr.Steps[k] > 58]++
		if k > 0 && tr.Start[k]-tr.Start[k-1] < pauseMin {
			t.Errorf("trials %d and %d begin %g s apart", k-1, k, tr.Start[k]-tr.Start[k-1])
		}
		for i := range tr.Neurons {
			own := 0.0
			for step := range tr.Steps[k] {
				own += float64(tr.Counts[(tr.First[k]+step)*tr.Neurons+i])
			}
			spikes += own
			if tr.Baseline[k*tr.Neurons+i] < own/baselineTime {
				t.Fatalf("trial %d, neuron %d: baseline %g Hz does not count its own %g spikes", k, i, tr.Baseline[k*tr.Neurons+i], own)
			}
		}
	}
	if lengths[false] < 150 || lengths[true] < 150 {
		t.Errorf("short and long trials: %v", lengths)
	}
	rate := spikes / float64(tr.TotalSteps()*tr.Neurons) / clicks.BinWidth
	baseline := floats.Sum(tr.Baseline) / float64(len(tr.Baseline))
	if rate < 6 || rate > 11 || math.Abs(rate-baseline) > .15*rate {
		t.Errorf("mean rate %.2f Hz in trials, %.2f Hz around them; 8 Hz at rest", rate, baseline)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	done := 0
	_, err := simulate(ctx, config{trials: 1000, neurons: 20, meanRate: 8}, func(k int) {
		if done = k; k == 3 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || done != 3 {
		t.Errorf("after cancelling in trial 3: %v, %d trials done", err, done)
	}
}
