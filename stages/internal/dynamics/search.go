package dynamics

import (
	"context"
	"math"
)

// Search looks for all fixed points: from the starts and a grid around 0 that
// reaches half as far again as extent (length R, the largest |κ| of each latent over
// the states that matter), and, where their indices do not add up to 1, from finer
// grids and as wide as fixed points can lie, bound (|F| ≤ bound, each of length R).
// It gives up after three rounds; indexSum tells. The error is ctx's.
func Search(ctx context.Context, threads int, field, jacobian Field, starts [][]float64, extent, bound []float64) (points []Point, indexSum int, err error) {
	perLatent := []int{0, 41, 15, 7, 5}
	side := 3
	if r := len(extent); r < len(perLatent) {
		side = perLatent[r]
	}
	starts = append(starts[:len(starts):len(starts)], box(extent, side, 1.5)...)
	for round := range 3 {
		if points, err = FixedPoints(ctx, threads, field, jacobian, starts); err != nil {
			return nil, 0, err
		}
		indexSum = 0
		for _, p := range points {
			indexSum += p.Index()
		}
		if indexSum == 1 {
			break
		}
		side = 2*side - 1
		starts = append(starts, box(extent, side, 1.5)...)
		starts = append(starts, box(extent, side/(2-round%2), max(1.5, reach(extent, bound)))...)
		if len(starts) > 20000 {
			break
		}
	}
	return points, indexSum, nil
}

// reach is how far out fixed points can lie, relative to the extent.
func reach(extent, bound []float64) float64 {
	far := 0.0
	for c, b := range bound {
		far = max(far, b/extent[c])
	}
	return min(far, 100)
}

// box is a grid of side points a latent, which reaches as far as extent times far.
func box(extent []float64, side int, far float64) [][]float64 {
	r, total := len(extent), 1
	for range r {
		total *= side
	}
	out := make([][]float64, 0, total)
	for i := range total {
		p := make([]float64, r)
		for c, at := 0, i; c < r; c, at = c+1, at/side {
			p[c] = far * extent[c] * (2*float64(at%side)/float64(side-1) - 1)
		}
		out = append(out, p)
	}
	return out
}

// Extent is the largest |κ| of each latent over states (T x R, packed); 1 for one
// that never moved or is not finite, for which any scale will do.
func Extent(states []float64, r int) []float64 {
	out := make([]float64, r)
	for i, k := range states {
		out[i%r] = max(out[i%r], math.Abs(k))
	}
	for i, x := range out {
		if !(x > 0) || math.IsInf(x, 0) {
			out[i] = 1
		}
	}
	return out
}
