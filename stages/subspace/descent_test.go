package subspace

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// Gradient descent on n alone, from any start, ends with the same identified
// part; what it has outside is a copy of its start (method.md, P7 and check C4), for
// the gradient of the loss has nothing there. The identified part is the smallest n
// with that field.
func TestDescentMovesTheIdentifiedPartAlone(t *testing.T) {
	const states = 3
	net, visited := recorded([]float64{1.8}, 1, 30, 400)
	var steps []int // the states nearest to these, far apart, so that descent is quick
	for _, at := range []float64{-2, 0, 1} {
		nearest := 0
		for t, kappa := range visited.Kappa {
			if math.Abs(kappa-at) < math.Abs(visited.Kappa[nearest]-at) {
				nearest = t
			}
		}
		steps = append(steps, nearest)
	}
	phi, err := features(t.Context(), net, visited, steps)
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
	// Descent as a fit would do it: the loss is the mean square by which the network's
	// field misses, and its gradient by n is taken by differences, which are exact for a
	// square. It knows nothing of the directions that the field identifies.
	kappa := make([]float64, 0, states)
	for _, t := range steps {
		at, _ := visited.At(t)
		kappa = append(kappa, at...)
	}
	target, err := net.Fields(t.Context(), 1, kappa, nil)
	if err != nil {
		t.Fatal(err)
	}
	own := *net
	loss := func(n []float64) float64 {
		own.N = n
		field, err := own.Fields(t.Context(), 1, kappa, nil)
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for i, f := range field {
			miss := f - target[i]
			sum += miss * miss / states
		}
		return sum
	}
	gradient := func(n []float64) []float64 {
		const h = 0.5
		out := make([]float64, len(n))
		for i, x := range n {
			n[i] = x + h
			up := loss(n)
			n[i] = x - h
			out[i] = (up - loss(n)) / (2 * h)
			n[i] = x
		}
		return out
	}
	rate := 0.9 * float64(net.Neurons) / sumSquares(d.singular[:1]) // at 1 it would no longer come to rest
	r := rand.New(rand.NewPCG(8, 9))
	want := d.project(net.N, 1)
	worst := 0.0
	for range 3 {
		start := make([]float64, net.Neurons)
		for i := range start {
			start[i] = 2 * r.NormFloat64()
		}
		end := slices.Clone(start)
		iterations := 0
		for ; loss(end) > 1e-20; iterations++ {
			for i, g := range gradient(end) {
				end[i] -= rate * g
			}
			if iterations == 100_000 {
				t.Fatalf("descent is not at its end after %d steps: loss %v", iterations, loss(end))
			}
		}
		t.Logf("%d steps", iterations)
		identified, before := d.project(end, 1), d.project(start, 1)
		for i := range end {
			worst = max(worst, math.Abs(identified[i]-want[i]))
			if math.Abs(identified[i]-want[i]) > 1e-7 {
				t.Fatalf("neuron %d: the identified part ends at %v, it is %v", i, identified[i], want[i])
			}
			if kept := start[i] - before[i]; math.Abs(end[i]-identified[i]-kept) > 1e-7 {
				t.Fatalf("neuron %d: outside of it descent ends at %v, it began at %v", i, end[i]-identified[i], kept)
			}
		}
		if sumSquares(want) > sumSquares(end) {
			t.Errorf("|n|² %v of the identified part is not the smallest: %v", sumSquares(want), sumSquares(end))
		}
	}
	t.Logf("identified parts end within %.2g of one another's", worst)
}
