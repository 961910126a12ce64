package tables

import (
	"fmt"
	"strings"

	"reprise/artifacts"
	"reprise/stages/internal/law"
	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/marginal"
)

// ReadLaw reads a maximum-entropy law: the tables law, targets and coordinates.
func ReadLaw(a *artifacts.Artifact) (*law.Law, error) {
	nodes, err := a.Table("law")
	if err != nil {
		return nil, err
	}
	r := reader{table: nodes}
	l := &law.Law{}
	l.Nodes = r.points("node", "nbar")
	l.Rank, l.Inputs = l.Nodes.Rank, l.Nodes.Inputs
	l.Weight, _ = r.required("weight", "node")
	if r.err != nil {
		return nil, r.err
	}
	if l.Targets, err = ReadTargets(a); err != nil {
		return nil, err
	}
	if l.Targets.States.Rank != l.Rank || l.Targets.States.Inputs != l.Inputs {
		return nil, fmt.Errorf("the law's tables disagree on the numbers of latents and inputs")
	}
	targets, err := a.Table("targets")
	if err != nil {
		return nil, err
	}
	t := reader{table: targets}
	lambda, _ := t.required("lambda", "state", Latent)
	if t.err != nil {
		return nil, t.err
	}
	l.Lambda = lambda[:l.Targets.Fitted*l.Rank]
	return l, readBase(a, l)
}

// readBase reads the base.
func readBase(a *artifacts.Artifact, l *law.Law) error {
	table, err := a.Table("coordinates")
	if err != nil {
		return err
	}
	names, err := table.Strings("name")
	if err != nil {
		return err
	}
	base, err := table.Floats("base")
	if err != nil {
		return err
	}
	families, err := table.Strings("family")
	if err != nil {
		return err
	}
	freedom, err := table.Floats("freedom")
	if err != nil {
		return err
	}
	for i, name := range names {
		if strings.HasPrefix(name, "n") {
			l.Spread = base[i]
		} else {
			one := marginal.Marginal{Scale: base[i]}
			if one.Family, one.Freedom, err = marginal.ParseFamily(families[i], freedom[i]); err != nil {
				return fmt.Errorf("the base's family of %s: %w", name, err)
			}
			l.Base = append(l.Base, one)
		}
		if !(base[i] > 0) && !(base[i] == 0 && name == "b") {
			return fmt.Errorf("the base's scale of %s is %g, not above 0", name, base[i])
		}
	}
	if len(l.Base) != l.Rank+l.Inputs+1 || len(l.Base) > 16 || l.Spread == 0 {
		return fmt.Errorf("table coordinates has %d rows; m, B, b and n have %d latents and %d inputs, and at most 16 of m, B and b", len(names), l.Rank, l.Inputs)
	}
	return nil
}

// ReadTargets reads the table targets of a law: what was asked for, and where.
func ReadTargets(a *artifacts.Artifact) (t law.Targets, err error) {
	table, err := a.Table("targets")
	if err != nil {
		return t, err
	}
	r := reader{table: table}
	t.States = &lrrnn.States{}
	t.States.Kappa, t.States.Rank = r.required("kappa", "state", Latent)
	t.States.V, t.States.Inputs = r.optional("v", "state", Channel)
	t.Field, _ = r.required("field", "state", Latent)
	held, _ := r.required("held_out", "state")
	if r.err != nil {
		return t, r.err
	}
	for t.Fitted < len(held) && held[t.Fitted] == 0 {
		t.Fitted++
	}
	for _, h := range held[t.Fitted:] {
		if h == 0 {
			return t, fmt.Errorf("table targets has a state that the law was fitted to behind one that was held out")
		}
	}
	if len(t.Field) != len(t.States.Kappa) || t.Fitted == 0 || t.Fitted == len(held) {
		return t, fmt.Errorf("table targets needs states that the law was fitted to, and others, with a field of as many latents")
	}
	return t, nil
}

// ReadSamples reads the draws of a flow, table samples, as neurons.
func ReadSamples(a *artifacts.Artifact) (*lrrnn.Network, error) {
	table, err := a.Table("samples")
	if err != nil {
		return nil, err
	}
	r := reader{table: table}
	return r.points("sample", "n"), r.err
}

// points reads points (m, B, b, n) as neurons.
func (r *reader) points(row, n string) *lrrnn.Network {
	out := &lrrnn.Network{Neurons: r.table.Len()}
	out.M, out.Rank = r.required("m", row, Latent)
	out.N, _ = r.required(n, row, Latent)
	out.B, out.Inputs = r.optional("B", row, Channel)
	out.Bias, _ = r.required("b", row)
	if r.err == nil && len(out.N) != len(out.M) {
		r.err = fmt.Errorf("columns m and %s of table %s have different ranks", n, r.table.Name)
	}
	return out
}
