package law

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/marginal"
)

// planted is a law with multipliers that nobody fitted: any are a law. Its
// targets are its own field, from nodes on a grid. weights are over (m, b),
// twice as wide as the base, so that the law's mass is all there.
func planted(t *testing.T) *Law {
	t.Helper()
	const fitted, all, grid = 12, 40, 161
	l := &Law{Rank: 1, Base: []marginal.Marginal{{Family: marginal.Gaussian, Scale: 1}, {Family: marginal.Gaussian, Scale: 0.3}}, Spread: 0.8}
	l.Targets = Targets{States: &lrrnn.States{Rank: 1}, Fitted: fitted, Field: make([]float64, all)}
	for i := range all {
		l.Targets.States.Kappa = append(l.Targets.States.Kappa, 2*math.Sin(float64(7*i)))
	}
	for j := range fitted {
		l.Lambda = append(l.Lambda, 0.25*l.Targets.States.Kappa[j])
	}
	l.Nodes = lrrnn.New(grid*grid, 1, 0)
	for i := range grid * grid {
		l.Nodes.M[i] = 7 * (2*float64(i%grid)/(grid-1) - 1)
		l.Nodes.Bias[i] = 2 * (2*float64(i/grid)/(grid-1) - 1)
	}
	l.Nodes.N = means(t, l, l.Nodes.M, l.Nodes.Bias)
	total := 0.0
	for i, n := range l.Nodes.N {
		m, b := l.Nodes.M[i], l.Nodes.Bias[i]/0.3
		l.Weight = append(l.Weight, math.Exp(-(m*m+b*b)/2+n*n/(2*l.Spread*l.Spread)))
		total += l.Weight[i]
	}
	for i := range l.Weight {
		l.Weight[i] /= total
	}
	field, err := l.MeanField().Fields(t.Context(), 1, l.Targets.States.Kappa, nil)
	if err != nil {
		t.Fatal(err)
	}
	l.Targets.Field = field
	return l
}

func means(t *testing.T, l *Law, m, rest []float64) []float64 {
	t.Helper()
	out, err := l.Means(t.Context(), 2, m, rest)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > within {
		t.Errorf("%s is %g, not %g within %g", what, got, want, within)
	}
}

// TestMeans compares with the sum over states as it is written down.
func TestMeans(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	l := &Law{Rank: 2, Inputs: 1, Spread: 1.7, Targets: Targets{Fitted: 3, States: &lrrnn.States{Rank: 2, Inputs: 1}, Field: make([]float64, 10)}}
	for range 5 {
		l.Targets.States.Kappa = append(l.Targets.States.Kappa, r.NormFloat64(), r.NormFloat64())
		l.Targets.States.V = append(l.Targets.States.V, r.NormFloat64())
	}
	for range 6 {
		l.Lambda = append(l.Lambda, r.NormFloat64())
	}
	m, rest := []float64{0.3, -1, 2, 0.1}, []float64{0.5, -0.2, 1, 0.7}
	got := means(t, l, m, rest)
	for s := range 2 {
		for a := range 2 {
			want := 0.0
			for j := range 3 {
				kappa, v := l.Targets.States.At(j)
				x := m[2*s]*kappa[0] + m[2*s+1]*kappa[1] + rest[2*s]*v[0] + rest[2*s+1]
				want += 1.7 * 1.7 * l.Lambda[2*j+a] * math.Tanh(x)
			}
			near(t, "mean of n", got[2*s+a], want, 1e-13)
		}
	}
}

// moments of (m, b, n) that the law determines.
var moments = map[string]func(m, b, n float64) float64{
	"m²": func(m, _, _ float64) float64 { return m * m }, "b²": func(_, b, _ float64) float64 { return b * b },
	"nm": func(m, _, n float64) float64 { return n * m }, "m⁴": func(m, _, _ float64) float64 { return m * m * m * m },
	"n tanh(m+b)": func(m, b, n float64) float64 { return n * math.Tanh(m+b) },
}

// TestDrawsFollowTheLaw compares draws, by rejection and by resampling, with
// weighted nodes; also where the nodes that the envelope comes from lack the
// law's peak, so that it must be raised.
func TestDrawsFollowTheLaw(t *testing.T) {
	whole := planted(t)
	lacking := planted(t)
	for i, m := range lacking.Nodes.M {
		if math.Abs(m) > 0.5 {
			lacking.Nodes.M[i], lacking.Nodes.N[i] = 0, 0
		}
	}
	const count = 30000
	for name, l := range map[string]*Law{"whole": whole, "lacking": lacking} {
		sampler := l.NewSampler()
		rejected, err := sampler.Draw(t.Context(), 2, count, 1)
		if err != nil {
			t.Fatal(err)
		}
		resampled, err := sampler.Resample(t.Context(), 2, count, 2)
		if err != nil {
			t.Fatal(err)
		}
		if rejected.Acceptance < 0.01 || rejected.Acceptance > 1 || rejected.Effective < 100 {
			t.Errorf("%s: acceptance %g, effective sample size %g", name, rejected.Acceptance, rejected.Effective)
		}
		for how, d := range map[string]*Draw{"rejection": rejected, "resampling": resampled} {
			for what, f := range moments {
				want, got := 0.0, 0.0
				for i, p := range whole.Weight {
					want += p * f(whole.Nodes.M[i], whole.Nodes.Bias[i], whole.Nodes.N[i])
				}
				for i, m := range d.Network.M {
					got += f(m, d.Network.Bias[i], d.Network.N[i]) / count
				}
				near(t, name+": E "+what+" by "+how, got, want, 0.04*math.Abs(want))
			}
			residual := 0.0
			for i, n := range d.Network.N {
				residual += (n - d.Mean[i]) * (n - d.Mean[i]) / count
			}
			near(t, name+": variance of n given w", residual, l.Spread*l.Spread, 0.02)
		}
	}
}

// TestFiniteSize holds the exact finite-size law (check C1): the mean square
// error of 400 networks of 100 neurons is C²/N.
func TestFiniteSize(t *testing.T) {
	l := planted(t)
	at, want := l.Targets.HeldOut(20)
	c, err := FiniteSize(t.Context(), 2, l.Nodes, l.Weight, l.SquareN(), at)
	if err != nil {
		t.Fatal(err)
	}
	const draws, neurons = 400, 100
	sampler := l.NewSampler()
	total, size := 0.0, 0.0
	for i := range draws {
		d, err := sampler.Draw(t.Context(), 2, neurons, i)
		if err != nil {
			t.Fatal(err)
		}
		got, err := d.Network.Fields(t.Context(), 2, at.Kappa, nil)
		if err != nil {
			t.Fatal(err)
		}
		for k, f := range got {
			total += (f - want[k]) * (f - want[k]) / draws
		}
	}
	for _, f := range want {
		size += f * f
	}
	ratio := math.Sqrt(total/size) / (c / math.Sqrt(neurons))
	t.Logf("measured over predicted error is %.3f", ratio)
	near(t, "measured over predicted error", ratio, 1, 0.1) // nearly three standard errors of one degree of freedom
}

// TestCondition wants the constraints met, by a shift within the span of the
// modes, which makes it the smallest, and nothing changed by a second time.
func TestCondition(t *testing.T) {
	l := planted(t)
	d, err := l.NewSampler().Draw(t.Context(), 2, 300, 3)
	if err != nil {
		t.Fatal(err)
	}
	before := append([]float64{}, d.Network.N...)
	at, want := l.Targets.FittedTo()
	modes, shift, err := Condition(d.Network, at, want, 1e-5)
	if err != nil {
		t.Fatal(err)
	}
	if modes < 3 || modes > l.Targets.Fitted || shift < 0.01 || shift > 1 {
		t.Errorf("%d constraints, shift %g", modes, shift)
	}
	for _, part := range []func() (*lrrnn.States, []float64){l.Targets.FittedTo, func() (*lrrnn.States, []float64) { return l.Targets.HeldOut(100) }} {
		at, want := part()
		got, err := d.Network.Fields(t.Context(), 1, at.Kappa, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i, f := range got {
			near(t, "field", f, want[i], 2e-3)
		}
	}
	m, err := NewModes(d.Network, nil, at, 1e-5)
	if err != nil {
		t.Fatal(err)
	}
	move := mat.NewDense(300, 1, nil)
	for i, n := range d.Network.N {
		move.Set(i, 0, n-before[i])
	}
	rest := mat.DenseCopyOf(move)
	rest.Sub(rest, m.Project(move))
	near(t, "part of the shift outside of the modes", mat.Norm(rest, 2)/mat.Norm(move, 2), 0, 1e-6)
	if _, again, err := Condition(d.Network, at, want, 1e-5); err != nil || again > 1e-6 {
		t.Errorf("conditioned again, n moves by %g (%v)", again, err)
	}
}

// TestWeightedModes wants modes that are orthonormal under the weights, and a
// neuron of twice the weight to be two neurons.
func TestWeightedModes(t *testing.T) {
	n := lrrnn.New(3, 1, 0)
	copy(n.M, []float64{0.5, -1, 2})
	copy(n.Bias, []float64{0.1, 0.2, -0.5})
	twice := lrrnn.New(4, 1, 0)
	copy(twice.M, []float64{0.5, -1, 2, 2})
	copy(twice.Bias, []float64{0.1, 0.2, -0.5, -0.5})
	at := &lrrnn.States{Rank: 1, Kappa: []float64{-1, 0.3, 1.5}}
	weighted, err := NewModes(n, []float64{0.25, 0.25, 0.5}, at, 1e-1)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := NewModes(twice, nil, at, 1e-1)
	if err != nil {
		t.Fatal(err)
	}
	if weighted.Count != plain.Count || weighted.Count == 0 || weighted.Count == 3 {
		t.Fatalf("%d modes with weights, %d without", weighted.Count, plain.Count)
	}
	a := weighted.Project(mat.NewDense(3, 1, []float64{1, -2, 3}))
	b := plain.Project(mat.NewDense(4, 1, []float64{1, -2, 3, 3}))
	for i := range 3 {
		near(t, "projection", a.At(i, 0), b.At(i, 0), 1e-12)
	}
	gram := weighted.coefficients(weighted.Psi)
	for i := range weighted.Count {
		for j := range weighted.Count {
			near(t, "E ψψ", gram.At(i, j), map[bool]float64{true: 1}[i == j], 1e-12)
		}
	}
}

// TestSameForAnyThreads wants the same bits from one goroutine and from three.
func TestSameForAnyThreads(t *testing.T) {
	s := planted(t).NewSampler()
	var got [2]bytes.Buffer
	for i, threads := range []int{1, 3} {
		for _, draw := range []func() (*Draw, error){
			func() (*Draw, error) { return s.Draw(t.Context(), threads, 500, 1) },
			func() (*Draw, error) { return s.Resample(t.Context(), threads, 500, 1) },
		} {
			d, err := draw()
			if err != nil {
				t.Fatal(err)
			}
			if err := binary.Write(&got[i], binary.LittleEndian, append(append(d.Network.M, d.Network.N...), d.Network.Bias...)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if !bytes.Equal(got[0].Bytes(), got[1].Bytes()) {
		t.Error("draws differ")
	}
}
