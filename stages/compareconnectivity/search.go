package compareconnectivity

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// How O(R) is searched (method.md, section 8).
const (
	angles    = 36 // of a turn, for two latents, with and without reflection
	restarts  = 10 // for more, of each handedness
	scan      = 12 // angles of a turn in each plane, for more
	sweeps    = 4  // over all planes, of a descent at most
	candidate = 8  // places that are looked at with all points and directions
	polish    = 3  // of these, places that are descended from
)

// nearest is the least of a function over O(R), as far as it is found: for up to
// two latents all of it is looked at, for more there are as many minima as
// restarts to find them. coarse is a cheaper one that tells
// where to look, r draws the starts where there are more than two latents, and
// likely are places to look at as well.
func nearest(rank int, coarse, full func(o []float64) float64, size float64, likely [][]float64, r *rand.Rand) float64 {
	places := append(starts(rank, coarse, r), likely...)
	value := func(of func([]float64) float64) []float64 {
		out := make([]float64, len(places))
		for i, o := range places {
			out[i] = of(o)
		}
		return out
	}
	keep := func(values []float64, count int) {
		order := make([]int, len(places))
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int {
			if values[a] < values[b] {
				return -1
			}
			if values[a] > values[b] {
				return 1
			}
			return 0
		})
		var kept [][]float64
		for _, i := range order[:min(count, len(order))] {
			kept = append(kept, places[i])
		}
		places = kept
	}
	if len(places) > candidate {
		keep(value(coarse), candidate)
	}
	values := value(full)
	if rank == 1 {
		return slices.Min(values)
	}
	keep(values, polish)
	best := math.Inf(1)
	for _, o := range places {
		best = min(best, descend(rank, full, o, size))
	}
	return best
}

// starts are places in O(R) from which the nearest may be found.
func starts(rank int, coarse func(o []float64) float64, r *rand.Rand) (places [][]float64) {
	if rank == 1 {
		return [][]float64{{1}, {-1}}
	}
	if rank == 2 {
		for i := range angles {
			s, c := math.Sincos(2 * math.Pi * float64(i) / angles)
			places = append(places, []float64{c, -s, s, c}, []float64{c, s, s, -c})
		}
		return places
	}
	for i := range 2 * restarts {
		o := haar(rank, r)
		if (mat.Det(mat.NewDense(rank, rank, o)) > 0) != (i%2 == 0) {
			for j := range rank { // the other handedness
				o[j] = -o[j]
			}
		}
		for range sweeps {
			planes(rank, func(a, b int) {
				least, at := math.Inf(1), 0.0
				for k := range scan {
					t := 2 * math.Pi * float64(k) / scan
					if f := coarse(givens(o, rank, a, b, t)); f < least {
						least, at = f, t
					}
				}
				t, _ := golden(func(t float64) float64 { return coarse(givens(o, rank, a, b, t)) }, at, 2*math.Pi/scan, func(width, _ float64) bool { return width < 0.05 })
				o = givens(o, rank, a, b, t)
			})
		}
		places = append(places, o)
	}
	return places
}

// aligned are the O in O(R) that map the principal axes of q onto those of p, in
// the order of their sizes, with either sign: where laws are the same but for a
// turn, and no two axes as long, one of them is that turn.
func aligned(p, q *cloud) (places [][]float64) {
	u, v := p.axes(), q.axes()
	if u == nil || v == nil {
		return nil
	}
	for signs := range 1 << p.rank {
		var flipped, o mat.Dense
		flipped.Apply(func(_, j int, x float64) float64 {
			if signs>>j&1 == 1 {
				return -x
			}
			return x
		}, u)
		o.Mul(&flipped, v.T())
		places = append(places, o.RawMatrix().Data)
	}
	return places
}

// axes are the eigenvectors, as columns, of the second moments of m and of n
// together, which turn as the latents do; nil where there are none.
func (c *cloud) axes() *mat.Dense {
	r := c.rank
	moments := mat.NewSymDense(r, nil)
	for _, at := range []int{0, c.dim - r} {
		part, trace := mat.NewSymDense(r, nil), 0.0
		for i := 0; i < len(c.x); i += c.dim {
			x := c.x[i+at : i+at+r]
			part.SymRankOne(part, 1, mat.NewVecDense(r, x))
			for _, v := range x {
				trace += v * v
			}
		}
		if trace > 0 {
			part.ScaleSym(1/trace, part)
			moments.AddSym(moments, part)
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(moments, true) {
		return nil
	}
	var out mat.Dense
	eigen.VectorsTo(&out)
	return &out
}

// descend goes from a place to the least nearby, plane by plane. size is the mean
// square of what is compared: an angle matters as long as it is not far below
// the distance.
func descend(rank int, f func(o []float64) float64, o []float64, size float64) float64 {
	reach, best := 2*math.Pi/angles, f(o)
	for range 60 {
		before := best
		planes(rank, func(a, b int) {
			t, least := golden(func(t float64) float64 { return f(givens(o, rank, a, b, t)) }, 0, reach, func(width, least float64) bool {
				return width < 1e-10 || width*width < 1e-6*least/size
			})
			if least < best {
				o, best = givens(o, rank, a, b, t), least
			}
		})
		if rank == 2 || before-best <= 1e-4*before || best < 1e-18*size {
			break // with one plane there is nothing to repeat
		}
	}
	return best
}

// planes calls f for each pair of axes.
func planes(rank int, f func(a, b int)) {
	for b := range rank {
		for a := range b {
			f(a, b)
		}
	}
}

// givens returns O turned by the angle t in the plane of two axes.
func givens(o []float64, rank, a, b int, t float64) []float64 {
	out := slices.Clone(o)
	s, c := math.Sincos(t)
	for j := range rank {
		x, y := o[a*rank+j], o[b*rank+j]
		out[a*rank+j], out[b*rank+j] = c*x-s*y, s*x+c*y
	}
	return out
}

// golden narrows an interval around a point by golden section until done, told
// the width and the least so far, and returns where the least was seen.
func golden(f func(float64) float64, middle, reach float64, done func(width, least float64) bool) (at, least float64) {
	const ratio = 0.6180339887498949
	lo, hi := middle-reach, middle+reach
	a, b := hi-ratio*(hi-lo), lo+ratio*(hi-lo)
	fa, fb := f(a), f(b)
	for !done(hi-lo, min(fa, fb)) {
		if fa < fb {
			hi, b, fb = b, a, fa
			a = hi - ratio*(hi-lo)
			fa = f(a)
		} else {
			lo, a, fa = a, b, fb
			b = lo + ratio*(hi-lo)
			fb = f(b)
		}
	}
	if fa < fb {
		return a, fa
	}
	return b, fb
}

// haar draws an orthogonal matrix, uniformly.
func haar(rank int, r *rand.Rand) []float64 {
	g := mat.NewDense(rank, rank, nil)
	for i := range rank {
		for j := range rank {
			g.Set(i, j, r.NormFloat64())
		}
	}
	var qr mat.QR
	qr.Factorize(g)
	var q, t mat.Dense
	qr.QTo(&q)
	qr.RTo(&t)
	for j := range rank {
		if t.At(j, j) < 0 {
			for i := range rank {
				q.Set(i, j, -q.At(i, j))
			}
		}
	}
	return q.RawMatrix().Data
}
