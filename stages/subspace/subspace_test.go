package subspace

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/floats"

	"gonum.org/v1/gonum/mat"

	"reprise/artifacts"
	"reprise/spec"
	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/tables"
)

// recorded is a network of method.md, section 11 (m ~ N(0, I), b ~ N(0, 0.3²),
// n = J m + noise of 0.5) at states of its noisy trials from starts in [-2,2]^R.
func recorded(coupling []float64, rank, neurons, states int) (*lrrnn.Network, *lrrnn.States) {
	r := rand.New(rand.NewPCG(1, 2))
	n := lrrnn.New(neurons, rank, 0)
	for i := range neurons {
		for a := range rank {
			n.M[i*rank+a] = r.NormFloat64()
		}
		for a := range rank {
			n.N[i*rank+a] = 0.5 * r.NormFloat64()
			for b := range rank {
				n.N[i*rank+a] += coupling[a*rank+b] * n.M[i*rank+b]
			}
		}
		n.Bias[i] = 0.3 * r.NormFloat64()
	}
	s := &lrrnn.States{Rank: rank}
	f := make([]float64, rank)
	for s.Len() < states {
		k := make([]float64, rank)
		for a := range k {
			k[a] = 4*r.Float64() - 2
		}
		for range 100 {
			s.Kappa = append(s.Kappa, k...)
			n.Field(f, k, nil)
			for a := range k {
				k[a] += 0.1*(f[a]-k[a]) + 0.1*math.Sqrt(0.1)*r.NormFloat64()
			}
		}
	}
	return n, s
}

func run(t *testing.T, s *Subspace, n *lrrnn.Network, states *lrrnn.States) *artifacts.Artifact {
	t.Helper()
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	in := artifacts.New(tables.Network(n), tables.States(states))
	out, err := s.Run(context.Background(), spec.NewEnv(spec.EnvConfig{Inputs: map[string][]*artifacts.Artifact{"fit": {in}}}))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := out.Encode(); err != nil {
		t.Fatal(err)
	}
	return out
}

func subspace(tolerance float64) *Subspace {
	s := Kind.New().(*Subspace)
	s.Tolerance = tolerance
	return s
}

// The identified part alone gives the field; what is left out does not show.
// The modes are orthonormal and the leverages add up to their number.
func TestIdentifiedPartGivesTheField(t *testing.T) {
	n, s := recorded([]float64{1.8}, 1, 200, 1000)
	out := run(t, subspace(1e-3), n, s)
	neurons, err := out.Table("neurons")
	if err != nil {
		t.Fatal(err)
	}
	part := *n
	if part.N, err = neurons.Floats("n_identified"); err != nil {
		t.Fatal(err)
	}
	rest := *n
	rest.N = make([]float64, len(n.N))
	for i, x := range n.N {
		rest.N[i] = x - part.N[i]
	}
	full, hidden, f := 0.0, 0.0, make([]float64, 1)
	for t := range s.Len() {
		k, v := s.At(t)
		n.Field(f, k, v)
		full += f[0] * f[0]
		rest.Field(f, k, v)
		hidden += f[0] * f[0]
	}
	if math.Sqrt(hidden/full) > 1e-3 {
		t.Errorf("the part left out moves the field by %.2g of its size", math.Sqrt(hidden/full))
	}
	// All states were used, so that the metric is of the same ones.
	if said := out.Metrics()["field_error"]; math.Abs(said-math.Sqrt(hidden/full)) > 1e-9 {
		t.Errorf("field_error is %g, not %g", said, math.Sqrt(hidden/full))
	}
	if sumSquares(rest.N) < 0.02*sumSquares(n.N) {
		t.Error("hardly anything was left out, so the test shows nothing")
	}
	modes, err := out.Table("modes")
	if err != nil {
		t.Fatal(err)
	}
	u, err := modes.Array("mode", tables.Neuron, "mode")
	if err != nil {
		t.Fatal(err)
	}
	k := u.Size("mode")
	for a := range k {
		for b := range a + 1 {
			dot, want := 0.0, 0.0
			for i := range n.Neurons {
				dot += u.Data[i*k+a] * u.Data[i*k+b]
			}
			if a == b {
				want = 1
			}
			if math.Abs(dot-want) > 1e-10 {
				t.Fatalf("modes %d and %d: product %v", a, b, dot)
			}
		}
	}
	leverage, err := neurons.Floats("leverage")
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(floats.Sum(leverage)-float64(k)) > 1e-9 {
		t.Errorf("leverages add up to %v, there are %d modes", floats.Sum(leverage), k)
	}
}

// Weights are those of the formula, fall with noise, and go to all directions
// that exist without any.
func TestEffectiveDimension(t *testing.T) {
	n, s := recorded([]float64{1.8}, 1, 100, 400)
	dimension := func(noise float64) float64 {
		f := subspace(1e-2)
		f.FieldNoise = &noise
		return run(t, f, n, s).Metrics()["effective_dimension"]
	}
	low, middle, high := dimension(1e-2), dimension(0.1), dimension(100)
	if !(low > middle && middle > high) || high > 1.1 || low < 3 {
		t.Errorf("effective dimension %v, %v, %v at field noise 0.01, 0.1, 100", low, middle, high)
	}
	// The trace of the map from the field to what is estimated of it, A (AᵀA + λ)⁻¹ Aᵀ,
	// is the same number, without any singular value.
	var all []int
	for t := range s.Len() {
		all = append(all, t)
	}
	activity, err := features(t.Context(), n, s, all)
	if err != nil {
		t.Fatal(err)
	}
	a := mat.NewDense(n.Neurons, s.Len(), activity)
	var square, ridge, solved mat.Dense
	square.Mul(a, a.T())
	square.Scale(1/float64(n.Neurons*n.Neurons), &square)
	size := 0.1 * fieldSize(activity, n.N, n.Rank, s.Len())
	ridge.CloneFrom(&square)
	for i := range n.Neurons {
		ridge.Set(i, i, square.At(i, i)+size*size/(rms(n.N)*rms(n.N)))
	}
	if err := solved.Solve(&ridge, &square); err != nil {
		t.Fatal(err)
	}
	if trace := mat.Trace(&solved); math.Abs(middle/trace-1) > 1e-9 {
		t.Errorf("effective dimension %v, the trace is %v", middle, trace)
	}
	// One state, two neurons: e = |φ|²/N² in closed form.
	phi := []float64{0.6, 0.3}
	d, err := decompose(context.Background(), phi, 2, 1, 1e-3)
	if err != nil {
		t.Fatal(err)
	}
	e := (0.36 + 0.09) / 4
	if got := d.weights(0.2 * 0.2 / (0.5 * 0.5))[0]; math.Abs(got-e/(e+0.16)) > 1e-12 {
		t.Errorf("weight %v, not %v", got, e/(e+0.16))
	}
}

// Fewer states than neurons, and the other way round, give the same subspace.
func TestDecomposeEitherWay(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	const neurons, states = 8, 3
	phi := make([]float64, neurons*states)
	for i := range phi {
		phi[i] = r.NormFloat64()
	}
	few, err := decompose(context.Background(), phi, neurons, states, 1e-6)
	if err != nil {
		t.Fatal(err)
	}
	var repeated []float64 // each state four times: more states than neurons
	for i := range neurons {
		for range 4 {
			repeated = append(repeated, phi[i*states:(i+1)*states]...)
		}
	}
	many, err := decompose(context.Background(), repeated, neurons, 4*states, 1e-6)
	if err != nil {
		t.Fatal(err)
	}
	if few.kept != 3 || many.kept != 3 {
		t.Fatalf("dimensions %d and %d, not 3", few.kept, many.kept)
	}
	x := make([]float64, neurons)
	for i := range x {
		x[i] = r.NormFloat64()
	}
	a, b := few.project(x, 1), many.project(x, 1)
	for i := range a {
		if math.Abs(a[i]-b[i]) > 1e-12 || math.Abs(few.singular[min(i, 2)]-many.singular[min(i, 2)]) > 1e-12 {
			t.Errorf("projections %v and %v, singular values %v and %v", a, b, few.singular, many.singular)
			break
		}
	}
}

func TestBadInput(t *testing.T) {
	for _, s := range []*Subspace{subspace(0), subspace(1), subspace(math.NaN()), {Tolerance: 0.1}, {Tolerance: 0.1, States: 5, FieldNoise: new(float64)}} {
		if s.Check() == nil {
			t.Errorf("%+v is accepted", s)
		}
	}
	n, s := recorded([]float64{1.8}, 1, 20, 100)
	clear(n.M)
	clear(n.Bias)
	in := artifacts.New(tables.Network(n), tables.States(s))
	if _, err := subspace(0.1).Run(context.Background(), spec.NewEnv(spec.EnvConfig{Inputs: map[string][]*artifacts.Artifact{"fit": {in}}})); err == nil {
		t.Error("a network that never moves has an identified subspace")
	}
}
