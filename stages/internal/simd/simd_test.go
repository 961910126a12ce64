package simd

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// special are numbers that tell operations apart that agree on others.
var special = []float64{0, math.Copysign(0, -1), 1, -1, 2, math.Nextafter(2, 3), -707.9, -708, -708.1, -1e6, 1e-300, -1e-300, 5e-324, 1e300,
	709, math.Inf(1), math.Inf(-1), math.NaN(), 0.34657359027997264, -0.34657359027997264, 19.9, 20, 20.1}

// values returns n numbers of many sizes, special ones among them.
func values(n int, r *rand.Rand) []float64 {
	x := make([]float64, n)
	for i := range x {
		switch r.IntN(8) {
		case 0:
			x[i] = special[r.IntN(len(special))]
		case 1:
			x[i] = r.NormFloat64() * math.Exp(20*r.NormFloat64())
		default:
			x[i] = 3 * r.NormFloat64()
		}
	}
	return x
}

// TestAccuracy compares with the functions computed in higher precision.
func TestAccuracy(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	softplus := func(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }
	for _, c := range []struct {
		name        string
		f           func(dst, x []float64)
		want        func(float64) float64
		least, most float64
		ulps        float64
	}{
		{"exp", Exp, math.Exp, -708, 709, 2},
		{"tanh", Tanh, math.Tanh, -30, 30, 3},
		{"softplus", Softplus, softplus, -700, 700, 3},
	} {
		x, got := make([]float64, 1<<16), make([]float64, 1<<16)
		for i := range x {
			x[i] = c.least + (c.most-c.least)*r.Float64()
			if i%2 == 0 {
				x[i] *= math.Exp(-20 * r.Float64())
			}
		}
		c.f(got, x)
		worst, at := 0.0, 0.0
		for i := range x {
			want := c.want(x[i])
			if off := math.Abs(got[i]-want) / (math.Nextafter(math.Abs(want), math.Inf(1)) - math.Abs(want)); !(off <= worst) {
				worst, at = off, x[i]
			}
		}
		t.Logf("%s: within %.2f units in the last place (at %v)", c.name, worst, at)
		if !(worst <= c.ulps) {
			t.Errorf("%s is off by %.3g units in the last place at %v, want at most %g", c.name, worst, at, c.ulps)
		}
	}
}

func TestLimits(t *testing.T) {
	for _, c := range []struct {
		name    string
		f       func(dst, x []float64)
		x, want float64
	}{
		{"tanh", Tanh, math.Inf(1), 1}, {"tanh", Tanh, math.Inf(-1), -1}, {"tanh", Tanh, 1e-300, 1e-300}, {"tanh", Tanh, math.NaN(), math.NaN()},
		{"exp", Exp, 0, 1}, {"exp", Exp, -1e6, math.Exp(-708)}, {"exp", Exp, math.NaN(), math.NaN()},
		{"softplus", Softplus, 1000, 1000}, {"softplus", Softplus, math.NaN(), math.NaN()}, {"softplus", Softplus, math.Inf(1), math.Inf(1)},
	} {
		x := make([]float64, Block)
		x[3] = c.x
		c.f(x, x)
		if off := math.Abs(x[3]-c.want) / math.Abs(c.want); x[3] != c.want && !(off < 1e-15) && !(math.IsNaN(x[3]) && math.IsNaN(c.want)) {
			t.Errorf("%s of %v is %v, want %v", c.name, c.x, x[3], c.want)
		}
	}
}

// TestSums compares the linear kernels with sums in high precision.
func TestSums(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	const n, columns, steps = 24, 7, 5
	draw := func(n int) []float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = r.NormFloat64()
		}
		return x
	}
	check := func(what string, got float64, products ...float64) {
		t.Helper()
		sum := new(big.Float).SetPrec(200)
		for i := 0; i < len(products); i += 2 {
			p := new(big.Float).SetPrec(200).SetFloat64(products[i])
			sum.Add(sum, p.Mul(p, new(big.Float).SetFloat64(products[i+1])))
		}
		if want, _ := sum.Float64(); math.Abs(got-want) > 1e-14 {
			t.Errorf("%s is %v, want %v", what, got, want)
		}
	}
	w, x, z := draw(columns*n), draw(n), draw(columns)
	dst := make([]float64, n)
	Combine(dst, w, z)
	var p []float64
	for d := range columns {
		p = append(p, z[d], w[d*n+5])
	}
	check("a combination", dst[5], p...)

	out := make([]float64, columns)
	Dots(out, w, x)
	for d := range columns {
		p = p[:0]
		for i := range n {
			p = append(p, w[d*n+i], x[i])
		}
		check("a dot product", out[d], p...)
	}

	c, rows := draw(steps*columns), draw(steps*n)
	sums := draw((columns - 1) * n)
	before := append([]float64(nil), sums...)
	Outer(sums, c, rows, columns-1, columns)
	for d := range columns - 1 {
		p = append(p[:0], before[d*n+9], 1)
		for s := range steps {
			p = append(p, c[s*columns+d], rows[s*n+9])
		}
		check("an outer product", sums[d*n+9], p...)
	}
}

func TestPadded(t *testing.T) {
	for n, want := range map[int]int{0: 0, 1: 8, 8: 8, 9: 16, 76: 80} {
		if got := Padded(n); got != want {
			t.Errorf("%d is padded to %d, want %d", n, got, want)
		}
	}
}

func TestWrongLengthsPanic(t *testing.T) {
	for name, f := range map[string]func(){
		"no multiple of a block": func() { Exp(make([]float64, 7), make([]float64, 7)) },
		"unequal":                func() { Tanh(make([]float64, 8), make([]float64, 16)) },
		"columns":                func() { Combine(make([]float64, 8), make([]float64, 8), make([]float64, 2)) },
		"counts": func() {
			f := make([]float64, 8)
			Poisson(f, f, make([]uint8, 7), f, f, f, new([Block]float64))
		},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}
