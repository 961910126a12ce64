package fitlrrnn

import (
	"math"
	"math/rand/v2"

	"reprise/stages/internal/lrrnn"
)

// family is a law of the connectivity that a fit starts from. What the data do not
// determine of a fit stays as it started (method.md, P7), so fits from other
// families show what that is.
type family struct {
	draw func(net *lrrnn.Columns, r *rand.Rand) // m, n and b
}

// families by the name of the attribute. aligned has m = 0.3 z₁ and
// n = (0.5/0.3) z₁ + z₂, so that the overlap E[nm] is 0.5, and b = 0. The others
// are those of method.md, table T3.
var families = map[string]family{
	"aligned": {func(net *lrrnn.Columns, r *rand.Rand) {
		for k := range net.Rank {
			m, n := net.MRow(k), net.NRow(k)
			for i := range m {
				z := r.NormFloat64()
				m[i] = 0.3 * z
				n[i] = 0.5/0.3*z + r.NormFloat64()
			}
		}
	}},
	"small": {independent(
		func(r *rand.Rand) float64 { return 0.5 * r.NormFloat64() },
		func(r *rand.Rand) float64 { return 0.5 * r.NormFloat64() })},
	"large": {independent(
		func(r *rand.Rand) float64 { return 2 * r.NormFloat64() },
		func(r *rand.Rand) float64 { return 2 * r.NormFloat64() })},
	"heavy": {independent(
		func(r *rand.Rand) float64 {
			square := 0.0 // chi squared of three degrees of freedom
			for range 3 {
				z := r.NormFloat64()
				square += z * z
			}
			return r.NormFloat64() / math.Sqrt(square/3)
		},
		func(r *rand.Rand) float64 {
			z := 4 * r.NormFloat64()
			if r.Float64() < 0.9 {
				return 0
			}
			return z
		})},
	"clusters": {independent(
		func(r *rand.Rand) float64 { return 1.5*float64(1-2*r.IntN(2)) + 0.2*r.NormFloat64() },
		func(r *rand.Rand) float64 { return r.NormFloat64() })},
}

// independent draws each m and each n for itself, and b ~ N(0, 0.3²).
func independent(m, n func(*rand.Rand) float64) func(*lrrnn.Columns, *rand.Rand) {
	return func(net *lrrnn.Columns, r *rand.Rand) {
		for k := range net.Rank {
			for i := range net.Neurons {
				net.MRow(k)[i], net.NRow(k)[i] = m(r), n(r)
			}
		}
		for i := range net.Bias() {
			net.Bias()[i] = 0.3 * r.NormFloat64()
		}
	}
}
