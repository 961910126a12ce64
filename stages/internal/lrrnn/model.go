package lrrnn

import (
	"gonum.org/v1/gonum/floats"

	"reprise/stages/internal/parallel"
	"reprise/stages/internal/simd"
	"reprise/stages/internal/trials"
)

// MaxLogRate is where log-rates are cut off, in log counts per step, so that a
// wild step of an optimiser cannot overflow: e² = 7.4 spikes in 10 ms.
const MaxLogRate = simd.MaxLogRate

// Model is a network with the start and the observations of its trials. Its
// states and what it expects to observe in step t of trial k are
//
//	v_t = (1−a_v) v_{t−1} + u_t
//	κ_t = (1−a) κ_{t−1} + (a/N) Σ_j n_j φ(x_{j,t−1} + b_j) + e_t,   e_t ~ N(0, Q)
//	x_i = m_i·κ + B_i·v
//	y_i = c_i + g_i x_i + psth_{t,i} + drift_{k,i}
//
// and y is observed as [Observation] says. Without latent noise, Q = 0.
//
// The v here accumulates inputs without the factor a: v = v_method / a of the
// τ dv/dt = −v + u of method.md, section 1. B is that much smaller.
type Model struct {
	Network     *Columns
	Leak        float64 // a = dt/τ
	InputLeak   float64 // a_v; 1 is no filter
	Observation Observation

	Gain, Offset []float64 // neurons: g and c
	Scale        []float64 // neurons: mean count, where softplus rates are in units of it
	Initial      []float64 // trial x rank: κ at the first step
	PSTH         []float64 // bin x neuron, or nil; steps beyond the last bin use the last
	Drift        []float64 // trial x neuron, or nil
	Noise        []float64 // R x R: Q, or nil for none
	Variance     []float64 // neurons: of activity about y; nil where it is not known
}

// Filter returns the filtered inputs v of all steps (step x channel):
// v_t = (1−a) v_{t−1} + u_t within a trial, from v = 0 before it.
func Filter(t *trials.Trials, leak float64) []float64 {
	v := make([]float64, len(t.Inputs))
	for k, first := range t.First {
		lo, hi := first*t.Channels, (first+t.Steps[k])*t.Channels
		copy(v[lo:hi], t.Inputs[lo:hi])
		for j := lo + t.Channels; j < hi; j++ {
			v[j] += (1 - leak) * v[j-t.Channels]
		}
	}
	return v
}

// States runs the network through the trials, without noise, and returns the
// states of every step.
func (m *Model) States(t *trials.Trials, threads int) *States {
	net := m.Network
	s := &States{Rank: net.Rank, Inputs: t.Channels, Kappa: make([]float64, t.TotalSteps()*net.Rank), V: Filter(t, m.InputLeak)}
	parallel.For(t.Len(), threads, func(k int) {
		x, h, z := make([]float64, net.Width()), make([]float64, net.Width()), make([]float64, net.Weights())
		copy(s.Kappa[t.First[k]*net.Rank:], m.Initial[k*net.Rank:(k+1)*net.Rank])
		for j := range t.Steps[k] - 1 {
			kappa, _ := s.At(t.First[k] + j)
			next, _ := s.At(t.First[k] + j + 1)
			net.Drive(x, s.Z(z, t.First[k]+j))
			net.Advance(next, h, x, kappa, m.Leak)
		}
	})
	return s
}

// Z writes the i-th state as a network takes it, z = (κ, v, 1), to dst and
// returns dst.
func (s *States) Z(dst []float64, i int) []float64 {
	kappa, v := s.At(i)
	copy(dst, kappa)
	copy(dst[s.Rank:], v)
	dst[len(dst)-1] = 1
	return dst
}

// Expect writes what the model expects to observe in every step of trial k to
// dst (steps of the trial x neurons), given the states of all trials: counts a
// step for spikes, else the activity.
func (m *Model) Expect(dst []float64, t *trials.Trials, s *States, k int) {
	x, z, bias := make([]float64, m.Network.Width()), make([]float64, m.Network.Weights()), m.Network.Bias()
	for j := range t.Steps[k] {
		row := dst[j*t.Neurons : (j+1)*t.Neurons]
		clear(row)
		AddOffsets(row, m.PSTH, m.Drift, k, j)
		m.Network.Drive(x, s.Z(z, t.First[k]+j))
		for i, offset := range row {
			scale := 1.0
			if m.Scale != nil {
				scale = m.Scale[i]
			}
			row[i] = m.Observation.expected(m.Offset[i]+m.Gain[i]*(x[i]-bias[i]), offset, scale)
		}
	}
}

// AddOffsets adds the offsets of step j of trial k to row (neurons). Either of
// psth (bin x neuron) and drift (trial x neuron) may be nil; steps beyond the
// last bin use the last.
func AddOffsets(row, psth, drift []float64, k, j int) {
	n := len(row)
	if psth != nil {
		j = min(j, len(psth)/n-1)
		floats.Add(row, psth[j*n:(j+1)*n])
	}
	if drift != nil {
		floats.Add(row, drift[k*n:(k+1)*n])
	}
}
