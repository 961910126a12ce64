package fitlrrnn

import (
	"slices"

	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/simd"
)

// single computes gradients of a problem in single precision, whole trials at a
// time: what addGradient does, several times as fast. Parameters, and sums over
// trials, stay in double precision.
type single struct {
	problem *problem
	net     simd.Single // as the parameters were at the last load
	base    []float32   // width: c − g b of these parameters

	z      []float32 // step x weights: (0, v, 1)
	counts []uint8   // step x width
	psth   []float32 // longest trial x width; in the padding a log-rate that fires no spike
	drift  []float32 // trial x width, or nil
}

// newSingle returns nil where there are no kernels for the problem.
func newSingle(p *problem) *single {
	t := p.Trials
	weights, latents := simd.SingleWeights(p.rank+t.Channels+1), simd.SingleLatents(p.rank)
	if p.phi != lrrnn.Tanh || p.Observation != lrrnn.PoissonExp || weights == 0 || latents == 0 {
		return nil
	}
	width := simd.SingleWidth(t.Neurons)
	rows := func(n int) []float32 { return make([]float32, n*width) }
	s := &single{problem: p, base: rows(1), z: make([]float32, t.TotalSteps()*weights), psth: rows(slices.Max(t.Steps))}
	s.net = simd.Single{
		Width: width, Rank: p.rank, Weights: weights, Latents: latents, W: rows(weights), N: rows(latents), Gain: rows(1),
		Keep: float32(1 - p.leak), Scale: float32(p.leak / float64(t.Neurons)),
	}
	for at := range t.TotalSteps() {
		z := s.z[at*weights+p.rank:]
		narrow(z, p.filtered[at*t.Channels:(at+1)*t.Channels])
		z[t.Channels] = 1
	}
	s.counts = lrrnn.Padded(t.Counts, t.Neurons, width)
	for j := range len(s.psth) / width {
		row := s.row(s.psth, j)
		if p.psth != nil {
			b := min(j, len(p.psth)/t.Neurons-1)
			narrow(row, p.psth[b*t.Neurons:(b+1)*t.Neurons])
		}
		for i := t.Neurons; i < width; i++ {
			row[i] = -1e6
		}
	}
	if p.drift != nil {
		s.drift = rows(t.Len())
		for k := range t.Len() {
			narrow(s.row(s.drift, k), p.drift[k*t.Neurons:(k+1)*t.Neurons])
		}
	}
	return s
}

func (s *single) row(rows []float32, i int) []float32 {
	return rows[i*s.net.Width : (i+1)*s.net.Width]
}

// load takes the parameters of the next batch.
func (s *single) load(par *parameters) {
	net := par.net
	for r := range net.Rank {
		narrow(s.row(s.net.W, r), net.MRow(r))
		narrow(s.row(s.net.N, r), net.NRow(r))
	}
	for u := range net.Inputs {
		narrow(s.row(s.net.W, net.Rank+u), net.BRow(u))
	}
	bias := net.Bias()
	narrow(s.row(s.net.W, net.Rank+net.Inputs), bias)
	narrow(s.net.Gain, par.gain[:net.Neurons])
	for i, b := range bias {
		s.base[i] = float32(par.offset[i] - par.gain[i]*b)
	}
}

// narrow rounds src to single precision.
func narrow(dst []float32, src []float64) {
	for i, x := range src {
		dst[i] = float32(x)
	}
}

// steps is how many steps go back at a time: so many that the rows which they
// need stay in the nearest cache.
func (s *single) steps() int { return min(16, max(4, 2400/s.net.Width)) }

// singleScratch is the memory that one goroutine needs.
type singleScratch struct {
	z, x, h, noise   []float32 // of all steps of a trial
	e, d, sum, a     []float32 // of a window
	base             []float32 // width
	adjoint          []float32 // latents
	w, n             []float32 // gradients: (rank + channels) x width, rank x width
	bias, gain, offs []float32 // width
	summed           int       // steps that are in the gradients
	loss             [simd.SingleBlock]float32
}

func (s *single) newScratch() *singleScratch {
	p, longest := s.problem, slices.Max(s.problem.Trials.Steps)
	rows := func(n int) []float32 { return make([]float32, n*s.net.Width) }
	window := s.steps()
	return &singleScratch{
		z: make([]float32, (longest+1)*s.net.Weights), x: rows(longest), h: rows(longest), noise: make([]float32, longest*p.rank),
		e: rows(window), d: rows(window), sum: rows(window), a: make([]float32, window*s.net.Latents),
		base: rows(1), adjoint: make([]float32, s.net.Latents),
		w: rows(p.rank + p.Trials.Channels), n: rows(p.rank), bias: rows(1), gain: rows(1), offs: rows(1),
	}
}

// mostSummed is how many steps are summed in single precision before the sums are
// added to those in double precision.
const mostSummed = 512

// clear starts the sums anew.
func (w *singleScratch) clear() {
	w.summed = 0
	for _, x := range [][]float32{w.w, w.n, w.bias, w.gain, w.offs} {
		clear(x)
	}
}

// addGradient is the problem's addGradient for the loaded parameters; gradients
// over neurons are summed in w until flush, or until there are many. noise is that of the
// path that is followed (step x rank, in standard deviations sd), or nil.
func (s *single) addGradient(grad, par *parameters, w *singleScratch, k int, weight float64, noise, sd []float64) (loss float64) {
	p, net := s.problem, &s.net
	steps, first := p.Trials.Steps[k], p.Trials.First[k]
	z := w.z[:(steps+1)*net.Weights]
	copy(z, s.z[first*net.Weights:(first+steps)*net.Weights])
	clear(w.noise)
	narrow(z, p.startOf(par, k))
	for i, e := range noise {
		if r := i % p.rank; i < p.rank {
			z[r] += float32(sd[r] * e)
		} else {
			w.noise[i-p.rank] = float32(sd[r] * e)
		}
	}
	net.Forward(z, w.x[:steps*net.Width], w.h[:steps*net.Width], w.noise[:steps*p.rank])
	copy(w.base, s.base)
	if s.drift != nil {
		for i, d := range s.row(s.drift, k) {
			w.base[i] += d
		}
	}
	w.loss = [simd.SingleBlock]float32{}
	clear(w.adjoint)
	for end := steps; end > 0; end -= s.steps() {
		s.window(grad, w, z, first, max(0, end-s.steps()), end, float32(weight), noise, sd)
	}
	for r, x := range w.adjoint[:p.rank] {
		if noise != nil {
			grad.noise[r] += float64(x) * sd[r] * noise[r]
		}
		if start := p.start(grad.initial, k); start != nil {
			start[r] += float64(x)
		}
	}
	if w.summed += steps; w.summed >= mostSummed {
		s.flush(grad, w)
	}
	return float64(simd.SumSingle(&w.loss))
}

// window goes back through the steps from begin to end of a trial.
func (s *single) window(grad *parameters, w *singleScratch, z []float32, first, begin, end int, weight float32, noise, sd []float64) {
	p, net, n := s.problem, &s.net, end-begin
	lo, hi := begin*net.Width, end*net.Width
	e, d, sum, a := w.e[:n*net.Width], w.d[:n*net.Width], w.sum[:n*net.Width], w.a[:n*net.Latents]
	net.Rates(e, w.x[lo:hi], s.counts[(first+begin)*net.Width:(first+end)*net.Width], w.base, s.psth[lo:hi], &w.loss)
	for row := 0; row < len(e); row += net.Width {
		clear(e[row+p.Trials.Neurons : row+net.Width])
	}
	if weight != 1 {
		for i := range e {
			e[i] *= weight
		}
	}
	net.Backward(d, sum, a, w.h[lo:hi], e, w.adjoint)
	read := p.rank + p.Trials.Channels
	net.Outer(w.w, z[begin*net.Weights:end*net.Weights], sum, read, net.Weights)
	net.Outer(w.n, a, w.h[lo:hi], p.rank, net.Latents)
	net.Moments(w.bias, w.gain, w.offs, d, e, w.x[lo:hi])
	if noise == nil {
		return
	}
	for j := begin; j < end && (j+1)*p.rank < len(noise); j++ { // a is Scale times the derivative by the next latents
		for r, eps := range noise[(j+1)*p.rank : (j+2)*p.rank] {
			grad.noise[r] += float64(a[(j-begin)*net.Latents+r]/net.Scale) * sd[r] * eps
		}
	}
}

// flush adds the sums in w to grad, and starts them anew.
func (s *single) flush(grad *parameters, w *singleScratch) {
	net := grad.net
	add := func(dst []float64, src []float32) {
		for i := range dst {
			dst[i] += float64(src[i])
		}
	}
	for r := range net.Rank {
		add(net.MRow(r), s.row(w.w, r))
		add(net.NRow(r), s.row(w.n, r))
	}
	for u := range net.Inputs {
		add(net.BRow(u), s.row(w.w, net.Rank+u))
	}
	add(net.Bias(), w.bias)
	add(grad.gain[:net.Neurons], w.gain)
	add(grad.offset[:net.Neurons], w.offs)
	w.clear()
}
