package fitlrrnn

import (
	"slices"

	"gonum.org/v1/gonum/floats"

	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/simd"
)

// scratch is the memory that one goroutine needs for one trial. Rows over
// neurons are padded.
type scratch struct {
	z       []float64 // steps + 1 x weights: (κ, v, 1)
	x, h    []float64 // steps x width: drive with b, and what φ makes of it
	e, d, s []float64 // window x width: derivatives of the loss by y, by x through φ, and by x
	a       []float64 // window x rank: derivatives of the loss by Σ_j n_j h_j
	slope   []float64 // width
	adjoint []float64 // rank: derivative of the loss by κ
	sums    []float64 // rank
	loss    *lrrnn.Loss

	variance []float64 // width: of activity; nil for spikes

	paths *lrrnn.Inference // with latent noise
	noise []float64        // steps x rank: of the path that is followed, in standard deviations; nil for none
	sd    []float64        // rank: the standard deviations
}

// window is how many steps go back at a time, so that what they need stays in
// the nearest cache.
const window = 8

func newScratch(p *problem) *scratch {
	longest := slices.Max(p.Trials.Steps)
	rows := func(n int) []float64 { return make([]float64, n*p.width()) }
	w := &scratch{
		z: make([]float64, (longest+1)*(p.rank+p.Trials.Channels+1)),
		x: rows(longest), h: rows(longest), e: rows(window), d: rows(window), s: rows(window),
		a: make([]float64, window*p.rank), slope: rows(1), loss: p.NewLoss(),
		adjoint: make([]float64, p.rank), sums: make([]float64, p.rank),
	}
	if p.noisy {
		w.paths = lrrnn.NewInference(p.Observed, p.filtered, p.rank, pathSamples)
	}
	return w
}

// width is the length of a padded row over neurons.
func (p *problem) width() int { return simd.Padded(p.Trials.Neurons) }

// row is the i-th row of an array over neurons.
func (p *problem) row(rows []float64, i int) []float64 {
	w := p.width()
	return rows[i*w : (i+1)*w]
}

// startOf is κ at the first step of trial k, without noise. Where each trial has
// its own, those that are not fitted get the mean of those that are.
func (p *problem) startOf(par *parameters, k int) []float64 {
	if p.initial == givenState {
		return p.Trials.InitialState[k*p.rank : (k+1)*p.rank]
	}
	if p.initial == sharedState {
		return par.initial
	}
	if _, fitted := slices.BinarySearch(p.training, k); fitted {
		return p.start(par.initial, k)
	}
	mean := make([]float64, p.rank)
	for _, other := range p.training {
		floats.AddScaled(mean, 1/float64(len(p.training)), p.start(par.initial, other))
	}
	return mean
}

// forward runs the network through trial k, with the noise of w, and leaves its
// states, drives and activities in w.
func (p *problem) forward(par *parameters, w *scratch, k int) {
	first, channels, weights := p.Trials.First[k], p.Trials.Channels, par.net.Weights()
	copy(w.z, p.startOf(par, k))
	for j := range p.Trials.Steps[k] {
		z, next := w.z[j*weights:(j+1)*weights], w.z[(j+1)*weights:]
		if w.noise != nil {
			for r, e := range w.noise[j*p.rank : (j+1)*p.rank] {
				z[r] += w.sd[r] * e
			}
		}
		copy(z[p.rank:], p.filtered[(first+j)*channels:(first+j+1)*channels])
		z[weights-1] = 1
		x := p.row(w.x, j)
		par.net.Drive(x, z)
		par.net.Advance(next[:p.rank], p.row(w.h, j), x, z[:p.rank], p.leak)
	}
	readout := p.readout(par)
	w.variance = readout.Variance
	w.loss.Begin(par.net, readout, k)
}

// trialLoss returns the loss of trial k, summed over steps and neurons.
func (p *problem) trialLoss(par *parameters, w *scratch, k int) float64 {
	p.forward(par, w, k)
	for j := range p.Trials.Steps[k] {
		w.loss.Add(p.row(w.e, 0), p.row(w.x, j), j)
	}
	return w.loss.Sum()
}

// addGradient adds the gradient of the loss of trial k, times weight, to grad, and
// returns the loss. The gradient of g lacks the term of the threshold, which is
// the same for all trials: see finish.
func (p *problem) addGradient(grad, par *parameters, w *scratch, k int, weight float64) float64 {
	p.forward(par, w, k)
	clear(w.adjoint)
	for end := p.Trials.Steps[k]; end > 0; end -= window {
		begin := max(0, end-window)
		for j := begin; j < end; j++ {
			w.loss.Add(p.row(w.e, j-begin), p.row(w.x, j), j)
		}
		if len(grad.spread) > 0 {
			p.addSpread(grad, w, end-begin, weight)
		}
		if weight != 1 {
			floats.Scale(weight, w.e)
		}
		for j := end - 1; j >= begin; j-- {
			p.back(par, w, j, j-begin)
			if w.noise != nil {
				for r, e := range w.noise[j*p.rank : (j+1)*p.rank] {
					grad.noise[r] += w.adjoint[r] * w.sd[r] * e
				}
			}
		}
		p.accumulate(grad, w, begin, end)
	}
	if start := p.start(grad.initial, k); start != nil {
		floats.Add(start, w.adjoint)
	}
	return w.loss.Sum()
}

// addSpread adds the gradient by the log variances of the steps in the window.
func (p *problem) addSpread(grad *parameters, w *scratch, steps int, weight float64) {
	for row := range steps {
		for i, e := range p.row(w.e, row)[:p.Trials.Neurons] {
			grad.spread[i] += weight * (1 - e*e*w.variance[i]) / 2
		}
	}
}

// back takes w.adjoint, the derivative of the loss by κ, from step j+1 to step
// j; row is where step j is in the window.
func (p *problem) back(par *parameters, w *scratch, j, row int) {
	a, d, s := w.a[row*p.rank:(row+1)*p.rank], p.row(w.d, row), p.row(w.s, row)
	scale := p.leak / float64(p.Trials.Neurons)
	for r, x := range w.adjoint {
		a[r] = scale * x
	}
	simd.Combine(d, par.net.N, a)
	p.backprop(d, s, p.row(w.h, j), p.row(w.e, row), par.gain, w)
	simd.Dots(w.sums, par.net.W[:p.rank*p.width()], s)
	for r, x := range w.sums {
		w.adjoint[r] = (1-p.leak)*w.adjoint[r] + x
	}
}

// backprop multiplies d by the slope of φ and sets s to that plus gain times e.
func (p *problem) backprop(d, s, h, e, gain []float64, w *scratch) {
	if p.phi == lrrnn.Tanh {
		simd.Backprop(d, s, h, e, gain)
		return
	}
	slope := w.slope
	p.phi.Slopes(slope, h)
	simd.Product(d, d, slope)
	simd.Product(s, e, gain)
	for i, x := range d {
		s[i] += x
	}
}

// accumulate adds what the steps from begin to end contribute to the gradient.
func (p *problem) accumulate(grad *parameters, w *scratch, begin, end int) {
	weights, steps := grad.net.Weights(), end-begin
	lo, hi := begin*p.width(), end*p.width()
	read := p.rank + p.Trials.Channels
	simd.Outer(grad.net.W[:read*p.width()], w.z[begin*weights:end*weights], w.s[:steps*p.width()], read, weights)
	simd.Outer(grad.net.N, w.a[:steps*p.rank], w.h[lo:hi], p.rank, p.rank)
	bias := grad.net.W[read*p.width():]
	simd.Moments(bias, grad.gain, grad.offset, w.d[:steps*p.width()], w.e[:steps*p.width()], w.x[lo:hi])
}

// finish completes a gradient summed over trials: y = c + g (x − b), and the sums
// were taken with g x.
func (p *problem) finish(grad, par *parameters) {
	for i, b := range par.net.Bias() {
		grad.gain[i] -= b * grad.offset[i]
	}
}
