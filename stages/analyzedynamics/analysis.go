package analyzedynamics

import (
	"context"
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
	field   *field
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
	f, err := newField(s.network, input)
	if err != nil {
		return nil, err
	}
	a := &analysis{of: s.of, network: s.network, field: f, kappa: s.kappa, extent: make([]float64, r.rank)}
	for i, k := range s.kappa {
		a.extent[i%r.rank] = max(a.extent[i%r.rank], math.Abs(k))
	}
	for i, x := range a.extent {
		if !(x > 0) || math.IsInf(x, 0) {
			a.extent[i] = 1 // never moved, or not finite: any scale will do
		}
	}
	if err := a.findPoints(ctx, r.threads); err != nil {
		return nil, err
	}
	if r.rank > 1 {
		if a.cycles, err = dynamics.Cycles(ctx, r.threads, f.at, f.jacobian, a.visited(4), dynamics.Stable(a.points)); err != nil {
			return nil, err
		}
	}
	if r.rank == 2 {
		a.ring, a.hasRing, err = dynamics.FindRing(ctx, r.threads, f.at, f.jacobian, r.angles, math.Hypot(a.extent[0], a.extent[1]))
	}
	return a, err
}

// findPoints looks for fixed points until their indices add up, at most three times.
func (a *analysis) findPoints(ctx context.Context, threads int) error {
	perLatent := []int{0, 41, 15, 7, 5}
	side := 3
	if r := a.network.Rank; r < len(perLatent) {
		side = perLatent[r]
	}
	starts := append(a.visited(32), a.box(side, 1.5)...)
	for round := range 3 {
		var err error
		if a.points, err = dynamics.FixedPoints(ctx, threads, a.field.at, a.field.jacobian, starts); err != nil {
			return err
		}
		a.indexSum = 0
		for _, p := range a.points {
			a.indexSum += p.Index()
		}
		if a.indexSum == 1 {
			return nil
		}
		// Finer, and as wide as fixed points can lie: |F| ≤ E|n| where |φ| ≤ 1.
		side = 2*side - 1
		starts = append(starts, a.box(side, 1.5)...)
		starts = append(starts, a.box(side/(2-round%2), max(1.5, a.reach()))...)
		if len(starts) > 20000 {
			return nil
		}
	}
	return nil
}

// reach is how far out fixed points can lie, relative to the extent.
func (a *analysis) reach() float64 {
	r := a.network.Rank
	sums := make([]float64, r)
	for i, n := range a.network.N {
		sums[i%r] += math.Abs(n) / float64(a.network.Neurons)
	}
	far := 0.0
	for c, s := range sums {
		far = max(far, s/a.extent[c])
	}
	return min(far, 100)
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

// box is a grid of side points a latent, which reaches as far as the states times far.
func (a *analysis) box(side int, far float64) [][]float64 {
	r := a.network.Rank
	total := 1
	for range r {
		total *= side
	}
	out := make([][]float64, 0, total)
	for i := range total {
		p := make([]float64, r)
		for c, at := 0, i; c < r; c, at = c+1, at/side {
			p[c] = far * a.extent[c] * (2*float64(at%side)/float64(side-1) - 1)
		}
		out = append(out, p)
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
		a.field.at(got, kappa)
		truth.field.at(want, kappa)
		for c, x := range want {
			diff += (got[c] - x) * (got[c] - x)
			size += x * x
		}
	}
	return math.Sqrt(diff / size)
}
