package dynamics

import (
	"cmp"
	"context"
	"math"
	"math/cmplx"
	"slices"

	"gonum.org/v1/gonum/mat"

	"reprise/stages/internal/parallel"
)

// Cycle is a periodic orbit.
type Cycle struct {
	Period      float64
	Orbit       []float64    // points x R, evenly spaced in time, the last one before the first comes again
	Multipliers []complex128 // Floquet's, R of them: what a turn multiplies disturbances by; one is 1
}

// Radius is the mean of |κ| over time, and its standard deviation.
func (c Cycle) Radius() (mean, sd float64) {
	r := len(c.Multipliers)
	n := float64(len(c.Orbit) / r)
	for i := 0; i < len(c.Orbit); i += r {
		mean += norm(c.Orbit[i:i+r]) / n
	}
	for i := 0; i < len(c.Orbit); i += r {
		d := norm(c.Orbit[i:i+r]) - mean
		sd += d * d / n
	}
	return mean, math.Sqrt(sd)
}

// Floquet is the largest size of a multiplier other than the one that is 1: the
// cycle attracts where it is below 1.
func (c Cycle) Floquet() float64 {
	trivial := 0
	for i, m := range c.Multipliers {
		if cmplx.Abs(m-1) < cmplx.Abs(c.Multipliers[trivial]-1) {
			trivial = i
		}
	}
	top := 0.0
	for i, m := range c.Multipliers {
		if i != trivial {
			top = max(top, cmplx.Abs(m))
		}
	}
	return top
}

const (
	settling  = 60   // how long a path runs before it is looked at
	maxPeriod = 100  // the longest period that is found
	coarse    = 0.05 // time step on the way to a cycle
	fine      = 0.03 // longest time step of its refinement
	nearby    = 0.05 // how near to its start a path comes again, relative to how far it went
	resting   = 1e-6 // speed of a path that is at rest, relative to the extent
)

// Cycles finds periodic orbits that attract: it lets the network run from each
// start for 60 τ, waits for the path to come through the same section, the plane
// across its velocity, and solves κ(T) = κ(0) for κ and T by Newton's method with
// the tangent map. rest are fixed points known to be stable, where paths end.
// Cycles that repel, or longer than 100 τ, are not found. Cycles come largest
// first. The other arguments are those of [FixedPoints].
func Cycles(ctx context.Context, threads int, field, jacobian Field, starts [][]float64, rest []Point) ([]Cycle, error) {
	extent := 0.0
	for _, s := range starts {
		extent = max(extent, norm(s))
	}
	s := &search{ctx: ctx, field: field, jacobian: jacobian, rest: rest, extent: extent}
	returns := make([]*candidate, len(starts))
	parallel.For(len(starts), threads, func(i int) { returns[i] = s.recurrence(starts[i]) })
	var out []Cycle
	for _, c := range returns {
		// Most paths end on the same cycle, and refining is what takes long.
		known := func(d Cycle) bool { return d.passes(c.kappa) }
		if c == nil || slices.ContainsFunc(out, known) {
			continue
		}
		if found := s.refine(c.kappa, c.period); found != nil && !slices.ContainsFunc(out, func(d Cycle) bool { return d.passes(found.Orbit[:len(c.kappa)]) }) {
			out = append(out, *found)
		}
	}
	slices.SortStableFunc(out, func(a, b Cycle) int {
		ra, _ := a.Radius()
		rb, _ := b.Radius()
		return cmp.Compare(rb, ra)
	})
	return out, ctx.Err()
}

// passes tells whether the orbit passes a point, as near as its own points lie
// to each other.
func (c Cycle) passes(kappa []float64) bool {
	r := len(kappa)
	gap, nearest := 0.0, math.Inf(1)
	for i := 0; i < len(c.Orbit); i += r {
		at, next := c.Orbit[i:i+r], c.Orbit[(i+r)%len(c.Orbit):][:r]
		gap = max(gap, Distance(at, next))
		nearest = min(nearest, Distance(at, kappa))
	}
	return nearest <= gap
}

// candidate is a point that a path came back to, and after what time.
type candidate struct {
	kappa  []float64
	period float64
}

// search looks for cycles.
type search struct {
	ctx             context.Context
	field, jacobian Field
	rest            []Point
	extent          float64
}

// ends tells that a path is at rest, or will be.
func (s *search) ends(kappa, velocity []float64) bool {
	speed := norm(velocity)
	return !(speed > resting*s.extent) || norm(kappa) > 1e3*s.extent || s.ctx.Err() != nil ||
		slices.ContainsFunc(s.rest, func(p Point) bool { return Distance(p.Kappa, kappa) < 1e-3*s.extent })
}

// recurrence is a point that the path from a start comes back to; nil where it
// comes to rest, or back to nothing in time.
func (s *search) recurrence(start []float64) *candidate {
	p := newPath(s.field, nil, start)
	velocity := make([]float64, p.rank)
	for range int(settling / coarse) {
		p.step(coarse)
		if p.slope(velocity, p.kappa()); s.ends(p.kappa(), velocity) {
			return nil
		}
	}
	from, normal := slices.Clone(p.kappa()), slices.Clone(velocity)
	ahead := func() float64 {
		a := 0.0
		for i, k := range p.kappa() {
			a += normal[i] * (k - from[i])
		}
		return a
	}
	farthest, before := 0.0, 0.0
	for i := range int(maxPeriod / coarse) {
		p.step(coarse)
		if p.slope(velocity, p.kappa()); s.ends(p.kappa(), velocity) {
			return nil
		}
		away := Distance(p.kappa(), from)
		farthest = max(farthest, away)
		now := ahead()
		if before < 0 && now >= 0 && away < nearby*farthest+coarse*norm(velocity) {
			return &candidate{from, coarse * (float64(i) + before/(before-now))}
		}
		before = now
	}
	return nil
}

// refine solves κ(T) = κ(0), with κ(0) on the section where it began. It returns
// nil where that does not converge, or to a point.
func (s *search) refine(kappa []float64, period float64) *Cycle {
	r := len(kappa)
	kappa = slices.Clone(kappa)
	velocity := make([]float64, r)
	newPath(s.field, nil, kappa).slope(velocity, kappa)
	normal := slices.Clone(velocity)
	for range 30 {
		if s.ctx.Err() != nil {
			return nil
		}
		p, _ := s.turn(kappa, period)
		p.slope(p.k[0], p.y) // velocity at the end
		// (M − I) δκ + κ'(T) δT = κ(0) − κ(T), and δκ across the normal.
		a, b := mat.NewDense(r+1, r+1, nil), mat.NewVecDense(r+1, nil)
		for i := range r {
			for j := range r {
				a.Set(i, j, p.y[r+i*r+j])
			}
			a.Set(i, i, a.At(i, i)-1)
			a.Set(i, r, p.k[0][i])
			a.Set(r, i, normal[i])
			b.SetVec(i, kappa[i]-p.y[i])
		}
		var step mat.VecDense
		err := step.SolveVec(a, b)
		if _, warning := err.(mat.Condition); err != nil && !warning {
			return nil
		}
		if size := mat.Norm(&step, 2); math.IsNaN(size) || math.Abs(step.AtVec(r)) > period/2 || size > s.extent+period/2 {
			return nil
		}
		for i := range r {
			kappa[i] += step.AtVec(i)
		}
		period += step.AtVec(r)
		if mat.Norm(&step, 2) < converged*max(1, s.extent) {
			return s.cycle(kappa, period)
		}
	}
	return nil
}

// turn integrates over a period, with tangents, and returns where it passed.
func (s *search) turn(kappa []float64, period float64) (p *path, orbit []float64) {
	steps := max(200, int(math.Ceil(period/fine)))
	p = newPath(s.field, s.jacobian, kappa)
	for range steps {
		orbit = append(orbit, p.kappa()...)
		p.step(period / float64(steps))
	}
	return p, orbit
}

// cycle describes the cycle through κ.
func (s *search) cycle(kappa []float64, period float64) *Cycle {
	r := len(kappa)
	p, orbit := s.turn(kappa, period)
	size := 0.0
	for i := 0; i < len(orbit); i += r {
		size = max(size, Distance(orbit[i:i+r], kappa))
	}
	var eigen mat.Eigen
	if size < distinct*s.extent || !eigen.Factorize(mat.NewDense(r, r, p.y[r:]), mat.EigenNone) {
		return nil
	}
	return &Cycle{period, orbit, eigen.Values(nil)}
}
