package lrrnn

import (
	"math"

	"reprise/stages/internal/simd"
	"reprise/stages/internal/trials"
)

// Observed is what the neurons did in trials, beside what is fixed about how
// they are observed, in the padded rows that package simd takes (width numbers
// a row).
type Observed struct {
	Trials      *trials.Trials
	Observation Observation

	width  int
	counts []uint8   // step x width, for spikes
	silent []float64 // width: 0, and for the padding a log-rate that fires no spike
	psth   []float64 // bin x width, or nil; with the padding of silent
	drift  []float64 // trial x width, or nil
	scale  []float64 // width: log of the mean count, for softplus rates
}

// never is a log-rate at which nothing fires.
const never = -1e6

// NewObserved takes offsets (bin x neuron and trial x neuron; either may be nil)
// and, for spikes, the neurons' mean counts.
func NewObserved(t *trials.Trials, o Observation, psth, drift, mean []float64) *Observed {
	n := t.Neurons
	d := &Observed{Trials: t, Observation: o, width: simd.Padded(n)}
	d.silent = make([]float64, d.width)
	for i := n; i < d.width; i++ {
		d.silent[i] = never
	}
	if psth != nil {
		d.psth = make([]float64, len(psth)/n*d.width)
		for row := range len(psth) / n {
			copy(d.psth[row*d.width:(row+1)*d.width], d.silent)
			copy(d.psth[row*d.width:], psth[row*n:(row+1)*n])
		}
	}
	if drift != nil {
		d.drift = Padded(drift, n, d.width)
	}
	if o.Spikes() {
		d.counts = Padded(t.Counts, n, d.width)
		d.scale = make([]float64, d.width)
		for i, m := range mean {
			d.scale[i] = math.Log(m)
		}
	}
	return d
}

// Padded copies rows of n values to rows of width values; where the two are
// equal it is the rows themselves.
func Padded[T any](rows []T, n, width int) []T {
	if n == width {
		return rows
	}
	out := make([]T, len(rows)/n*width)
	for row := range len(rows) / n {
		copy(out[row*width:], rows[row*n:(row+1)*n])
	}
	return out
}

// Readout is the part of a model between its network and what is observed.
type Readout struct {
	Gain, Offset []float64 // width: g and c
	Variance     []float64 // width: of activity about its mean; what is behind the last neuron is 1; unused for spikes
}

// Normaliser is what a step's negative log density has beside the loss, without
// the constant of π: Σ_i log σ_i for activity.
func (r *Readout) Normaliser() float64 {
	var sum float64
	for _, v := range r.Variance {
		sum += math.Log(v) / 2
	}
	return sum
}

// Loss is the memory for the loss of one trial's steps, and its sum.
type Loss struct {
	data    *Observed
	readout Readout
	trial   int
	base    []float64 // width: what all steps of the trial have in common of y = base + g x
	more    []float64 // 3 x width
	sum     [simd.Block]float64
}

// NewLoss makes memory for losses.
func (d *Observed) NewLoss() *Loss {
	return &Loss{data: d, base: make([]float64, d.width), more: make([]float64, 3*d.width)}
}

// Begin starts the sum over the steps of trial k. x of a network includes its
// threshold b and y does not: base is c − g b, and the drift where offsets are
// added to y.
func (l *Loss) Begin(net *Columns, readout Readout, k int) {
	d := l.data
	l.readout, l.trial = readout, k
	clear(l.sum[:])
	clear(l.base)
	for i, b := range net.Bias() {
		l.base[i] = readout.Offset[i] - readout.Gain[i]*b
	}
	if d.drift != nil && d.Observation != PoissonSoftplus {
		for i, x := range d.drift[k*d.width : (k+1)*d.width] {
			l.base[i] += x
		}
	}
}

// clear starts the sum anew.
func (l *Loss) clear() { clear(l.sum[:]) }

// Sum is the loss of the steps since Begin.
func (l *Loss) Sum() float64 { return simd.Sum(&l.sum) }

// psthRow is the offset of step j of every trial.
func (d *Observed) psthRow(j int) []float64 {
	if d.psth == nil {
		return d.silent
	}
	j = min(j, len(d.psth)/d.width-1)
	return d.psth[j*d.width : (j+1)*d.width]
}

// countRow are the padded counts of step j of trial k.
func (d *Observed) countRow(k, j int) []uint8 {
	at := (d.Trials.First[k] + j) * d.width
	return d.counts[at : at+d.width]
}

// Add adds the loss of step j, where neurons have the drive x (width), and sets e
// (width) to its derivative by c + g x. For spikes it is the Poisson negative
// log-likelihood without the terms of the counts alone; for continuous activity
// half the squared error over the variance.
func (l *Loss) Add(e, x []float64, j int) {
	d := l.data
	switch d.Observation {
	case PoissonExp:
		simd.Poisson(e, x, d.countRow(l.trial, j), l.readout.Gain, l.base, d.psthRow(j), &l.sum)
	case PoissonSoftplus:
		l.addSoftplus(e, x, j)
	default:
		more, n := d.psthRow(j), d.Trials.Neurons
		at := (d.Trials.First[l.trial] + j) * n
		for i, y := range d.Trials.Activity[at : at+n] {
			off := l.base[i] + l.readout.Gain[i]*x[i] + more[i] - y
			e[i] = off / l.readout.Variance[i]
			l.sum[i%simd.Block] += off * e[i] / 2
		}
	}
	clear(e[d.Trials.Neurons:])
}

// addSoftplus is Add for rates scale · log(1 + e^(c + g x)) · exp(psth + drift).
func (l *Loss) addSoftplus(e, x []float64, j int) {
	d, k := l.data, l.trial
	rates, soft, slopes := l.softplus(x, j)
	for i, count := range d.countRow(k, j)[:d.Trials.Neurons] {
		loss := rates[i]
		if count > 0 {
			loss -= float64(count) * math.Log(rates[i])
		}
		l.sum[i%simd.Block] += loss
		e[i] = (rates[i] - float64(count)) / soft[i] * slopes[i]
	}
}

// softplus returns the rates of softplus neurons, log(1 + e^(c + g x)) and its
// slope, in memory of l.
func (l *Loss) softplus(x []float64, j int) (rates, soft, slopes []float64) {
	d := l.data
	rates, soft, slopes = l.more[:d.width], l.more[d.width:2*d.width], l.more[2*d.width:]
	copy(rates, d.psthRow(j))
	for i, s := range d.scale {
		rates[i] += s
		if d.drift != nil {
			rates[i] += d.drift[l.trial*d.width+i]
		}
		soft[i] = l.base[i] + l.readout.Gain[i]*x[i]
	}
	copy(slopes, soft)
	simd.Exp(rates, rates)
	simd.Softplus(soft, soft)
	for i, s := range soft {
		slopes[i] -= s
		rates[i] *= s
	}
	simd.Exp(slopes, slopes) // the slope of the softplus at u is e^(u − softplus(u)), accurate for any u
	return rates, soft, slopes
}

// Information sets dst (width) to the expected second derivative of step j's loss
// by c + g x, after Add has left e for the same x.
func (l *Loss) Information(dst, e, x []float64, j int) {
	d := l.data
	switch d.Observation {
	case PoissonExp:
		more := d.psthRow(j)
		for i, count := range d.countRow(l.trial, j) {
			dst[i] = 0
			if l.base[i]+l.readout.Gain[i]*x[i]+more[i] < MaxLogRate {
				dst[i] = e[i] + float64(count) // the rate
			}
		}
	case PoissonSoftplus:
		rates, soft, slopes := l.softplus(x, j)
		for i, rate := range rates {
			slope := slopes[i] / soft[i]
			dst[i] = rate * slope * slope
		}
	default:
		for i, v := range l.readout.Variance {
			dst[i] = 1 / v
		}
	}
	clear(dst[d.Trials.Neurons:])
}
