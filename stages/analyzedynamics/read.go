package analyzedynamics

import (
	"errors"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"

	"reprise/artifacts"
	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/tables"
)

// subject is what is analyzed: a network, or the nodes of a law as one.
type subject struct {
	of      string // target, law, flow or truth
	network *lrrnn.Network
	kappa   []float64  // states that it visited, or was made for, T x R
	steps   []int      // their rows in the table states of those trials; nil: row by row
	toHere  *mat.Dense // κ here = map κ of the network in its own coordinates
}

// readSubject reads a flow, or a network with its states.
func readSubject(from *artifacts.Artifact, part string) (*subject, error) {
	if _, err := from.Table("law"); err == nil {
		return readFlow(from, part)
	}
	if _, err := from.Table("network"); err != nil {
		return nil, errors.New("of needs a stage that gives the table law, as maxent_flow does, or the tables network and states, as a simulation and a fit do")
	}
	return readNetwork(from, "target")
}

func readNetwork(from *artifacts.Artifact, of string) (*subject, error) {
	network, err := tables.ReadNetwork(from)
	if err != nil {
		return nil, err
	}
	states, err := tables.ReadStates(from)
	if err != nil {
		return nil, err
	}
	if states.Rank != network.Rank || states.Inputs != network.Inputs {
		return nil, fmt.Errorf("the network has %d latents and %d inputs, its states have %d and %d", network.Rank, network.Inputs, states.Rank, states.Inputs)
	}
	network.B = slices.Clone(network.B) // which may be the artifact's own
	s := &subject{of: of, network: network, kappa: states.Kappa, toHere: identity(network.Rank)}
	if r := (&reader{from: from}); r.has("gauge", "A") { // drawn from a law
		if err := s.leaveGauge(r); err != nil {
			return nil, err
		}
	}
	return s, s.check()
}

// check refuses what has no dynamics.
func (s *subject) check() error {
	if s.network.Neurons == 0 || len(s.kappa) == 0 {
		return fmt.Errorf("the %s has no neurons or no states", s.of)
	}
	if s.network.Rank > 8 {
		return fmt.Errorf("the %s has %d latents; at most 8 are analyzed", s.of, s.network.Rank)
	}
	return nil
}

// reader reads columns of an artifact's tables and keeps the first error.
type reader struct {
	from *artifacts.Artifact
	err  error
}

func (r *reader) array(table, column string, dims ...string) artifacts.Array {
	var out artifacts.Array
	t, err := r.from.Table(table)
	if err == nil {
		out, err = t.Array(column, dims...)
	}
	if err != nil && r.err == nil {
		r.err = err
	}
	return out
}

func (r *reader) has(table, column string) bool {
	t, err := r.from.Table(table)
	return err == nil && t.Has(column)
}

// readFlow reads the law of a flow, or its samples, and takes it out of the gauge.
func readFlow(from *artifacts.Artifact, part string) (*subject, error) {
	r := &reader{from: from}
	table, row, n := "law", "node", "nbar"
	if part == "flow" {
		table, row, n = "samples", "sample", "n"
	}
	m := r.array(table, "m", row, tables.Latent)
	if r.err != nil {
		return nil, r.err
	}
	net := &lrrnn.Network{Neurons: m.Size(row), Rank: m.Size(tables.Latent), M: m.Data}
	net.N = append([]float64{}, r.array(table, n, row, tables.Latent).Data...)
	net.Bias = r.array(table, "b", row).Data
	if r.has(table, "B") {
		b := r.array(table, "B", row, tables.Channel)
		net.B, net.Inputs = append([]float64{}, b.Data...), b.Size(tables.Channel)
	}
	if part == "law" {
		// n of a node counts as often as its weight says.
		for i, w := range r.array("law", "weight", "node").Data {
			for c := range net.Rank {
				net.N[i*net.Rank+c] *= w * float64(net.Neurons)
			}
		}
	}
	kappa := r.array("targets", "kappa", "state", tables.Latent)
	steps := r.array("targets", "step", "state").Data
	if r.err != nil {
		return nil, r.err
	}
	if len(net.N) != len(net.M) || kappa.Size(tables.Latent) != net.Rank {
		return nil, errors.New("the flow's tables disagree on the number of latents")
	}
	s := &subject{of: part, network: net, kappa: append([]float64{}, kappa.Data...), toHere: identity(net.Rank)}
	for _, x := range steps {
		s.steps = append(s.steps, int(x))
	}
	if err := s.leaveGauge(r); err != nil {
		return nil, err
	}
	return s, s.check()
}

// leaveGauge takes a subject from the gauge of a law into the coordinates of the network
// that the law was made for.
func (s *subject) leaveGauge(r *reader) error {
	rank, inputs := s.network.Rank, s.network.Inputs
	a := r.array("gauge", "A", "gauge", tables.Latent, "target_latent")
	if r.err != nil {
		return r.err
	}
	if len(a.Data) != rank*rank {
		return errors.New("the tables of the law's gauge disagree on the number of latents")
	}
	if inputs > 0 {
		scale := r.array("gauge", "input_scale", "gauge", tables.Channel).Data
		if r.err != nil || len(scale) != inputs {
			return errors.Join(errors.New("the tables of the law's gauge disagree on the number of inputs"), r.err)
		}
		for i := range s.network.B {
			s.network.B[i] /= scale[i%inputs]
		}
	}
	inverse := new(mat.Dense)
	if err := inverse.Inverse(mat.NewDense(rank, rank, a.Data)); err != nil {
		return fmt.Errorf("the law's gauge has no inverse: %w", err)
	}
	if err := s.transform(inverse); err != nil {
		return err
	}
	s.toHere = identity(rank)
	return nil
}

// transform changes coordinates, κ → A κ: n → A n, m → A^{-T} m (method.md, P1).
func (s *subject) transform(a *mat.Dense) error {
	inverse := new(mat.Dense)
	if err := inverse.Inverse(a); err != nil {
		return fmt.Errorf("the map between latents has no inverse: %w", err)
	}
	n := *s.network
	n.M, n.N = make([]float64, len(s.network.M)), make([]float64, len(s.network.N))
	lrrnn.Transform(n.M, s.network.M, inverse.T())
	lrrnn.Transform(n.N, s.network.N, a)
	kappa := make([]float64, len(s.kappa))
	lrrnn.Transform(kappa, s.kappa, a)
	s.network, s.kappa = &n, kappa
	product := new(mat.Dense)
	product.Mul(a, s.toHere)
	s.toHere = product
	return nil
}

// align takes the subject into the truth's coordinates: the least-squares map
// between the states that both have.
func (s *subject) align(truth *subject) error {
	rank := s.network.Rank
	var paired []float64
	count := len(truth.kappa) / rank
	if s.steps == nil {
		if len(s.kappa) != len(truth.kappa) {
			return fmt.Errorf("there are %d states and %d of the truth: they are not of the same trials; align = \"none\" compares them as they are", len(s.kappa)/rank, count)
		}
		paired = truth.kappa
	}
	for _, t := range s.steps {
		if t < 0 || t >= count {
			return fmt.Errorf("the flow was made for a state at step %d, the truth has %d steps: they are not of the same trials; align = \"none\" compares them as they are", t, count)
		}
		paired = append(paired, truth.kappa[t*rank:(t+1)*rank]...)
	}
	rows := len(paired) / rank
	var l mat.Dense // κ_truthᵀ ≈ κᵀ L
	err := l.Solve(mat.NewDense(rows, rank, s.kappa), mat.NewDense(rows, rank, paired))
	if err != nil {
		return errors.New("the latents do not span as many dimensions as they are, so they cannot be mapped onto the truth's")
	}
	return s.transform(mat.DenseCopyOf(l.T()))
}

func identity(r int) *mat.Dense {
	d := mat.NewDense(r, r, nil)
	for i := range r {
		d.Set(i, i, 1)
	}
	return d
}
