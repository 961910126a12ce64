// Package analyzedynamics is the kind analyze_dynamics: what a network, or a law
// of networks, does in the long run. It works from the tables that other kinds
// write and shares no code with what made them.
package analyzedynamics

import (
	"context"
	"errors"
	"fmt"
	"math"

	"reprise/artifacts"
	"reprise/spec"
)

// Kind is analyze_dynamics.
var Kind = spec.Kind{
	Name: "analyze_dynamics",
	Doc: `Finds fixed points, limit cycles and rings of τ dκ/dt = −κ + F(κ, v), v constant, and compares them with those of the truth.

The field F is that of any network (simulated or fitted), or the mean field of maxent_flow's law or of its samples. Fixed points: by
Newton's method from a grid and from visited states. Where F is bounded the indices of all of them add up to 1; where those found do
not, the search goes on with finer and wider grids, and index_sum says how it ended. Limit cycles: those that attract, up to periods of
100 τ, by the return to a section and Newton's method on the period, with Floquet's multipliers. Rings, of two latents: the outermost
closed curve around 0 along which states neither approach 0 nor leave it, the speed along it (drift) and across.

All is in the coordinates of the network that the law was made for, not in the law's gauge, also of a network that was drawn from a law; with a truth and align = "states", in the
truth's, onto which latents are mapped linearly by least squares over the states that both have. Time is in units of τ.
Metrics that speak of what is not there are left out.`,
	New: func() spec.Method { return &Analyze{Part: "law", Align: "states", Angles: 64} },
	Tables: []spec.Gives{
		{Name: "field", Doc: "F on a grid of the first two latents (one for rank 1), the others 0: kappa, a column named for what was analyzed (target, law or flow), and truth where given"},
		{Name: "fixed_points", Doc: "kappa, rate of growth, eigenvalues (real[latent], imaginary[latent]), stable, and of what (target, law, flow, truth)"},
		{Name: "cycles", Doc: "a row a limit cycle: period, radius and its sd over time, floquet, and of what"},
		{Name: "orbits", Doc: "their points, evenly spaced in time: cycle, a row of cycles; time; kappa[latent]"},
		{Name: "ring", Doc: "a row a direction: angle, radius, drift (speed along the ring), rate (growth of a radial disturbance), and of what; no rows where there is no ring"},
		{Name: "gauge", Doc: "one row: A with kappa here = A kappa of the network that the law was made for, or that was analyzed"},
	},
	Metrics: []spec.Gives{
		{Name: "fixed_points", Doc: "number of fixed points"},
		{Name: "stable_fixed_points", Doc: "number of stable ones"},
		{Name: "index_sum", Doc: "sum of the signs of det(I − DF) over the fixed points: 1 where none was missed, or some were in cancelling pairs"},
		{Name: "stable_norm_min", Doc: "smallest |κ| of a stable fixed point"},
		{Name: "stable_norm_max", Doc: "largest |κ| of a stable fixed point"},
		{Name: "slowest_rate", Doc: "largest rate of a stable fixed point: near 0 where a direction hardly returns"},
		{Name: "cycles", Doc: "number of limit cycles"},
		{Name: "period", Doc: "period of the largest"},
		{Name: "cycle_radius", Doc: "mean of |κ| along it"},
		{Name: "cycle_radius_sd", Doc: "standard deviation of |κ| along it"},
		{Name: "floquet", Doc: "what a turn multiplies the slowest disturbance of it by; it attracts below 1"},
		{Name: "ring_radius", Doc: "mean radius of the ring"},
		{Name: "ring_radius_sd", Doc: "standard deviation of its radius over directions"},
		{Name: "ring_drift", Doc: "mean speed along the ring"},
		{Name: "ring_drift_max", Doc: "largest speed along it"},
		{Name: "ring_rate", Doc: "mean rate at which a radial disturbance grows"},
		{Name: "truth_error", Doc: "relative error of the field against the truth's, at up to 2000 of the states that the truth visited"},
		{Name: "truth_stable_fixed_points", Doc: "number of stable fixed points of the truth"},
		{Name: "attractor_error", Doc: "largest distance from a stable fixed point of the truth to the nearest one found"},
		{Name: "truth_period", Doc: "period of the truth's largest limit cycle"},
		{Name: "period_error", Doc: "relative error of the period"},
		{Name: "truth_cycle_radius", Doc: "mean radius of the truth's largest limit cycle"},
		{Name: "cycle_radius_error", Doc: "relative error of the mean radius"},
		{Name: "truth_ring_radius", Doc: "mean radius of the truth's ring"},
		{Name: "ring_radius_error", Doc: "relative error of the mean radius"},
		{Name: "truth_ring_drift", Doc: "mean speed along the truth's ring"},
	},
}

// Analyze holds the attributes of analyze_dynamics.
type Analyze struct {
	Of     spec.Ref  `hcl:"of" doc:"Stage with a network and the states that it visited, or with a flow."`
	Part   string    `hcl:"part,optional" doc:"What of a flow: its law, or its samples (flow)."`
	Truth  spec.Ref  `hcl:"truth,optional" needs:"network,states" doc:"Stage with the network to compare with."`
	Align  string    `hcl:"align,optional" doc:"states: map latents onto the truth's by the states of the trials that both saw; none: they are the truth's already."`
	Input  []float64 `hcl:"input,optional" doc:"Constant filtered input v, a number a channel, as the network's table states has it; an empty list means 0."`
	Angles int       `hcl:"angles,optional" doc:"Directions in which the ring is looked for."`
}

// Check refuses attributes outside their range.
func (a *Analyze) Check() error {
	finite := true
	for _, v := range a.Input {
		finite = finite && !math.IsNaN(v) && !math.IsInf(v, 0)
	}
	return errors.Join(
		spec.Require(a.Part == "law" || a.Part == "flow", "part is law or flow, not %q", a.Part),
		spec.Require(a.Align == "states" || a.Align == "none", "align is states or none, not %q", a.Align),
		spec.Require(finite, "input is a list of finite numbers"),
		spec.Require(a.Angles >= 4 && a.Angles <= 4096, "angles is a whole number from 4 to 4096, not %d", a.Angles),
	)
}

// Run analyzes.
func (a *Analyze) Run(ctx context.Context, env *spec.Env) (*artifacts.Artifact, error) {
	s, err := readSubject(env.Input("of"), a.Part)
	if err != nil {
		return nil, err
	}
	r := &report{metrics: map[string]float64{}, rank: s.network.Rank, threads: env.Threads(), angles: a.Angles}
	var truth *subject
	if in := env.Input("truth"); in != nil {
		if truth, err = readNetwork(in, "truth"); err != nil {
			return nil, err
		}
		if truth.network.Rank != s.network.Rank || truth.network.Inputs != s.network.Inputs {
			return nil, fmt.Errorf("the truth has %d latents and %d inputs, what is to be compared with it %d and %d", truth.network.Rank, truth.network.Inputs, s.network.Rank, s.network.Inputs)
		}
		if a.Align == "states" {
			if err := s.align(truth); err != nil {
				return nil, err
			}
		}
	}
	r.gauge = s.toHere
	parts := 2
	if truth != nil {
		parts++
	}
	own, err := r.analyze(ctx, s, a.Input)
	if err != nil {
		return nil, err
	}
	r.own(own)
	env.Progress(spec.Progress{Done: 1, Total: parts, Unit: "part"})
	if truth != nil {
		t, err := r.analyze(ctx, truth, a.Input)
		if err != nil {
			return nil, err
		}
		r.compare(own, t)
		env.Progress(spec.Progress{Done: 2, Total: parts, Unit: "part"})
	}
	r.grid()
	env.Progress(spec.Progress{Done: parts, Total: parts, Unit: "part"})
	return r.artifact(), ctx.Err()
}
