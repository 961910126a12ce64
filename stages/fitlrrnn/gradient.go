package fitlrrnn

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/trials"
)

// problem is the data that a fit explains and what is fixed about the model.
type problem struct {
	trials   *trials.Trials
	rank     int
	leak     float64   // a = dt/τ
	filtered []float64 // v: step x channel
	psth     []float64 // bin x neuron, or nil
	drift    []float64 // trial x neuron, or nil
	variance float64   // pooled variance of the activity, for continuous data
	initial  initialState
}

// initialState says where trials start.
type initialState string

const (
	sharedState initialState = "shared" // one κ_0, fitted
	trialState  initialState = "trial"  // a κ_0 for each trial, fitted
	givenState  initialState = "given"  // told by the data
)

// initialCount is how many initial values are fitted.
func (p *problem) initialCount() int {
	switch p.initial {
	case sharedState:
		return p.rank
	case trialState:
		return p.rank * p.trials.Len()
	}
	return 0
}

// start returns κ at the first step of trial k, as a view of the values or,
// for gradients, of their gradient; nil where it is not fitted.
func (p *problem) start(values []float64, k int) []float64 {
	switch p.initial {
	case sharedState:
		return values
	case trialState:
		return values[k*p.rank : (k+1)*p.rank]
	}
	return nil
}

// scratch is the memory that one goroutine needs for one trial.
type scratch struct {
	x, h, e []float64 // steps x neurons: drive, tanh, derivative of the loss by y
	kappa   []float64 // steps + 1 x rank
	d, s    []float64 // neurons
	adjoint []float64 // rank: derivative of the loss by κ
}

func newScratch(p *problem) *scratch {
	longest := 0
	for _, n := range p.trials.Steps {
		longest = max(longest, n)
	}
	n := p.trials.Neurons
	return &scratch{
		x: make([]float64, longest*n), h: make([]float64, longest*n), e: make([]float64, longest*n),
		kappa: make([]float64, (longest+1)*p.rank),
		d:     make([]float64, n), s: make([]float64, n), adjoint: make([]float64, p.rank),
	}
}

// trialLoss returns the loss of trial k, summed over steps and neurons, and
// leaves in w what the backward pass needs. For spikes it is the Poisson
// negative log-likelihood without the terms of the counts alone; for continuous
// activity half the squared error over the data's pooled variance.
func (p *problem) trialLoss(par *parameters, w *scratch, k int) float64 {
	n, r, u := p.trials.Neurons, p.rank, p.trials.Channels
	first := p.trials.First[k]
	if p.initial == givenState {
		copy(w.kappa, p.trials.InitialState[k*r:(k+1)*r])
	} else {
		copy(w.kappa, p.start(par.initial, k))
	}
	var loss float64
	for j := range p.trials.Steps[k] {
		kappa, next := w.kappa[j*r:(j+1)*r], w.kappa[(j+1)*r:(j+2)*r]
		at := first + j
		x, e := w.x[j*n:(j+1)*n], w.e[j*n:(j+1)*n]
		par.net.Drive(x, kappa, p.filtered[at*u:(at+1)*u])
		par.net.Advance(next, w.h[j*n:(j+1)*n], x, kappa, p.leak)
		for i, xi := range x {
			e[i] = par.offset[i] + par.gain[i]*xi
		}
		lrrnn.AddOffsets(e, p.psth, p.drift, k, j)
		if p.trials.Counts != nil {
			loss += poissonLoss(e, p.trials.Counts[at*n:(at+1)*n])
		} else {
			loss += gaussianLoss(e, p.trials.Activity[at*n:(at+1)*n], p.variance)
		}
	}
	return loss
}

// poissonLoss replaces log-rates in e by the derivatives of the loss by them,
// and returns the loss. Beyond the cut-off of the log-rate the derivative is 0.
func poissonLoss(e []float64, counts []uint8) float64 {
	var loss float64
	counts = counts[:len(e)]
	for i, z := range e {
		y := float64(counts[i])
		z = min(z, lrrnn.MaxLogRate)
		rate := math.Exp(z)
		loss += rate - y*z
		if z < lrrnn.MaxLogRate {
			e[i] = rate - y
		} else {
			e[i] = 0
		}
	}
	return loss
}

// gaussianLoss is poissonLoss for continuous activity.
func gaussianLoss(e, activity []float64, variance float64) float64 {
	var loss float64
	activity = activity[:len(e)]
	scale := 1 / variance
	for i, y := range e {
		d := y - activity[i]
		loss += d * d
		e[i] = d * scale
	}
	return loss * scale / 2
}

// addGradient runs trial k backwards through time and adds the gradient of its
// loss to grad. trialLoss must have just run on w with the same parameters.
// With A_t the derivative of the loss by κ_t and e_t that by y_t,
//
//	d_t = (1 − h_t²) (a/N) n·A_{t+1}       by the thresholds
//	s_t = g e_t + d_t                       by the drive x_t
//	A_t = (1−a) A_{t+1} + Σ_i m_i s_{t,i}
func (p *problem) addGradient(grad, par *parameters, w *scratch, k int) {
	n, r, u := p.trials.Neurons, p.rank, p.trials.Channels
	scale := p.leak / float64(n)
	adjoint := w.adjoint
	clear(adjoint)
	for j := p.trials.Steps[k] - 1; j >= 0; j-- {
		x, h, e := w.x[j*n:(j+1)*n], w.h[j*n:(j+1)*n], w.e[j*n:(j+1)*n]
		kappa := w.kappa[j*r : (j+1)*r]
		at := p.trials.First[k] + j
		v := p.filtered[at*u : (at+1)*u]

		clear(w.d)
		for c, column := range par.net.N {
			axpy2(w.d, grad.net.N[c], scale*adjoint[c], column, h)
		}
		p.addNeuronGradient(grad, par.gain, w, x, h, e)
		for c, column := range par.net.M {
			adjoint[c] = (1-p.leak)*adjoint[c] + dotAxpy(column, w.s, grad.net.M[c], kappa[c])
		}
		for c, column := range grad.net.B {
			if v[c] != 0 {
				floats.AddScaled(column, v[c], w.s)
			}
		}
	}
	if start := p.start(grad.initial, k); start != nil {
		floats.Add(start, adjoint)
	}
}

// addNeuronGradient turns n·A in w.d into d, makes s, and adds the gradients of
// one number a neuron: b, g, c.
func (p *problem) addNeuronGradient(grad *parameters, gain []float64, w *scratch, x, h, e []float64) {
	n := len(x)
	d, s, g := w.d[:n], w.s[:n], gain[:n]
	gb, gg, gc := grad.net.Bias[:n], grad.gain[:n], grad.offset[:n]
	h, e = h[:n], e[:n]
	for i, xi := range x {
		di := d[i] * (1 - h[i]*h[i])
		s[i] = g[i]*e[i] + di
		gb[i] += di
		gg[i] += e[i] * xi
		gc[i] += e[i]
	}
}

// axpy2 adds a x to p and a y to q.
func axpy2(p, q []float64, a float64, x, y []float64) {
	q, x, y = q[:len(p)], x[:len(p)], y[:len(p)]
	for i := range p {
		p[i] += a * x[i]
		q[i] += a * y[i]
	}
}

// dotAxpy returns x·s and adds a s to dst.
func dotAxpy(x, s, dst []float64, a float64) float64 {
	s, dst = s[:len(x)], dst[:len(x)]
	var sum float64
	for i, xi := range x {
		sum += xi * s[i]
		dst[i] += a * s[i]
	}
	return sum
}
