// Package smoother infers the paths of latents that noise drives and that are
// seen only through observations:
//
//	κ_0 = start + L_0 ε_0,   κ_t = f_t(κ_{t−1}) + L ε_t,   ε_t ~ N(0, I),   y_t ~ p(y | κ_t)
//
// with R latents and any f and p that can be linearised: the equations of a
// model stay with the caller. The unknowns are the noises ε, not the states, so
// that noise may be as small as wanted, or absent. Log densities are of ε and y;
// with respect to κ they differ by log det L, which cancels in all ratios.
//
//   - [Smoother.Smooth] finds the most probable path by Gauss-Newton steps and
//     the Gaussian around it (Laplace's method). The backward pass is that of
//     the iterative linear-quadratic regulator, with noise in the role of the
//     control (Li and Todorov 2004); for linear f and Gaussian p it is the
//     Kalman smoother's.
//   - [Smoother.Draw] draws paths from that posterior, and weighs them: a lower
//     bound on log p(y) that grows with the number of paths (Burda, Grosse and
//     Salakhutdinov 2016), and averages over the true posterior.
//
// The gradient of log p(y) by whatever f and p depend on is, by Fisher's
// identity, about Σ_k w_k ∇ log p(y, path_k), with either the states or the
// noises of the paths held fixed.
package smoother

const badShape = "smoother: a slice or a size does not fit"

// System is a model of one trial, and what was observed in it.
type System struct {
	Steps int
	Start []float64 // R: where κ_0 is without noise
	// Lower triangular factors L of the noise's covariance L Lᵀ (R x R, row-major),
	// of κ_0 and of all later steps. A nil StartNoise means that κ_0 is Start.
	StartNoise, Noise []float64

	// Linearise writes the model around the state kappa of step t to at. All of at
	// may be written, but in the last step Next and Jacobian are not looked at.
	Linearise func(t int, kappa []float64, at *Local)
	// Evaluate writes f_{t+1}(κ) and log p(y_t | κ) for several states κ of step t
	// (state x R) to next (state x R) and logLikelihood (one a state).
	Evaluate func(t int, kappa, next, logLikelihood []float64)
}

// Local is a model around a state κ of step t.
type Local struct {
	Next          []float64 // R: f_{t+1}(κ)
	Jacobian      []float64 // R x R: row a, column b is the derivative of Next_a by κ_b
	LogLikelihood float64   // log p(y_t | κ)
	Gradient      []float64 // R: of log p(y_t | κ)
	Information   []float64 // R x R: its expected negative second derivative, symmetric, not negative
}

// Smoother is the memory for inference, and its last result. It is made once
// and used for one trial after the other; no method allocates after that.
type Smoother struct {
	rank, most, samples int // most steps

	steps      int // of the trial
	fixedStart bool
	path       *trajectory // the most probable one so far
	next       *trajectory // a candidate
	policy     []policy    // a step

	zeros                  []float64
	omega, outer           []float64 // R x R
	feedback, closed       []float64 // R x R: K and I − L K
	value, delta, u        []float64 // R
	covariance             []float64 // steps x R x R
	kappa, noise           []float64 // step x sample x R
	forward                []float64 // sample x R
	logWeight, weight, log []float64 // samples
}

// trajectory is a path with the model around it.
type trajectory struct {
	kappa, noise []float64 // step x R
	local        []Local   // a step
	logJoint     float64   // log p(ε, y) without the normalising constant of ε
}

// policy is what the observations from one step on say about its noise:
// where the state without this step's noise is δ off the path,
//
//	ε ~ N(S⁻¹ (Lᵀ v − Lᵀ Ω δ), S⁻¹),   S = I + Lᵀ Ω L
//
// where v and −Ω are the derivatives of the log likelihood of these observations.
type policy struct {
	pull   []float64 // R: Lᵀ v
	gain   []float64 // R x R: Lᵀ Ω
	factor []float64 // R x R: lower triangular C with C Cᵀ = S
	logDet float64   // of S
}

// New returns memory for trials of at most that many steps, and for at most
// that many samples of a path.
func New(rank, steps, samples int) *Smoother {
	if rank < 1 || steps < 1 || samples < 0 {
		panic(badShape)
	}
	s := &Smoother{rank: rank, most: steps, samples: samples, path: newTrajectory(rank, steps), next: newTrajectory(rank, steps)}
	s.policy = make([]policy, steps)
	for t := range s.policy {
		s.policy[t] = policy{pull: make([]float64, rank), gain: make([]float64, rank*rank), factor: make([]float64, rank*rank)}
	}
	for _, square := range []*[]float64{&s.zeros, &s.omega, &s.outer, &s.feedback, &s.closed} {
		*square = make([]float64, rank*rank)
	}
	for _, vector := range []*[]float64{&s.value, &s.delta, &s.u} {
		*vector = make([]float64, rank)
	}
	s.covariance = make([]float64, steps*rank*rank)
	s.kappa, s.noise = make([]float64, steps*samples*rank), make([]float64, steps*samples*rank)
	s.forward = make([]float64, samples*rank)
	s.logWeight, s.weight, s.log = make([]float64, samples), make([]float64, samples), make([]float64, samples)
	return s
}

func newTrajectory(rank, steps int) *trajectory {
	t := &trajectory{kappa: make([]float64, steps*rank), noise: make([]float64, steps*rank), local: make([]Local, steps)}
	for i := range t.local {
		t.local[i] = Local{Next: make([]float64, rank), Jacobian: make([]float64, rank*rank),
			Gradient: make([]float64, rank), Information: make([]float64, rank*rank)}
	}
	return t
}

// noiseOf is the factor L of a step's noise.
func (s *Smoother) noiseOf(sys *System, t int) []float64 {
	switch {
	case t > 0:
		return sys.Noise
	case sys.StartNoise != nil:
		return sys.StartNoise
	}
	return s.zeros
}
