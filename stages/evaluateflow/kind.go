// Package evaluateflow is the kind evaluate_flow: how well a maximum-entropy law
// and the flow trained on it reproduce the field they were made for, and, where
// the network behind the data is known, its field and its attractors. It works
// from the flow's tables alone and shares no code with what made them.
package evaluateflow

import (
	"context"
	"math"

	"reprise/artifacts"
	"reprise/spec"
)

// Kind is evaluate_flow.
var Kind = spec.Kind{
	Name: "evaluate_flow",
	Doc: `Measures a law of connectivity and its flow: errors of their mean fields, densities, fixed points, and the truth where it is known.

Fields, quantiles and distances are computed anew from the flow's tables, which tell densities and weights. The truth is compared in its own coordinates: its latents are
mapped linearly onto the flow's by least squares over the states that both have, paired by the step of the trials they belong to.
Metrics that speak of what is not there (a truth, a stable fixed point, a field to be relative to) are left out.`,
	New: func() spec.Method { return &Evaluate{} },
	Tables: []spec.Gives{
		{Name: "fixed_points", Doc: "fixed points of the mean field without input: kappa in the flow's gauge, kappa_target in the target's coordinates, rate of growth, stable, and of what (law, flow, truth)"},
		{Name: "field", Doc: "mean fields without input on a grid of the first two latents (one for rank 1), the others 0, in the flow's gauge: law, flow and, where given, truth"},
		{Name: "gauge", Doc: "the flow's gauge, passed on: one row, A with kappa in the gauge = A kappa of the target, and input_scale"},
	},
	Metrics: []spec.Gives{
		{Name: "law_error", Doc: "relative error of the law's field at held-out states against the target's"},
		{Name: "pointwise_error", Doc: "largest relative error of the law's field at a held-out state, |F - F'|/|F'|"},
		{Name: "m_error_50", Doc: "relative error of the flow's median of |m|, against the law's"},
		{Name: "m_error_90", Doc: "the same of the quantile with 90 % below it"},
		{Name: "m_error_99", Doc: "the same of the quantile with 99 % below it"},
		{Name: "weight_moment", Doc: "E|nbar||m| of the law"},
		{Name: "weight_bound", Doc: "what any law with the target's field must have of it at least: the largest |F(kappa) - F(kappa')|/|kappa - kappa'| of two held-out states; without inputs"},
		{Name: "constraint_residual", Doc: "the same at the states that the law was fitted to, on held-out nodes"},
		{Name: "flow_error", Doc: "relative error of the field of the flow's samples at held-out states; with S samples it cannot be much below C/sqrt(S)"},
		{Name: "kl_law", Doc: "relative entropy of the law from its base, as the flow's stage gives it"},
		{Name: "kl_flow", Doc: "relative entropy of the flow from the law, nats"},
		{Name: "kl_flow_se", Doc: "standard error of kl_flow"},
		{Name: "energy_distance", Doc: "squared energy distance of the flow's samples from draws of the law, in coordinates of unit variance: 0 for equal laws, without bias, so that it can be negative; it sees less than kl_flow"},
		{Name: "entropy", Doc: "entropy of the flow, nats"},
		{Name: "dlogz", Doc: "log normaliser on held-out nodes less that of the fit, as the flow's stage gives it"},
		{Name: "max_weight", Doc: "largest weight of a held-out node"},
		{Name: "fixed_points", Doc: "number of fixed points of the law's mean field without input"},
		{Name: "stable_fixed_points", Doc: "number of stable ones"},
		{Name: "stable_norm_min", Doc: "smallest |kappa| of a stable fixed point, in the target's coordinates"},
		{Name: "stable_norm_max", Doc: "largest |kappa| of a stable fixed point, in the target's coordinates"},
		{Name: "truth_error", Doc: "relative error of the law's field against the truth's at held-out states"},
		{Name: "truth_stable_fixed_points", Doc: "number of stable fixed points of the truth"},
		{Name: "attractor_error", Doc: "largest distance from a stable fixed point of the truth to the nearest one of the law, in the truth's coordinates"},
	},
}

// Evaluate holds the attributes of evaluate_flow.
type Evaluate struct {
	Flow  spec.Ref `hcl:"flow" needs:"samples,law,targets,coordinates,gauge" doc:"Stage with the law and its flow."`
	Truth spec.Ref `hcl:"truth,optional" needs:"network,states" doc:"Stage with the network that made the data, at the states of the same trials."`
}

// Run measures.
func (*Evaluate) Run(ctx context.Context, env *spec.Env) (*artifacts.Artifact, error) {
	f, err := readFlow(env.Input("flow"))
	if err != nil {
		return nil, err
	}
	e := &evaluation{flow: f, threads: env.Threads(), metrics: map[string]float64{}}
	if in := env.Input("truth"); in != nil {
		if e.truth, err = readTruth(in, f.step); err != nil {
			return nil, err
		}
		if e.toTruth, e.fromTruth, err = align(f.kappa, f.rank, e.truth.states.Kappa, e.truth.states.Rank); err != nil {
			return nil, err
		}
	}
	e.densities()
	given := env.Input("flow").Metrics()
	for _, name := range []string{"kl_law", "dlogz"} {
		if x, ok := given[name]; ok {
			e.metrics[name] = x
		}
	}
	parts := []func(context.Context) error{e.fields, e.tails, e.energyDistance, e.truthField, e.fixedPoints, e.grid}
	for i, part := range parts {
		if err := part(ctx); err != nil {
			return nil, err
		}
		env.Progress(spec.Progress{Done: i + 1, Total: len(parts), Unit: "part"})
	}
	gauge, err := env.Input("flow").Table("gauge")
	if err != nil {
		return nil, err
	}
	out := artifacts.New(e.pointsTable, e.fieldTable, gauge)
	for name, x := range e.metrics {
		if !math.IsNaN(x) && !math.IsInf(x, 0) { // such as an error relative to a field of 0
			out.SetMetric(name, x)
		}
	}
	return out, nil
}

// densities measures what the log densities and weights say.
func (e *evaluation) densities() {
	n := float64(len(e.flow.logFlow))
	mean, entropy, square := 0.0, 0.0, 0.0
	for i, l := range e.flow.logFlow {
		mean += (l - e.flow.logLaw[i]) / n
		entropy -= l / n
	}
	for i, l := range e.flow.logFlow {
		d := l - e.flow.logLaw[i] - mean
		square += d * d
	}
	e.metrics["kl_flow"], e.metrics["entropy"] = mean, entropy
	if n > 1 {
		e.metrics["kl_flow_se"] = math.Sqrt(square / (n - 1) / n)
	}
	top := 0.0
	for _, w := range e.flow.weight {
		top = max(top, w)
	}
	e.metrics["max_weight"] = top
}
