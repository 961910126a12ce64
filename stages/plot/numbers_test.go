package plot

import (
	"math"
	"slices"
	"testing"

	"reprise/artifacts"
	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/tables"
	"reprise/stages/internal/trials"
)

func TestSummary(t *testing.T) {
	r := repeated{x: []float64{2, 1, 2, 2, 3, 3}, y: []float64{1, 7, 2, 3, math.NaN(), 4}}
	x, mean, se := r.summary()
	if !slices.Equal(x, []float64{1, 2, 3}) || !slices.Equal(mean, []float64{7, 2, 4}) {
		t.Errorf("means %v at %v", mean, x)
	}
	if !math.IsNaN(se[0]) || math.Abs(se[1]-1/math.Sqrt(3)) > 1e-12 || !math.IsNaN(se[2]) {
		t.Errorf("standard errors %v", se)
	}
	r = repeated{x: []float64{1, 1}, y: []float64{3, 4}, squares: true}
	if _, mean, se := r.summary(); math.Abs(mean[0]-math.Sqrt(12.5)) > 1e-12 || math.Abs(se[0]-3.5/(2*math.Sqrt(12.5))) > 1e-12 {
		t.Errorf("root mean square %v ± %v", mean, se)
	}
}

// TestNetworkInTheLawsGauge holds that weights mapped into a gauge give the same
// field there: F'(A κ, v / s) = A F(κ, v).
func TestNetworkInTheLawsGauge(t *testing.T) {
	n := lrrnn.New(5, 2, 2)
	for i := range n.M {
		n.M[i], n.N[i], n.B[i] = math.Sin(float64(i)), math.Cos(3*float64(i)), math.Sin(2+float64(i))
	}
	a, scales := []float64{2, 0.5, -1, 3}, []float64{0.5, 4}
	latent := artifacts.Dim{Name: tables.Latent, Size: 2}
	law := artifacts.New(artifacts.NewTable("gauge", artifacts.Dim{Name: "gauge", Size: 1},
		artifacts.Floats("A", "", a, latent, artifacts.Dim{Name: "target_latent", Size: 2}), artifacts.Floats("input_scale", "", scales, artifacts.Dim{Name: tables.Channel, Size: 2})))
	mapped, err := readMapped(artifacts.New(tables.Network(n)), law)
	if err != nil {
		t.Fatal(err)
	}
	kappa, v := []float64{0.3, -0.7}, []float64{1.5, -2}
	own, there := make([]float64, 2), make([]float64, 2)
	n.Field(own, kappa, v)
	mapped.Field(there, []float64{a[0]*kappa[0] + a[1]*kappa[1], a[2]*kappa[0] + a[3]*kappa[1]}, []float64{v[0] / scales[0], v[1] / scales[1]})
	for i := range there {
		if want := a[2*i]*own[0] + a[2*i+1]*own[1]; math.Abs(there[i]-want) > 1e-12 {
			t.Errorf("field %v in the gauge, want %v", there[i], want)
		}
	}
}

func TestDrawnByShare(t *testing.T) {
	w := weights{of: map[string][]float64{"b": {1, 2, 3}}, share: []float64{0.5, 0, 0.5}}
	if got := w.drawn("b", 4); !slices.Equal(got, []float64{1, 1, 3, 3}) {
		t.Errorf("drawn %v", got)
	}
	w.share = nil
	if got := w.drawn("b", 2); !slices.Equal(got, []float64{1, 2}) {
		t.Errorf("drawn %v", got)
	}
}

// TestDensities holds that a histogram that covers a set has an area of 1.
func TestDensities(t *testing.T) {
	w := weights{of: map[string][]float64{"b": {0.1, 0.2, 0.7, 0.9}}}
	for _, w.share = range [][]float64{nil, {0.7, 0.1, 0.1, 0.1}} {
		h, area := w.histogram("b", span{lo: 0, hi: 2}), 0.0
		for _, y := range h {
			area += y * 2 / float64(len(h))
		}
		if math.Abs(area-1) > 1e-12 {
			t.Errorf("area %v", area)
		}
	}
}

func TestCourseEndsWithHalfTheTrials(t *testing.T) {
	r := &rates{steps: 4, neurons: 2, trials: []float64{4, 4, 2, 1, 0, 0, 0, 0}, data: make([]float64, 16)}
	for k := range r.data {
		r.data[k] = float64(k)
	}
	if got := r.course(r.data, 0, 1); !slices.Equal(got, []float64{1, 3, 5}) {
		t.Errorf("course %v", got)
	}
	if got := r.course(r.data, 1, 0); got != nil {
		t.Errorf("course of no trials: %v", got)
	}
}

func TestRowsByChoice(t *testing.T) {
	tr := &trials.Trials{Steps: []int{1, 1, 1, 1}, First: []int{0, 1, 2, 3}, Choice: []int{1, 0, 1, 0}}
	if got := rasterRows(tr); !slices.Equal(got, []int{1, 3, 0, 2}) {
		t.Errorf("rows %v", got)
	}
}

func TestPairsAreSymmetric(t *testing.T) {
	m, err := pairDistances(artifacts.NewTable("pairs", artifacts.Dim{Name: "pair", Size: 3},
		artifacts.Ints("first", "", []int64{0, 0, 1}), artifacts.Ints("second", "", []int64{1, 2, 2}), artifacts.Floats("distance", "", []float64{1, 2, 3})))
	if err != nil || !slices.Equal(m.values, []float64{0, 1, 2, 1, 0, 3, 2, 3, 0}) {
		t.Errorf("distances %v, %v", m, err)
	}
	if _, err := pairDistances(artifacts.NewTable("pairs", artifacts.Dim{Name: "pair", Size: 1},
		artifacts.Ints("first", "", []int64{0}), artifacts.Ints("second", "", []int64{1 << 40}), artifacts.Floats("distance", "", []float64{1}))); err == nil {
		t.Error("a pair of very many fits")
	}
}

func TestLongNamesKeepTheirEnds(t *testing.T) {
	style := legendStyle()
	text := "a name that is the same for all of them 17"
	got := shortened(style, text, 80)
	if style.Width(got) > 80 || []rune(got)[len([]rune(got))-1] != '7' {
		t.Errorf("%q, %v wide", got, style.Width(got))
	}
	for _, line := range wrapped(style, text+" "+text, 60) {
		if style.Width(line) > 60 {
			t.Errorf("line %q is %v wide", line, style.Width(line))
		}
	}
}
