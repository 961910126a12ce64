package fitlrrnn

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"

	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/rng"
	"reprise/stages/internal/trials"
)

// planted draws trials of spikes from a known network: of rank 1 with two stable
// states that clicks choose between, or of rank 2 with a turning state that
// clicks kick. noise is the standard deviation of the latent noise.
func planted(rank, neurons, count int, rate, noise float64) (*lrrnn.Model, *trials.Trials, *lrrnn.States) {
	const steps = 60
	r := rng.New(5, "planted")
	t := &trials.Trials{Neurons: neurons, Channels: 2}
	for k := range count {
		t.First, t.Steps, t.Test = append(t.First, k*steps), append(t.Steps, steps), append(t.Test, k%5 == 4)
		right := 0.05 + 0.2*r.Float64()
		for range steps {
			for _, p := range []float64{0.3 - right, right} {
				click := 0.0
				if r.Float64() < p {
					click = 1
				}
				t.Inputs = append(t.Inputs, click)
			}
		}
	}
	net := lrrnn.New(neurons, rank, 2)
	m := &lrrnn.Model{Leak: 0.1, InputLeak: 0.1, Observation: lrrnn.PoissonExp, Initial: make([]float64, count*rank)}
	for i := range neurons {
		w, n := net.M[i*rank:(i+1)*rank], net.N[i*rank:(i+1)*rank]
		for c := range w {
			w[c] = 0.5 * r.NormFloat64()
		}
		side := 0.1 * r.NormFloat64()
		net.B[2*i], net.B[2*i+1] = -side, side
		net.Bias[i] = 0.2 * r.NormFloat64()
		for c := range n {
			n[c] = 1.5/0.25*w[c] + 0.3/0.01*side + r.NormFloat64()
		}
		if rank == 2 { // E[n mᵀ] turns
			n[0], n[1] = n[0]-0.6/0.25*w[1], n[1]+0.6/0.25*w[0]
		}
		m.Gain, m.Offset = append(m.Gain, 1), append(m.Offset, math.Log(rate))
	}
	m.Network = net.Columns()
	states := m.States(t, 1)
	if noise > 0 {
		m.Noise = make([]float64, rank*rank)
		for c := range rank {
			m.Noise[c*rank+c] = noise * noise
		}
		for k := range count {
			m.Sample(states, t, k, r)
		}
	}
	t.Counts = make([]uint8, count*steps*neurons)
	rates := make([]float64, steps*neurons)
	for k := range count {
		m.Expect(rates, t, states, k)
		for i, mean := range rates {
			t.Counts[k*steps*neurons+i] = uint8(min(255, distuv.Poisson{Lambda: mean, Src: r}.Rand()))
		}
	}
	return m, t, states
}

// toTruth returns X and s with κ_true ≈ κ_fit X + s, by least squares over all
// states (rows): the gauge, and the shift that thresholds and offsets make up
// for (method.md, P1).
func toTruth(r *result, visited *lrrnn.States) (x *mat.Dense, s []float64) {
	rank, n := visited.Rank, visited.Len()
	fitted := mat.NewDense(n, rank+1, nil)
	for i := range n {
		copy(fitted.RawRowView(i), r.states.Kappa[i*rank:(i+1)*rank])
		fitted.Set(i, rank, 1)
	}
	var solution mat.Dense
	if err := solution.Solve(fitted, mat.NewDense(n, rank, visited.Kappa)); err != nil {
		panic(err)
	}
	return mat.DenseCopyOf(solution.Slice(0, rank, 0, rank)), solution.RawRowView(rank)
}

// fieldError is how far the fit's field is from the truth's on the true states,
// relative to its size, in the truth's coordinates.
func fieldError(r *result, truth *lrrnn.Model, visited *lrrnn.States) float64 {
	rank := visited.Rank
	x, shift := toTruth(r, visited)
	var back mat.Dense
	if back.Inverse(x) != nil {
		return math.Inf(1)
	}
	net, want := r.model.Network.Network(), truth.Network.Network()
	f, g := make([]float64, rank), make([]float64, rank)
	var misses, size float64
	for i := range visited.Len() {
		kappa, v := visited.At(i)
		moved := mat.NewDense(1, rank, append([]float64(nil), kappa...))
		floats.Sub(moved.RawRowView(0), shift)
		var k, there mat.Dense
		k.Mul(moved, &back)
		net.Field(f, k.RawRowView(0), v)
		there.Mul(mat.NewDense(1, rank, f), x)
		want.Field(g, kappa, v)
		for c := range g {
			off := there.At(0, c) + shift[c] - g[c]
			misses += off * off
			size += g[c] * g[c]
		}
	}
	return math.Sqrt(misses / size)
}

// TestRecoversPlantedNetworks fits spikes of known networks and wants their
// fields within 5 % where states went; and of a noisy one intervals that hold
// the true latents as often as they should.
func TestRecoversPlantedNetworks(t *testing.T) {
	for _, c := range []struct {
		rank, trials, epochs int
		noise                float64
	}{{1, 300, 60, 0}, {2, 900, 60, 0}, {1, 450, 30, 0.1}, {2, 900, 45, 0.1}} {
		truth, data, visited := planted(c.rank, 150, c.trials, 0.3, c.noise)
		fit, without := preset(), false
		fit.Rank, fit.Epochs, fit.LatentNoise, fit.PSTH, fit.Drift = c.rank, c.epochs, c.noise > 0, &without, false
		r, err := fit.fit(t.Context(), data, outside{threads: 2})
		if err != nil {
			t.Fatal(err)
		}
		off := fieldError(r, truth, visited)
		t.Logf("%+v: the field is off by %.4f, training score %.4f", c, off, r.score)
		if !(off < 0.05) {
			t.Errorf("%+v: the field is off by %.3f of its size, want less than 0.05", c, off)
		}
		if c.noise > 0 && c.rank == 1 {
			checkIntervals(t, r, visited)
		}
	}
}

// checkIntervals wants the true latent within 1.96 standard deviations of the
// fitted one about 95 times of 100, and the noise that was planted.
func checkIntervals(t *testing.T, r *result, visited *lrrnn.States) {
	t.Helper()
	x, shift := toTruth(r, visited)
	toTrue, held := math.Abs(x.At(0, 0)), 0.0
	for i, k := range r.states.Kappa {
		if math.Abs(k*x.At(0, 0)+shift[0]-visited.Kappa[i]) < 1.96*toTrue*math.Sqrt(r.covariance[i]) {
			held += 1 / float64(len(r.states.Kappa))
		}
	}
	sd := toTrue * math.Sqrt(r.model.Noise[0])
	t.Logf("95 %% intervals hold the true latent %.1f %% of the time; noise of standard deviation %.4f", 100*held, sd)
	if held < 0.92 || held > 0.98 {
		t.Errorf("95 %% intervals hold the true latent %.1f %% of the time", 100*held)
	}
	if math.Abs(sd-0.1) > 0.015 {
		t.Errorf("the latent noise has standard deviation %.4f, planted was 0.1", sd)
	}
}
