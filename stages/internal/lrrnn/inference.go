package lrrnn

import (
	"math/rand/v2"
	"slices"

	"reprise/stages/internal/simd"
	"reprise/stages/internal/smoother"
)

// Noisy is a model with latent noise, in the rows that package simd takes.
type Noisy struct {
	Net     *Columns
	Readout Readout
	Leak    float64
	Factor  []float64 // R x R: lower triangular L of the noise's covariance Q = L Lᵀ
}

// Inference finds the latent paths of trials. One goroutine uses it at a time.
type Inference struct {
	data     *Observed
	v        []float64 // filtered inputs, step x channel
	loss     *Loss
	smoother *smoother.Smoother
	system   smoother.System
	model    Noisy

	z                      []float64 // weights
	x, h, e, weight, slope []float64 // width
	row                    []float64 // R
	products               []float64 // R x width
	first, channels        int
	normaliser             float64
}

// NewInference makes memory for paths of rank latents and that many samples.
// v are the filtered inputs of all steps (step x channel).
func NewInference(d *Observed, v []float64, rank, samples int) *Inference {
	rows := func(n int) []float64 { return make([]float64, n*d.width) }
	n := &Inference{
		data: d, v: v, loss: d.NewLoss(), channels: d.Trials.Channels,
		smoother: smoother.New(rank, slices.Max(d.Trials.Steps), samples),
		z:        make([]float64, rank+d.Trials.Channels+1),
		x:        rows(1), h: rows(1), e: rows(1), weight: rows(1), slope: rows(1), row: make([]float64, rank), products: rows(rank),
	}
	n.system = smoother.System{Linearise: n.linearise, Evaluate: n.evaluate}
	return n
}

// Smooth finds the most probable path of trial k, which starts around start (R),
// and leaves it for [Inference.Draw] and in [Inference.Path]. warm is what
// [Inference.Noise] was for a similar model, or nil.
func (n *Inference) Smooth(m Noisy, k int, start, warm []float64) smoother.Fit {
	n.model, n.first = m, n.data.Trials.First[k]
	n.loss.Begin(m.Net, m.Readout, k)
	n.normaliser = m.Readout.Normaliser()
	n.system.Steps, n.system.Start = n.data.Trials.Steps[k], start
	n.system.Noise, n.system.StartNoise = m.Factor, m.Factor
	return n.smoother.Smooth(&n.system, warm)
}

// Path is the most probable path (step x R), valid until the next Smooth.
func (n *Inference) Path() []float64 { return n.smoother.Path() }

// Noise is the noise that causes the path, in units of its standard deviation
// (step x R), valid until the next Smooth.
func (n *Inference) Noise() []float64 { return n.smoother.Noise() }

// Covariances are those of the states around the path (step x R x R), valid until
// the next call.
func (n *Inference) Covariances() []float64 { return n.smoother.Covariances(&n.system) }

// Draw draws weighted paths from about the posterior of the trial that was
// smoothed last.
func (n *Inference) Draw(samples int, r *rand.Rand) smoother.Draws {
	return n.smoother.Draw(&n.system, samples, r)
}

// drive sets x, h and next for a state of step t.
func (n *Inference) drive(t int, kappa, next []float64) {
	copy(n.z, kappa)
	copy(n.z[len(kappa):], n.v[(n.first+t)*n.channels:(n.first+t+1)*n.channels])
	n.z[len(n.z)-1] = 1
	n.model.Net.Drive(n.x, n.z)
	n.model.Net.Advance(next, n.h, n.x, kappa, n.model.Leak)
}

// observe returns the log likelihood of step t at the state of the last drive,
// without the terms of counts and π alone, and leaves its negative derivative by c + g x in e.
func (n *Inference) observe(t int) float64 {
	n.loss.clear() // the loss of one step, whatever those before it were
	n.loss.Add(n.e, n.x, t)
	return -n.loss.Sum() - n.normaliser
}

func (n *Inference) evaluate(t int, kappa, next, logLikelihood []float64) {
	r := n.model.Net.Rank
	for k := range logLikelihood {
		n.drive(t, kappa[k*r:(k+1)*r], next[k*r:(k+1)*r])
		logLikelihood[k] = n.observe(t)
	}
}

func (n *Inference) linearise(t int, kappa []float64, at *smoother.Local) {
	net := n.model.Net
	r, width := net.Rank, net.Width()
	m := net.W[:r*width]
	n.drive(t, kappa, at.Next)
	at.LogLikelihood = n.observe(t)

	n.loss.Information(n.weight, n.e, n.x, t)
	simd.Product(n.e, n.e, n.model.Readout.Gain)
	simd.Dots(at.Gradient, m, n.e)
	for a := range at.Gradient {
		at.Gradient[a] = -at.Gradient[a]
	}
	simd.Product(n.weight, n.weight, n.model.Readout.Gain)
	simd.Product(n.weight, n.weight, n.model.Readout.Gain)
	net.Phi.Slopes(n.slope, n.h)
	scale := n.model.Leak / float64(net.Neurons)
	for a := range r {
		simd.Product(n.x, n.slope, net.N[a*width:(a+1)*width])
		simd.Dots(n.row, m, n.x)
		for b, x := range n.row {
			at.Jacobian[a*r+b] = scale * x
		}
		at.Jacobian[a*r+a] += 1 - n.model.Leak
		simd.Product(n.x, n.weight, m[a*width:(a+1)*width])
		simd.Dots(at.Information[a*r:(a+1)*r], m, n.x)
	}
}
