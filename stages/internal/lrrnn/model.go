package lrrnn

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"reprise/stages/internal/parallel"
	"reprise/stages/internal/trials"
)

// MaxLogRate is where log-rates are cut off, in log counts per step, so that a
// wild step of an optimiser cannot overflow: e² = 7.4 spikes in 10 ms.
const MaxLogRate = 2

// Model is a network with the start and the observations of its trials. Its
// states and what it expects to observe in step t of trial k are
//
//	v_t = (1−a) v_{t−1} + u_t
//	κ_t = (1−a) κ_{t−1} + (a/N) Σ_j n_j tanh(x_{j,t−1} + b_j)
//	x_i = m_i·κ + B_i·v
//	y_i = c_i + g_i x_i + psth_{t,i} + drift_{k,i}
//
// where spikes have rate exp(min(y, MaxLogRate)) counts a step and continuous
// activity has mean y.
//
// The v here accumulates inputs without the factor a: v = v_method / a of the
// τ dv/dt = −v + u of method.md, section 1. B is that much smaller.
type Model struct {
	Network *Columns
	Leak    float64 // a = dt/τ
	Poisson bool    // spikes; otherwise continuous activity

	Gain, Offset []float64 // neurons: g and c
	Initial      []float64 // trial x rank: κ at the first step
	PSTH         []float64 // bin x neuron, or nil; steps beyond the last bin use the last
	Drift        []float64 // trial x neuron, or nil
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

// States runs the network through the trials and returns the states of every step.
func (m *Model) States(t *trials.Trials, threads int) *States {
	rank := len(m.Network.M)
	s := &States{Rank: rank, Inputs: t.Channels, Kappa: make([]float64, t.TotalSteps()*rank), V: Filter(t, m.Leak)}
	parallel.For(t.Len(), threads, func(k int) {
		x, h := make([]float64, t.Neurons), make([]float64, t.Neurons)
		copy(s.Kappa[t.First[k]*rank:], m.Initial[k*rank:(k+1)*rank])
		for j := range t.Steps[k] - 1 {
			kappa, v := s.At(t.First[k] + j)
			next, _ := s.At(t.First[k] + j + 1)
			m.Network.Drive(x, kappa, v)
			m.Network.Advance(next, h, x, kappa, m.Leak)
		}
	})
	return s
}

// Expect writes what the model expects to observe in every step of trial k to
// dst (steps of the trial x neurons), given the states of all trials: counts a
// step for spikes, else the activity.
func (m *Model) Expect(dst []float64, t *trials.Trials, s *States, k int) {
	for j := range t.Steps[k] {
		row := dst[j*t.Neurons : (j+1)*t.Neurons]
		kappa, v := s.At(t.First[k] + j)
		m.Network.Drive(row, kappa, v)
		for i, x := range row {
			row[i] = m.Offset[i] + m.Gain[i]*x
		}
		AddOffsets(row, m.PSTH, m.Drift, k, j)
		if m.Poisson {
			for i, z := range row {
				row[i] = math.Exp(min(z, MaxLogRate))
			}
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
