package fitlrrnn

import (
	"fmt"
	"math"
	"testing"

	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/rng"
	"reprise/stages/internal/trials"
)

// smallTrials is three short trials of four neurons with two input channels.
func smallTrials(poisson bool) *trials.Trials {
	r := rng.New(7, "small trials")
	t := &trials.Trials{
		First: []int{0, 6, 15}, Steps: []int{6, 9, 1}, Test: []bool{false, false, true},
		Neurons: 4, Channels: 2, Latents: 2, Start: []float64{0, 100, 900},
	}
	draw := func(n int) []float64 {
		out := make([]float64, n)
		for i := range out {
			out[i] = r.NormFloat64()
		}
		return out
	}
	steps := t.TotalSteps()
	t.Inputs, t.InitialState = draw(steps*2), draw(3*2)
	for range t.Len() * t.Neurons {
		t.Baseline = append(t.Baseline, 3*r.Float64())
	}
	if !poisson {
		t.Activity = draw(steps * 4)
		return t
	}
	for range steps * 4 {
		t.Counts = append(t.Counts, uint8(r.IntN(3)))
	}
	return t
}

// smallProblem is a problem on smallTrials and parameters away from any symmetry.
func smallProblem(poisson, offsets bool, initial initialState) (*problem, *parameters) {
	t := smallTrials(poisson)
	training := []int{0, 1}
	p := &problem{trials: t, rank: 2, leak: 0.3, filtered: lrrnn.Filter(t, 0.3), initial: initial}
	mean := means(t, training)
	if !poisson {
		p.variance = pooledVariance(t, training, mean)
	}
	if offsets {
		p.psth = psthOffsets(t, training, mean)
		p.drift = driftOffsets(t, training)
	}
	par := newParameters(t.Neurons, p.rank, t.Channels, p.initialCount())
	r := rng.New(8, "small parameters")
	for i := range par.flat {
		par.flat[i] = 0.5 * r.NormFloat64()
	}
	return p, par
}

// groups names the parts of a parameter vector.
func groups(p *parameters) map[string][]float64 {
	g := map[string][]float64{"b": p.net.Bias, "g": p.gain, "c": p.offset, "kappa0": p.initial}
	for r := range p.net.M {
		g[fmt.Sprint("m", r)], g[fmt.Sprint("n", r)] = p.net.M[r], p.net.N[r]
	}
	for u := range p.net.B {
		g[fmt.Sprint("B", u)] = p.net.B[u]
	}
	return g
}

// TestGradient compares the gradient of what a batch minimises, in every group
// of parameters, with central differences.
func TestGradient(t *testing.T) {
	const weight, h = 0.01, 1e-4
	for _, poisson := range []bool{true, false} {
		for _, offsets := range []bool{true, false} {
			for _, initial := range []initialState{sharedState, trialState, givenState} {
				name := fmt.Sprintf("poisson=%v/offsets=%v/%s", poisson, offsets, initial)
				t.Run(name, func(t *testing.T) {
					p, par := smallProblem(poisson, offsets, initial)
					trained := []int{0, 1}
					tr := newTrainer(p, par, schedule{batch: 2, weightDecay: weight}, 1)
					objective := func() float64 {
						loss := p.meanLoss(par, trained, 1)
						unused := newParameters(p.trials.Neurons, p.rank, p.trials.Channels, p.initialCount())
						return loss + addPenalty(unused, par, weight)
					}
					tr.gradient(t.Context(), trained)
					gradients, values := groups(tr.grad), groups(par)
					for group, x := range values {
						var difference, size float64
						for i, at := range x {
							// Fourth order, so that neither truncation nor rounding reaches the bound.
							f := func(d float64) float64 { x[i] = at + d; return objective() }
							fd := (8*(f(h)-f(-h)) - (f(2*h) - f(-2*h))) / (12 * h)
							x[i] = at
							difference += (fd - gradients[group][i]) * (fd - gradients[group][i])
							size += fd * fd
						}
						if len(x) > 0 && (size == 0 || math.Sqrt(difference/size) > 1e-7) {
							t.Errorf("%s: relative error %.2g of a gradient of size %.2g", group, math.Sqrt(difference/size), math.Sqrt(size))
						}
					}
				})
			}
		}
	}
}

func TestNoSlopeBeyondTheCutOff(t *testing.T) {
	e := []float64{lrrnn.MaxLogRate + 1, 0}
	loss := poissonLoss(e, []uint8{3, 3})
	want := math.Exp(2) - 3*2 + 1
	if e[0] != 0 || e[1] != -2 || math.Abs(loss-want) > 1e-12 {
		t.Errorf("derivatives %v, loss %v; want [0 -2], %v", e, loss, want)
	}
}

// TestBatchIgnoresThreads wants the same bits from any number of goroutines.
func TestBatchIgnoresThreads(t *testing.T) {
	tr := smallTrials(true)
	var first []float64
	for _, threads := range []int{1, 2, 5} {
		fit := Kind.New().(*Fit)
		fit.Epochs, fit.Batch = 3, 10
		many := repeat(tr, 9)
		r, err := fit.fit(t.Context(), many, threads, func(int, epoch, float64) {})
		if err != nil {
			t.Fatal(err)
		}
		got := append(append([]float64{r.loss}, r.states.Kappa...), r.model.Network.N[0]...)
		if first == nil {
			first = got
		}
		for i := range got {
			if got[i] != first[i] {
				t.Fatalf("%d threads give other bits than one at %d", threads, i)
			}
		}
	}
}

// repeat returns the trials n times over.
func repeat(t *trials.Trials, n int) *trials.Trials {
	out := &trials.Trials{Neurons: t.Neurons, Channels: t.Channels, Latents: t.Latents}
	for c := range n {
		for k := range t.Len() {
			out.First = append(out.First, t.First[k]+c*t.TotalSteps())
		}
		out.Steps = append(out.Steps, t.Steps...)
		out.Test = append(out.Test, t.Test...)
		out.Counts = append(out.Counts, t.Counts...)
		out.Activity = append(out.Activity, t.Activity...)
		out.Inputs = append(out.Inputs, t.Inputs...)
		out.InitialState = append(out.InitialState, t.InitialState...)
	}
	return out
}
