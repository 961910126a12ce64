package dynamics

import (
	"context"
	"math"

	"reprise/stages/internal/parallel"
)

// Ring is a closed curve around the origin of the plane where the radial speed
// vanishes and returns disturbances: what a ring attractor moves along. Each
// field has one entry an angle, evenly spaced from 0.
type Ring struct {
	Radius []float64
	Drift  []float64 // speed along the circle through the point, positive against the clock; 0 on a perfect ring
	Rate   []float64 // how fast a radial disturbance grows
}

// FindRing looks along that many directions for the outermost radius where the
// radial speed turns from outwards to inwards. extent is how far out states are.
// ok is false where a direction has no such radius beyond a hundredth of that.
// The field must have two latents; threads and the error are as for
// [FixedPoints].
func FindRing(ctx context.Context, threads int, field, jacobian Field, angles int, extent float64) (ring Ring, ok bool, err error) {
	ring = Ring{make([]float64, angles), make([]float64, angles), make([]float64, angles)}
	parallel.For(angles, threads, func(i int) {
		if ctx.Err() == nil {
			ring.Radius[i], ring.Drift[i], ring.Rate[i] = along(field, jacobian, 2*math.Pi*float64(i)/float64(angles), extent)
		}
	})
	ok = true
	for _, r := range ring.Radius {
		ok = ok && r > 0
	}
	return ring, ok, ctx.Err()
}

// along is the ring in one direction, all 0 where there is none.
func along(field, jacobian Field, angle, extent float64) (radius, drift, rate float64) {
	const steps, widest = 100, 64
	sin, cos := math.Sincos(angle)
	f, kappa := make([]float64, 2), make([]float64, 2)
	speeds := func(r float64) (radial, tangential float64) {
		kappa[0], kappa[1] = r*cos, r*sin
		field(f, kappa)
		return f[0]*cos + f[1]*sin - r, f[1]*cos - f[0]*sin
	}
	hi := 1.5 * extent
	for s, _ := speeds(hi); s >= 0; s, _ = speeds(hi) {
		if hi *= 2; !(hi <= widest*extent) {
			return 0, 0, 0
		}
	}
	down := hi / steps
	lo := hi - down
	for s, _ := speeds(lo); s < 0; s, _ = speeds(lo) {
		hi = lo
		if lo -= down; lo < extent/steps {
			return 0, 0, 0
		}
	}
	for range 45 {
		mid := (lo + hi) / 2
		if s, _ := speeds(mid); s >= 0 {
			lo = mid
		} else {
			hi = mid
		}
	}
	_, drift = speeds(lo)
	slope := make([]float64, 4)
	jacobian(slope, kappa)
	rate = cos*(slope[0]*cos+slope[1]*sin) + sin*(slope[2]*cos+slope[3]*sin) - 1
	return lo, drift, rate
}

// Summary is the mean radius and its standard deviation, the mean and largest
// size of the drift, and the mean rate.
func (r Ring) Summary() (radius, deviation, drift, fastest, rate float64) {
	n := float64(len(r.Radius))
	for i := range r.Radius {
		radius += r.Radius[i] / n
		drift += math.Abs(r.Drift[i]) / n
		fastest = max(fastest, math.Abs(r.Drift[i]))
		rate += r.Rate[i] / n
	}
	for _, x := range r.Radius {
		deviation += (x - radius) * (x - radius) / n
	}
	return radius, math.Sqrt(deviation), drift, fastest, rate
}
