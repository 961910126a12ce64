package maxentflow

import (
	"math/rand/v2"
	"testing"
)

// In a net of base 2 every interval of length 2^-k, in every dimension, holds
// the same number of the first 2^m points; and in the first two dimensions
// every box of area 2^-m holds one.
func TestSobolIsANet(t *testing.T) {
	const m, d = 10, 21
	s := newSobol(d, rand.New(rand.NewPCG(1, 2)))
	points := make([][]float64, 1<<m)
	for i := range points {
		points[i] = make([]float64, d)
		s.next(points[i])
	}
	for j := range d {
		seen := make([]int, 1<<m)
		for _, p := range points {
			seen[int(p[j]*(1<<m))]++
		}
		for cell, n := range seen {
			if n != 1 {
				t.Fatalf("dimension %d: interval %d of 2^-%d holds %d points, not 1", j, cell, m, n)
			}
		}
	}
	for a := range m + 1 {
		seen := map[[2]int]bool{}
		for _, p := range points {
			seen[[2]int{int(p[0] * float64(int(1)<<a)), int(p[1] * float64(int(1)<<(m-a)))}] = true
		}
		if len(seen) != 1<<m {
			t.Errorf("boxes of 2^-%d by 2^-%d: %d of %d hold a point", a, m-a, len(seen), 1<<m)
		}
	}
}

// Sobol points integrate what random points of the same number cannot.
func TestSobolIntegrates(t *testing.T) {
	const n, d = 16384, 5
	s := newSobol(d, rand.New(rand.NewPCG(3, 4)))
	sum := make([]float64, d)
	y := make([]float64, d)
	for range n {
		s.next(y)
		for j := range y {
			y[j] = quantile(y[j])
		}
		for j := range sum {
			sum[j] += y[j] * y[(j+1)%d] / n // expectation 0, random error 8e-3
		}
	}
	for j, x := range sum {
		if x > 1e-3 || x < -1e-3 {
			t.Errorf("E[y%d y%d] = %.2g, not 0", j, (j+1)%d, x)
		}
	}
}
