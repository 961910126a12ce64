package maxentflow

import (
	"context"
	"math"

	"reprise/stages/internal/simd"
)

// states are T points z = (κ, v, 1), kept as D x T: one row a component.
type states struct {
	d, count int
	z        []float64
}

// newStates reads states given row by row, T x D.
func newStates(rows []float64, d int) *states {
	s := &states{d: d, count: len(rows) / d, z: make([]float64, len(rows))}
	for t := range s.count {
		for i := range d {
			s.z[i*s.count+t] = rows[t*d+i]
		}
	}
	return s
}

// slice returns the states lo to hi.
func (s *states) slice(lo, hi int) *states {
	out := &states{d: s.d, count: hi - lo, z: make([]float64, 0, s.d*(hi-lo))}
	for i := range s.d {
		out.z = append(out.z, s.z[i*s.count+lo:i*s.count+hi]...)
	}
	return out
}

// features computes φ(w_s·z_j) = tanh(w_s·z_j) of points w (S x D) at the
// states into dst (S x J).
func (s *states) features(dst, w []float64) {
	mul(dst, w, s.z, len(w)/s.d, s.count, s.d)
	whole := len(dst) / simd.Block * simd.Block
	simd.Tanh(dst[:whole], dst[:whole])
	var last [simd.Block]float64 // what is left of them, padded: the same tanh for every number
	copy(last[:], dst[whole:])
	simd.Tanh(last[:], last[:])
	copy(dst[whole:], last[:])
}

// field is F(z_t) = Σ_s p_s nbar_s tanh(w_s·z_t) at every state, as T x R: the
// mean field of weighted points w (S x D) with means nbar (S x R). Weights p
// that are nil are all 1/S.
func (s *states) field(ctx context.Context, threads int, w, nbar, p []float64, r int) ([]float64, error) {
	points := len(w) / s.d
	weighted := make([]float64, points*r)
	for i := range weighted {
		if p != nil {
			weighted[i] = p[i/r] * nbar[i]
		} else {
			weighted[i] = nbar[i] / float64(points)
		}
	}
	out := make([]float64, s.count*r)
	err := chunks(ctx, threads, s.count, 64, func(_, lo, hi int) {
		part, width := s.slice(lo, hi), hi-lo
		phi, sum := make([]float64, chunkRows*width), make([]float64, r*width)
		for a := 0; a < points; a += chunkRows {
			b := min(a+chunkRows, points)
			part.features(phi[:(b-a)*width], w[a*s.d:b*s.d])
			mulTransA(sum, 1, weighted[a*r:b*r], phi[:(b-a)*width], r, width, b-a)
		}
		for t := range width {
			for k := range r {
				out[(lo+t)*r+k] = sum[k*width+t]
			}
		}
	})
	return out, err
}

// relativeError is the root mean square of got-want over that of want.
func relativeError(got, want []float64) float64 {
	diff := 0.0
	for i, x := range want {
		e := got[i] - x
		diff += e * e
	}
	return math.Sqrt(diff / square(want))
}

// rms is the root mean square of x, 0 for none.
func rms(x []float64) float64 {
	if len(x) == 0 {
		return 0
	}
	return math.Sqrt(square(x) / float64(len(x)))
}
