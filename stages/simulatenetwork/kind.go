// Package simulatenetwork is the kind simulate_network: a finite network drawn
// from a law whose dynamics are known, its noisy latents, and observations of
// its neurons. It is the ground truth for the kinds that come after it.
package simulatenetwork

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"reprise/artifacts"
	"reprise/spec"
	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/rng"
	"reprise/stages/internal/tables"
	"reprise/stages/internal/trials"
)

// Kind declares simulate_network.
var Kind = spec.Kind{
	Name: "simulate_network",
	Doc: `Simulates a finite low-rank network with known dynamics, and observes its neurons.

Time is in units of τ. The latents follow dκ = (−κ + F(κ)) dt + latent_noise dW with F(κ) = (1/N) Σ_j n_j tanh(m_j·κ + b_j),
in Euler–Maruyama steps of dt, from initial states uniform in ±initial_range, or, with initial_least, in the logarithm of their distance from 0. Neurons are observed as x_i = m_i·κ + b_i plus noise.
The truth is the field of the very network in the table network, not the mean field of the law it comes from.

A system is a law of neurons. In all, b ~ N(0, threshold²) and n is its mean given m, below, plus N(0, spread²) in each latent. The
presets, in brackets, are those of the literature that this project reproduces.

  bistable         one latent: m ~ N(0, scale² [1]), n = gain m [1.8]. Stable at κ = ±1.1073.
  four_attractors  two: half of the neurons m = (ξ, 0), half (0, ξ), ξ ~ N(0, scale² [1]), n = gain m [4]. Stable at (±1.3030, ±1.3030).
                   With rank R, R of them: a share 1/R of the neurons reads each, gain is [2R], and 2^R points (±1.3030, …) are stable.
  limit_cycle      two: m ~ N(0, scale² I [1]), n = gain m [1.8] + rotation [0.9] times m turned by a quarter. A circle of radius
                   1.1073, once around in 2π gain/rotation = 12.566.
  ring_attractor   two: m on a circle of radius scale [1], n = gain m [3.6]. Every point at distance 1.9713 from 0 is a fixed point.
  heavy_tail       one: m is scale [0.5] times Student's t with tail_index [0.7] degrees of freedom, n = gain sign(m) [1.5], b = 0.
                   Stable at ±0.7359; F grows as |κ|^0.7 from 0, which no law of bounded E|n||m| can do.

Of inputs channels each receives white noise u, whose filtered v_t = (1−dt) v_{t−1} + u_t has unit variance. Neurons get B·v more, in F too,
with B ~ N(0, input_scale²) in each channel, and n of latent c has input_gain times B of channel c on top. Then, where m is Gaussian with n = gain m,
F_c = (gain scale² κ_c + input_gain input_scale² v_c) E tanh'(ξ √(scale² |κ|² + input_scale² |v|² + threshold²)) with ξ ~ N(0, 1).

The metrics are the mean field's, without input, from quadrature of the law with the given parameters, not from the network; they are left out where
the law has no such attractor.

With sampling = "quasirandom" neurons are laid out evenly over the law and n is its mean there, so that a network of
16384 neurons is the mean field to four digits. Its activity is large: let observed_neurons be small where only the
network and its states are needed.`,
	New: func() spec.Method {
		return &Simulate{System: "bistable", Neurons: 1000, Trials: 64, Steps: 200, Dt: 0.05, LatentNoise: 0.1,
			ObservationNoise: 0.1, Sampling: "random", InitialRange: 2, Folds: 5, TestFold: 4, Seed: 1, InputScale: 0.5, InputGain: 1}
	},
	Tables: []spec.Gives{
		{Name: "trials", Doc: "a row a trial: first_step, steps, test, initial_state[latent]"},
		{Name: "steps", Doc: "a row a step of every trial: activity[neuron] of the observed neurons, inputs[channel]"},
		{Name: "neurons", Doc: "a row an observed neuron: index, its row in the table network"},
		{Name: "network", Doc: "the truth, a row a neuron, observed or not: m[latent], n[latent], B[channel], b"},
		{Name: "states", Doc: "the true latents, a row a step: kappa[latent], v[channel]"},
	},
	Metrics: []spec.Gives{
		{Name: "attractor_norm", Doc: "|κ| of the stable states of the law's mean field: of points, cycle or ring"},
		{Name: "attractor_rate", Doc: "rate at which a disturbance of |κ| grows there"},
		{Name: "period", Doc: "time once around the limit cycle, units of τ"},
	},
}

// Simulate holds the attributes of simulate_network.
type Simulate struct {
	System           string   `hcl:"system,optional" doc:"What the network does: bistable, four_attractors, limit_cycle, ring_attractor or heavy_tail."`
	Rank             *int     `hcl:"rank,optional" doc:"Number of latents, 1 to 8; of four_attractors alone, which then has 2^rank. Not given: the system's preset, like the six after it."`
	Gain             *float64 `hcl:"gain,optional" doc:"How strongly the mean of n follows m."`
	Rotation         *float64 `hcl:"rotation,optional" doc:"How strongly it follows m turned by a quarter; of limit_cycle alone."`
	Scale            *float64 `hcl:"scale,optional" doc:"Size of m: its standard deviation, the radius of its circle, or the factor of Student's t."`
	Threshold        *float64 `hcl:"threshold,optional" doc:"Standard deviation of b."`
	Spread           *float64 `hcl:"spread,optional" doc:"Standard deviation of n about its mean."`
	TailIndex        *float64 `hcl:"tail_index,optional" doc:"Degrees of freedom of Student's t, how fast its tail falls; of heavy_tail alone."`
	Inputs           int      `hcl:"inputs,optional" doc:"Number of channels of input, at most one a latent."`
	InputScale       float64  `hcl:"input_scale,optional" doc:"Standard deviation of the input weights B."`
	InputGain        float64  `hcl:"input_gain,optional" doc:"How strongly n of a latent follows B of the channel with its number."`
	Neurons          int      `hcl:"neurons,optional" doc:"Number of neurons of the network."`
	ObservedNeurons  *int     `hcl:"observed_neurons,optional" doc:"How many of them are observed, spread evenly over the network; not given: all."`
	Trials           int      `hcl:"trials,optional" doc:"Number of trials."`
	Steps            int      `hcl:"steps,optional" doc:"Steps of each trial."`
	Dt               float64  `hcl:"dt,optional" doc:"Length of a step in units of τ; a fit needs it as its leak."`
	LatentNoise      float64  `hcl:"latent_noise,optional" doc:"Strength of the noise that moves the latents, per square root of τ."`
	ObservationNoise float64  `hcl:"observation_noise,optional" doc:"Standard deviation of the noise on each observed activity."`
	Sampling         string   `hcl:"sampling,optional" doc:"How neurons are chosen. random: drawn from the law; quasirandom: laid out evenly over it, without noise in n."`
	InitialRange     float64  `hcl:"initial_range,optional" doc:"How far from 0 each latent may start."`
	InitialLeast     float64  `hcl:"initial_least,optional" doc:"How near to 0 each latent may start; above 0, initial states are spread evenly over the logarithm of that distance, to both sides."`
	Folds            int      `hcl:"folds,optional" doc:"In how many folds trials are dealt, by their position."`
	TestFold         int      `hcl:"test_fold,optional" doc:"The fold that is held out for the test, from 0."`
	Seed             int      `hcl:"seed,optional" doc:"Seed of the network, of its initial states and of all noise."`
}

// maxActivity bounds the observations, in numbers: 2 GiB.
const maxActivity = 1 << 28

// Check refuses attributes outside their range.
func (s *Simulate) Check() error {
	observed := s.observed()
	_, known := systems[s.System]
	err := errors.Join(
		spec.Require(known, "system is %s, not %q", strings.Join(slices.Sorted(maps.Keys(systems)), " or "), s.System),
		s.checkParameters(),
		spec.Require(s.InitialRange > 0 && s.InitialRange <= 1e3, "initial_range is above 0 and at most 1000, not %g", s.InitialRange),
		spec.Require(s.InitialLeast >= 0 && s.InitialLeast < s.InitialRange, "initial_least is from 0 up to initial_range, %g, not %g", s.InitialRange, s.InitialLeast),
		spec.Require(s.Neurons >= 1 && s.Neurons <= 1<<20, "neurons is a whole number from 1 to %d, not %d", 1<<20, s.Neurons),
		spec.Require(s.ObservedNeurons == nil || observed >= 1 && observed <= max(1, s.Neurons), "observed_neurons is a whole number from 1 to neurons, %d, not %d", s.Neurons, observed),
		spec.Require(s.Trials >= 1 && s.Trials <= 1<<20, "trials is a whole number from 1 to %d, not %d", 1<<20, s.Trials),
		spec.Require(s.Steps >= 1 && s.Steps <= 1<<20, "steps is a whole number from 1 to %d, not %d", 1<<20, s.Steps),
		spec.Require(s.Dt > 0 && s.Dt <= 1, "dt is above 0 and at most 1, not %g", s.Dt),
		spec.Require(s.LatentNoise >= 0, "latent_noise is 0 or more, not %g", s.LatentNoise),
		spec.Require(s.ObservationNoise >= 0, "observation_noise is 0 or more, not %g", s.ObservationNoise),
		spec.Require(s.Sampling == "random" || s.Sampling == "quasirandom", "sampling is random or quasirandom, not %q", s.Sampling),
		trials.CheckFolds(s.Folds, s.TestFold),
	)
	if err != nil {
		return err
	}
	if s.Trials*s.Steps > maxActivity/observed {
		return fmt.Errorf("the activity of %d neurons in %d steps needs more than 2 GiB; lower observed_neurons, trials or steps", observed, s.Trials*s.Steps)
	}
	_, err = trials.Deal(trials.Positions(s.Trials), s.Folds, s.TestFold)
	return err
}

func (s *Simulate) observed() int {
	if s.ObservedNeurons == nil {
		return s.Neurons
	}
	return *s.ObservedNeurons
}

// Run simulates the network.
func (s *Simulate) Run(ctx context.Context, env *spec.Env) (*artifacts.Artifact, error) {
	net := s.network()
	states, initial, err := s.latents(ctx, net, env.Threads())
	if err != nil {
		return nil, err
	}
	neurons := make([]int, s.observed())
	index := make([]int64, len(neurons))
	for i := range neurons {
		neurons[i] = i * s.Neurons / len(neurons)
		index[i] = int64(neurons[i])
	}
	t := &trials.Trials{
		Neurons: len(neurons), Activity: s.observe(net, states, neurons),
		Latents: net.Rank, InitialState: initial,
		Channels: s.Inputs, Inputs: s.received(),
	}
	for k := range s.Trials {
		t.First = append(t.First, k*s.Steps)
		t.Steps = append(t.Steps, s.Steps)
	}
	if t.Test, err = trials.Deal(trials.Positions(s.Trials), s.Folds, s.TestFold); err != nil {
		return nil, err
	}
	out := append(tables.Trials(t),
		artifacts.NewTable("neurons", artifacts.Dim{Name: tables.Neuron, Size: len(neurons)}, artifacts.Ints("index", "", index)),
		tables.Network(net), tables.States(states))
	a := artifacts.New(out...)
	for name, x := range s.law().exact() {
		a.SetMetric(name, x)
	}
	return a, nil
}

func (s *Simulate) network() *lrrnn.Network {
	if s.Sampling == "quasirandom" {
		return s.law().even(s.Neurons)
	}
	return s.law().drawn(s.Neurons, rng.New(s.Seed, "true network"))
}
