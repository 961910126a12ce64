package simulateclicks

import (
	"context"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat/distuv"

	"reprise/stages/internal/clicks"
	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/rng"
	"reprise/stages/internal/trials"
)

const (
	clickRate    = 40.0 // Hz, both sides together
	minSteps     = 16
	maxSteps     = 100
	pauseMin     = 5.0 // seconds from one trial's start to the next one's
	pauseMax     = 10.0
	choiceNoise  = 0.3 // of right minus left latent, when it is turned into a choice
	baselineTime = 2.0 // seconds of the window in which the baseline is counted
)

// gammas are the log ratios of right and left rate that trials may have.
var gammas = []float64{-3.5, -2.5, -1.2, -0.5, 0.5, 1.2, 2.5, 3.5}

// config is what a session is simulated from.
type config struct {
	trials, neurons, seed int
	latentNoise, meanRate float64
}

// simulation is a session and the truth behind it.
type simulation struct {
	model  *model
	trials *trials.Trials
	states *lrrnn.States
}

// streams are the sources of randomness, one a purpose.
type streams struct{ session, clicks, noise, start, choice, spikes *rand.Rand }

// simulate draws a network and a session of trials. progress hears how many
// trials are done.
func simulate(ctx context.Context, c config, progress func(done int)) (*simulation, error) {
	s := &simulation{
		model:  newModel(c.neurons, c.meanRate, c.seed),
		trials: &trials.Trials{Neurons: c.neurons, Channels: clicks.Channels},
		states: &lrrnn.States{Rank: rank, Inputs: clicks.Channels},
	}
	r := streams{
		session: rng.New(c.seed, "session"), clicks: rng.New(c.seed, "clicks"), noise: rng.New(c.seed, "latent noise"),
		start: rng.New(c.seed, "noise at the start"), choice: rng.New(c.seed, "choice"), spikes: rng.New(c.seed, "spikes"),
	}
	start := 0.0
	for k := range c.trials {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		start += pauseMin + (pauseMax-pauseMin)*r.session.Float64()
		s.trial(start, c.latentNoise, r)
		progress(k + 1)
	}
	return s, nil
}

// trial appends one trial.
func (s *simulation) trial(start, latentNoise float64, r streams) {
	t := s.trials
	steps := minSteps + r.session.IntN(maxSteps-minSteps+1)
	gamma := gammas[r.session.IntN(len(gammas))]
	t.First = append(t.First, s.states.Len())
	t.Steps = append(t.Steps, steps)
	t.Start = append(t.Start, start)
	t.Gamma = append(t.Gamma, gamma)

	inputs := drawClicks(steps, gamma, r.clicks)
	t.Inputs = append(t.Inputs, inputs...)
	kappa := s.walk(inputs, latentNoise, r.start, r.noise)
	choice := 0
	if kappa[1]-kappa[0]+choiceNoise*r.choice.NormFloat64() > 0 {
		choice = 1
	}
	t.Choice = append(t.Choice, choice)
	s.fire(start, steps, r.spikes)
}

// drawClicks returns the inputs of a trial, step x channel: the stereo click,
// then Poisson clicks whose log ratio of right and left rate is gamma.
func drawClicks(steps int, gamma float64, r *rand.Rand) []float64 {
	inputs := make([]float64, steps*clicks.Channels)
	right := clickRate / (1 + math.Exp(-gamma))
	for channel, rate := range [clicks.Channels]float64{clicks.Left: clickRate - right, clicks.Right: right} {
		times := []float64{0}
		end := clicks.BinWidth * float64(steps)
		for t := r.ExpFloat64() / rate; t < end; t += r.ExpFloat64() / rate {
			times = append(times, t)
		}
		clicks.Count(inputs, times, channel)
	}
	return inputs
}

// walk appends the states of a trial with these inputs and returns the last κ.
// Noise of its own moves the start; v counts clicks without the factor a.
func (s *simulation) walk(inputs []float64, latentNoise float64, start, later *rand.Rand) []float64 {
	kappa, next := append([]float64(nil), initial[:]...), make([]float64, rank)
	v, noise := make([]float64, clicks.Channels), start
	for at := 0; at < len(inputs); at += clicks.Channels {
		if at > 0 {
			s.model.step(next, kappa, v)
			kappa, next = next, kappa
			noise = later
		}
		for l := range kappa {
			kappa[l] += latentNoise * noise.NormFloat64()
		}
		for u := range v {
			v[u] = (1-leak)*v[u] + inputs[at+u]
		}
		s.states.Kappa = append(s.states.Kappa, kappa...)
		s.states.V = append(s.states.V, v...)
	}
	return kappa
}

// fire appends the spikes and baselines of the trial whose states came last. A
// baseline counts the trial's own spikes and those of the rest of its window,
// where the network is silent.
func (s *simulation) fire(start float64, steps int, r *rand.Rand) {
	t, m := s.trials, s.model
	first := s.states.Len() - steps
	own, rate := make([]float64, t.Neurons), make([]float64, t.Neurons)
	drift := m.drifts(start)
	for step := range steps {
		kappa, v := s.states.At(first + step)
		m.rates(rate, kappa, v, step, drift)
		for i, mean := range rate {
			count := poisson(mean, r)
			own[i] += count
			t.Counts = append(t.Counts, uint8(count))
		}
	}
	rest := baselineTime/clicks.BinWidth - float64(steps)
	for i, n := range own {
		n += poisson(rest*math.Exp(m.offset[i]+drift[i]), r)
		t.Baseline = append(t.Baseline, n/baselineTime)
	}
}

func poisson(mean float64, r *rand.Rand) float64 {
	return distuv.Poisson{Lambda: mean, Src: r}.Rand()
}
