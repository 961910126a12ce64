package marginal

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

var marginals = map[string]Marginal{
	"gaussian": {Family: Gaussian, Scale: 1.5}, "laplace": {Family: Laplace, Scale: 0.7},
	"t0.7": {Family: StudentT, Scale: 0.5, Freedom: 0.7}, "cauchy": {Family: StudentT, Scale: 2, Freedom: 1},
	"t2": {Family: StudentT, Scale: 1, Freedom: 2}, "t30": {Family: StudentT, Scale: 1, Freedom: 30},
}

// TestMarginalsAreMonotoneImages: At and Normal are inverse, and the density of
// x = At(y) is that of y over dx/dy, far into the tails.
func TestMarginalsAreMonotoneImages(t *testing.T) {
	for name, m := range marginals {
		for _, y := range []float64{1e-9, 1e-3, 0.1, 0.6, 0.7, 1, 2, 4, 6, 8, 12} {
			x := m.At(y)
			if m.At(-y) != -x || m.Normal(-x) != -m.Normal(x) {
				t.Errorf("%s is not odd at %g", name, y)
			}
			near(t, name+": inverse", m.Normal(x), y, 1e-9*max(1, y))
			const h = 1e-4
			slope := (m.At(y*(1+h)) - m.At(y*(1-h))) / (2 * h * y)
			want := -y*y/2 - math.Log(2*math.Pi)/2 - math.Log(slope)
			near(t, name+": log density", m.LogDensity(x), want, 1e-5*max(1, y*y))
		}
	}
}

// TestMarginalsAgainstGonum compares densities and quantiles with a library's.
func TestMarginalsAgainstGonum(t *testing.T) {
	for _, c := range []struct {
		m    Marginal
		want distuv.Quantiler
		log  func(float64) float64
	}{
		{marginals["laplace"], distuv.Laplace{Scale: 0.7 / math.Sqrt2}, distuv.Laplace{Scale: 0.7 / math.Sqrt2}.LogProb},
		{marginals["t2"], distuv.StudentsT{Sigma: 1, Nu: 2}, distuv.StudentsT{Sigma: 1, Nu: 2}.LogProb},
		{marginals["cauchy"], distuv.StudentsT{Sigma: 2, Nu: 1}, distuv.StudentsT{Sigma: 2, Nu: 1}.LogProb},
	} {
		for _, y := range []float64{-3, -1, -0.2, 0.5, 2} {
			x := c.want.Quantile(distuv.UnitNormal.CDF(y))
			near(t, string(c.m.Family), c.m.At(y), x, 1e-6*math.Abs(x))
			near(t, string(c.m.Family), c.m.LogDensity(x), c.log(x), 1e-9)
		}
	}
}

// TestNoCoordinate: a scale of 0 is a coordinate that is always 0.
func TestNoCoordinate(t *testing.T) {
	m := Marginal{Family: Gaussian}
	if m.At(3) != 0 || m.Normal(0) != 0 || m.LogDensity(0) != 0 {
		t.Error("a coordinate of scale 0 is not always 0")
	}
}

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > within {
		t.Errorf("%s is %g, not %g within %g", what, got, want, within)
	}
}
