package fitlrrnn

import (
	"fmt"
	"math"
	"testing"

	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/rng"
)

// TestNoisyGradient compares the gradient along one noisy path, in every group of
// parameters, with central differences of the trial's negative log likelihood
// with the same noise.
func TestNoisyGradient(t *testing.T) {
	const weight = 0.7
	for _, phi := range lrrnn.Nonlinearities() {
		for _, observation := range lrrnn.Observations() {
			for _, offsets := range []bool{true, false} {
				for _, initial := range []initialState{sharedState, trialState, givenState} {
					t.Run(fmt.Sprintf("%v/%s/offsets=%v/%s", phi, observation, offsets, initial), func(t *testing.T) {
						p, par := smallProblem(phi, observation, offsets, initial, true)
						w := newScratch(p)
						w.noise = make([]float64, p.Trials.Steps[1]*p.rank)
						r := rng.New(3, "noise of a path")
						for i := range w.noise {
							w.noise[i] = r.NormFloat64()
						}
						objective := func() float64 {
							_, w.sd = p.noisyModel(par)
							readout := p.readout(par)
							return weight * (p.trialLoss(par, w, 1) + float64(p.Trials.Steps[1])*readout.Normaliser())
						}
						objective()
						grad := p.newParameters()
						p.addGradient(grad, par, w, 1, weight)
						p.finish(grad, par)
						if initial == trialState { // of the one trial alone
							par.initial, grad.initial = par.initial[p.rank:2*p.rank], grad.initial[p.rank:2*p.rank]
						}
						whole := par.initial
						checkGradient(t, grad, par, func() float64 {
							if initial == trialState {
								par.initial = par.flat[len(par.flat)-p.initialCount()-p.noiseCount()-p.spreadCount():][:p.initialCount()]
								defer func() { par.initial = whole }()
							}
							return objective()
						})
					})
				}
			}
		}
	}
}

// TestFisherIdentity compares the gradient from many weighted paths with
// differences of the likelihood itself, which many paths estimate too.
func TestFisherIdentity(t *testing.T) {
	for _, observation := range []lrrnn.Observation{lrrnn.PoissonExp, lrrnn.Gaussian} {
		p, par := smallProblem(lrrnn.Tanh, observation, true, sharedState, true)
		par.noise[0], par.noise[1] = math.Log(0.4), math.Log(0.6)
		const trial, paths = 1, 1 << 14
		likelihood := func() float64 {
			m, _ := p.noisyModel(par)
			n := lrrnn.NewInference(p.Observed, p.filtered, p.rank, paths)
			n.Smooth(m, trial, par.initial, nil)
			return -n.Draw(paths, rng.New(1, "many paths")).Bound
		}
		w := newScratch(p)
		w.paths = lrrnn.NewInference(p.Observed, p.filtered, p.rank, paths)
		grad := p.newParameters()
		p.addNoisyGradient(grad, par, w, trial, make([][]float64, p.Trials.Len()), paths, rng.New(2, "many paths"))
		p.finish(grad, par)
		names := groupNames(par)
		for g, x := range groups(par) {
			var difference, size float64
			for i, at := range x {
				const h = 1e-3
				x[i] = at + h
				up := likelihood()
				x[i] = at - h
				down := likelihood()
				x[i] = at
				fd := (up - down) / (2 * h)
				difference += (fd - groups(grad)[g][i]) * (fd - groups(grad)[g][i])
				size += fd * fd
			}
			// Both sides have sampling error, of about 1/√paths of their spread.
			if len(x) > 0 && math.Sqrt(difference) > 0.02*math.Sqrt(size)+0.02 {
				t.Errorf("%s, %s: the gradient is off by %.3g of %.3g", observation, names[g], math.Sqrt(difference), math.Sqrt(size))
			}
		}
	}
}
