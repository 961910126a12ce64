package lrrnn

import (
	"math"
	"math/rand/v2"

	"reprise/stages/internal/trials"
)

// Noisy returns the model as an inference of latent paths takes it.
func (m *Model) Noisy() Noisy {
	width := m.Network.Width()
	n := Noisy{
		Net: m.Network, Leak: m.Leak, Factor: factor(m.Noise, m.Network.Rank),
		Readout: Readout{Gain: widened(m.Gain, width), Offset: widened(m.Offset, width)},
	}
	if m.Variance != nil {
		n.Readout.Variance = widened(m.Variance, width)
		for i := len(m.Variance); i < width; i++ {
			n.Readout.Variance[i] = 1
		}
	}
	return n
}

// widened returns a copy of x with zeros behind it.
func widened(x []float64, width int) []float64 {
	out := make([]float64, width)
	copy(out, x)
	return out
}

// Observed returns the trials as observed under the model.
func (m *Model) Observed(t *trials.Trials) *Observed {
	return NewObserved(t, m.Observation, m.PSTH, m.Drift, m.Scale)
}

// factor returns the lower triangular L with L Lᵀ = c (r x r, not negative).
// Directions without variance get a column of zeros.
func factor(c []float64, r int) []float64 {
	l := make([]float64, r*r)
	for j := range r {
		left := c[j*r+j]
		for k := range j {
			left -= l[j*r+k] * l[j*r+k]
		}
		if left <= 1e-14*c[j*r+j] {
			continue
		}
		l[j*r+j] = math.Sqrt(left)
		for i := j + 1; i < r; i++ {
			sum := c[i*r+j]
			for k := range j {
				sum -= l[i*r+k] * l[j*r+k]
			}
			l[i*r+j] = sum / l[j*r+j]
		}
	}
	return l
}

// Sample draws the latents of trial k from the prior, knowing the inputs alone,
// and puts them into s.
func (m *Model) Sample(s *States, t *trials.Trials, k int, r *rand.Rand) {
	net, l := m.Network, factor(m.Noise, m.Network.Rank)
	x, h, z := make([]float64, net.Width()), make([]float64, net.Width()), make([]float64, net.Weights())
	normal := make([]float64, net.Rank)
	for j := range t.Steps[k] {
		kappa, _ := s.At(t.First[k] + j)
		if j == 0 {
			copy(kappa, m.Initial[k*net.Rank:(k+1)*net.Rank])
		} else {
			before, _ := s.At(t.First[k] + j - 1)
			net.Drive(x, s.Z(z, t.First[k]+j-1))
			net.Advance(kappa, h, x, before, m.Leak)
		}
		for i := range normal {
			normal[i] = r.NormFloat64()
		}
		for i := range kappa {
			for c := range i + 1 {
				kappa[i] += l[i*net.Rank+c] * normal[c]
			}
		}
	}
}
