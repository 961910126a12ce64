package simd

import (
	"math"
	"math/rand/v2"
	"testing"
)

func normals(n int, r *rand.Rand) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}

// Dense is the product that three loops in double precision give, for every
// shape of tile, with a as it lies and transposed, from one row, from rows, and
// from what is there.
func TestDenseAgreesWithDouble(t *testing.T) {
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 7))
		m, n, k := 1+r.IntN(20), SingleBlock*(1+r.IntN(7)), 1+r.IntN(70)
		a, b, c := normals(m*k, r), normals(k*n, r), make([]float32, m*n)
		aRow, aColumn := k, 1
		if seed%2 == 1 {
			aRow, aColumn = 1, m
		}
		from := normals(n, r)
		if seed%3 > 0 {
			from = normals(m*n, r)
		}
		want := make([]float64, m*n)
		for i := range want {
			want[i] = float64(from[i%len(from)])
			for l := range k {
				want[i] += float64(a[i/n*aRow+l*aColumn]) * float64(b[l*n+i%n])
			}
		}
		if seed%3 == 2 {
			c = from
		}
		Dense(c, from, a, b, m, n, k, aRow, aColumn)
		for i, w := range want {
			if math.Abs(float64(c[i])-w) > 1e-5*(1+math.Sqrt(float64(k))) {
				t.Fatalf("%d x %d x %d: number %d is %v, want %v", m, n, k, i, c[i], w)
			}
		}
	}
}

// SiLU and its derivative are those of their formulas in double precision.
func TestSiLU(t *testing.T) {
	var x []float32
	for u := float32(-60); u < 60; u += 0.0625 {
		x = append(x, u)
	}
	z, slope := append([]float32{}, x...), make([]float32, len(x))
	SiLU(z, slope)
	for i, u := range x {
		sigma := 1 / (1 + math.Exp(-float64(u)))
		want, derivative := float64(u)*sigma, sigma*(1+float64(u)*(1-sigma))
		if math.Abs(float64(z[i])-want) > 1e-6*(1e-6+math.Abs(want)) || math.Abs(float64(slope[i])-derivative) > 1e-6 {
			t.Errorf("at %v: %v and %v, want %v and %v", u, z[i], slope[i], want, derivative)
		}
	}
}
