package dynamics

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

// meanField is E[n tanh(m·κ + b)] with m ~ N(0, I), b ~ N(0, 0.3²) and n = J m,
// in closed form up to a one-dimensional integral: by Stein's lemma it is
// J κ g(√(|κ|² + 0.09)), g(Δ) = E tanh'(Δ ξ).
func meanField(coupling []float64, r int) Field {
	return func(dst, kappa []float64) {
		variance := 0.09
		for _, k := range kappa {
			variance += k * k
		}
		g := gain(math.Sqrt(variance))
		for a := range r {
			dst[a] = 0
			for b := range r {
				dst[a] += coupling[a*r+b] * kappa[b] * g
			}
		}
	}
}

// gain is E tanh'(Δ ξ) by the trapezoid rule.
func gain(delta float64) float64 {
	sum, weight := 0.0, 0.0
	for x := -8.0; x <= 8; x += 0.02 {
		w := math.Exp(-x * x / 2)
		h := math.Tanh(delta * x)
		sum += w * (1 - h*h)
		weight += w
	}
	return sum / weight
}

// differences is the Jacobian of f by central differences.
func differences(f Field, r int) Field {
	return func(dst, kappa []float64) {
		up, down := make([]float64, r), make([]float64, r)
		for b := range r {
			at := kappa[b]
			kappa[b] = at + 1e-5
			f(up, kappa)
			kappa[b] = at - 1e-5
			f(down, kappa)
			kappa[b] = at
			for a := range r {
				dst[a*r+b] = (up[a] - down[a]) / 2e-5
			}
		}
	}
}

func starts(r, count int) [][]float64 {
	random := rand.New(rand.NewPCG(1, 2))
	out := make([][]float64, count)
	for i := range out {
		for range r {
			out[i] = append(out[i], 5*random.Float64()-2.5)
		}
	}
	return out
}

// The fixed points of the planted networks are those of method.md, section 11.
func TestPlantedFixedPoints(t *testing.T) {
	f := meanField([]float64{1.8}, 1)
	got, err := FixedPoints(context.Background(), 2, f, differences(f, 1), starts(1, 20))
	if err != nil {
		t.Fatal(err)
	}
	want := []Point{{Kappa: []float64{-1.10730}, Rate: -0.6128}, {Kappa: []float64{0}, Rate: 0.6615}, {Kappa: []float64{1.10730}, Rate: -0.6128}}
	if len(got) != len(want) {
		t.Fatalf("bistable has the fixed points %v", got)
	}
	for i, w := range want {
		if math.Abs(got[i].Kappa[0]-w.Kappa[0]) > 1e-5 || math.Abs(got[i].Rate-w.Rate) > 1e-4 || got[i].Stable() != (i != 1) {
			t.Errorf("fixed point %v, not %v", got[i], w)
		}
	}
	if len(Stable(got)) != 2 {
		t.Errorf("stable: %v", Stable(got))
	}

	f = meanField([]float64{1.8, -0.9, 0.9, 1.8}, 2)
	got, err = FixedPoints(context.Background(), 2, f, differences(f, 2), starts(2, 20))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 || norm(got[0].Kappa) > 1e-6 || math.Abs(got[0].Rate-0.6614) > 2e-4 {
		t.Errorf("the cycle has the fixed points %v, not one unstable focus at 0", got)
	}
}

// Four attractors on the axes' diagonals, four saddles and the origin: all nine
// are found, with a field that acts on each latent alone.
func TestManyFixedPoints(t *testing.T) {
	f := func(dst, kappa []float64) {
		for i, k := range kappa {
			dst[i] = 2 * math.Tanh(k)
		}
	}
	got, err := FixedPoints(context.Background(), 2, f, differences(f, 2), starts(2, 200))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 9 || len(Stable(got)) != 4 {
		t.Errorf("%d fixed points, %d stable; there are 9 and 4: %v", len(got), len(Stable(got)), got)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	f := meanField([]float64{1.8}, 1)
	if _, err := FixedPoints(ctx, 2, f, differences(f, 1), starts(1, 3)); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v after cancelling", err)
	}
}
