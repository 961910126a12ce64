package lrrnn

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// TestCanonicalGauge writes one network in random coordinates and wants the same
// canonical one from each: check C2 of method.md, for A in GL(R).
func TestCanonicalGauge(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 2))
	const neurons, states = 40, 200
	for rank := 1; rank <= 4; rank++ {
		net := New(neurons, rank, 0)
		copy(net.M, drawn(neurons*rank, r))
		copy(net.N, drawn(neurons*rank, r))
		gain := drawn(neurons, r)
		s := &States{Rank: rank, Kappa: drawn(states*rank, r)}
		noise := make([]float64, rank*rank)
		for i := range rank {
			noise[i*rank+i] = 1 + float64(i)
		}
		steps := make([]int, states)
		for i := range steps {
			steps[i] = i
		}
		var first *Network
		var firstNoise []float64
		for range 4 {
			random := mat.NewDense(rank, rank, drawn(rank*rank, r))
			var inverse mat.Dense
			if inverse.Inverse(random) != nil {
				t.Fatal("singular")
			}
			other, moved, cov := New(neurons, rank, 0), &States{Rank: rank, Kappa: make([]float64, states*rank)}, slices.Clone(noise)
			Transform(other.N, net.N, random)
			Transform(other.M, net.M, inverse.T())
			Transform(moved.Kappa, s.Kappa, random)
			TransformSquares(cov, random)

			a, back, ok := Canonical(other, gain, moved, steps)
			if !ok {
				t.Fatal("no gauge")
			}
			Transform(other.N, other.N, a)
			Transform(other.M, other.M, back.T())
			Transform(moved.Kappa, moved.Kappa, a)
			TransformSquares(cov, a)
			checkCanonical(t, other, gain, moved)
			if first == nil {
				first, firstNoise = other, cov
			}
			if d := distance(first.M, other.M) + distance(first.N, other.N) + distance(firstNoise, cov); d > 1e-8 {
				t.Errorf("rank %d: two coordinates give networks that differ by %g", rank, d)
			}
		}
	}
}

// checkCanonical wants what the gauge promises.
func checkCanonical(t *testing.T, n *Network, gain []float64, s *States) {
	t.Helper()
	r := n.Rank
	for a := range r {
		for b := range r {
			var second, gram float64
			for i := range s.Len() {
				second += s.Kappa[i*r+a] * s.Kappa[i*r+b] / float64(s.Len())
			}
			want := 0.0
			if a == b {
				want = 1
			}
			if math.Abs(second-want) > 1e-9 {
				t.Errorf("rank %d: second moment %d, %d of the latents is %g", r, a, b, second)
			}
			for i := range n.Neurons {
				gram += n.M[i*r+a] * n.M[i*r+b]
			}
			if a != b && math.Abs(gram) > 1e-8 {
				t.Errorf("rank %d: columns %d and %d of m have the product %g", r, a, b, gram)
			}
		}
	}
	length, last := func(c int) (sum, skew float64) {
		for i := range n.Neurons {
			x := n.M[i*r+c]
			sum += x * x
			skew += math.Pow(gain[i]*x, 3)
		}
		return sum, skew
	}, math.Inf(1)
	for c := range r {
		sum, skew := length(c)
		if sum > last || skew <= 0 {
			t.Errorf("rank %d: column %d of m has the square %g after %g, and skew %g", r, c, sum, last, skew)
		}
		last = sum
	}
}

func TestNoGaugeForLatentsThatStayInALine(t *testing.T) {
	n := New(3, 2, 0)
	s := &States{Rank: 2, Kappa: []float64{1, 1, 2, 2, -1, -1}}
	if _, _, ok := Canonical(n, []float64{1, 1, 1}, s, []int{0, 1, 2}); ok {
		t.Error("latents on a line were whitened")
	}
}
