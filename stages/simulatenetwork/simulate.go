package simulatenetwork

import (
	"context"
	"math"
	"slices"

	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/parallel"
	"reprise/stages/internal/rng"
)

// latents simulates the network by Euler–Maruyama steps of dκ = (−κ + F(κ)) dt
// + noise dW, time in units of τ, and returns the latents of all trials (trial,
// step, rank, packed) and their initial values (trial x rank), which are also
// the states of the first steps.
func (s *Simulate) latents(ctx context.Context, net *lrrnn.Network, threads int) (states *lrrnn.States, initial []float64, err error) {
	rank := net.Rank
	states = &lrrnn.States{Rank: rank, Inputs: s.Inputs, Kappa: make([]float64, s.Trials*s.Steps*rank), V: s.filtered(s.received())}
	initial = make([]float64, s.Trials*rank)
	r := rng.New(s.Seed, "initial states")
	for i := range initial {
		u := 2*r.Float64() - 1
		if initial[i] = s.InitialRange * u; s.InitialLeast > 0 {
			initial[i] = math.Copysign(s.InitialLeast*math.Pow(s.InitialRange/s.InitialLeast, math.Abs(u)), u)
		}
	}
	// The noise is drawn beforehand, into the place of the state it moves, so
	// that it does not depend on the order in which trials run.
	r = rng.New(s.Seed, "latent noise")
	for i := range states.Kappa {
		states.Kappa[i] = s.LatentNoise * math.Sqrt(s.Dt) * r.NormFloat64()
	}
	columns := net.Columns()
	parallel.For(s.Trials, threads, func(k int) {
		x, h, z := make([]float64, columns.Width()), make([]float64, columns.Width()), make([]float64, columns.Weights())
		moved := make([]float64, rank)
		copy(states.Kappa[k*s.Steps*rank:], initial[k*rank:(k+1)*rank])
		for j := range s.Steps - 1 {
			if ctx.Err() != nil {
				return
			}
			kappa, _ := states.At(k*s.Steps + j)
			next, _ := states.At(k*s.Steps + j + 1)
			columns.Drive(x, states.Z(z, k*s.Steps+j))
			columns.Advance(moved, h, x, kappa, s.Dt)
			for c := range next {
				next[c] += moved[c]
			}
		}
	})
	return states, initial, ctx.Err()
}

// received is what each channel receives in each step (step x channel): white
// noise of such a size that filtered it has unit variance once it is stationary.
func (s *Simulate) received() []float64 {
	r := rng.New(s.Seed, "inputs")
	u := make([]float64, s.Trials*s.Steps*s.Inputs)
	size := math.Sqrt(1 - (1-s.Dt)*(1-s.Dt))
	for i := range u {
		u[i] = size * r.NormFloat64()
	}
	return u
}

// filtered is v_t = (1 − dt) v_(t−1) + u_t of each trial, from 0 before it (step x
// channel): inputs as fit_lrrnn takes them with the same leak.
func (s *Simulate) filtered(u []float64) []float64 {
	v := slices.Clone(u)
	for i := s.Inputs; i < len(v); i++ {
		if i/s.Inputs%s.Steps > 0 {
			v[i] += (1 - s.Dt) * v[i-s.Inputs]
		}
	}
	return v
}

// observe returns the activity x_i = m_i·κ + B_i·v + b_i of the given neurons at every
// state with Gaussian noise of the given standard deviation (step x neuron).
func (s *Simulate) observe(net *lrrnn.Network, states *lrrnn.States, neurons []int) []float64 {
	r := rng.New(s.Seed, "observation noise")
	out := make([]float64, 0, states.Len()*len(neurons))
	for at := range states.Len() {
		kappa, v := states.At(at)
		for _, i := range neurons {
			out = append(out, net.Drive(i, kappa, v)+s.ObservationNoise*r.NormFloat64())
		}
	}
	return out
}
