package maxentflow

import (
	"math"
	"strconv"

	"reprise/artifacts"
	"reprise/stages/internal/marginal"
	"reprise/stages/internal/tables"
)

// outcome is all that a run found, on its way into an artifact.
type outcome struct {
	target *target
	climb  *climb
	flow   *flow

	correction *correction // of the flow

	steps  []int64 // of training
	losses []float64

	w, n            []float64 // draws of the flow
	logFlow, logLaw []float64
}

func (o *outcome) artifact() *artifacts.Artifact {
	a := artifacts.New(o.samples(), o.law(), o.targets(), o.gauge(), o.coordinates(), o.attempts(),
		artifacts.NewTable("training", artifacts.Dim{Name: "report", Size: len(o.steps)}, artifacts.Ints("step", "", o.steps), artifacts.Floats("loss", "", o.losses)),
		o.parameters())
	best := o.climb.best
	kl, entropy := make([]float64, len(o.logFlow)), 0.0
	for i, l := range o.logFlow {
		kl[i] = l - o.logLaw[i]
		entropy -= l / float64(len(o.logFlow))
	}
	mean, se := meanAndError(kl)
	for name, value := range map[string]float64{
		"law_error": best.lawError, "constraint_residual": best.law.residual,
		"kl_law": best.law.kl, "kl_flow": mean, "kl_flow_se": se, "correction": o.correction.size,
		"entropy": entropy, "entropy_law": best.law.entropy,
		"dlogz": best.dlogZ, "max_weight": best.maxWeight,
		"newton": float64(best.law.newton), "gradient": best.law.gradient, "modes": float64(best.law.modes), "tolerance": best.tolerance, "nodes": float64(best.nodes),
	} {
		a.SetMetric(name, value)
	}
	return a
}

// meanAndError is the mean of x and its standard error.
func meanAndError(x []float64) (mean, se float64) {
	n := float64(len(x))
	for _, v := range x {
		mean += v / n
	}
	for _, v := range x {
		se += (v - mean) * (v - mean)
	}
	return mean, math.Sqrt(se / (n - 1) / n)
}

func (o *outcome) latent() artifacts.Dim {
	return artifacts.Dim{Name: tables.Latent, Size: o.target.problem.base.r}
}

func (o *outcome) channel() artifacts.Dim {
	return artifacts.Dim{Name: tables.Channel, Size: o.target.inputs}
}

// columns returns the columns of points w = (m, B, b), or of states (κ, v, 1)
// without the last, under the names given; "" leaves one out, and so does a
// network without inputs.
func (o *outcome) columns(w []float64, latent, channel, last string) []artifacts.Column {
	r, u := o.latent().Size, o.target.inputs
	var first, second, third []float64
	for i := 0; i < len(w); i += r + u + 1 {
		first = append(first, w[i:i+r]...)
		second = append(second, w[i+r:i+r+u]...)
		third = append(third, w[i+r+u])
	}
	out := []artifacts.Column{artifacts.Floats(latent, "", first, o.latent())}
	if u > 0 {
		out = append(out, artifacts.Floats(channel, "", second, o.channel()))
	}
	if last != "" {
		out = append(out, artifacts.Floats(last, "", third))
	}
	return out
}

func (o *outcome) samples() *artifacts.Table {
	return artifacts.NewTable("samples", artifacts.Dim{Name: "sample", Size: len(o.logFlow)},
		append(o.columns(o.w, "m", "B", "b"),
			artifacts.Floats("n", "", o.n, o.latent()),
			artifacts.Floats("log_density_flow", "nat", o.logFlow),
			artifacts.Floats("log_density_law", "nat", o.logLaw))...)
}

func (o *outcome) law() *artifacts.Table {
	held := o.climb.best.held
	return artifacts.NewTable("law", artifacts.Dim{Name: "node", Size: held.size()},
		append(o.columns(held.w, "m", "B", "b"),
			artifacts.Floats("nbar", "", held.mean, o.latent()),
			artifacts.Floats("weight", "", held.p))...)
}

func (o *outcome) targets() *artifacts.Table {
	t := o.target
	fitted := t.problem.z.count
	steps, held := make([]int64, len(t.steps)), make([]uint8, len(t.steps))
	for i, s := range t.steps {
		steps[i] = int64(s)
		if i >= fitted {
			held[i] = 1
		}
	}
	lambda := make([]float64, len(t.steps)*o.latent().Size)
	copy(lambda, o.climb.best.law.lambda)
	shift := make([]float64, len(lambda))
	copy(shift, o.correction.shift)
	field := append(append([]float64{}, t.problem.f...), t.heldField...)
	return artifacts.NewTable("targets", artifacts.Dim{Name: "state", Size: len(steps)},
		append(o.columns(t.rows, "kappa", "v", ""),
			artifacts.Floats("field", "", field, o.latent()),
			artifacts.Bytes("held_out", "", held),
			artifacts.Floats("lambda", "", lambda, o.latent()),
			artifacts.Floats("shift", "", shift, o.latent()),
			artifacts.Ints("step", "", steps))...)
}

func (o *outcome) gauge() *artifacts.Table {
	g := o.target.gauge
	columns := []artifacts.Column{artifacts.Floats("A", "", g.a.RawMatrix().Data, o.latent(), artifacts.Dim{Name: "target_latent", Size: o.latent().Size})}
	if o.target.inputs > 0 {
		columns = append(columns, artifacts.Floats("input_scale", "", g.scales, o.channel()))
	}
	return artifacts.NewTable("gauge", artifacts.Dim{Name: "gauge", Size: 1}, columns...)
}

func (o *outcome) coordinates() *artifacts.Table {
	b := o.target.problem.base
	var names []string
	number := func(name string, count int) {
		for i := range count {
			names = append(names, name+strconv.Itoa(i+1))
		}
	}
	number("m", b.r)
	number("B", o.target.inputs)
	names = append(names, "b")
	number("n", b.r)
	all := append([]marginal.Marginal{}, b.w...)
	for range b.r {
		all = append(all, marginal.Marginal{Family: marginal.Gaussian, Scale: b.s})
	}
	var families []string
	var scales, freedom, mean, sd []float64
	at := 0
	for _, m := range all {
		families, scales, freedom = append(families, string(m.Family)), append(scales, m.Scale), append(freedom, m.Freedom)
		if m.Scale == 0 { // a coordinate that is always 0 is not the flow's
			mean, sd = append(mean, 0), append(sd, 0)
			continue
		}
		mean, sd = append(mean, o.flow.mean[at]), append(sd, o.flow.sd[at])
		at++
	}
	return artifacts.NewTable("coordinates", artifacts.Dim{Name: "coordinate", Size: len(names)},
		artifacts.Strings("name", names), artifacts.Strings("family", families), artifacts.Floats("base", "", scales), artifacts.Floats("freedom", "", freedom),
		artifacts.Floats("mean", "", mean), artifacts.Floats("sd", "", sd))
}

func (o *outcome) attempts() *artifacts.Table {
	floats := func(name string, of func(*attempt) float64) artifacts.Column {
		var v []float64
		for _, a := range o.climb.attempts {
			v = append(v, of(a))
		}
		return artifacts.Floats(name, "", v)
	}
	ints := func(name string, of func(*attempt) int) artifacts.Column {
		var v []int64
		for _, a := range o.climb.attempts {
			v = append(v, int64(of(a)))
		}
		return artifacts.Ints(name, "", v)
	}
	return artifacts.NewTable("attempts", artifacts.Dim{Name: "attempt", Size: len(o.climb.attempts)},
		floats("tolerance", func(a *attempt) float64 { return a.tolerance }),
		ints("nodes", func(a *attempt) int { return a.nodes }),
		ints("adapted", func(a *attempt) int { return a.proposal.rounds }),
		ints("modes", func(a *attempt) int { return a.law.modes }),
		ints("newton", func(a *attempt) int { return a.law.newton }),
		floats("gradient", func(a *attempt) float64 { return a.law.gradient }),
		floats("law_error", func(a *attempt) float64 { return a.lawError }),
		floats("dlogz", func(a *attempt) float64 { return a.dlogZ }),
		floats("max_weight", func(a *attempt) float64 { return a.maxWeight }),
		floats("kl", func(a *attempt) float64 { return a.law.kl }),
		ints("accepted", func(a *attempt) int {
			if a.accepted {
				return 1
			}
			return 0
		}))
}

// parameters is the table flow.
func (o *outcome) parameters() *artifacts.Table {
	net := o.flow.net
	var layers, inputs, outputs []int64
	var values []float64
	for k, l := range net.layers {
		for i := range l.in + 1 {
			input := int64(i)
			if i == l.in {
				input = -1
			}
			for j := range l.out {
				layers, inputs, outputs = append(layers, int64(k)), append(inputs, input), append(outputs, int64(j))
				values = append(values, o.flow.parameters[l.weights+i*l.stride+j])
			}
		}
	}
	return artifacts.NewTable("flow", artifacts.Dim{Name: "parameter", Size: len(values)},
		artifacts.Ints("layer", "", layers), artifacts.Ints("input", "", inputs), artifacts.Ints("output", "", outputs),
		artifacts.Floats("value", "", values))
}
