package lrrnn

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"
)

// Many states at a time give what the network gives one by one, for any number
// of threads to the last bit.
func TestFields(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	n := New(700, 2, 3)
	s := &States{Rank: 2, Inputs: 3}
	for _, x := range [][]float64{n.M, n.N, n.B, n.Bias} {
		for i := range x {
			x[i] = r.NormFloat64()
		}
	}
	for range 150 {
		s.Kappa = append(s.Kappa, r.NormFloat64(), r.NormFloat64())
		s.V = append(s.V, r.NormFloat64(), r.NormFloat64(), r.NormFloat64())
	}
	one, err := n.Fields(context.Background(), 1, s.Kappa, s.V)
	if err != nil {
		t.Fatal(err)
	}
	two, err := n.Fields(context.Background(), 2, s.Kappa, s.V)
	if err != nil {
		t.Fatal(err)
	}
	f := make([]float64, 2)
	for i := range s.Len() {
		kappa, v := s.At(i)
		n.Field(f, kappa, v)
		for a := range f {
			if math.Abs(f[a]-one[2*i+a]) > 1e-13 || one[2*i+a] != two[2*i+a] {
				t.Fatalf("state %d: %v alone, %v and %v among others", i, f[a], one[2*i+a], two[2*i+a])
			}
		}
	}
}
