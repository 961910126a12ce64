package smoother

import "math"

const (
	mostIterations = 50
	converged      = 1e-4 // nats that another step promises
	leastStep      = 1e-4 // of a Gauss-Newton step
	sufficient     = 1e-4 // share of the promised gain that a step must bring (Armijo)
)

// Fit is the outcome of a search for the most probable path.
type Fit struct {
	LogJoint    float64 // log p(ε, y) at the path, without the normalising constant of ε; not finite where the model is not, at the start
	LogEvidence float64 // Laplace's approximation of log p(y)
	Iterations  int     // steps that were taken
	Converged   bool    // whether another step promises next to nothing
}

// Smooth finds the most probable path and the Gaussian around it. It begins at
// the path that the given noises cause (step x R), such as those that
// [Smoother.Noise] was for a similar model, or without noise where warm is nil
// or has no finite log joint.
func (s *Smoother) Smooth(sys *System, warm []float64) Fit {
	if sys.Steps < 1 || sys.Steps > s.most || len(sys.Start) != s.rank || len(sys.Noise) != s.rank*s.rank ||
		sys.StartNoise != nil && len(sys.StartNoise) != s.rank*s.rank || warm != nil && len(warm) != sys.Steps*s.rank {
		panic(badShape)
	}
	s.steps, s.fixedStart = sys.Steps, sys.StartNoise == nil
	s.begin(sys, warm)
	if warm != nil && !finite(s.path.logJoint) {
		s.begin(sys, nil)
	}
	var fit Fit
	for ; ; fit.Iterations++ {
		promise := s.backward(sys)
		fit.Converged = promise < converged
		if fit.Converged || fit.Iterations == mostIterations || !s.improve(sys, promise) {
			break
		}
	}
	fit.LogJoint = s.path.logJoint
	fit.LogEvidence = fit.LogJoint
	for _, p := range s.policy[:s.steps] {
		fit.LogEvidence -= p.logDet / 2
	}
	return fit
}

// Path is the most probable path (step x R), valid until the next Smooth.
func (s *Smoother) Path() []float64 { return s.path.kappa[:s.steps*s.rank] }

// Noise is the noise that causes the path (step x R): the ε of the package
// comment. It is valid until the next Smooth.
func (s *Smoother) Noise() []float64 { return s.path.noise[:s.steps*s.rank] }

// begin rolls out given noises.
func (s *Smoother) begin(sys *System, warm []float64) {
	r, path := s.rank, s.path
	clear(path.noise)
	if warm != nil {
		copy(path.noise, warm)
	}
	if s.fixedStart {
		clear(path.noise[:r])
	}
	path.logJoint = 0
	before := sys.Start
	for t := range s.steps {
		path.step(sys, t, before, s.noiseOf(sys, t))
		before = path.local[t].Next
	}
}

// step puts the state of step t, whose noise is known, behind the one before
// it, and the model around it.
func (p *trajectory) step(sys *System, t int, before, factor []float64) {
	r := len(before)
	kappa, noise := p.kappa[t*r:(t+1)*r], p.noise[t*r:(t+1)*r]
	copy(kappa, before)
	addMultiple(kappa, factor, noise)
	sys.Linearise(t, kappa, &p.local[t])
	p.logJoint += p.local[t].LogLikelihood - dot(noise, noise)/2
}

// backward makes the policy around the path, and returns by how much a
// Gauss-Newton step would raise the log joint were it quadratic. Behind step t,
// with k the change of its noise,
//
//	v ← v − Ω L k,   Ω ← Ω − Ω L S⁻¹ Lᵀ Ω        integrates out its noise
//	v ← g + Jᵀ v,    Ω ← information + Jᵀ Ω J     goes back to the state before
func (s *Smoother) backward(sys *System) (promise float64) {
	r := s.rank
	for t := s.steps - 1; t >= 0; t-- {
		at := &s.path.local[t]
		if t == s.steps-1 {
			copy(s.value, at.Gradient)
			copy(s.omega, at.Information)
		} else {
			copy(s.u, at.Gradient)
			addTransposed(s.u, at.Jacobian, s.value)
			copy(s.value, s.u)
			multiply(s.outer, s.omega, at.Jacobian, r)
			transposeMultiply(s.omega, at.Jacobian, s.outer, r)
			for i, x := range at.Information {
				s.omega[i] += x
			}
		}
		promise += s.control(&s.policy[t], s.noiseOf(sys, t), s.path.noise[t*r:(t+1)*r]) / 2
	}
	return promise
}

// control makes the policy of one step from v and Ω, which it takes to before
// the step's noise, and returns the slope of the log joint along the change of
// the noise.
func (s *Smoother) control(p *policy, factor, noise []float64) (slope float64) {
	r := s.rank
	clear(p.pull)
	addTransposed(p.pull, factor, s.value)
	transposeMultiply(p.gain, factor, s.omega, r)
	multiply(p.factor, p.gain, factor, r)
	for i := range r {
		p.factor[i*r+i]++
	}
	p.logDet = cholesky(p.factor, r)
	// u becomes the change k of the noise; v loses Ω L k.
	for i := range r {
		s.delta[i] = p.pull[i] - noise[i]
	}
	copy(s.u, s.delta)
	solveLower(p.factor, s.u, r)
	solveUpper(p.factor, s.u, r)
	slope = dot(s.delta, s.u)
	for i := range s.u {
		s.u[i] = -s.u[i]
	}
	addTransposed(s.value, p.gain, s.u)
	s.reduce(p, factor)
	return slope
}

// reduce takes Ω to before the noise: (I − L K)ᵀ Ω (I − L K) + Kᵀ K with
// K = S⁻¹ Lᵀ Ω, which is never negative, however large the noise (Joseph's form).
func (s *Smoother) reduce(p *policy, factor []float64) {
	r := s.rank
	s.closeLoop(p, factor)
	multiply(s.outer, s.omega, s.closed, r)
	transposeMultiply(s.omega, s.closed, s.outer, r)
	transposeMultiply(s.outer, s.feedback, s.feedback, r)
	for i := range r { // symmetric but for rounding
		for j := range i + 1 {
			mean := (s.omega[i*r+j]+s.omega[j*r+i])/2 + s.outer[i*r+j]
			s.omega[i*r+j], s.omega[j*r+i] = mean, mean
		}
	}
}

// closeLoop makes K = S⁻¹ Lᵀ Ω, and I − L K: how the state of a step answers,
// on average, to its state without noise.
func (s *Smoother) closeLoop(p *policy, factor []float64) {
	r := s.rank
	copy(s.feedback, p.gain)
	solveLower(p.factor, s.feedback, r)
	solveUpper(p.factor, s.feedback, r)
	multiply(s.closed, factor, s.feedback, r)
	for i, x := range s.closed {
		s.closed[i] = -x
	}
	for i := range r {
		s.closed[i*r+i]++
	}
}

// improve takes a step from the path along its policy, shortened until the log
// joint grows enough, and tells whether that succeeded. A log joint that is no
// number never does.
func (s *Smoother) improve(sys *System, promise float64) bool {
	for length := 1.0; length >= leastStep; length /= 2 {
		s.rollOut(sys, length)
		if finite(s.next.logJoint) && s.next.logJoint >= s.path.logJoint+sufficient*length*promise {
			s.path, s.next = s.next, s.path
			return true
		}
	}
	return false
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// rollOut follows the policy with a part of its change to the path:
//
//	ε = ε̄ + S⁻¹ (length (Lᵀ v − ε̄) − Lᵀ Ω δ)
//
// where δ is how far the state without noise is from where the path has it.
func (s *Smoother) rollOut(sys *System, length float64) {
	r := s.rank
	s.next.logJoint = 0
	before, was := sys.Start, sys.Start
	for t := range s.steps {
		p := &s.policy[t]
		old, noise := s.path.noise[t*r:(t+1)*r], s.next.noise[t*r:(t+1)*r]
		for i := range r {
			s.delta[i] = was[i] - before[i]
			noise[i] = length * (p.pull[i] - old[i])
		}
		addMultiple(noise, p.gain, s.delta)
		solveLower(p.factor, noise, r)
		solveUpper(p.factor, noise, r)
		for i, e := range old {
			noise[i] += e
		}
		s.next.step(sys, t, before, s.noiseOf(sys, t))
		if !finite(s.next.logJoint) {
			return
		}
		before, was = s.next.local[t].Next, s.path.local[t].Next
	}
}

// Covariances returns the covariance of each step's state under the Gaussian
// around the path (step x R x R), valid until the next call:
//
//	P_t = A P_{t−1} Aᵀ + L S⁻¹ Lᵀ,   A = (I − L K) J
func (s *Smoother) Covariances(sys *System) []float64 {
	r := s.rank
	for t := range s.steps {
		p, factor, dst := &s.policy[t], s.noiseOf(sys, t), s.covariance[t*r*r:(t+1)*r*r]
		for i := range r { // (L C⁻ᵀ)ᵀ = C⁻¹ Lᵀ
			for j := range r {
				s.outer[i*r+j] = factor[j*r+i]
			}
		}
		solveLower(p.factor, s.outer, r)
		transposeMultiply(dst, s.outer, s.outer, r)
		if t == 0 {
			continue
		}
		s.closeLoop(p, factor)
		multiply(s.outer, s.closed, s.path.local[t-1].Jacobian, r)
		before := s.covariance[(t-1)*r*r : t*r*r]
		multiply(s.closed, s.outer, before, r)
		for i := range r {
			for j := range r {
				dst[i*r+j] += dot(s.closed[i*r:(i+1)*r], s.outer[j*r:(j+1)*r])
			}
		}
	}
	return s.covariance[:s.steps*r*r]
}
