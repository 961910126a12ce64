package smoother

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distmv"

	"reprise/stages/internal/rng"
)

// prior is the joint normal distribution of all states of a linear model.
func prior(m *toy, s *System) (mean *mat.VecDense, covariance *mat.SymDense) {
	r, n := m.rank, m.rank*m.steps
	mean, covariance = mat.NewVecDense(n, nil), mat.NewSymDense(n, nil)
	step := mat.NewDense(r, r, m.linear)
	outer := func(factor []float64) *mat.Dense {
		var q mat.Dense
		if factor == nil {
			return mat.NewDense(r, r, nil)
		}
		f := mat.NewDense(r, r, factor)
		q.Mul(f, f.T())
		return &q
	}
	at := append([]float64(nil), s.Start...)
	now := outer(s.StartNoise)
	for t := range m.steps {
		block := mat.DenseCopyOf(now)
		for later := t; later < m.steps; later++ { // Cov(κ_later, κ_t) = A^(later−t) P_t
			for i := range r {
				for j := range r {
					covariance.SetSym(t*r+j, later*r+i, block.At(i, j))
				}
			}
			var next mat.Dense
			next.Mul(step, block)
			block = &next
		}
		for i := range r {
			mean.SetVec(t*r+i, at[i])
		}
		next := make([]float64, r)
		m.next(next, at, t)
		at = next
		var carried mat.Dense
		carried.Product(step, now, step.T())
		carried.Add(&carried, outer(s.Noise))
		now = &carried
	}
	return mean, covariance
}

// exact is the posterior of a linear model with Gaussian observations and its
// evidence, by conditioning one large normal distribution: what the Kalman
// filter and the Rauch-Tung-Striebel smoother compute step by step.
func exact(t *testing.T, m *toy, s *System) (mean *mat.VecDense, covariance *mat.SymDense, logEvidence float64) {
	t.Helper()
	mu, sigma := prior(m, s)
	n, seen := m.rank*m.steps, m.neurons*m.steps
	read := mat.NewDense(seen, n, nil)
	offset := mat.NewVecDense(seen, nil)
	for step := range m.steps {
		for i := range m.neurons {
			offset.SetVec(step*m.neurons+i, m.offset[i])
			for j := range m.rank {
				read.Set(step*m.neurons+i, step*m.rank+j, m.gain[i*m.rank+j])
			}
		}
	}
	var expected mat.VecDense
	expected.MulVec(read, mu)
	expected.AddVec(&expected, offset)
	var cross, spread mat.Dense
	cross.Mul(sigma, read.T())
	spread.Mul(read, &cross)
	total := mat.NewSymDense(seen, nil)
	for i := range seen {
		for j := range i + 1 {
			total.SetSym(i, j, spread.At(i, j))
		}
		total.SetSym(i, i, spread.At(i, i)+1)
	}
	law, ok := distmv.NewNormal(expected.RawVector().Data, total, nil)
	if !ok {
		t.Fatal("the exact covariance is not positive")
	}
	logEvidence = law.LogProb(m.seen)
	var residual, shift mat.VecDense
	residual.SubVec(mat.NewVecDense(seen, m.seen), &expected)
	var factor mat.Cholesky
	factor.Factorize(total)
	var solved, drop mat.Dense
	if err := factor.SolveTo(&solved, cross.T()); err != nil {
		t.Fatal(err)
	}
	shift.MulVec(solved.T(), &residual)
	mean = mat.NewVecDense(n, nil)
	mean.AddVec(mu, &shift)
	drop.Mul(&cross, &solved)
	covariance = mat.NewSymDense(n, nil)
	for i := range n {
		for j := range i + 1 {
			covariance.SetSym(i, j, sigma.At(i, j)-drop.At(i, j))
		}
	}
	return mean, covariance, logEvidence
}

// linearCases are linear models with Gaussian observations.
func linearCases(f func(name string, m *toy, s *System)) {
	for rank := 1; rank <= 4; rank++ {
		for _, start := range []float64{0, 0.5} {
			m := newToy(rank, 12, 5, 0, false, rank)
			s := m.system(start, 0.3)
			m.observe(s, rng.New(rank, "observations"))
			f(fmt.Sprintf("rank %d, noise of the start %g", rank, start), m, s)
		}
	}
}

// TestLinearGaussian holds that the Gaussian is the posterior where that is
// one, and that then all paths weigh the same.
func TestLinearGaussian(t *testing.T) {
	linearCases(func(name string, m *toy, sys *System) {
		mean, covariance, evidence := exact(t, m, sys)
		s := New(m.rank, m.steps, 20)
		fit := s.Smooth(sys, nil)
		if !fit.Converged || fit.Iterations != 1 {
			t.Errorf("%s: %+v; want convergence in one step", name, fit)
		}
		if d := math.Abs(fit.LogEvidence - evidence); d > 1e-9 {
			t.Errorf("%s: the evidence is off by %.2g of %.3f", name, d, evidence)
		}
		marginals := s.Covariances(sys)
		for i, x := range s.Path() {
			if d := math.Abs(x - mean.AtVec(i)); d > 1e-9 {
				t.Fatalf("%s: the mean of state %d is off by %.2g", name, i, d)
			}
			for j := range m.rank {
				step := i / m.rank
				got, want := marginals[i*m.rank+j], covariance.At(i, step*m.rank+j)
				if math.Abs(got-want) > 1e-10 {
					t.Fatalf("%s: in step %d the covariance of %d and %d is %g, want %g", name, step, i%m.rank, j, got, want)
				}
			}
		}
		d := s.Draw(sys, 20, rng.New(1, "draws"))
		if math.Abs(d.Bound-evidence) > 1e-9 || d.EffectiveSize < 20-1e-9 {
			t.Errorf("%s: bound %.12f, effective size %.9f; want %.12f and 20", name, d.Bound, d.EffectiveSize, evidence)
		}
	})
}

// TestDrawsHaveTheCovariance compares all states' covariance over many draws.
func TestDrawsHaveTheCovariance(t *testing.T) {
	const draws = 40_000
	m := newToy(2, 6, 3, 0, false, 5)
	sys := m.system(0.5, 0.3)
	m.observe(sys, rng.New(5, "observations"))
	mean, covariance, _ := exact(t, m, sys)
	s := New(2, 6, draws)
	s.Smooth(sys, nil)
	d := s.Draw(sys, draws, rng.New(5, "draws"))
	n := m.rank * m.steps
	rows := mat.NewDense(draws, n, nil)
	for k := range draws {
		for i := range n {
			rows.Set(k, i, d.Paths[(i/m.rank*draws+k)*m.rank+i%m.rank])
		}
	}
	var got mat.SymDense
	stat.CovarianceMatrix(&got, rows, nil)
	for i := range n {
		// Antithetic draws have the mean exactly.
		if x := stat.Mean(mat.Col(nil, i, rows), nil); math.Abs(x-mean.AtVec(i)) > 1e-9 {
			t.Errorf("state %d has mean %g, want %g", i, x, mean.AtVec(i))
		}
		for j := range i + 1 {
			want := covariance.At(i, j)
			error := math.Sqrt((covariance.At(i, i)*covariance.At(j, j) + want*want) / (draws / 2)) // pairs are not independent
			if math.Abs(got.At(i, j)-want) > 4.5*error {
				t.Errorf("states %d and %d have covariance %.5f, want %.5f ± %.5f", i, j, got.At(i, j), want, error)
			}
		}
	}
}

// TestPromise compares the slope of the log joint along the policy with
// differences, far from the most probable path.
func TestPromise(t *testing.T) {
	m := newToy(3, 15, 4, 0.4, true, 2)
	sys := m.system(0.3, 0.4)
	r := rng.New(2, "observations")
	m.observe(sys, r)
	s := New(3, 15, 0)
	s.steps = m.steps
	s.begin(sys, drawn(m.steps*m.rank, 0.5, r))
	want := 2 * s.backward(sys)
	const h = 1e-5
	s.rollOut(sys, h)
	up := s.next.logJoint
	s.rollOut(sys, -h)
	if got := (up - s.next.logJoint) / (2 * h); math.Abs(got-want) > 1e-6*math.Abs(want) || want < 1 {
		t.Errorf("the slope is %.9g, promised %.9g", got, want)
	}
}

// TestMostProbablePath holds that no coordinate's change raises the log joint.
func TestMostProbablePath(t *testing.T) {
	m := newToy(2, 30, 6, 0.3, true, 3)
	sys := m.system(0.3, 0.2)
	m.observe(sys, rng.New(3, "observations"))
	s := New(2, 30, 0)
	fit := s.Smooth(sys, nil)
	noise := slices.Clone(s.Noise())
	other := New(2, 30, 0)
	other.steps = m.steps
	for i := range noise {
		var joint [2]float64
		const h = 1e-4
		for side, d := range [2]float64{h, -h} {
			noise[i] += d
			other.begin(sys, noise)
			noise[i] -= d
			joint[side] = other.path.logJoint
		}
		curvature := (2*fit.LogJoint - joint[0] - joint[1]) / (h * h)
		if slope := (joint[0] - joint[1]) / (2 * h); slope*slope/(2*curvature) > converged || curvature < 0 {
			t.Errorf("noise %d: slope %g, curvature %g at the most probable path", i, slope, curvature)
		}
	}
	if warm := other.Smooth(sys, noise); warm.Iterations != 0 || math.Abs(warm.LogEvidence-fit.LogEvidence) > 1e-9 {
		t.Errorf("begun at the solution: %+v, want %+v", warm, fit)
	}
	for i := range noise {
		noise[i] = 1e4 // rates overflow
	}
	if wild := other.Smooth(sys, noise); wild != fit {
		t.Errorf("begun out of range: %+v, want %+v as from the start", wild, fit)
	}
}

// bounds is the mean over many draws of the bound, and its standard error.
func bounds(s *Smoother, sys *System, samples, repeats int) (mean, deviation float64) {
	r := rng.New(samples, "bounds")
	var all []float64
	for range repeats {
		all = append(all, s.Draw(sys, samples, r).Bound)
	}
	mean, deviation = stat.MeanStdDev(all, nil)
	return mean, deviation / math.Sqrt(float64(repeats))
}

// TestBound compares with brute force. The bound must rise with the number of
// samples and never be above the evidence, within errors.
func TestBound(t *testing.T) {
	for _, c := range []struct {
		name         string
		bend, noise  float64
		neurons      int
		tuned        float64 // size of the neurons' gain, of newToy's
		within, last float64 // nats between evidence and bound, with 2 and 512 samples
	}{
		{"one kept latent", 0, 0.3, 3, 1, 0.02, 0.001},
		{"two attractors", 0.4, 0.3, 3, 1, 0.15, 0.005},
		// Hardly anything tells at which of the two places the latent is: no
		// Gaussian is like the posterior.
		{"two attractors that look alike", 0.9, 0.3, 2, 0.03, 0.5, 0.01},
	} {
		m := newToy(1, 20, c.neurons, c.bend, true, 4)
		clear(m.input)
		for i := range m.gain {
			m.gain[i] *= c.tuned
		}
		sys := m.system(0, c.noise)
		sys.Start[0] = 0
		m.observe(sys, rng.New(4, "observations"))
		want := m.gridEvidence(sys, -8, 8, 1601)
		if coarse := m.gridEvidence(sys, -8, 8, 801); math.Abs(coarse-want) > 1e-6 {
			t.Fatalf("%s: the grid is too coarse: %.9f and %.9f", c.name, coarse, want)
		}
		s := New(1, 20, 512)
		fit := s.Smooth(sys, nil)
		before := math.Inf(-1)
		for _, samples := range []int{2, 8, 64, 512} {
			got, error := bounds(s, sys, samples, 400)
			if samples == 512 {
				right := 0.0
				d := s.Draw(sys, samples, rng.New(4, "sides"))
				for k, w := range d.Weights {
					if d.Paths[19*samples+k] > 0 {
						right += w
					}
				}
				t.Logf("%s: ends right with probability %.2f; effective size %.0f", c.name, right, d.EffectiveSize)
			}
			t.Logf("%s, %d samples: bound %.4f ± %.4f below %.4f; Laplace %+.4f", c.name, samples, want-got, error, want, fit.LogEvidence-want)
			if got > want+4*error || got < before-4*error {
				t.Errorf("%s: with %d samples the bound is %.4f ± %.4f, the evidence %.4f, the bound with fewer %.4f", c.name, samples, got, error, want, before)
			}
			if tolerance := map[int]float64{2: c.within, 512: c.last}[samples]; tolerance > 0 && want-got > tolerance {
				t.Errorf("%s: with %d samples the bound is %.4f below the evidence", c.name, samples, want-got)
			}
			before = got
		}
	}
}

// TestWeightsAverageOverThePosterior compares the mean of the last state with
// brute force: the derivative of the log evidence by what shifts it.
func TestWeightsAverageOverThePosterior(t *testing.T) {
	m := newToy(1, 15, 3, 0.2, true, 6)
	sys := m.system(0.4, 0.3)
	m.observe(sys, rng.New(6, "observations"))
	const h = 1e-4
	last := m.steps - 1
	var logs [2]float64
	for side, d := range [2]float64{h, -h} {
		plain := m.offset[0]
		m.offset[0] += d // of all steps: the mean of Σ_t (y − rate)
		logs[side] = m.gridEvidence(sys, -8, 8, 1601)
		m.offset[0] = plain
	}
	want := (logs[0] - logs[1]) / (2 * h)
	s := New(1, m.steps, 20_000)
	s.Smooth(sys, nil)
	d := s.Draw(sys, 20_000, rng.New(6, "draws"))
	got := 0.0
	for k, w := range d.Weights {
		for step := range last + 1 {
			got += w * (m.seen[step*m.neurons] - math.Exp(m.mean(0, d.Paths[step*20_000+k:][:1])))
		}
	}
	if math.Abs(got-want) > 0.03 {
		t.Errorf("the gradient is %.4f, want %.4f; effective size %.0f", got, want, d.EffectiveSize)
	}
}

// TestExtremes holds that there is a finite bound whatever the noise and counts.
func TestExtremes(t *testing.T) {
	for _, noise := range []float64{0, 1e-150, 1e-8, 1e-4, 1, 30} {
		for name, fill := range map[string]func(i int) float64{
			"no spikes": func(int) float64 { return 0 }, "many": func(int) float64 { return 255 },
			"bursts": func(i int) float64 { return float64(i % 7 / 6 * 255) },
		} {
			for _, rank := range []int{1, 8} {
				m := newToy(rank, 100, 10, 0.3, true, 7)
				for i := range m.seen {
					m.seen[i] = fill(i)
				}
				sys := m.system(0, noise)
				s := New(rank, 100, 8)
				fit := s.Smooth(sys, nil)
				d := s.Draw(sys, 8, rng.New(7, "draws"))
				for _, x := range slices.Concat(s.Path(), s.Noise(), s.Covariances(sys), d.Paths, d.Weights, []float64{fit.LogEvidence, d.Bound}) {
					if math.IsNaN(x) || math.IsInf(x, 0) {
						t.Fatalf("noise %g, %s, rank %d: %g among the results; %+v, bound %g", noise, name, rank, x, fit, d.Bound)
					}
				}
				if !fit.Converged {
					t.Logf("noise %g, %s, rank %d: %+v, bound %g, effective size %.1f", noise, name, rank, fit, d.Bound, d.EffectiveSize)
				}
			}
		}
	}
}

// TestWithoutNoise holds that the path is then the model's own.
func TestWithoutNoise(t *testing.T) {
	m := newToy(2, 50, 5, 0.3, true, 8)
	sys := m.system(0, 0)
	want := m.observe(sys, rng.New(8, "observations"))
	s := New(2, 50, 4)
	fit := s.Smooth(sys, nil)
	sum := 0.0
	for t := range m.steps {
		sum += m.logLikelihood(t, want[2*t:2*t+2])
	}
	d := s.Draw(sys, 4, rng.New(8, "draws"))
	if !slices.Equal(s.Path(), want) || fit.LogEvidence != sum || math.Abs(d.Bound-sum) > 1e-9 {
		t.Errorf("evidence %v, bound %v, want %v", fit.LogEvidence, d.Bound, sum)
	}
}

func TestAllocatesNothing(t *testing.T) {
	m := newToy(2, 40, 5, 0.3, true, 9)
	sys := m.system(0, 0.2)
	m.observe(sys, rng.New(9, "observations"))
	s, r := New(2, 50, 8), rng.New(9, "draws")
	if n := testing.AllocsPerRun(10, func() {
		s.Smooth(sys, nil)
		s.Covariances(sys)
		s.Draw(sys, 8, r)
	}); n > 0 {
		t.Errorf("%g allocations a trial", n)
	}
}
