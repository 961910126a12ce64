package fitlrrnn

import (
	"math"

	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/simd"
	"reprise/stages/internal/trials"
)

// problem is the data that a fit explains and what is fixed about the model.
// Arrays over neurons are padded (width numbers a row).
type problem struct {
	trials      *trials.Trials
	rank        int
	leak        float64 // a = dt/τ
	inputLeak   float64 // of the filter of inputs
	phi         lrrnn.Nonlinearity
	observation lrrnn.Observation
	initial     initialState

	filtered     []float64 // v: step x channel
	mean         []float64 // neurons: training mean a step
	psthOffsets  []float64 // bin x neuron, or nil
	driftOffsets []float64 // trial x neuron, or nil
	variance     float64   // pooled variance of the activity, for continuous data

	width  int
	counts []uint8   // step x width, for spikes
	silent []float64 // width: 0, and for the padding a log-rate that fires no spike
	psth   []float64 // bin x width, or nil; with the padding of silent
	drift  []float64 // trial x width, or nil
	scale  []float64 // width: log of the mean count, for softplus rates
}

// never is a log-rate at which nothing fires.
const never = -1e6

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

// pad takes the training means, and puts offsets and counts in padded rows.
func (p *problem) pad(mean []float64) {
	n := p.trials.Neurons
	p.mean, p.width = mean, simd.Padded(n)
	p.silent = make([]float64, p.width)
	for i := n; i < p.width; i++ {
		p.silent[i] = never
	}
	if p.psthOffsets != nil {
		p.psth = append([]float64(nil), padded(p.psthOffsets, n, p.width)...)
		for row := 0; row < len(p.psth); row += p.width {
			copy(p.psth[row+n:row+p.width], p.silent[n:])
		}
	}
	if p.driftOffsets != nil {
		p.drift = padded(p.driftOffsets, n, p.width)
	}
	if p.trials.Counts != nil {
		p.counts = padded(p.trials.Counts, n, p.width)
		p.scale = make([]float64, p.width)
		for i, m := range mean {
			p.scale[i] = math.Log(m)
		}
	}
}

// padded copies rows of n values to rows of width values; where the two are
// equal it is the rows themselves.
func padded[T any](rows []T, n, width int) []T {
	if n == width {
		return rows
	}
	out := make([]T, len(rows)/n*width)
	for row := range len(rows) / n {
		copy(out[row*width:], rows[row*n:(row+1)*n])
	}
	return out
}

// baseOf sets base (width) to what all steps of a trial have in common of
// y = base + g x, where x includes the threshold b: c − g b, and the drift where
// offsets are added to y.
func (p *problem) baseOf(base []float64, par *parameters, k int) {
	bias := par.net.Bias()
	clear(base)
	for i, b := range bias {
		base[i] = par.offset[i] - par.gain[i]*b
	}
	if p.drift != nil && p.observation != lrrnn.PoissonSoftplus {
		for i, d := range p.drift[k*p.width : (k+1)*p.width] {
			base[i] += d
		}
	}
}

// psthRow is the offset of step j of every trial.
func (p *problem) psthRow(j int) []float64 {
	if p.psth == nil {
		return p.silent
	}
	j = min(j, len(p.psth)/p.width-1)
	return p.psth[j*p.width : (j+1)*p.width]
}

// observe sets e (width) to the derivative of the loss by c + g x at step j of
// trial k, where neurons have the drive x, and adds the loss to w.loss. For
// spikes it is the Poisson negative log-likelihood without the terms of the
// counts alone; for continuous activity half the squared error over the data's
// pooled variance.
func (p *problem) observe(e, x []float64, par *parameters, w *scratch, k, j int) {
	at := p.trials.First[k] + j
	switch p.observation {
	case lrrnn.PoissonExp:
		simd.Poisson(e, x, p.counts[at*p.width:(at+1)*p.width], par.gain, w.base, p.psthRow(j), &w.loss)
	case lrrnn.PoissonSoftplus:
		p.observeSoftplus(e, x, par, w, k, j)
	default:
		more := p.psthRow(j)
		for i, y := range p.trials.Activity[at*p.trials.Neurons : (at+1)*p.trials.Neurons] {
			d := w.base[i] + par.gain[i]*x[i] + more[i] - y
			e[i] = d / p.variance
			w.loss[i%simd.Block] += d * e[i] / 2
		}
	}
	clear(e[p.trials.Neurons:])
}

// observeSoftplus is observe for rates scale · log(1 + e^(c + g x)) · exp(psth + drift).
func (p *problem) observeSoftplus(e, x []float64, par *parameters, w *scratch, k, j int) {
	at := p.trials.First[k] + j
	factor, soft, tail := w.more[:p.width], w.more[p.width:2*p.width], w.more[2*p.width:]
	copy(factor, p.psthRow(j))
	for i, s := range p.scale {
		factor[i] += s
		if p.drift != nil {
			factor[i] += p.drift[k*p.width+i]
		}
		soft[i] = w.base[i] + par.gain[i]*x[i]
	}
	simd.Exp(factor, factor)
	simd.Softplus(soft, soft)
	for i, s := range soft {
		tail[i] = -s
	}
	simd.Exp(tail, tail)
	for i, count := range p.counts[at*p.width : at*p.width+p.trials.Neurons] {
		rate, y := factor[i]*soft[i], float64(count)
		loss := rate
		if y > 0 {
			loss -= y * math.Log(rate)
		}
		w.loss[i%simd.Block] += loss
		e[i] = (rate - y) / soft[i] * (1 - tail[i]) // the slope of the softplus is 1 − e^−softplus
	}
}
