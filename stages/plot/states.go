package plot

import (
	"context"
	"errors"
	"fmt"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"reprise/artifacts"
	"reprise/stages/internal/dynamics"
	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/tables"
)

// gauge maps the network's latents to the coordinates of the field, and back.
type gauge struct{ to, back *mat.Dense }

// readGauge reads the table gauge of the field's stage (A: κ there = A κ of the
// network). Without that table the field is in the network's own coordinates.
func readGauge(in *artifacts.Artifact, rank int) (*gauge, error) {
	g := &gauge{identity(rank), identity(rank)}
	if !in.Has("gauge") {
		return g, nil
	}
	t, err := in.Table("gauge")
	if err != nil {
		return nil, err
	}
	a, err := t.Floats("A")
	if err != nil {
		return nil, err
	}
	if len(a) != rank*rank {
		return nil, fmt.Errorf("column A of table gauge has %d values, not those of a %d x %d matrix", len(a), rank, rank)
	}
	g.to.Copy(mat.NewDense(rank, rank, a))
	if err := g.back.Inverse(g.to); err != nil {
		return nil, fmt.Errorf("column A of table gauge has no inverse: %w", err)
	}
	return g, nil
}

// sameCoordinates refuses a field that has no gauge although its fixed points,
// given in both coordinates, say that it needs one.
func sameCoordinates(in *artifacts.Artifact) error {
	t, err := in.Table("fixed_points")
	if err != nil || in.Has("gauge") || !t.Has("kappa_target") {
		return err
	}
	here, err := t.Floats("kappa")
	if err != nil {
		return err
	}
	there, err := t.Floats("kappa_target")
	if err != nil {
		return err
	}
	if !floats.EqualApprox(here, there, 1e-9) {
		return errors.New("the field is not in the coordinates of the states, and its stage has no table gauge to map them")
	}
	return nil
}

// isIdentity tells whether the two coordinates are the same.
func (g *gauge) isIdentity() bool { return mat.Equal(g.to, identity(g.to.RawMatrix().Rows)) }

func identity(rank int) *mat.Dense {
	m := mat.NewDense(rank, rank, nil)
	for i := range rank {
		m.Set(i, i, 1)
	}
	return m
}

// times is a times each row of x (rows x rank).
func times(a *mat.Dense, x []float64) []float64 {
	rank, _ := a.Dims()
	out := make([]float64, len(x))
	for k := 0; k < len(x); k += rank {
		for i := range rank {
			for j := range rank {
				out[k+i] += a.At(i, j) * x[k+j]
			}
		}
	}
	return out
}

// readStates reads all states and, where it is known where trials begin, the trials.
func (s *scene) readStates(in, trialsIn *artifacts.Artifact, g *gauge) error {
	states, err := tables.ReadStates(in)
	if err != nil {
		return err
	}
	if states.Rank != s.rank {
		return fmt.Errorf("table states has %d latents, table field %d", states.Rank, s.rank)
	}
	if err := finite("table states", states.Kappa); err != nil {
		return err
	}
	s.visited = times(g.to, states.Kappa)
	if trialsIn == nil && in.Has("trials") {
		trialsIn = in
	}
	if trialsIn == nil {
		return nil
	}
	t, err := trialsIn.Table("trials")
	if err != nil {
		return err
	}
	return s.cut(t)
}

// cut takes the states apart into the trials of the table.
func (s *scene) cut(t *artifacts.Table) error {
	first, err := t.Ints("first_step")
	if err != nil {
		return err
	}
	steps, err := t.Ints("steps")
	if err != nil {
		return err
	}
	var choice []int64
	if t.Has("choice") {
		if choice, err = t.Ints("choice"); err != nil {
			return err
		}
	}
	total := int64(len(s.visited) / s.rank)
	for k := range first {
		if first[k] < 0 || steps[k] < 1 || first[k] > total-steps[k] {
			return fmt.Errorf("trial %d has %d steps from step %d on, but there are %d states: states and trials do not belong together", k, steps[k], first[k], total)
		}
		p := path{choice: -1, kappa: s.visited[int(first[k])*s.rank : int(first[k]+steps[k])*s.rank]}
		if choice != nil {
			p.choice = int(choice[k])
		}
		s.paths = append(s.paths, p)
	}
	return nil
}

// addNetwork adds the field and fixed points of the network in the states' own
// stage, where it has one, unless the input field has them already.
func (s *scene) addNetwork(ctx context.Context, threads int, in *artifacts.Artifact, g *gauge) error {
	if !in.Has("network") || s.fields[0].of == "target" {
		return nil
	}
	n, err := tables.ReadNetwork(in)
	if err != nil {
		return err
	}
	if n.Rank != s.rank {
		return fmt.Errorf("table network has rank %d, table field %d latents", n.Rank, s.rank)
	}
	kappa := s.gridPoints()
	own := times(g.back, kappa)
	f, still := make([]float64, len(own)), make([]float64, n.Inputs)
	for k := 0; k < len(own); k += s.rank {
		if err := ctx.Err(); err != nil {
			return err
		}
		n.Field(f[k:k+s.rank], own[k:k+s.rank], still)
	}
	title := "network"
	if in.Has("history") { // of a training
		title = "fitted network"
	}
	others := s.fields
	s.fields = nil
	s.addField("target", title, kappa, times(g.to, f))
	s.fields = append(s.fields, others...)
	return s.addNetworkPoints(ctx, threads, n, g, own)
}

// addNetworkPoints finds the network's fixed points, from the grid's points and
// from the other fields' fixed points.
func (s *scene) addNetworkPoints(ctx context.Context, threads int, n *lrrnn.Network, g *gauge, grid []float64) error {
	const coarse = 48 // about as many starts from the grid
	var starts [][]float64
	points := len(grid) / s.rank
	for k := 0; k < points; k += max(1, points/coarse) {
		starts = append(starts, grid[k*s.rank:(k+1)*s.rank])
	}
	for _, p := range s.points {
		starts = append(starts, times(g.back, p.kappa))
	}
	still := make([]float64, n.Inputs)
	found, err := dynamics.FixedPoints(ctx, threads,
		func(dst, kappa []float64) { n.Field(dst, kappa, still) },
		func(dst, kappa []float64) { n.Jacobian(dst, kappa, still) }, starts)
	if err != nil {
		return err
	}
	for _, p := range found {
		s.points = append(s.points, fixedPoint{"target", times(g.to, p.Kappa), p.Stable()})
	}
	return nil
}

// gridPoints are the grid's points (points x rank), latents without an axis at 0.
func (s *scene) gridPoints() []float64 {
	columns, rows := len(s.axes[0]), 1
	if len(s.axes) > 1 {
		rows = len(s.axes[1])
	}
	out := make([]float64, columns*rows*s.rank)
	for k := range columns * rows {
		out[k*s.rank] = s.axes[0][k%columns]
		if len(s.axes) > 1 {
			out[k*s.rank+1] = s.axes[1][k/columns]
		}
	}
	return out
}
