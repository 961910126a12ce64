package smoother

import (
	"math"
	"math/rand/v2"

	"reprise/stages/internal/rng"
)

// toy is a model for tests: κ_{t+1} = A κ + B tanh(κ) + input_t, seen by neurons
// at c + g κ, as Gaussian activity of variance 1 or as Poisson counts.
type toy struct {
	rank, steps, neurons int
	linear, bend         []float64 // A and B: R x R
	input                []float64 // step x R
	offset, gain         []float64 // neurons; neurons x R
	poisson              bool
	seen                 []float64 // step x neurons
}

func (m *toy) next(dst, kappa []float64, t int) {
	copy(dst, m.input[t*m.rank:(t+1)*m.rank])
	for i := range m.rank {
		for j, k := range kappa {
			dst[i] += m.linear[i*m.rank+j]*k + m.bend[i*m.rank+j]*math.Tanh(k)
		}
	}
}

func (m *toy) mean(i int, kappa []float64) float64 {
	return m.offset[i] + dot(m.gain[i*m.rank:(i+1)*m.rank], kappa)
}

func (m *toy) logLikelihood(t int, kappa []float64) (sum float64) {
	for i := range m.neurons {
		z, y := m.mean(i, kappa), m.seen[t*m.neurons+i]
		if m.poisson {
			sum += y*z - math.Exp(z)
		} else {
			sum -= (y-z)*(y-z)/2 + math.Log(2*math.Pi)/2
		}
	}
	return sum
}

func (m *toy) linearise(t int, kappa []float64, at *Local) {
	r := m.rank
	m.next(at.Next, kappa, t)
	for i := range r {
		for j, k := range kappa {
			h := math.Tanh(k)
			at.Jacobian[i*r+j] = m.linear[i*r+j] + m.bend[i*r+j]*(1-h*h)
		}
	}
	at.LogLikelihood = m.logLikelihood(t, kappa)
	clear(at.Gradient)
	clear(at.Information)
	for n := range m.neurons {
		z, y := m.mean(n, kappa), m.seen[t*m.neurons+n]
		slope, weight := y-z, 1.0
		if m.poisson {
			weight = math.Exp(z)
			slope = y - weight
		}
		g := m.gain[n*r : (n+1)*r]
		for i := range r {
			at.Gradient[i] += slope * g[i]
			for j := range r {
				at.Information[i*r+j] += weight * g[i] * g[j]
			}
		}
	}
}

func (m *toy) evaluate(t int, kappa, next, logLikelihood []float64) {
	for k := range logLikelihood {
		state := kappa[k*m.rank : (k+1)*m.rank]
		logLikelihood[k] = m.logLikelihood(t, state)
		m.next(next[k*m.rank:(k+1)*m.rank], state, t)
	}
}

// system is the toy with noise: a multiple of one triangular factor.
func (m *toy) system(start, noise float64) *System {
	r := m.rank
	s := &System{Steps: m.steps, Start: make([]float64, r), Noise: make([]float64, r*r), Linearise: m.linearise, Evaluate: m.evaluate}
	for i := range r {
		s.Start[i] = 0.3
		for j := range i + 1 {
			s.Noise[i*r+j] = noise * (1 - 0.7*math.Abs(float64(i-j)))
		}
	}
	if start > 0 {
		s.StartNoise = make([]float64, r*r)
		for i := range r {
			s.StartNoise[i*r+i] = start
		}
	}
	return s
}

// newToy draws a model whose latents are kept from step to step, or, bent, rest
// at one of two places.
func newToy(rank, steps, neurons int, bend float64, poisson bool, seed int) *toy {
	r := rng.New(seed, "toy")
	m := &toy{rank: rank, steps: steps, neurons: neurons, poisson: poisson,
		linear: make([]float64, rank*rank), bend: make([]float64, rank*rank), input: drawn(steps*rank, 0.1, r),
		offset: drawn(neurons, 0.3, r), gain: drawn(neurons*rank, 0.8, r), seen: make([]float64, steps*neurons)}
	for i := range rank {
		for j := range rank {
			m.linear[i*rank+j] = 0.1 * r.NormFloat64()
		}
		m.linear[i*rank+i] += 0.9 - bend
		m.bend[i*rank+i] = 1.5 * bend
	}
	return m
}

// observe draws a path from the system, and what is seen of it.
func (m *toy) observe(s *System, r *rand.Rand) (path []float64) {
	mean := append([]float64(nil), s.Start...)
	for t := range m.steps {
		kappa := append([]float64(nil), mean...)
		factor := s.Noise
		if t == 0 {
			factor = s.StartNoise
		}
		if factor != nil {
			addMultiple(kappa, factor, drawn(m.rank, 1, r))
		}
		for i := range m.neurons {
			z := m.mean(i, kappa)
			m.seen[t*m.neurons+i] = z + r.NormFloat64()
			if m.poisson {
				m.seen[t*m.neurons+i] = count(math.Exp(z), r)
			}
		}
		path = append(path, kappa...)
		m.next(mean, kappa, t)
	}
	return path
}

func count(mean float64, r *rand.Rand) float64 {
	n := 0.0
	for at := r.ExpFloat64(); at < mean; at += r.ExpFloat64() {
		n++
	}
	return n
}

func drawn(n int, size float64, r *rand.Rand) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = size * r.NormFloat64()
	}
	return out
}

// gridEvidence is log p(y) of a model of rank 1, by brute force: the density of
// κ_t and of the observations up to t on a grid.
func (m *toy) gridEvidence(s *System, lo, hi float64, points int) float64 {
	h := (hi - lo) / float64(points-1)
	at := func(i int) []float64 { return []float64{lo + h*float64(i)} }
	density := func(dst []float64, mean, sd, weight float64) {
		for i := range dst {
			z := (at(i)[0] - mean) / sd
			dst[i] += weight * math.Exp(-z*z/2) / (sd * math.Sqrt(2*math.Pi))
		}
	}
	now, logSum := make([]float64, points), 0.0
	first := 0
	if s.StartNoise == nil { // the first state is known
		logSum, first = m.logLikelihood(0, s.Start), 1
		m.next(now[:1], s.Start, 0)
		mean := now[0]
		now[0] = 0
		density(now, mean, s.Noise[0], 1)
	} else {
		density(now, s.Start[0], s.StartNoise[0], 1)
	}
	mean := make([]float64, 1)
	for t := first; t < m.steps; t++ {
		top := math.Inf(-1)
		for i := range now {
			if now[i] > 1e-300 {
				top = max(top, m.logLikelihood(t, at(i)))
			}
		}
		sum := 0.0
		for i := range now {
			now[i] *= h * math.Exp(m.logLikelihood(t, at(i))-top)
			sum += now[i]
		}
		logSum += top + math.Log(sum)
		next := make([]float64, points)
		for i, w := range now {
			if w > 1e-14*sum {
				m.next(mean, at(i), t)
				density(next, mean[0], s.Noise[0], w/sum)
			}
		}
		now = next
	}
	return logSum
}
