package perturb

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"reprise/artifacts"
	"reprise/stages/internal/dynamics"
	"reprise/stages/internal/law"
	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/rng"
	"reprise/stages/internal/tables"
)

// seedOf is the seed of a draw.
func seedOf(seed, draw int) int {
	return int(rng.New(seed, fmt.Sprintf("perturbed network %d", draw)).Uint64() >> 1)
}

// identifiedPart is the network with P n for n.
func identifiedPart(n *lrrnn.Network, at *lrrnn.States, tolerance float64) (*lrrnn.Network, error) {
	m, err := law.NewModes(n, nil, at, tolerance)
	if err != nil {
		return nil, err
	}
	out := *n
	out.N = m.Project(mat.NewDense(n.Neurons, n.Rank, n.N)).RawMatrix().Data
	return &out, nil
}

// outcome collects what is found.
type outcome struct {
	perturb *Perturb
	subject *subject
	threads int

	above        *float64         // size above which neurons of a law are silenced; nil of a network
	predicted    []*lrrnn.Network // perturbed, one a draw; of a law all the same
	simulated    []*lrrnn.Network
	fields       [3][]float64 // intact, predicted, simulated (of the first draw), at the states
	unidentified []float64    // of each state
	points       points
	metrics      map[string]float64
}

// apply perturbs a network in the way of one draw.
func (o *outcome) apply(n *lrrnn.Network, average bool, seed int) (*lrrnn.Network, []float64) {
	p := o.perturb
	keep, input := p.keep(n, o.above, average, seed), make([]float64, n.Neurons)
	if p.Input != 0 {
		for i, s := range p.direction(n, seed) {
			input[i] = p.Input * s
		}
	}
	return perturbed(n, keep, input), keep
}

// simulate compares predicted with simulated fields.
func (o *outcome) simulate(ctx context.Context) error {
	p, s := o.perturb, o.subject
	if p.Silence != "" && p.Silence != "random" && s.average {
		above := threshold(s.intact, p.Silence, p.Fraction, s.weight)
		o.above = &above
	}
	fieldOf := func(n *lrrnn.Network) ([]float64, error) {
		return n.Fields(ctx, o.threads, s.states.Kappa, s.states.V)
	}
	var err error
	if o.fields[0], err = fieldOf(s.intact); err != nil {
		return err
	}
	var errs, scaled, silent float64
	for i, n := range s.networks {
		seed := seedOf(p.Seed, i)
		after, keep := o.apply(n, false, seed)
		o.simulated = append(o.simulated, after)
		for _, left := range keep {
			if left == 0 {
				silent += 1 / float64(len(keep)*len(s.networks))
			}
		}
		simulated, err := fieldOf(after)
		if err != nil {
			return err
		}
		switch {
		case !s.average:
			o.predicted = append(o.predicted, perturbed(s.intact, keep, inputOf(after, n)))
		case i == 0:
			of, _ := o.apply(s.intact, true, seed)
			o.predicted = append(o.predicted, of)
		default:
			o.predicted = append(o.predicted, o.predicted[0])
		}
		predicted, err := fieldOf(o.predicted[i])
		if err != nil {
			return err
		}
		if i == 0 {
			o.fields[1], o.fields[2] = predicted, simulated
		}
		e := relative(predicted, simulated)
		errs += e * e / float64(len(s.networks))
		byScale := make([]float64, len(simulated))
		for k, f := range o.fields[0] {
			byScale[k] = (1 - p.Fraction) * f
		}
		e = relative(byScale, simulated)
		scaled += e * e / float64(len(s.networks))
	}
	if p.Silence != "" {
		o.metrics["silenced"] = silent
	}
	o.metrics["field_error"] = math.Sqrt(errs)
	o.metrics["effect"] = relative(o.fields[1], o.fields[0])
	if p.Silence == "random" && p.Input == 0 && !s.average {
		o.metrics["scaled_error"] = math.Sqrt(scaled)
	}
	return nil
}

// inputOf is by how much the thresholds differ.
func inputOf(after, before *lrrnn.Network) []float64 {
	out := make([]float64, len(before.Bias))
	for i, b := range before.Bias {
		out[i] = after.Bias[i] - b
	}
	return out
}

// identify tells of each state which share of the prediction the intact field
// leaves open.
func (o *outcome) identify(context.Context) error {
	s := o.subject
	m, err := law.NewModes(s.reference, nil, s.basis, o.perturb.Tolerance)
	if err != nil {
		return err
	}
	after, keep := o.apply(s.reference, s.average, seedOf(o.perturb.Seed, 0))
	h := mat.NewDense(after.Neurons, s.states.Len(), nil)
	for t := range s.states.Len() {
		kappa, v := s.states.At(t)
		for i, k := range keep {
			if k != 0 {
				x, _ := after.Phi.Value(after.Drive(i, kappa, v))
				h.Set(i, t, k*x)
			}
		}
	}
	rest := m.Project(h)
	rest.Sub(h, rest)
	var all, open, most float64
	for t := range s.states.Len() {
		a, b := mat.Norm(h.ColView(t), 2), mat.Norm(rest.ColView(t), 2)
		share := 0.0
		if a > 0 {
			share = b / a
		}
		o.unidentified = append(o.unidentified, share)
		all, open, most = all+a*a, open+b*b, max(most, share)
	}
	if all > 0 {
		o.metrics["unidentified"] = math.Sqrt(open / all)
		o.metrics["max_unidentified"] = most
	}
	return nil
}

// fixedPoints finds those of the intact, predicted and simulated fields.
func (o *outcome) fixedPoints(ctx context.Context) error {
	s := o.subject
	starts := [][]float64{make([]float64, s.states.Rank)}
	few := some(s.states, 16, 0)
	for t := range few.Len() {
		kappa, _ := few.At(t)
		starts = append(starts, kappa)
	}
	extent := dynamics.Extent(s.states.Kappa, s.states.Rank)
	find := func(of string, draw int, n *lrrnn.Network) ([]dynamics.Point, error) {
		f := n.Autonomous(nil)
		found, _, err := dynamics.Search(ctx, o.threads, f.Field, f.Jacobian, starts, extent, f.Bound())
		o.points.add(of, draw, found)
		return dynamics.Stable(found), err
	}
	if _, err := find("intact", 0, s.intact); err != nil {
		return err
	}
	var predicted, simulated attractors
	worst, both := 0.0, false
	for i, n := range o.simulated {
		if i == 0 || o.predicted[i] != o.predicted[i-1] {
			found, err := find("predicted", i, o.predicted[i])
			if err != nil {
				return err
			}
			predicted.add(found)
		}
		found, err := find("simulated", i, n)
		if err != nil {
			return err
		}
		simulated.add(found)
		for _, p := range predicted.last {
			if len(found) > 0 {
				worst, both = max(worst, nearest(p, found)), true
			}
		}
	}
	predicted.metrics("", o.metrics)
	simulated.metrics("simulated_", o.metrics)
	if both {
		o.metrics["fixed_point_error"] = worst
	}
	if f, ok := critical(s.intact, rms(o.fields[0])); ok {
		o.metrics["critical_fraction"] = f
	}
	return nil
}

// attractors counts the stable fixed points of several networks.
type attractors struct {
	last              []dynamics.Point
	networks, resting int // all, and those with a stable fixed point
	count, norm       float64
}

func (a *attractors) add(found []dynamics.Point) {
	a.last = found
	a.networks++
	a.count += float64(len(found))
	if len(found) > 0 {
		a.resting++
		a.norm += largest(found)
	}
}

// metrics sets their mean number and mean largest norm.
func (a *attractors) metrics(prefix string, to map[string]float64) {
	to[prefix+"stable_fixed_points"] = a.count / float64(a.networks)
	if a.resting > 0 {
		to[prefix+"stable_norm"] = a.norm / float64(a.resting)
	}
}

// nearest is the distance to the nearest of the points.
func nearest(p dynamics.Point, among []dynamics.Point) float64 {
	least := math.Inf(1)
	for _, q := range among {
		least = min(least, dynamics.Distance(p.Kappa, q.Kappa))
	}
	return least
}

// largest is the largest |κ| of the points.
func largest(points []dynamics.Point) float64 {
	top := 0.0
	for _, p := range points {
		top = max(top, dynamics.Distance(p.Kappa, make([]float64, len(p.Kappa))))
	}
	return top
}

// atRest is how large the field at the origin may be beside its root mean square at
// the states for the origin to count as a state of rest: finite networks with a
// symmetric law have a little.
const atRest = 0.05

// critical is the fraction of random neurons whose silencing makes the origin
// stable: (1−f) times the largest real part of DF's eigenvalues there is 1. ok is
// false where it is stable already, or no state of rest beside a field of that size.
func critical(n *lrrnn.Network, size float64) (fraction float64, ok bool) {
	origin := make([]float64, n.Rank)
	n.Field(origin, make([]float64, n.Rank), make([]float64, n.Inputs))
	if rms(origin) > atRest*size {
		return 0, false
	}
	slope := make([]float64, n.Rank*n.Rank)
	n.Jacobian(slope, make([]float64, n.Rank), make([]float64, n.Inputs))
	var eigen mat.Eigen
	if !eigen.Factorize(mat.NewDense(n.Rank, n.Rank, slope), mat.EigenNone) {
		return 0, false
	}
	top := math.Inf(-1)
	for _, v := range eigen.Values(nil) {
		top = max(top, real(v))
	}
	return 1 - 1/top, top > 1
}

func rms(x []float64) float64 { return floats.Norm(x, 2) / math.Sqrt(float64(len(x))) }

// relative is the root mean square of got-want over that of want; 0 over 0 is 0.
func relative(got, want []float64) float64 {
	diff, size := 0.0, 0.0
	for i, x := range want {
		diff += (got[i] - x) * (got[i] - x)
		size += x * x
	}
	if diff == 0 {
		return 0
	}
	return math.Sqrt(diff / size)
}

// points gathers the rows of the table fixed_points.
type points struct {
	kappa, rate []float64
	stable      []uint8
	of          []string
	draw        []int64
}

func (p *points) add(of string, draw int, found []dynamics.Point) {
	for _, f := range found {
		stable := uint8(0)
		if f.Stable() {
			stable = 1
		}
		p.kappa, p.rate, p.stable = append(p.kappa, f.Kappa...), append(p.rate, f.Rate), append(p.stable, stable)
		p.of, p.draw = append(p.of, of), append(p.draw, int64(draw))
	}
}

// artifact is all that was found.
func (o *outcome) artifact() *artifacts.Artifact {
	s := o.subject.states
	latent := artifacts.Dim{Name: tables.Latent, Size: s.Rank}
	columns := []artifacts.Column{artifacts.Floats("kappa", "", s.Kappa, latent)}
	if s.Inputs > 0 {
		columns = append(columns, artifacts.Floats("v", "", s.V, artifacts.Dim{Name: tables.Channel, Size: s.Inputs}))
	}
	for i, name := range []string{"intact", "predicted", "simulated"} {
		columns = append(columns, artifacts.Floats(name, "", o.fields[i], latent))
	}
	columns = append(columns, artifacts.Floats("unidentified", "", o.unidentified))
	p := o.points
	out := artifacts.New(artifacts.NewTable("field", artifacts.Dim{Name: "state", Size: s.Len()}, columns...),
		artifacts.NewTable("fixed_points", artifacts.Dim{Name: "point", Size: len(p.of)},
			artifacts.Floats("kappa", "", p.kappa, latent), artifacts.Floats("rate", "1/tau", p.rate), artifacts.Bytes("stable", "", p.stable),
			artifacts.Strings("of", p.of), artifacts.Ints("draw", "", p.draw)))
	for name, x := range o.metrics {
		if !math.IsNaN(x) && !math.IsInf(x, 0) { // such as an error relative to a field of 0
			out.SetMetric(name, x)
		}
	}
	return out
}
