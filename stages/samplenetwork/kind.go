// Package samplenetwork is the kind sample_network: finite networks drawn from a
// law of connectivity or from a flow, as they come or put exactly on the law's
// constraints (method.md, section 6).
package samplenetwork

import (
	"context"
	"errors"
	"fmt"
	"math"

	"reprise/artifacts"
	"reprise/spec"
	"reprise/stages/internal/law"
	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/rng"
	"reprise/stages/internal/tables"
)

// Kind is sample_network.
var Kind = spec.Kind{
	Name: "sample_network",
	Doc: `Draws finite networks from a law of connectivity or its flow, and measures how well their fields meet the law's targets.

A network of N neurons drawn independently has the law's field up to an error of C/√N, whose C the law itself tells (predicted_error):
E|F_N − F|² = (E[|n|² tanh²] − |F|²)/N. Conditioning removes it: n is shifted, by as little as possible, until the network's
own field at the states that the law was fitted to is the target's there, in all directions whose singular value is above tolerance.

From a law, candidates come from a mixture of the base, the base widened and a Gaussian around the law's nodes. By rejection they are
independent; the envelope comes from nodes that the law was not fitted to, and is raised where a candidate exceeds it. By resampling a
candidate may come more than once. From a flow, neurons are its samples, each at most once.

The network is in the gauge of the law. Its states are those of the law's targets, so that whatever takes a fitted network takes it.`,
	New: func() spec.Method {
		return &Sample{Of: "law", Method: "rejection", Neurons: 1000, Conditioned: true, Tolerance: 3e-3, Draws: 1, Seed: 1}
	},
	Tables: []spec.Gives{
		{Name: "network", Doc: "the first network drawn, a row a neuron: m[latent], n[latent], B[channel], b"},
		{Name: "states", Doc: "the states of the law's targets, in its gauge: kappa[latent], v[channel]"},
		{Name: "draws", Doc: "a row a network drawn: relative error of its field at held-out states as drawn (plain_error) and as given (field_error), the shift by conditioning relative to n, acceptance, effective_sample_size"},
		{Name: "gauge", Doc: "the law's gauge, passed on: one row, A with kappa in the gauge = A kappa of the target, and input_scale"},
	},
	Metrics: []spec.Gives{
		{Name: "field_error", Doc: "relative error of the networks' fields at held-out states against the law's targets, root mean square over draws"},
		{Name: "plain_error", Doc: "the same before conditioning"},
		{Name: "predicted_error", Doc: "what it is for independent draws by the law itself: C over the square root of the number of neurons"},
		{Name: "shift", Doc: "by how much conditioning moves n, relative to it, root mean square over draws; 0 where networks are as drawn"},
		{Name: "constraints", Doc: "number of constraints that the first network was put on, 0 where it is as drawn"},
		{Name: "effective_sample_size", Doc: "independent draws that the candidates of the first network are worth; of a flow the number of neurons"},
		{Name: "acceptance", Doc: "share of the candidates of the first network that became neurons; 1 unless by rejection"},
	},
}

// Sample holds the attributes of sample_network.
type Sample struct {
	Law         spec.Ref `hcl:"law" needs:"law,targets,coordinates,gauge,samples" doc:"Stage with the law and its flow."`
	Of          string   `hcl:"of,optional" doc:"What neurons are drawn from: law, or flow, whose samples must be as many."`
	Method      string   `hcl:"method,optional" doc:"How they are drawn from a law: rejection or resampling."`
	Neurons     int      `hcl:"neurons,optional" doc:"Number of neurons of a network."`
	Conditioned bool     `hcl:"conditioned,optional" doc:"Whether networks are put on the law's constraints."`
	Tolerance   float64  `hcl:"tolerance,optional" doc:"Constraints whose singular value is smaller than this share of the first are left as they are."`
	Draws       int      `hcl:"draws,optional" doc:"Number of networks drawn, independently, to measure errors on; the first is given."`
	Seed        int      `hcl:"seed,optional" doc:"Seed of the draws."`
}

// heldOut is how many held-out states measure a field's error, and fewer of
// them the variance behind the predicted one.
const (
	heldOut   = 1000
	predicted = 200
)

// Check refuses attributes out of their range.
func (s *Sample) Check() error {
	return errors.Join(
		spec.Require(s.Of == "law" || s.Of == "flow", "of is law or flow, not %q", s.Of),
		spec.Require(s.Method == "rejection" || s.Method == "resampling", "method is rejection or resampling, not %q", s.Method),
		spec.Require(s.Neurons >= 2 && s.Neurons <= 1<<20, "neurons is a whole number from 2 to %d, not %d", 1<<20, s.Neurons),
		spec.Require(s.Tolerance >= 1e-5 && s.Tolerance < 1, "tolerance is from 1e-5 up to 1, not %g", s.Tolerance),
		spec.Require(s.Draws >= 1 && s.Draws <= 10000, "draws is a whole number from 1 to 10000, not %d", s.Draws),
	)
}

// Run draws the networks.
func (s *Sample) Run(ctx context.Context, env *spec.Env) (*artifacts.Artifact, error) {
	from, err := s.read(env.Input("law"))
	if err != nil {
		return nil, err
	}
	var first *lrrnn.Network
	d := &drawn{}
	for i := range s.Draws {
		net, err := s.draw(ctx, env.Threads(), from, i, d)
		if err != nil {
			return nil, err
		}
		if first == nil {
			first = net
		}
		env.Progress(spec.Progress{Done: i + 1, Total: s.Draws, Unit: "network", Values: map[string]float64{"field_error": d.given[i]}})
	}
	states, _ := from.targets.HeldOut(predicted)
	c, err := law.FiniteSize(ctx, env.Threads(), from.points, from.weight, from.square, states)
	if err != nil {
		return nil, err
	}
	gauge, err := env.Input("law").Table("gauge")
	if err != nil {
		return nil, err
	}
	out := artifacts.New(tables.Network(first), tables.States(from.targets.States), d.table(), gauge)
	out.SetMetric("field_error", rms(d.given))
	out.SetMetric("plain_error", rms(d.plain))
	out.SetMetric("predicted_error", c/math.Sqrt(float64(s.Neurons)))
	out.SetMetric("shift", rms(d.shift))
	out.SetMetric("constraints", float64(d.constraints))
	out.SetMetric("effective_sample_size", d.effective[0])
	out.SetMetric("acceptance", d.acceptance[0])
	return out, nil
}

// source is what neurons are drawn from: a law, or the samples of a flow. Points
// with weights are what it is, for the error that its networks must have.
type source struct {
	sampler        *law.Sampler   // nil for a flow
	flow           *lrrnn.Network // nil for a law
	targets        law.Targets
	points         *lrrnn.Network
	weight, square []float64
}

func (s *Sample) read(in *artifacts.Artifact) (*source, error) {
	if s.Of == "law" {
		l, err := tables.ReadLaw(in)
		if err != nil {
			return nil, err
		}
		return &source{sampler: l.NewSampler(), targets: l.Targets, points: l.Nodes, weight: l.Weight, square: l.SquareN()}, nil
	}
	flow, err := tables.ReadSamples(in)
	if err != nil {
		return nil, err
	}
	targets, err := tables.ReadTargets(in)
	if err != nil {
		return nil, err
	}
	if targets.States.Rank != flow.Rank || targets.States.Inputs != flow.Inputs {
		return nil, fmt.Errorf("the flow's samples and targets disagree on the numbers of latents and inputs")
	}
	if s.Neurons > flow.Neurons {
		return nil, fmt.Errorf("the flow has %d samples, fewer than %d neurons: raise samples of its stage", flow.Neurons, s.Neurons)
	}
	from := &source{flow: flow, targets: targets, points: flow}
	for i := range flow.Neurons {
		square := 0.0
		for _, n := range flow.N[i*flow.Rank : (i+1)*flow.Rank] {
			square += n * n
		}
		from.weight, from.square = append(from.weight, 1/float64(flow.Neurons)), append(from.square, square)
	}
	return from, nil
}

// drawn gathers what is told of each network.
type drawn struct {
	plain, given, shift, acceptance, effective []float64

	constraints int // of the first
}

// draw draws the i-th network.
func (s *Sample) draw(ctx context.Context, threads int, from *source, i int, d *drawn) (*lrrnn.Network, error) {
	net, acceptance, effective, err := s.neurons(ctx, threads, from, i)
	if err != nil {
		return nil, err
	}
	plain, err := fieldError(ctx, threads, net, from.targets)
	if err != nil {
		return nil, err
	}
	given, shift := plain, 0.0
	if s.Conditioned {
		states, field := from.targets.FittedTo()
		count, moved, err := law.Condition(net, states, field, s.Tolerance)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			d.constraints = count
		}
		shift = moved
		if given, err = fieldError(ctx, threads, net, from.targets); err != nil {
			return nil, err
		}
	}
	d.plain, d.given, d.shift = append(d.plain, plain), append(d.given, given), append(d.shift, shift)
	d.acceptance, d.effective = append(d.acceptance, acceptance), append(d.effective, effective)
	return net, nil
}

// neurons draws the neurons of the i-th network, as they come.
func (s *Sample) neurons(ctx context.Context, threads int, from *source, i int) (net *lrrnn.Network, acceptance, effective float64, err error) {
	seed := int(rng.New(s.Seed, fmt.Sprintf("network %d", i)).Uint64() >> 1)
	if from.flow != nil {
		net = pick(from.flow, rng.New(seed, "flow samples").Perm(from.flow.Neurons)[:s.Neurons])
		return net, 1, float64(s.Neurons), nil
	}
	draw := from.sampler.Draw
	if s.Method == "resampling" {
		draw = from.sampler.Resample
	}
	found, err := draw(ctx, threads, s.Neurons, seed)
	if err != nil {
		return nil, 0, 0, err
	}
	return found.Network, found.Acceptance, found.Effective, nil
}

// pick returns the chosen neurons.
func pick(n *lrrnn.Network, chosen []int) *lrrnn.Network {
	out := lrrnn.New(len(chosen), n.Rank, n.Inputs)
	for i, at := range chosen {
		copy(out.M[i*n.Rank:], n.M[at*n.Rank:(at+1)*n.Rank])
		copy(out.N[i*n.Rank:], n.N[at*n.Rank:(at+1)*n.Rank])
		copy(out.B[i*n.Inputs:], n.B[at*n.Inputs:(at+1)*n.Inputs])
		out.Bias[i] = n.Bias[at]
	}
	return out
}

// fieldError is the relative error of the network's field at held-out states.
func fieldError(ctx context.Context, threads int, n *lrrnn.Network, t law.Targets) (float64, error) {
	states, want := t.HeldOut(heldOut)
	got, err := n.Fields(ctx, threads, states.Kappa, states.V)
	if err != nil {
		return 0, err
	}
	diff := make([]float64, len(got))
	for i, x := range want {
		diff[i] = got[i] - x
	}
	return rms(diff) / rms(want), nil
}

func rms(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v * v
	}
	return math.Sqrt(sum / float64(len(x)))
}

func (d *drawn) table() *artifacts.Table {
	return artifacts.NewTable("draws", artifacts.Dim{Name: "draw", Size: len(d.plain)},
		artifacts.Floats("plain_error", "", d.plain), artifacts.Floats("field_error", "", d.given), artifacts.Floats("shift", "", d.shift),
		artifacts.Floats("acceptance", "", d.acceptance), artifacts.Floats("effective_sample_size", "", d.effective))
}
