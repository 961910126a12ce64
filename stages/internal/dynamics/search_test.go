package dynamics

import (
	"math"
	"testing"
)

// TestSearchFindsAll wants the 3^R fixed points, 2^R of them stable, of latents
// that know nothing of each other, F_c = 2 tanh κ_c, seen in coordinates in which
// all of them do.
func TestSearchFindsAll(t *testing.T) {
	root := 1.9150080481545375 // κ = 2 tanh κ
	for r := 1; r <= 4; r++ {
		// A reflection: symmetric, and its own inverse.
		reflect := func(dst, x []float64) {
			along, size := 0.0, 0.0
			for i, v := range x {
				along += float64(i+1) * v
				size += float64((i + 1) * (i + 1))
			}
			for i, v := range x {
				dst[i] = v - 2*along/size*float64(i+1)
			}
		}
		field := func(dst, kappa []float64) {
			own := make([]float64, r)
			reflect(own, kappa)
			for i, v := range own {
				own[i] = 2 * math.Tanh(v)
			}
			reflect(dst, own)
		}
		jacobian := func(dst, kappa []float64) {
			const h = 1e-6
			up, down, at := make([]float64, r), make([]float64, r), append([]float64{}, kappa...)
			for b := range r {
				at[b] = kappa[b] + h
				field(up, at)
				at[b] = kappa[b] - h
				field(down, at)
				at[b] = kappa[b]
				for a := range r {
					dst[a*r+b] = (up[a] - down[a]) / (2 * h)
				}
			}
		}
		extent, bound := make([]float64, r), make([]float64, r)
		for i := range r {
			extent[i], bound[i] = 1.5, 2*math.Sqrt(float64(r))
		}
		found, sum, err := Search(t.Context(), 2, field, jacobian, [][]float64{make([]float64, r)}, extent, bound)
		if err != nil {
			t.Fatal(err)
		}
		stable := Stable(found)
		if want := int(math.Pow(3, float64(r))); len(found) != want || len(stable) != 1<<r || sum != 1 {
			t.Errorf("%d latents: %d fixed points, %d of them stable, index sum %d; want %d, %d, 1", r, len(found), len(stable), sum, want, 1<<r)
		}
		for _, p := range stable {
			own := make([]float64, r)
			reflect(own, p.Kappa)
			for _, v := range own {
				if math.Abs(math.Abs(v)-root) > 1e-8 {
					t.Errorf("%d latents: a stable point at %v", r, own)
				}
			}
		}
	}
}
