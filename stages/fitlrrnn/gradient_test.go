package fitlrrnn

import (
	"fmt"
	"math"
	"testing"

	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/rng"
	"reprise/stages/internal/trials"
)

// smallTrials is three short trials of four neurons with two input channels, the
// last of them for the test.
func smallTrials(poisson bool) *trials.Trials { return smallTrialsOf(poisson, 6, 9, 1) }

// smallTrialsOf is trials of that many steps; the last is for the test.
func smallTrialsOf(poisson bool, steps ...int) *trials.Trials {
	r := rng.New(7, "small trials")
	t := &trials.Trials{Steps: steps, Neurons: 4, Channels: 2, Latents: 2}
	for k := range steps {
		t.First = append(t.First, t.TotalSteps()-sum(steps[k:]))
		t.Test = append(t.Test, k == len(steps)-1)
		t.Start = append(t.Start, []float64{0, 100, 900}[k%3])
	}
	draw := func(n int) []float64 {
		out := make([]float64, n)
		for i := range out {
			out[i] = r.NormFloat64()
		}
		return out
	}
	all := t.TotalSteps()
	t.Inputs, t.InitialState = draw(all*2), draw(len(steps)*2)
	for range t.Len() * t.Neurons {
		t.Baseline = append(t.Baseline, 3*r.Float64())
	}
	if !poisson {
		t.Activity = draw(all * 4)
		return t
	}
	for range all * 4 {
		t.Counts = append(t.Counts, uint8(r.IntN(3)))
	}
	return t
}

func sum(x []int) (total int) {
	for _, n := range x {
		total += n
	}
	return total
}

// smallProblem is a problem on smallTrials and parameters away from any symmetry.
func smallProblem(phi lrrnn.Nonlinearity, observation lrrnn.Observation, offsets bool, initial initialState, noisy bool) (*problem, *parameters) {
	return problemOn(smallTrials(observation.Spikes()), phi, observation, offsets, initial, noisy)
}

// problemOn is a problem on trials of which the first two are fitted.
func problemOn(t *trials.Trials, phi lrrnn.Nonlinearity, observation lrrnn.Observation, offsets bool, initial initialState, noisy bool) (*problem, *parameters) {
	training := []int{0, 1}
	mean := t.Means(training)
	p := &problem{rank: 2, leak: 0.3, inputLeak: 0.2, filtered: lrrnn.Filter(t, 0.2), initial: initial, phi: phi, mean: mean, training: training, variance: 0.7, noisy: noisy}
	if offsets {
		p.psth = psthOffsets(t, training, mean)
		p.drift = driftOffsets(t, training)
	}
	p.Observed = lrrnn.NewObserved(t, observation, p.psth, p.drift, mean)
	par := p.newParameters()
	r := rng.New(8, "small parameters")
	for _, x := range groups(par) {
		for i := range x {
			x[i] = 0.5 * r.NormFloat64()
		}
	}
	return p, par
}

// groups are the parts of a parameter vector, without the padding, in the order
// of groupNames.
func groups(p *parameters) [][]float64 {
	n := p.net.Neurons
	g := [][]float64{p.net.Bias(), p.gain[:n], p.offset[:n], p.initial, p.noise, p.spread[:min(n, len(p.spread))]}
	for r := range p.net.Rank {
		g = append(g, p.net.MRow(r), p.net.NRow(r))
	}
	for u := range p.net.Inputs {
		g = append(g, p.net.BRow(u))
	}
	return g
}

func groupNames(p *parameters) []string {
	names := []string{"b", "g", "c", "kappa0", "noise", "variance"}
	for r := range p.net.Rank {
		names = append(names, fmt.Sprint("m", r), fmt.Sprint("n", r))
	}
	for u := range p.net.Inputs {
		names = append(names, fmt.Sprint("B", u))
	}
	return names
}

// TestGradient compares the gradient of what a batch minimises, in every group
// of parameters, with central differences, and wants no gradient in the padding.
func TestGradient(t *testing.T) {
	const weight = 0.01
	for _, phi := range lrrnn.Nonlinearities() {
		for _, observation := range lrrnn.Observations() {
			for _, offsets := range []bool{true, false} {
				for _, initial := range []initialState{sharedState, trialState, givenState} {
					t.Run(fmt.Sprintf("%v/%s/offsets=%v/%s", phi, observation, offsets, initial), func(t *testing.T) {
						p, par := smallProblem(phi, observation, offsets, initial, false)
						trained := []int{0, 1}
						tr := newTrainer(p, par, schedule{batch: 2, weightDecay: weight}, 1)
						tr.gradient(t.Context(), trained)
						checkGradient(t, tr.grad, par, func() float64 {
							return p.meanLoss(t.Context(), par, trained, 1) + addPenalty(p.newParameters(), par, weight)
						})
					})
				}
			}
		}
	}
}

// checkGradient compares a gradient with differences of the objective.
func checkGradient(t *testing.T, grad, par *parameters, objective func() float64) {
	t.Helper()
	const h = 1e-4
	gradients, names := groups(grad), groupNames(par)
	var all float64
	for g, x := range groups(par) {
		var difference, size float64
		for i, at := range x {
			// Fourth order, so that neither truncation nor rounding reaches the bound.
			f := func(d float64) float64 { x[i] = at + d; return objective() }
			fd := (8*(f(h)-f(-h)) - (f(2*h) - f(-2*h))) / (12 * h)
			x[i] = at
			difference += (fd - gradients[g][i]) * (fd - gradients[g][i])
			size += fd * fd
			all += gradients[g][i] * gradients[g][i]
		}
		if len(x) > 0 && (size == 0 || math.Sqrt(difference/size) > 1e-7) {
			t.Errorf("%s: relative error %.2g of a gradient of size %.2g", names[g], math.Sqrt(difference/size), math.Sqrt(size))
		}
	}
	var flat float64
	for _, g := range grad.flat {
		flat += g * g
	}
	if math.Abs(flat-all) > 1e-12*all {
		t.Errorf("the padding has a gradient of square %g", flat-all)
	}
}

// variations are fits that go through different code.
var variations = map[string]func(*Fit){
	"plain":            func(*Fit) {},
	"double":           func(f *Fit) { f.Precision = "double" },
	"latent noise":     func(f *Fit) { f.LatentNoise = true },
	"validation":       func(f *Fit) { f.Validation, f.Patience = 0.4, 2 },
	"a start a trial":  func(f *Fit) { f.InitialState, f.Validation, f.LatentNoise = "trial", 0.3, true },
	"softplus neurons": func(f *Fit) { f.Nonlinearity = "softplus" },
}

// TestBatchIgnoresThreads wants the same bits from any number of goroutines.
func TestBatchIgnoresThreads(t *testing.T) {
	for name, change := range variations {
		var first []float64
		for _, threads := range []int{1, 2, 5} {
			fit := preset()
			fit.Epochs, fit.Batch = 3, 10
			change(fit)
			r, err := fit.fit(t.Context(), repeat(smallTrials(true), 9), outside{threads: threads})
			if err != nil {
				t.Fatal(err)
			}
			got := append(append([]float64{r.loss}, r.states.Kappa...), r.model.Network.N...)
			if first == nil {
				first = got
			}
			for i := range got {
				if got[i] != first[i] {
					t.Fatalf("%s: %d threads give other bits than one at %d", name, threads, i)
				}
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
