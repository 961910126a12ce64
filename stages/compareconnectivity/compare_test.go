package compareconnectivity

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"reprise/artifacts"
	"reprise/spec"
	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/rng"
	"reprise/stages/internal/tables"
)

func random(neurons, rank, seed int) *lrrnn.Network {
	r := rng.New(seed, "test network")
	net := lrrnn.New(neurons, rank, 1)
	for _, v := range [][]float64{net.M, net.N, net.B, net.Bias} {
		for i := range v {
			v[i] = r.NormFloat64()
		}
	}
	return net
}

// regauged is the same network with its latents in another basis: n A, m A^-T.
func regauged(net *lrrnn.Network, a *mat.Dense) *lrrnn.Network {
	var inverse mat.Dense
	if err := inverse.Inverse(a); err != nil {
		panic(err)
	}
	out := lrrnn.New(net.Neurons, net.Rank, net.Inputs)
	mat.NewDense(net.Neurons, net.Rank, out.N).Mul(dense(net.N, net.Neurons, net.Rank), a)
	mat.NewDense(net.Neurons, net.Rank, out.M).Mul(dense(net.M, net.Neurons, net.Rank), inverse.T())
	return out
}

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > within {
		t.Errorf("%s is %g, not %g within %g", what, got, want, within)
	}
}

// TestGauge wants that another basis of the latents is no difference, though no
// entry of m and n is the same.
func TestGauge(t *testing.T) {
	net := random(40, 2, 1)
	copied := regauged(net, mat.NewDense(2, 2, []float64{3, 1, -2, 0.5}))
	near(t, "distance", distance(net, copied), 0, 1e-13)
	near(t, "angle of m", largestAngle(newSpan(net.M, 40, 2), newSpan(copied.M, 40, 2)), 0, 1e-12)
	near(t, "angle of n", largestAngle(newSpan(net.N, 40, 2), newSpan(copied.N, 40, 2)), 0, 1e-12)
}

// TestDistance compares with the difference of the full matrices.
func TestDistance(t *testing.T) {
	for _, ranks := range [][2]int{{1, 1}, {2, 2}, {1, 3}} {
		a, b := random(30, ranks[0], 2), random(30, ranks[1], 3)
		w := func(net *lrrnn.Network) *mat.Dense {
			var out mat.Dense
			out.Mul(dense(net.N, 30, net.Rank), dense(net.M, 30, net.Rank).T())
			return &out
		}
		var d mat.Dense
		d.Sub(w(a), w(b))
		na, nb := mat.Norm(w(a), 2), mat.Norm(w(b), 2)
		near(t, "distance", distance(a, b), mat.Norm(&d, 2)/math.Sqrt((na*na+nb*nb)/2), 1e-12)
		near(t, "distance the other way", distance(b, a), distance(a, b), 1e-14)
	}
	a := random(5, 2, 4)
	opposite := regauged(a, mat.NewDense(2, 2, []float64{1, 0, 0, 1}))
	for i := range opposite.N {
		opposite.N[i] = -opposite.N[i]
	}
	near(t, "distance of the opposite", distance(a, opposite), 2, 1e-13)
	near(t, "distance of nothing from nothing", distance(lrrnn.New(5, 2, 1), lrrnn.New(5, 2, 1)), 0, 0)
	few := random(3, 2, 5) // fewer neurons than the columns of the difference
	near(t, "distance of few neurons from themselves", distance(few, few), 0, 1e-13)
}

// TestAngles wants known angles, small ones included.
func TestAngles(t *testing.T) {
	for _, degrees := range []float64{0, 1e-8, 0.5, 30, 89.999, 90} {
		s, c := math.Sincos(degrees * math.Pi / 180)
		plane := newSpan([]float64{1, 0, 0, 1, 0, 0, 0, 0}, 4, 2)
		tilted := newSpan([]float64{1, 0, 0, c, 0, s, 0, 0}, 4, 2)
		near(t, "angle", largestAngle(plane, tilted), degrees, 1e-12+1e-9*degrees)
		line := newSpan([]float64{0, c, s, 0}, 4, 1)
		near(t, "angle of a line", largestAngle(line, plane), degrees, 1e-12+1e-9*degrees)
		near(t, "angle of a line the other way", largestAngle(plane, line), degrees, 1e-12+1e-9*degrees)
	}
	near(t, "angle with nothing", largestAngle(newSpan(nil, 4, 0), newSpan([]float64{1, 0, 0, 0}, 4, 1)), 0, 0)
}

func run(t *testing.T, networks []*lrrnn.Network, modes []*artifacts.Artifact) (*artifacts.Artifact, error) {
	t.Helper()
	var inputs []*artifacts.Artifact
	for _, net := range networks {
		inputs = append(inputs, artifacts.New(tables.Network(net)))
	}
	return Kind.New().Run(t.Context(), spec.NewEnv(spec.EnvConfig{Inputs: map[string][]*artifacts.Artifact{"fits": inputs, "subspaces": modes}}))
}

func subspace(neurons int, v ...float64) *artifacts.Artifact {
	return artifacts.New(artifacts.NewTable("modes", artifacts.Dim{Name: tables.Neuron, Size: neurons},
		artifacts.Floats("mode", "", v, artifacts.Dim{Name: "mode", Size: len(v) / neurons})))
}

// TestRun compares three networks, two of which are the same in other gauges.
func TestRun(t *testing.T) {
	net := random(3, 1, 6)
	same := regauged(net, mat.NewDense(1, 1, []float64{-2}))
	other := random(3, 1, 7)
	out, err := run(t, []*lrrnn.Network{net, same, other}, []*artifacts.Artifact{subspace(3, 1, 0, 0), subspace(3, 1, 0, 0), subspace(3, 0, 1, 0)})
	if err != nil {
		t.Fatal(err)
	}
	pairs, err := out.Table("pairs")
	if err != nil {
		t.Fatal(err)
	}
	d, err := pairs.Floats("distance")
	if err != nil {
		t.Fatal(err)
	}
	near(t, "distance of the same", d[0], 0, 1e-13)
	near(t, "distance of others", d[1], d[2], 1e-13)
	m := out.Metrics()
	near(t, "mean distance", m["distance"], (d[0]+d[1]+d[2])/3, 1e-15)
	near(t, "largest distance", m["max_distance"], d[1], 1e-13)
	near(t, "mean angle of identified subspaces", m["angle_identified"], 60, 1e-12)
}

// TestRefusals wants errors where networks do not fit together.
func TestRefusals(t *testing.T) {
	a, b := random(3, 1, 1), random(4, 1, 1)
	for name, networks := range map[string][]*lrrnn.Network{"one": {a}, "other neurons": {a, b}} {
		if _, err := run(t, networks, nil); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	for name, modes := range map[string][]*artifacts.Artifact{"too few": {subspace(3, 1, 0, 0)}, "other neurons": {subspace(3, 1, 0, 0), subspace(2, 1, 0)}} {
		if _, err := run(t, []*lrrnn.Network{a, a}, modes); err == nil {
			t.Errorf("subspaces, %s: no error", name)
		}
	}
}
