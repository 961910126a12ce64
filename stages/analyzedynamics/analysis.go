package analyzedynamics

import (
	"context"
	"fmt"
	"math"
	"slices"

	"reprise/stages/internal/dynamics"
	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/rng"
)

// analysis is what one network does.
type analysis struct {
	of      string
	network *lrrnn.Network
	field   *lrrnn.Autonomous
	kappa   []float64 // visited states
	extent  []float64 // largest |κ| of each latent over them

	points   []dynamics.Point
	indexSum int
	cycles   []dynamics.Cycle
	ring     dynamics.Ring
	hasRing  bool
}

// analyze finds all that a subject does under the constant input.
func (r *report) analyze(ctx context.Context, s *subject, input []float64) (*analysis, error) {
	if len(input) != 0 && len(input) != s.network.Inputs {
		return nil, fmt.Errorf("input has %d numbers, and the network %d inputs", len(input), s.network.Inputs)
	}
	f := s.network.Autonomous(input)
	a := &analysis{of: s.of, network: s.network, field: f, kappa: s.kappa, extent: dynamics.Extent(s.kappa, r.rank)}
	var err error
	if a.points, a.indexSum, err = dynamics.Search(ctx, r.threads, f.Field, f.Jacobian, a.visited(32), a.extent, f.Bound()); err != nil {
		return nil, err
	}
	if r.rank > 1 {
		if a.cycles, err = dynamics.Cycles(ctx, r.threads, f.Field, f.Jacobian, a.visited(4), dynamics.Stable(a.points)); err != nil {
			return nil, err
		}
	}
	if r.rank == 2 {
		a.ring, a.hasRing, err = dynamics.FindRing(ctx, r.threads, f.Field, f.Jacobian, r.angles, math.Hypot(a.extent[0], a.extent[1]))
	}
	return a, err
}

// visited are states spread over those that were visited, and the origin.
func (a *analysis) visited(count int) [][]float64 {
	r := a.network.Rank
	states := len(a.kappa) / r
	out := [][]float64{make([]float64, r)}
	order := rng.New(1, "visited states").Perm(states)[:min(states, count)]
	slices.Sort(order)
	for _, t := range order {
		out = append(out, a.kappa[t*r:(t+1)*r])
	}
	return out
}

// stable are the stable fixed points.
func (a *analysis) stable() []dynamics.Point { return dynamics.Stable(a.points) }

// errorAgainst is the relative error of the field at states spread over those
// that the truth visited.
func (a *analysis) errorAgainst(truth *analysis) float64 {
	const most = 2000
	got, want := make([]float64, a.network.Rank), make([]float64, a.network.Rank)
	diff, size := 0.0, 0.0
	for _, kappa := range truth.visited(most)[1:] {
		a.field.Field(got, kappa)
		truth.field.Field(want, kappa)
		for c, x := range want {
			diff += (got[c] - x) * (got[c] - x)
			size += x * x
		}
	}
	return math.Sqrt(diff / size)
}
