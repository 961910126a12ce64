// Package maxentflow is the kind maxent_flow: the maximum-entropy distribution
// of a network's connectivity given the field that the network shows at the
// states it visited (method.md, sections 1 to 4), and a continuous normalizing
// flow trained on it (section 7).
//
// The pieces, in the order of their use: a gauge fixes the coordinates, a base
// the Gaussian to stay close to; a proposal places nodes, a basis whitens the
// features there, the dual is minimised over them to a law; a climb repeats
// that until held-out validation stops improving; draws of the law train a
// network, and the flow that it drives gives samples with log densities.
package maxentflow

import (
	"context"
	"errors"
	"fmt"
	"math"

	"reprise/artifacts"
	"reprise/spec"
	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/marginal"
	"reprise/stages/internal/rng"
	"reprise/stages/internal/tables"
)

// Kind is maxent_flow.
var Kind = spec.Kind{
	Name: "maxent_flow",
	Doc: `Finds the maximum-entropy distribution of connectivity that gives the target's field, and trains a flow on it.

The law p* of a neuron's weights x = (m, B, b, n) is the distribution closest in relative entropy to a base, Gaussian unless m is given other tails, whose mean field,
E[n tanh(m·κ + B·v + b)], is the field of the target network at states that it visited. It is unique. It is a claim about what the
latents determine, given the base, and not the network's own distribution.

The law is found in a gauge: latents whitened over all visited states, inputs scaled to unit size. The base's scales are a choice; where
they are not given they are the root mean squares of the target's own m, B, b and n in that gauge.

With a Gaussian n there is a law for every field in the span of what neurons can do at the states, and for no other: a field of which
more than law_error may be lies outside is refused before anything is solved.

A law is only trusted on nodes and states that it was not fitted to. The stage climbs by itself: it lowers the tolerance while held-out
error falls, and adapts and adds quadrature nodes where it does not; the table attempts tells how. Accepted are laws with law_error
< 0.05, |dlogz| < 0.02 and max_weight < 0.005; the best of them is kept, and where there is none, the stage fails with the numbers.

The flow is a velocity field, that of a Gaussian and what a perceptron adds to it, trained by flow matching on draws of the law (Lipman
et al., "Flow matching for generative modeling", 2023) with more of them late in its time, where errors cost more; where the law is
Gaussian, in n given w, it learns expectations instead of draws. Its log densities are exact up to the integration along its paths, in
single precision.

After training the flow is put on the law's field: n of a draw becomes n − Σ_j shift_j tanh(w·z_j), with shift of the table targets. The
shift is the smallest that takes away what is known of the error of the flow's field, from draws of its own. Log densities and entropy
stay as they are, since the map has unit Jacobian. samples are of the flow so corrected.`,
	New: func() spec.Method {
		return &Flow{Whiten: true, Base: "gaussian", States: 150, Climb: true, Tolerance: 1e-2, Epsilon: 3e-3, Steps: 2000, Width: 64, Batch: 512, Samples: 2000, Seed: 1}
	},
	Tables: []spec.Gives{
		{Name: "samples", Doc: "draws of the flow: m[latent], B[channel], b, n[latent] in the gauge, with their log densities under flow and law"},
		{Name: "law", Doc: "the law at held-out quadrature nodes: m, B, b, the mean of n there (nbar), weight"},
		{Name: "targets", Doc: "states kappa, v in the gauge and the target's field there; held_out 0: the law was fitted to it, and lambda are its multipliers and shift the flow's correction; step: its row in the target's table states"},
		{Name: "gauge", Doc: "one row: A with kappa in the gauge = A kappa of the target, and input_scale, by which the target's v are divided"},
		{Name: "coordinates", Doc: "a row a coordinate of x: the family, scale (base) and degrees of freedom of the base there, and mean and sd by which the flow standardises it, or, where the base is not Gaussian, the standard normal that it is an image of; 0 where it is always 0"},
		{Name: "attempts", Doc: "a row for each solution of the dual on the way, with Newton's iterations and the gradient that was left, and how it validated"},
		{Name: "training", Doc: "the flow's loss, averaged over the 25 steps up to each row's"},
		{Name: "flow", Doc: "parameters of what the flow adds to a Gaussian's velocity, before its correction: weight from an input to an output of a layer, input -1 for the bias"},
	},
	Metrics: []spec.Gives{
		{Name: "law_error", Doc: "relative error of the law's field at held-out states, computed on held-out nodes"},
		{Name: "constraint_residual", Doc: "the same at the states and nodes that the law was fitted to"},
		{Name: "kl_law", Doc: "relative entropy of the law from its base, nats"},
		{Name: "kl_flow", Doc: "relative entropy of the flow from the law, nats"},
		{Name: "kl_flow_se", Doc: "standard error of kl_flow"},
		{Name: "correction", Doc: "by how much the flow's field was corrected, at the states that the law was fitted to, relative to the law's"},
		{Name: "entropy", Doc: "entropy of the flow, nats, in the gauge, from its draws and their log densities"},
		{Name: "entropy_law", Doc: "entropy of the law, nats, in the gauge; it depends on the tolerance"},
		{Name: "dlogz", Doc: "log normaliser of the law on held-out nodes less that on the nodes of the fit"},
		{Name: "max_weight", Doc: "largest weight of a held-out node"},
		{Name: "modes", Doc: "number of constraints kept"},
		{Name: "newton", Doc: "iterations of Newton's method in which the law was found, at most 200"},
		{Name: "gradient", Doc: "largest component of the dual's gradient where they ended: below 1e-9 at its minimum; more where rounding or the 200 ended them before, as constraint_residual shows"},
		{Name: "tolerance", Doc: "tolerance at which the law was found"},
		{Name: "nodes", Doc: "quadrature nodes on which it was found"},
	},
}

// Flow holds the attributes of maxent_flow.
type Flow struct {
	Target    spec.Ref `hcl:"target" needs:"network,states" doc:"Stage with the network whose field at its visited states is to be reproduced."`
	Whiten    bool     `hcl:"whiten,optional" doc:"Whiten the latents over the visited states and scale each input to unit size; false keeps the target's coordinates."`
	Base      string   `hcl:"base,optional" doc:"Family of the base's m: gaussian, laplace, student_t or cauchy, independent in each latent. The law has exactly its tails."`
	Freedom   *float64 `hcl:"degrees_of_freedom,optional" doc:"How fast the tails of student_t fall; of it alone."`
	BaseM     *float64 `hcl:"base_m,optional" doc:"Base's scale of m, in the gauge: its standard deviation, of student_t and cauchy what it is multiplied by. Not given, of a gaussian alone: the root mean square of the target's m."`
	BaseB     *float64 `hcl:"base_B,optional" doc:"Base's scale of the input weights B, in the gauge. Not given: the root mean square of the target's B."`
	BaseBias  *float64 `hcl:"base_b,optional" doc:"Base's scale of the thresholds b; 0: there are none. Not given: the root mean square of the target's b."`
	BaseN     *float64 `hcl:"base_n,optional" doc:"Base's scale of n, in the gauge. Not given: the root mean square of the target's n."`
	States    int      `hcl:"states,optional" doc:"Number of visited states at which the field is constrained."`
	Tolerance float64  `hcl:"tolerance,optional" doc:"Constraints whose singular value is smaller than this share of the first are left out; where the climb begins."`
	Climb     bool     `hcl:"climb,optional" doc:"false: the law at the tolerance given, whether or not another validates better, so that laws can be compared."`
	Epsilon   float64  `hcl:"epsilon,optional" doc:"Standard deviation to which the field is taken as known, relative to its root mean square."`
	Steps     int      `hcl:"steps,optional" doc:"Training steps of the flow. Of the few that make a small run quick, kl_flow tells how far they leave it from the law."`
	Width     int      `hcl:"width,optional" doc:"Units in each of the flow's three hidden layers."`
	Batch     int      `hcl:"batch,optional" doc:"Draws of the law in one training step."`
	Samples   int      `hcl:"samples,optional" doc:"Draws of the flow to keep, with their log densities."`
	Seed      int      `hcl:"seed,optional" doc:"Seed of the choice of states, of nodes, of training and of the samples."`
}

const (
	// heldOutStates is how many visited states validate a law.
	heldOutStates = 2000
	// poolSize is how many draws of the law train the flow.
	poolSize = 50000
)

// Check refuses attributes out of their range.
func (f *Flow) Check() error {
	scale := func(name string, given *float64) error {
		return spec.Require(given == nil || *given > 0 && *given < math.Inf(1), "%s is a scale above 0, not %g", name, value(given))
	}
	between := func(name string, given, least, most int) error {
		return spec.Require(given >= least && given <= most, "%s is a whole number from %d to %d, not %d", name, least, most, given)
	}
	_, err := f.marginal(1)
	return errors.Join(err,
		spec.Require(f.BaseM != nil || f.Base == string(marginal.Gaussian), "base_m is needed where base is %q: the root mean square of the target's m is no scale of it", f.Base),
		scale("base_m", f.BaseM), scale("base_B", f.BaseB), spec.Require(f.BaseBias == nil || *f.BaseBias >= 0 && *f.BaseBias < math.Inf(1), "base_b is a scale of at least 0, not %g", value(f.BaseBias)), scale("base_n", f.BaseN),
		between("states", f.States, 2, 2000),
		spec.Require(f.Tolerance >= 1e-7 && f.Tolerance < 0.5, "tolerance is from 1e-7 up to 0.5, not %g", f.Tolerance),
		spec.Require(f.Epsilon > 0 && f.Epsilon < 1, "epsilon is above 0 and below 1, not %g", f.Epsilon),
		between("steps", f.Steps, reportEvery, 1e6), between("width", f.Width, 1, 1024), between("batch", f.Batch, 1, 65536), between("samples", f.Samples, 2, 1e6),
	)
}

// value is what a pointer points to, 0 where it is nil.
func value(given *float64) float64 {
	if given == nil {
		return 0
	}
	return *given
}

// Run finds the law, trains the flow and draws from it.
func (f *Flow) Run(ctx context.Context, env *spec.Env) (*artifacts.Artifact, error) {
	t, err := f.readTarget(ctx, env)
	if err != nil {
		return nil, err
	}
	c := newClimb(t.problem, t.held, t.heldField, f.Seed, func(a *attempt, i int) {
		values := map[string]float64{"tolerance": a.tolerance}
		if a.lawError < math.Inf(1) { // neither infinite nor NaN, which a law that escaped can give
			values["law_error"] = a.lawError
		}
		env.Progress(spec.Progress{Done: i, Total: mostAttempts, Unit: "attempt", Values: values})
		env.Logf("attempt %d: tolerance %.3g, %d nodes adapted %d times, %d modes, %d Newton steps to a gradient of %.1g: law_error %.3g, dlogz %.3g, max_weight %.3g", i, a.tolerance, a.nodes, a.proposal.rounds, a.law.modes, a.law.newton, a.law.gradient, a.lawError, a.dlogZ, a.maxWeight)
	})
	c.fixed = !f.Climb
	if err := t.exists(ctx, c.nodes); err != nil {
		return nil, err
	}
	if err := c.run(ctx, f.Tolerance); err != nil {
		return nil, err
	}
	if c.best == nil {
		return nil, c.failure()
	}
	out := &outcome{target: t, climb: c}
	if err := f.train(ctx, env, out); err != nil {
		return nil, err
	}
	return out.artifact(), nil
}

// train trains the flow on draws of the best law and draws from it.
func (f *Flow) train(ctx context.Context, env *spec.Env, out *outcome) error {
	best := out.climb.best
	pool, err := best.law.sample(ctx, env.Threads(), best.proposal, best.held, poolSize, f.Seed)
	if err != nil {
		return err
	}
	pool.w = best.law.base.learn(pool.w)
	mean, sd := best.law.moments(pool)
	t := &training{law: best.law, pool: pool, net: newNetwork(len(mean), f.Width), mean: mean, sd: sd,
		steps: f.Steps, batch: f.Batch, seed: f.Seed, threads: env.Threads()}
	parameters, err := t.run(ctx, func(step int, loss float64) {
		out.steps, out.losses = append(out.steps, int64(step)), append(out.losses, loss)
		env.Progress(spec.Progress{Done: step, Total: f.Steps, Unit: "step", Values: map[string]float64{"loss": loss}})
	})
	if err != nil {
		return err
	}
	out.flow = &flow{net: t.net, parameters: parameters, mean: mean, sd: sd}
	x, logFlow, err := out.flow.sample(ctx, env.Threads(), f.Samples, f.Seed)
	if err != nil {
		return err
	}
	out.logFlow = logFlow
	out.w, out.n = split(x, len(mean)-best.law.base.r, best.law.base.r)
	out.w = best.law.base.unlearn(out.w, out.logFlow)
	if err := f.correct(ctx, env, out); err != nil {
		return err
	}
	validated := *best.law
	validated.logZ = best.held.logZ // on nodes that it was not fitted to
	out.logLaw, err = validated.logDensity(ctx, env.Threads(), out.w, out.n)
	return err
}

// correct corrects the flow's field, and its draws.
func (f *Flow) correct(ctx context.Context, env *spec.Env, out *outcome) error {
	best := out.climb.best
	field, err := best.law.z.field(ctx, env.Threads(), best.held.w, best.held.mean, best.held.p, best.law.base.r)
	if err != nil {
		return err
	}
	if out.correction, err = best.law.correct(ctx, env.Threads(), out.flow, field, f.Seed); err != nil {
		return err
	}
	return out.correction.apply(ctx, env.Threads(), out.w, out.n)
}

// split takes points x = (w, n) apart.
func split(x []float64, d, r int) (w, n []float64) {
	for i := 0; i < len(x); i += d + r {
		w = append(w, x[i:i+d]...)
		n = append(n, x[i+d:i+d+r]...)
	}
	return w, n
}

// target is what the law must reproduce, in the gauge.
type target struct {
	gauge     *gauge
	inputs    int
	problem   *problem
	steps     []int // rows of the target's table states: collocation first, then held out
	rows      []float64
	held      *states
	heldField []float64
}

func (f *Flow) readTarget(ctx context.Context, env *spec.Env) (*target, error) {
	network, err := tables.ReadNetwork(env.Input("target"))
	if err != nil {
		return nil, err
	}
	if network.Phi != lrrnn.Tanh {
		return nil, fmt.Errorf("the target's neurons have the nonlinearity %v; the law's sums over neurons exist for any connectivity only where it is bounded: fit with nonlinearity = \"tanh\"", network.Phi)
	}
	visited, err := tables.ReadStates(env.Input("target"))
	if err != nil {
		return nil, err
	}
	if visited.Rank != network.Rank || visited.Inputs != network.Inputs {
		return nil, fmt.Errorf("the target's network has %d latents and %d inputs, its states have %d and %d", network.Rank, network.Inputs, visited.Rank, visited.Inputs)
	}
	if visited.Len() < f.States+100 {
		return nil, fmt.Errorf("the target visited %d states; %d to fit to and at least 100 others to validate on are needed", visited.Len(), f.States)
	}
	g, err := newGauge(visited, f.Whiten)
	if err != nil {
		return nil, err
	}
	b, err := f.base(g.network(network))
	if err != nil {
		return nil, err
	}
	t := &target{gauge: g, inputs: visited.Inputs}
	t.steps = rng.New(f.Seed, "states").Perm(visited.Len())[:min(visited.Len(), f.States+heldOutStates)]
	t.rows = g.rows(visited, t.steps)
	return t, t.fields(ctx, env.Threads(), g.network(network), b, f)
}

// fields computes the target's field and states the problem.
func (t *target) fields(ctx context.Context, threads int, n *lrrnn.Network, b *base, f *Flow) error {
	d := len(b.w)
	w := weights(n)
	z := newStates(t.rows[:f.States*d], d)
	t.held = newStates(t.rows[f.States*d:], d)
	fitted, err := z.field(ctx, threads, w, n.N, nil, n.Rank)
	if err != nil {
		return err
	}
	if t.heldField, err = t.held.field(ctx, threads, w, n.N, nil, n.Rank); err != nil {
		return err
	}
	if size := rms(fitted); !(size > 0) || math.IsInf(size, 0) {
		return errors.New("the target's field at its visited states is 0 or not finite, so there is no law to find")
	}
	t.problem = &problem{base: b, z: z, f: fitted, eps: f.Epsilon * rms(fitted), threads: threads}
	return nil
}

// base makes the base from the attributes, or from the network in the gauge.
func (f *Flow) base(n *lrrnn.Network) (*base, error) {
	scale := func(name string, given *float64, values []float64) (float64, error) {
		if given != nil {
			return *given, nil
		}
		if size := rms(values); size > 0 && !math.IsInf(size, 0) {
			return size, nil
		}
		return 0, fmt.Errorf("the target's root mean square of %s is 0 or not finite, so it cannot set the base's scale: give base_%s", name, name)
	}
	var err error
	b := &base{r: n.Rank}
	for _, c := range []struct {
		name   string
		given  *float64
		values []float64
		count  int
	}{{"m", f.BaseM, n.M, n.Rank}, {"B", f.BaseB, n.B, n.Inputs}, {"b", f.BaseBias, n.Bias, 1}} {
		if c.count == 0 {
			continue
		}
		var s float64
		if s, err = scale(c.name, c.given, c.values); err != nil {
			return nil, err
		}
		for range c.count {
			one := marginal.Marginal{Family: marginal.Gaussian, Scale: s}
			if c.name == "m" {
				if one, err = f.marginal(s); err != nil {
					return nil, err
				}
			}
			b.w = append(b.w, one)
		}
	}
	b.s, err = scale("n", f.BaseN, n.N)
	return b, err
}

// marginal is the base's of one coordinate of m.
func (f *Flow) marginal(scale float64) (marginal.Marginal, error) {
	out := marginal.Marginal{Scale: scale, Freedom: value(f.Freedom)}
	var err error
	switch {
	case f.Base != string(marginal.StudentT) && f.Freedom != nil:
		return out, fmt.Errorf("degrees_of_freedom belong to base = \"student_t\", not to %q", f.Base)
	case f.Base == string(marginal.StudentT) && !(out.Freedom >= 0.2 && out.Freedom <= 1e3):
		return out, errors.New("base = \"student_t\" needs degrees_of_freedom from 0.2 to 1000")
	}
	if out.Family, out.Freedom, err = marginal.ParseFamily(f.Base, out.Freedom); err != nil {
		return out, fmt.Errorf("base: %w", err)
	}
	return out, nil
}
