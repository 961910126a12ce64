package fitlrrnn

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"

	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/parallel"
	"reprise/stages/internal/rng"
	"reprise/stages/internal/trials"
)

const (
	firstNoise   = 0.1 // standard deviation of the latent noise at the start
	pathSamples  = 2   // paths a trial in each step of the optimiser
	boundSamples = 32  // paths a trial of a bound that is told
)

// noisyModel is the model of the parameters, and the standard deviations of its noise.
func (p *problem) noisyModel(par *parameters) (m lrrnn.Noisy, sd []float64) {
	factor := make([]float64, p.rank*p.rank)
	for r, l := range par.noise {
		sd = append(sd, math.Exp(l))
		factor[r*p.rank+r] = sd[r]
	}
	return lrrnn.Noisy{Net: par.net, Readout: p.readout(par), Leak: p.leak, Factor: factor}, sd
}

// overPaths calls add for weighted paths of trial k, whose noise it leaves in w,
// and returns an upper bound of the negative log likelihood. By Fisher's identity
// the gradient of that is the posterior mean over paths of the gradient of
// −log p(y, path), which is what add is to sum up. The noise of a path is held
// fixed, not its states, so that a fit without noise is the limit of small noise:
// each path goes back through time as the only one of a fit without noise does.
//
// warm has the noise of each trial's most probable path from the last epoch.
func (p *problem) overPaths(par *parameters, w *scratch, k int, warm [][]float64, samples int, r *rand.Rand, add func(weight float64)) float64 {
	m, sd := p.noisyModel(par)
	w.sd = sd
	begin := warm[k]
	if len(begin) == 0 {
		begin = nil
	}
	w.paths.Smooth(m, k, p.startOf(par, k), begin)
	warm[k] = append(warm[k][:0], w.paths.Noise()...)
	draws := w.paths.Draw(samples, r)
	w.noise = make([]float64, p.Trials.Steps[k]*p.rank)
	for s, weight := range draws.Weights {
		for j := range p.Trials.Steps[k] {
			copy(w.noise[j*p.rank:(j+1)*p.rank], draws.Noise[(j*samples+s)*p.rank:])
		}
		add(weight)
	}
	w.noise = nil
	return -draws.Bound
}

// meanBound is an upper bound of the negative log likelihood per step of the
// given trials.
func (p *problem) meanBound(ctx context.Context, par *parameters, which []int, threads, seed int) float64 {
	losses, steps := make([]float64, len(which)), 0
	for _, k := range which {
		steps += p.Trials.Steps[k]
	}
	p.infer(ctx, par, which, threads, func(i int, n *lrrnn.Inference) {
		losses[i] = -n.Draw(boundSamples, rng.New(seed, fmt.Sprint("bound of trial ", which[i]))).Bound
	})
	return floats.Sum(losses) / float64(steps)
}

// infer smooths the given trials and calls f with each.
func (p *problem) infer(ctx context.Context, par *parameters, which []int, threads int, f func(i int, n *lrrnn.Inference)) {
	m, _ := p.noisyModel(par)
	work := make([]*lrrnn.Inference, min(threads, len(which)))
	for i := range work {
		work[i] = lrrnn.NewInference(p.Observed, p.filtered, p.rank, boundSamples)
	}
	parallel.Workers(len(which), len(work), func(worker, i int) {
		if ctx.Err() != nil {
			return
		}
		work[worker].Smooth(m, which[i], p.startOf(par, which[i]), nil)
		f(i, work[worker])
	})
}

// paths returns the most probable path of every trial (step x rank) and the
// covariances around it (step x rank x rank).
func (p *problem) paths(ctx context.Context, par *parameters, threads int) (kappa, covariance []float64) {
	r := p.rank
	kappa, covariance = make([]float64, p.Trials.TotalSteps()*r), make([]float64, p.Trials.TotalSteps()*r*r)
	all := trials.Positions(p.Trials.Len())
	p.infer(ctx, par, all, threads, func(k int, n *lrrnn.Inference) {
		first := p.Trials.First[k]
		copy(kappa[first*r:], n.Path())
		copy(covariance[first*r*r:], n.Covariances())
	})
	return kappa, covariance
}
