// Package dynamics finds what an autonomous low-rank network does in the long
// run: the fixed points of dκ/dt = −κ + F(κ) and their stability, periodic
// orbits, and rings of slow states. It knows the field only as a function; time
// is in units of τ.
package dynamics

import (
	"cmp"
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"reprise/stages/internal/parallel"
)

// Field writes F(κ), length R, or its Jacobian dF_a/dκ_b, R x R row-major, to dst.
type Field func(dst, kappa []float64)

// Point is a fixed point: κ = F(κ).
type Point struct {
	Kappa []float64
	Rate  float64 // largest real part of the eigenvalues of −I + DF: how fast a disturbance grows

	Eigenvalues []complex128 // of −I + DF, from the largest real part to the smallest
}

// Index is the sign of det(I − DF): 1 for a sink or a source of the plane, −1
// for a saddle, 0 where the determinant is. Over all fixed points of a bounded F
// it adds up to 1 (Brouwer's degree of κ − F(κ), which is that of κ far out), so
// a different sum tells that some were missed.
func (p Point) Index() int {
	det := complex(1, 0)
	for _, e := range p.Eigenvalues {
		det *= -e
	}
	switch x := real(det); {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return 0
}

// Stable tells whether disturbances die out.
func (p Point) Stable() bool { return p.Rate < 0 }

const (
	iterations = 100
	converged  = 1e-10 // length of the last Newton step, relative to the starts' extent
	distinct   = 1e-3  // distance between two fixed points, likewise
)

// FixedPoints finds fixed points by Newton's method from each of the starts
// (points of length R), on as many goroutines as threads, and returns those that
// differ, in the order of their coordinates. field and jacobian must be safe for
// concurrent use. A point that no start leads to is not found. The error is ctx's.
func FixedPoints(ctx context.Context, threads int, field, jacobian Field, starts [][]float64) ([]Point, error) {
	extent := 0.0
	for _, s := range starts {
		extent = max(extent, norm(s))
	}
	if extent == 0 {
		extent = 1
	}
	ends := make([][]float64, len(starts)) // nil where Newton did not converge
	parallel.For(len(starts), threads, func(i int) {
		if ctx.Err() == nil {
			ends[i] = newton(field, jacobian, starts[i], extent)
		}
	})
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var found []Point
	for _, kappa := range ends {
		if kappa == nil || slices.ContainsFunc(found, func(p Point) bool { return Distance(p.Kappa, kappa) < distinct*extent }) {
			continue
		}
		if e, ok := eigenvalues(jacobian, kappa); ok {
			found = append(found, Point{kappa, real(e[0]), e})
		}
	}
	slices.SortFunc(found, func(a, b Point) int {
		for i := range a.Kappa {
			if math.Abs(a.Kappa[i]-b.Kappa[i]) > distinct*extent {
				return cmp.Compare(a.Kappa[i], b.Kappa[i])
			}
		}
		return 0
	})
	return found, nil
}

// newton solves F(κ) = κ from a start, with steps of at most a quarter of the
// extent. It returns nil where it does not converge.
func newton(field, jacobian Field, start []float64, extent float64) []float64 {
	r := len(start)
	kappa := slices.Clone(start)
	residual, slope := make([]float64, r), make([]float64, r*r)
	for range iterations {
		field(residual, kappa)
		jacobian(slope, kappa)
		for i := range r {
			residual[i] = kappa[i] - residual[i]
			slope[i*r+i]--
		}
		var step mat.VecDense
		// A condition warning is no reason to stop: the step is bounded.
		err := step.SolveVec(mat.NewDense(r, r, slope), mat.NewVecDense(r, residual))
		if _, warning := err.(mat.Condition); err != nil && !warning {
			return nil
		}
		length := mat.Norm(&step, 2)
		if math.IsNaN(length) || math.IsInf(length, 0) {
			return nil
		}
		shorten := min(1, extent/4/max(length, 1e-300))
		for i := range kappa {
			kappa[i] += shorten * step.AtVec(i)
		}
		if length < converged*extent {
			return kappa
		}
	}
	return nil
}

// eigenvalues of −I + DF, from the largest real part to the smallest.
func eigenvalues(jacobian Field, kappa []float64) ([]complex128, bool) {
	r := len(kappa)
	slope := make([]float64, r*r)
	jacobian(slope, kappa)
	for i := range r {
		slope[i*r+i]--
	}
	var eigen mat.Eigen
	if !eigen.Factorize(mat.NewDense(r, r, slope), mat.EigenNone) {
		return nil, false
	}
	values := eigen.Values(nil)
	slices.SortFunc(values, func(a, b complex128) int {
		return cmp.Or(cmp.Compare(real(b), real(a)), cmp.Compare(imag(b), imag(a)))
	})
	return values, true
}

// Stable returns the stable ones of the points.
func Stable(points []Point) []Point {
	var out []Point
	for _, p := range points {
		if p.Stable() {
			out = append(out, p)
		}
	}
	return out
}

// Distance is the Euclidean distance between two points of equal length.
func Distance(a, b []float64) float64 {
	s := 0.0
	for i := range a {
		s += (a[i] - b[i]) * (a[i] - b[i])
	}
	return math.Sqrt(s)
}

func norm(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v * v
	}
	return math.Sqrt(s)
}
