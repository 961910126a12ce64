package evaluateflow

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"

	"reprise/artifacts"
	"reprise/stages/internal/dynamics"
	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/tables"
)

// evaluation collects what is measured.
type evaluation struct {
	flow               *flow
	truth              *truth     // nil where none is given
	toTruth, fromTruth *mat.Dense // κ_truth ≈ toTruth κ, and back
	threads            int

	metrics                 map[string]float64
	pointsTable, fieldTable *artifacts.Table
}

// choose returns the states (and the target's field there) that are held out,
// or those that are not.
func (f *flow) choose(held bool) (kappa, v, field []float64) {
	for t, h := range f.held {
		if h == held {
			kappa = append(kappa, f.kappa[t*f.rank:(t+1)*f.rank]...)
			v = append(v, f.v[t*f.inputs:(t+1)*f.inputs]...)
			field = append(field, f.field[t*f.rank:(t+1)*f.rank]...)
		}
	}
	return kappa, v, field
}

// fields compares the fields of law and flow with the target's.
func (e *evaluation) fields(ctx context.Context) error {
	for _, c := range []struct {
		metric  string
		network *lrrnn.Network
		held    bool
	}{
		{"law_error", e.flow.law, true},
		{"constraint_residual", e.flow.law, false},
		{"flow_error", e.flow.samples, true},
	} {
		kappa, v, want := e.flow.choose(c.held)
		if len(kappa) == 0 {
			continue
		}
		got, err := c.network.Fields(ctx, e.threads, kappa, v)
		if err != nil {
			return err
		}
		e.metrics[c.metric] = relativeError(got, want)
	}
	return nil
}

// truthField compares the law's field, as a function of the truth's latents,
// with the truth's at the held-out states.
func (e *evaluation) truthField(ctx context.Context) error {
	if e.truth == nil {
		return nil
	}
	s := e.truth.states
	var kappa, v, own, ownV []float64
	for t, held := range e.flow.held {
		if held {
			k, u := s.At(t)
			own, ownV = append(own, k...), append(ownV, u...)
			kappa = append(kappa, apply(e.fromTruth, k)...)
			v = append(v, e.flow.v[t*e.flow.inputs:(t+1)*e.flow.inputs]...)
		}
	}
	if len(own) == 0 {
		return nil
	}
	got, err := e.flow.law.Fields(ctx, e.threads, kappa, v)
	if err != nil {
		return err
	}
	want, err := e.truth.network.Fields(ctx, e.threads, own, ownV)
	if err != nil {
		return err
	}
	e.metrics["truth_error"] = relativeError(applyRows(e.toTruth, got), want)
	return nil
}

// starts for Newton's method: the origin and states that were visited.
func (f *flow) starts() [][]float64 {
	out := [][]float64{make([]float64, f.rank)}
	states := len(f.kappa) / f.rank
	const count = 16
	for i := range count {
		t := i * states / count
		out = append(out, f.kappa[t*f.rank:(t+1)*f.rank])
	}
	return out
}

// pointsOf finds the fixed points of a network without input, from starts in its
// own coordinates.
func pointsOf(ctx context.Context, threads int, n *lrrnn.Network, starts [][]float64, extent []float64) ([]dynamics.Point, error) {
	f := n.Autonomous(nil)
	found, _, err := dynamics.Search(ctx, threads, f.Field, f.Jacobian, starts, extent, f.Bound())
	return found, err
}

// fixedPoints finds those of law, flow and truth.
func (e *evaluation) fixedPoints(ctx context.Context) error {
	rows := &points{}
	toTarget, err := pseudoinverse(e.flow.a)
	if err != nil {
		return err
	}
	starts, extent := e.flow.starts(), dynamics.Extent(e.flow.kappa, e.flow.rank)
	law, err := pointsOf(ctx, e.threads, e.flow.law, starts, extent)
	if err != nil {
		return err
	}
	e.metrics["fixed_points"] = float64(len(law))
	stable := dynamics.Stable(law)
	e.metrics["stable_fixed_points"] = float64(len(stable))
	for i, p := range stable {
		size := dynamics.Distance(apply(toTarget, p.Kappa), make([]float64, e.flow.rank))
		if i == 0 || size < e.metrics["stable_norm_min"] {
			e.metrics["stable_norm_min"] = size
		}
		e.metrics["stable_norm_max"] = max(e.metrics["stable_norm_max"], size)
	}
	rows.add("law", law, nil, toTarget)
	flow, err := pointsOf(ctx, e.threads, e.flow.samples, starts, extent)
	if err != nil {
		return err
	}
	rows.add("flow", flow, nil, toTarget)
	if e.truth != nil {
		if err := e.attractors(ctx, rows, starts, stable, toTarget); err != nil {
			return err
		}
	}
	e.pointsTable = rows.table(e.flow.rank)
	return nil
}

// attractors compares the truth's stable fixed points with the law's.
func (e *evaluation) attractors(ctx context.Context, rows *points, starts [][]float64, law []dynamics.Point, toTarget *mat.Dense) error {
	var own [][]float64
	for _, s := range starts {
		own = append(own, apply(e.toTruth, s))
	}
	found, err := pointsOf(ctx, e.threads, e.truth.network, own, dynamics.Extent(e.truth.states.Kappa, e.truth.states.Rank))
	if err != nil {
		return err
	}
	rows.add("truth", found, e.fromTruth, toTarget)
	stable := dynamics.Stable(found)
	e.metrics["truth_stable_fixed_points"] = float64(len(stable))
	if len(law) == 0 || len(stable) == 0 {
		return nil
	}
	worst := 0.0
	for _, p := range stable {
		nearest := math.Inf(1)
		for _, q := range law {
			nearest = min(nearest, dynamics.Distance(p.Kappa, apply(e.toTruth, q.Kappa)))
		}
		worst = max(worst, nearest)
	}
	e.metrics["attractor_error"] = worst
	return nil
}

// points gathers the rows of the table fixed_points.
type points struct {
	kappa, target, rate []float64
	stable              []uint8
	of                  []string
}

// add appends points in the coordinates that toGauge maps to the flow's (nil:
// they are the flow's).
func (p *points) add(of string, found []dynamics.Point, toGauge, toTarget *mat.Dense) {
	for _, f := range found {
		kappa := f.Kappa
		if toGauge != nil {
			kappa = apply(toGauge, kappa)
		}
		p.kappa = append(p.kappa, kappa...)
		p.target = append(p.target, apply(toTarget, kappa)...)
		p.rate = append(p.rate, f.Rate)
		stable := uint8(0)
		if f.Stable() {
			stable = 1
		}
		p.stable = append(p.stable, stable)
		p.of = append(p.of, of)
	}
}

func (p *points) table(rank int) *artifacts.Table {
	latent := artifacts.Dim{Name: tables.Latent, Size: rank}
	return artifacts.NewTable("fixed_points", artifacts.Dim{Name: "point", Size: len(p.of)},
		artifacts.Floats("kappa", "", p.kappa, latent), artifacts.Floats("kappa_target", "", p.target, latent),
		artifacts.Floats("rate", "1/tau", p.rate), artifacts.Bytes("stable", "", p.stable), artifacts.Strings("of", p.of))
}

// grid lays out the mean fields without input for a picture.
func (e *evaluation) grid(ctx context.Context) error {
	extent := dynamics.Extent(e.flow.kappa, e.flow.rank)
	rows := []artifacts.Dim{{Name: "x", Size: 201}}
	if e.flow.rank > 1 {
		rows = []artifacts.Dim{{Name: "y", Size: 31}, {Name: "x", Size: 31}}
	}
	last := rows[len(rows)-1].Size
	total := last
	if len(rows) > 1 {
		total *= rows[0].Size
	}
	kappa := make([]float64, total*e.flow.rank)
	at := func(i, size int) float64 { return 1.2 * (2*float64(i)/float64(size-1) - 1) }
	for t := range total {
		kappa[t*e.flow.rank] = at(t%last, last) * extent[0]
		if len(rows) > 1 {
			kappa[t*e.flow.rank+1] = at(t/last, rows[0].Size) * extent[1]
		}
	}
	latent := artifacts.Dim{Name: tables.Latent, Size: e.flow.rank}
	columns := []artifacts.Column{artifacts.Floats("kappa", "", kappa, latent)}
	for _, c := range []struct {
		name    string
		network *lrrnn.Network
	}{{"law", e.flow.law}, {"flow", e.flow.samples}} {
		f, err := c.network.Fields(ctx, e.threads, kappa, nil)
		if err != nil {
			return err
		}
		columns = append(columns, artifacts.Floats(c.name, "", f, latent))
	}
	if e.truth != nil {
		f, err := e.truth.network.Fields(ctx, e.threads, applyRows(e.toTruth, kappa), nil)
		if err != nil {
			return err
		}
		columns = append(columns, artifacts.Floats("truth", "", applyRows(e.fromTruth, f), latent))
	}
	e.fieldTable = artifacts.NewGrid("field", rows, columns...)
	return nil
}
