package simd

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestSameBytesFromEverySet runs every function with each set of instructions
// that this machine has, and compares bits with the twin in Go.
func TestSameBytesFromEverySet(t *testing.T) {
	found := level
	t.Cleanup(func() { level = found })
	if found == none {
		t.Skip("this processor has neither AVX2 nor AVX-512: the twin is all there is")
	}
	for name, f := range map[string]func(r *rand.Rand, n int) [][]float64{
		"exp":      func(r *rand.Rand, n int) [][]float64 { x := values(n, r); Exp(x, x); return [][]float64{x} },
		"tanh":     func(r *rand.Rand, n int) [][]float64 { x := values(n, r); Tanh(x, x); return [][]float64{x} },
		"softplus": func(r *rand.Rand, n int) [][]float64 { x := values(n, r); Softplus(x, x); return [][]float64{x} },
		"product": func(r *rand.Rand, n int) [][]float64 {
			x := values(n, r)
			Product(x, x, values(n, r))
			return [][]float64{x}
		},
		"combine": func(r *rand.Rand, n int) [][]float64 {
			d, dst := 1+r.IntN(9), make([]float64, n)
			Combine(dst, values(d*n, r), values(d, r))
			return [][]float64{dst}
		},
		"dots": func(r *rand.Rand, n int) [][]float64 {
			dst := make([]float64, 1+r.IntN(9))
			Dots(dst, values(len(dst)*n, r), values(n, r))
			return [][]float64{dst}
		},
		"outer": func(r *rand.Rand, n int) [][]float64 {
			d, steps := 1+r.IntN(9), 1+r.IntN(5)
			dst := values(d*n, r)
			Outer(dst, values((d+1)*steps, r), values(steps*n, r), d, d+1)
			return [][]float64{dst}
		},
		"poisson": func(r *rand.Rand, n int) [][]float64 {
			counts, e, loss := make([]uint8, n), make([]float64, n), new([Block]float64)
			for i := range counts {
				counts[i] = uint8(r.Uint32() >> r.IntN(32))
			}
			Poisson(e, values(n, r), counts, values(n, r), values(n, r), values(n, r), loss)
			return [][]float64{e, loss[:]}
		},
		"backprop": func(r *rand.Rand, n int) [][]float64 {
			d, s := values(n, r), make([]float64, n)
			Backprop(d, s, values(n, r), values(n, r), values(n, r))
			return [][]float64{d, s}
		},
		"moments": func(r *rand.Rand, n int) [][]float64 {
			a, b, c, steps := values(n, r), values(n, r), values(n, r), 1+r.IntN(5)
			Moments(a, b, c, values(steps*n, r), values(steps*n, r), values(steps*n, r))
			return [][]float64{a, b, c}
		},
		"adam": func(r *rand.Rand, n int) [][]float64 {
			x, mean, square := values(n, r), values(n, r), values(n, r)
			n -= r.IntN(Block)
			for i := range square {
				square[i] = math.Abs(square[i])
			}
			Adam(x[:n], mean[:n], square[:n], values(n, r), &AdamConstants{Scale: 0.7, Beta1: 0.9, Rest1: 0.1, Beta2: 0.99, Rest2: 0.01, Epsilon: 1e-8, Rate: 0.1, Correction1: 2, Correction2: 3})
			return [][]float64{x, mean, square}
		},
		"add single": func(r *rand.Rand, n int) [][]float64 {
			x := values(n, r)
			AddSingle(x, normals(n, r))
			return [][]float64{x}
		},
	} {
		for seed := range uint64(200) {
			n := Block * (1 + int(seed%7))
			run := func(l instructions) [][]float64 { level = l; return f(rand.New(rand.NewPCG(seed, 5)), n) }
			want := run(none)
			for l := avx2; l <= found; l++ {
				for k, x := range run(l) {
					for i := range x {
						if math.Float64bits(x[i]) != math.Float64bits(want[k][i]) && !(math.IsNaN(x[i]) && math.IsNaN(want[k][i])) {
							t.Fatalf("%s, set %d, seed %d: result %d has %v at %d, the twin %v", name, l, seed, k, x[i], i, want[k][i])
						}
					}
				}
			}
		}
	}
}

// TestGenerated wants the assembly as the program in generate writes it.
func TestGenerated(t *testing.T) {
	dir := t.TempDir()
	files := []string{"kernels_amd64.s", "kernels_amd64.go"}
	c := exec.Command("go", "run", ".", "-out", filepath.Join(dir, files[0]), "-stubs", filepath.Join(dir, files[1]), "-pkg", "simd")
	c.Dir = "generate"
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, f := range files {
		got, err := os.ReadFile(filepath.Join(dir, f))
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		_, got, _ = bytes.Cut(got, []byte("\n")) // the first line says the command
		_, want, _ = bytes.Cut(want, []byte("\n"))
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what generate writes: run go generate ./stages/internal/simd", f)
		}
	}
}

func BenchmarkKernels(b *testing.B) {
	const n, steps = 80, 8
	r := rand.New(rand.NewPCG(1, 1))
	draw := func(n int) []float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = r.NormFloat64()
		}
		return x
	}
	x, y, w, z, dst := draw(n), draw(n), draw(5*n), draw(5), make([]float64, n)
	counts, loss := make([]uint8, n), new([Block]float64)
	rows, two := draw(steps*n), draw(2)
	for _, c := range []struct {
		name   string
		values int
		f      func()
	}{
		{"tanh", n, func() { Tanh(dst, x) }}, {"exp", n, func() { Exp(dst, x) }}, {"softplus", n, func() { Softplus(dst, x) }},
		{"combine5", n, func() { Combine(dst, w, z) }}, {"dots2", n, func() { Dots(two, w[:2*n], x) }},
		{"poisson", n, func() { Poisson(dst, x, counts, y, y, y, loss) }}, {"backprop", n, func() { copy(dst, y); Backprop(dst, y, x, x, x) }},
		{"outer4", n * steps, func() { Outer(w[:4*n], rows[:4*steps], rows, 4, 4) }}, {"outer2", n * steps, func() { Outer(w[:2*n], rows[:2*steps], rows, 2, 2) }},
		{"moments", n * steps, func() { Moments(x, y, dst, rows, rows, rows) }},
	} {
		for l := none; l <= level; l++ {
			b.Run(c.name+"/"+[]string{"go", "avx2", "avx512"}[l], func(b *testing.B) {
				found := level
				defer func() { level = found }()
				level = l
				for b.Loop() {
					c.f()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*c.values), "ns/value")
			})
		}
	}
}

// TestSameSingleBytesFromEverySet is TestSameBytesFromEverySet for single precision.
func TestSameSingleBytesFromEverySet(t *testing.T) {
	found := level
	t.Cleanup(func() { level = found })
	if found == none {
		t.Skip("this processor has neither AVX2 nor AVX-512: the twin is all there is")
	}
	for seed := range uint64(100) {
		run := func(l instructions) []float32 {
			level = l
			r := rand.New(rand.NewPCG(seed, 6))
			return newSingleCase(r, 1+r.IntN(60), 1+r.IntN(MaxRank), r.IntN(4), 1+r.IntN(9)).run()
		}
		want := run(none)
		for l := avx2; l <= found; l++ {
			for i, x := range run(l) {
				if math.Float32bits(x) != math.Float32bits(want[i]) {
					t.Fatalf("set %d, seed %d: result %d is %v, the twin has %v", l, seed, i, x, want[i])
				}
			}
		}
	}
}

// TestSameDenseBytesFromEverySet is the same for the kernels of dense layers.
func TestSameDenseBytesFromEverySet(t *testing.T) {
	found := level
	t.Cleanup(func() { level = found })
	if found == none {
		t.Skip("this processor has neither AVX2 nor AVX-512: the twin is all there is")
	}
	for seed := range uint64(200) {
		run := func(l instructions) []float32 {
			level = l
			r := rand.New(rand.NewPCG(seed, 8))
			m, n, k := 1+r.IntN(20), SingleBlock*(1+r.IntN(9)), 1+r.IntN(70)
			c, slope := make([]float32, m*n), make([]float32, m*n)
			Dense(c, normals(n, r), normals(m*k, r), normals(k*n, r), m, n, k, 1, m)
			Dense(c, c, normals(m*k, r), normals(k*n, r), m, n, k, k, 1)
			c[0], c[1], c[2] = float32(math.Inf(1)), float32(math.Inf(-1)), -70
			SiLU(c, slope)
			SingleProduct(slope, normals(m*n, r))
			return append(c, slope...)
		}
		want := run(none)
		for l := avx2; l <= found; l++ {
			for i, x := range run(l) {
				if math.Float32bits(x) != math.Float32bits(want[i]) && !(x != x && want[i] != want[i]) {
					t.Fatalf("set %d, seed %d: result %d is %v, the twin has %v", l, seed, i, x, want[i])
				}
			}
		}
	}
}

func BenchmarkDense(b *testing.B) {
	const m, n, k = 64, 64, 64
	r := rand.New(rand.NewPCG(1, 1))
	c, a, w := make([]float32, m*n), normals(m*k, r), normals(n*k, r)
	for l := none; l <= level; l++ {
		for name, f := range map[string]func(){
			"product":    func() { Dense(c, c[:n], a, w, m, n, k, k, 1) },
			"transposed": func() { Dense(c, c[:n], a, w, m, n, k, 1, k) },
			"narrow":     func() { Dense(c[:m*16], c[:16], a, w[:16*k], m, 16, k, k, 1) },
			"silu":       func() { SiLU(c, a) },
		} {
			b.Run(name+"/"+[]string{"go", "avx2", "avx512"}[l], func(b *testing.B) {
				found := level
				defer func() { level = found }()
				level = l
				for b.Loop() {
					f()
				}
			})
		}
	}
}

// BenchmarkSingle is the kernels of a fit of rank 2 with two inputs: of 76 neurons
// as in a recording, where each step waits for the one before it, and of 4096 in 2
// steps, which is how fast the arithmetic can go.
func BenchmarkSingle(b *testing.B) {
	for _, size := range [][2]int{{76, 80}, {4096, 2}} {
		benchmarkSingle(b, size[0], size[1])
	}
}

func benchmarkSingle(b *testing.B, neurons, steps int) {
	for l := none; l <= level; l++ {
		c := newSingleCase(rand.New(rand.NewPCG(1, 1)), neurons, 2, 2, steps)
		for name, f := range map[string]func(){
			"forward":  func() { c.s.Forward(c.z, c.x, c.h, c.noise) },
			"rates":    func() { c.s.Rates(c.e, c.x, c.counts, c.base, c.more, &c.loss) },
			"backward": func() { c.s.Backward(c.d, c.sum, c.a, c.h, c.e, c.adjoint) },
			"outer": func() {
				c.s.Outer(c.outN, c.a, c.h, 2, 2)
				c.s.Outer(c.outW, c.z[:steps*c.s.Weights], c.sum, 4, c.s.Weights)
			},
			"moments": func() { c.s.Moments(c.b, c.g, c.c, c.d, c.e, c.x) },
		} {
			b.Run(fmt.Sprint(name, "/", neurons, "/")+[]string{"go", "avx2", "avx512"}[l], func(b *testing.B) {
				found := level
				defer func() { level = found }()
				level = l
				for b.Loop() {
					f()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*neurons*steps), "ns/value")
			})
		}
	}
}
