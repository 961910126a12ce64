package subspace

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// Gradient descent on n alone, from any start, ends with the same identified
// part; what it has outside is a copy of its start (method.md, P7 and check C4).
// The identified part is the smallest n with that field.
func TestDescentMovesTheIdentifiedPartAlone(t *testing.T) {
	const states = 4
	net, visited := recorded([]float64{1.8}, 1, 30, 400)
	phi, err := features(t.Context(), net, visited, []int{3, 55, 130, 310})
	if err != nil {
		t.Fatal(err)
	}
	d, err := decompose(t.Context(), phi, net.Neurons, states, 1e-12)
	if err != nil {
		t.Fatal(err)
	}
	if d.kept != states {
		t.Fatalf("%d states span %d directions", states, d.kept)
	}
	a := mat.NewDense(net.Neurons, states, phi)
	var field mat.VecDense
	field.MulVec(a.T(), mat.NewVecDense(net.Neurons, net.N))
	// The step of each direction is that of Newton's method, which leaves the
	// span of the gradients alone and gets there in few steps.
	var gram, inverse mat.Dense
	gram.Mul(a.T(), a)
	if err := inverse.Inverse(&gram); err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(8, 9))
	want := d.project(net.N, 1)
	worst := 0.0
	for range 4 {
		start := make([]float64, net.Neurons)
		for i := range start {
			start[i] = 2 * r.NormFloat64()
		}
		n := mat.NewVecDense(net.Neurons, append([]float64(nil), start...))
		for range 60 {
			var miss, along, step mat.VecDense
			miss.MulVec(a.T(), n)
			miss.SubVec(&miss, &field)
			along.MulVec(&inverse, &miss)
			step.MulVec(a, &along)
			n.AddScaledVec(n, -0.5, &step)
		}
		end := n.RawVector().Data
		identified, before := d.project(end, 1), d.project(start, 1)
		for i := range end {
			worst = max(worst, math.Abs(identified[i]-want[i]))
			if math.Abs(identified[i]-want[i]) > 1e-10 {
				t.Fatalf("neuron %d: the identified part ends at %v, it is %v", i, identified[i], want[i])
			}
			if kept := start[i] - before[i]; math.Abs(end[i]-identified[i]-kept) > 1e-10 {
				t.Fatalf("neuron %d: outside of it descent ends at %v, it began at %v", i, end[i]-identified[i], kept)
			}
		}
		if sumSquares(want) > sumSquares(end) {
			t.Errorf("|n|² %v of the identified part is not the smallest: %v", sumSquares(want), sumSquares(end))
		}
	}
	t.Logf("identified parts end within %.2g of one another's", worst)
}
