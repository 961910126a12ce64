package mixture

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Draws weighted with base over mixture are the base's, whatever the mixture follows:
// the weights' mean is 1, and what they give the second moments is the identity.
func TestWeightsTurnTheMixtureIntoItsBase(t *testing.T) {
	points := [][]float64{{3, 1, 0}, {-1, 2, 0.5}, {0, 0.1, 4}}
	for name, m := range map[string]Mixture{
		"defensive": Defensive(3),
		"around":    Around(3, []float64{0.5, 0.3, 0.2}, func(y []float64, s int) { copy(y, points[s]) }),
	} {
		const draws = 200_000
		r := rand.New(rand.NewPCG(1, 2))
		y, mean := make([]float64, 3), 0.0
		var second [3][3]float64
		for range draws {
			m.Draw(y, r)
			w := math.Exp(m.LogWeight(y)) / draws
			if most := 1 / m.Parts[0].Share; w*draws > most*(1+1e-12) {
				t.Fatalf("%s: a weight of %v is over %v", name, w*draws, most)
			}
			mean += w
			for i := range y {
				for j := range y {
					second[i][j] += w * y[i] * y[j]
				}
			}
		}
		if math.Abs(mean-1) > 0.01 {
			t.Errorf("%s: weights have the mean %v", name, mean)
		}
		for i, row := range second {
			for j, v := range row {
				want := 0.0
				if i == j {
					want = 1
				}
				if math.Abs(v-want) > 0.02 {
					t.Errorf("%s: second moment %d, %d of the weighted draws is %v", name, i, j, v)
				}
			}
		}
	}
}

// Many coordinates are as good as few: of the base alone, weights are those of two
// Gaussians in each.
func TestManyCoordinates(t *testing.T) {
	y := make([]float64, 40)
	for i := range y {
		y[i] = 0.1 * float64(i%5)
	}
	square := 0.0
	for _, x := range y {
		square += x * x
	}
	want := -math.Log(0.5 + 0.5*math.Exp(square/2-square/8-40*math.Log(2)))
	if got := Defensive(40).LogWeight(y); math.Abs(got-want) > 1e-12 {
		t.Errorf("log weight %v, not %v", got, want)
	}
}

// Weights that are no numbers leave the defensive mixture.
func TestAroundNothing(t *testing.T) {
	m := Around(2, []float64{math.NaN()}, func(y []float64, _ int) { y[0], y[1] = 1, 1 })
	if len(m.Parts) != 2 {
		t.Errorf("%d components follow weights that are not finite", len(m.Parts))
	}
}
