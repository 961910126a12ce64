package plot

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"reprise/artifacts"
	"reprise/spec"
	"reprise/stages/internal/tables"
)

// scene is what a phase portrait shows, all in the coordinates of the input field.
type scene struct {
	rank     int
	whitened bool        // these are the coordinates of a gauge, not the network's own
	axes     [][]float64 // the grid's values of the first latent and, but for rank 1, the second; ascending
	fields   []meanField
	points   []fixedPoint
	visited  []float64 // all states, step x rank
	paths    []path    // the trials; nil where they are not known
}

// meanField is dκ/dt on the grid, for the latents of its axes.
type meanField struct {
	of    string // target, law, flow, truth
	title string
	rate  [][]float64 // for each axis, a value a point, second latent by first
}

// fixedPoint is a fixed point of a mean field.
type fixedPoint struct {
	of     string
	kappa  []float64
	stable bool
}

// path is the latents in one trial.
type path struct {
	choice int       // 1 right, 0 left, −1 not known
	kappa  []float64 // step x rank
}

// titles of mean fields, in the order of their panels.
var titles = []struct{ of, title string }{{"target", "network"}, {"law", "maximum-entropy law"}, {"flow", "flow"}, {"truth", "truth"}}

// readScene reads all that a phase portrait shows.
func readScene(ctx context.Context, env *spec.Env) (*scene, error) {
	s := &scene{}
	in := env.Input("field")
	if err := s.readFields(in); err != nil {
		return nil, err
	}
	if err := s.readPoints(in); err != nil {
		return nil, err
	}
	g, err := readGauge(in, s.rank)
	if err != nil {
		return nil, err
	}
	s.whitened = !g.isIdentity()
	states := env.Input("states")
	if states == nil {
		return s, nil
	}
	if err := sameCoordinates(in); err != nil {
		return nil, err
	}
	if err := s.readStates(states, env.Input("trials"), g); err != nil {
		return nil, err
	}
	return s, s.addNetwork(ctx, env.Threads(), states, g)
}

// readFields reads the table field: rows are a grid, the last dimension for the
// first latent, the one before it for the second; a column of F per mean field.
func (s *scene) readFields(in *artifacts.Artifact) error {
	t, err := in.Table("field")
	if err != nil {
		return err
	}
	if len(t.Rows) > 2 || slices.ContainsFunc(t.Rows, func(d artifacts.Dim) bool { return d.Size < 2 }) {
		return errors.New("table field needs a grid of one or two latents, at least two points along each")
	}
	var dims []string
	for _, d := range t.Rows {
		dims = append(dims, d.Name)
	}
	dims = append(dims, tables.Latent)
	kappa, err := t.Array("kappa", dims...)
	if err != nil {
		return err
	}
	s.rank = kappa.Size(tables.Latent)
	if min(s.rank, 2) != len(t.Rows) {
		return fmt.Errorf("table field is a grid of %d dimensions for %d latents: one latent needs one, more need two", len(t.Rows), s.rank)
	}
	if err := s.readAxes(kappa.Data, t.Rows); err != nil {
		return err
	}
	for _, named := range titles {
		if !t.Has(named.of) {
			continue
		}
		f, err := t.Array(named.of, dims...)
		if err != nil {
			return err
		}
		if len(f.Data) != len(kappa.Data) {
			return fmt.Errorf("column %s of table field has not as many latents as kappa", named.of)
		}
		if err := finite("column "+named.of+" of table field", f.Data); err != nil {
			return err
		}
		s.addField(named.of, named.title, kappa.Data, f.Data)
	}
	if len(s.fields) == 0 {
		return errors.New("table field has none of the columns target, law, flow, truth: there is nothing to draw")
	}
	return nil
}

// readAxes reads the grid's axes from its points and sees that it is one.
func (s *scene) readAxes(kappa []float64, rows []artifacts.Dim) error {
	columns := rows[len(rows)-1].Size
	s.axes = make([][]float64, len(rows))
	for i := range columns {
		s.axes[0] = append(s.axes[0], kappa[i*s.rank])
	}
	if len(rows) > 1 {
		for j := range rows[0].Size {
			s.axes[1] = append(s.axes[1], kappa[j*columns*s.rank+1])
		}
	}
	for a, axis := range s.axes {
		for k := range len(kappa) / s.rank {
			i := k % columns
			if a == 1 {
				i = k / columns
			}
			if kappa[k*s.rank+a] != axis[i] || i > 0 && !(axis[i] > axis[i-1]) {
				return fmt.Errorf("table field is no grid: latent %d must ascend along its own dimension of the rows and along no other", a+1)
			}
		}
	}
	return nil
}

// addField adds dκ/dt = −κ + F(κ) at the grid's points.
func (s *scene) addField(of, title string, kappa, f []float64) {
	m := meanField{of: of, title: title, rate: make([][]float64, len(s.axes))}
	for a := range s.axes {
		for k := a; k < len(f); k += s.rank {
			m.rate[a] = append(m.rate[a], f[k]-kappa[k])
		}
	}
	s.fields = append(s.fields, m)
}

func (s *scene) readPoints(in *artifacts.Artifact) error {
	t, err := in.Table("fixed_points")
	if err != nil {
		return err
	}
	kappa, err := t.Array("kappa", t.Rows[0].Name, tables.Latent)
	if err != nil {
		return err
	}
	stable, err := t.Ints("stable")
	if err != nil {
		return err
	}
	of, err := t.Strings("of")
	if err != nil {
		return err
	}
	if kappa.Size(tables.Latent) != s.rank {
		return fmt.Errorf("table fixed_points has %d latents, table field %d", kappa.Size(tables.Latent), s.rank)
	}
	for i := range of {
		s.points = append(s.points, fixedPoint{of[i], kappa.Data[i*s.rank : (i+1)*s.rank], stable[i] != 0})
	}
	return finite("table fixed_points", kappa.Data)
}

// finite refuses numbers that cannot be drawn.
func finite(what string, values []float64) error {
	for _, x := range values {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Errorf("%s has a value that is not finite: %v", what, x)
		}
	}
	return nil
}

// hidden names the latents beyond the second, for a label: "κ₃" or "κ₃ … κ₅".
func (s *scene) hidden() string {
	if s.rank == 3 {
		return latent(3)
	}
	return latent(3) + " … " + latent(s.rank)
}

// latent is the symbol of the i-th latent, from 1.
func latent(i int) string {
	var b strings.Builder
	b.WriteString("κ")
	for _, digit := range fmt.Sprint(i) {
		b.WriteRune('₀' + digit - '0')
	}
	return b.String()
}
