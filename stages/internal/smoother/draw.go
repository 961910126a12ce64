package smoother

import (
	"math"
	"math/rand/v2"
)

// Draws are weighted paths of one trial. The slices are the Smoother's, and
// valid until the next Draw.
type Draws struct {
	// Bound is the log of the mean weight p(ε, y) / q(ε): its exponential is an
	// unbiased estimate of p(y), so that it lies below log p(y) on average, and
	// rises with the number of samples.
	Bound         float64
	EffectiveSize float64   // 1 / Σ w², from 1 to the number of samples: how far the posterior is from what was drawn from
	Weights       []float64 // w, a sample: the importance weights, of sum 1
	Paths, Noise  []float64 // step x sample x R: the states and the ε that cause them
}

// Draw draws paths from the posterior that the last Smooth found for the same
// system, and weighs them. They follow the model's own f: the posterior of each
// step's noise is the Gaussian of the policy around the state where f takes the
// path, wherever that is. For linear f that is the Gaussian around the path.
//
// Samples 2i and 2i+1 are antithetic: their normal numbers are each other's negatives.
func (s *Smoother) Draw(sys *System, samples int, rng *rand.Rand) Draws {
	if samples < 1 || samples > s.samples || sys.Steps != s.steps {
		panic(badShape)
	}
	r, row := s.rank, samples*s.rank
	logWeight, forward := s.logWeight[:samples], s.forward[:row]
	clear(logWeight)
	for k := range samples {
		copy(forward[k*r:], sys.Start)
	}
	for t := range s.steps {
		kappa, noise := s.kappa[t*row:(t+1)*row], s.noise[t*row:(t+1)*row]
		if t == 0 && s.fixedStart {
			clear(noise)
			copy(kappa, forward)
		} else {
			s.drawStep(kappa, noise, t, s.noiseOf(sys, t), samples, rng)
		}
		sys.Evaluate(t, kappa, forward, s.log[:samples])
		for k, l := range s.log[:samples] {
			logWeight[k] += l
		}
	}
	d := Draws{Weights: s.weight[:samples], Paths: s.kappa[:s.steps*row], Noise: s.noise[:s.steps*row]}
	d.Bound, d.EffectiveSize = normalise(d.Weights, logWeight)
	return d
}

// drawStep draws the noises and states of one step of all samples, and adds
// log p(ε) − log q(ε) to their weights.
func (s *Smoother) drawStep(kappa, noise []float64, t int, factor []float64, samples int, rng *rand.Rand) {
	r, p, path := s.rank, &s.policy[t], s.path.kappa[t*s.rank:(t+1)*s.rank]
	for k := range samples {
		before, e := s.forward[k*r:(k+1)*r], noise[k*r:(k+1)*r]
		for i := range r {
			s.delta[i] = path[i] - before[i]
		}
		copy(e, p.pull)
		addMultiple(e, p.gain, s.delta)
		solveLower(p.factor, e, r)
		if k%2 == 0 {
			for i := range r {
				s.u[i] = rng.NormFloat64()
			}
		} else {
			for i := range r {
				s.u[i] = -s.u[i]
			}
		}
		for i, z := range s.u {
			e[i] += z
		}
		solveUpper(p.factor, e, r)
		s.logWeight[k] += (dot(s.u, s.u) - dot(e, e) - p.logDet) / 2
		state := kappa[k*r : (k+1)*r]
		copy(state, before)
		addMultiple(state, factor, e)
	}
}

// normalise writes the weights, scaled to sum 1, to weight, and returns the log
// of their mean and their effective number. Weights that are no number count
// as 0; where all are 0 the log is -Inf.
func normalise(weight, logWeight []float64) (logMean, effective float64) {
	top := math.Inf(-1)
	for _, l := range logWeight {
		if l > top {
			top = l
		}
	}
	if math.IsInf(top, 0) {
		clear(weight)
		return math.Inf(-1), 0
	}
	var sum, squares float64
	for k, l := range logWeight {
		weight[k] = 0
		if !math.IsNaN(l) {
			weight[k] = math.Exp(l - top)
		}
		sum += weight[k]
	}
	for k := range weight {
		weight[k] /= sum
		squares += weight[k] * weight[k]
	}
	return top + math.Log(sum/float64(len(weight))), 1 / squares
}
