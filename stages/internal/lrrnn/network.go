// Package lrrnn is the low-rank recurrent network (method.md, section 1):
// its parameters, its field and its states.
//
//	τ dκ/dt = −κ + F(z),   F(z) = (1/N) Σ_j n_j φ(w_j·z)
//	z = (κ, v, 1),   w_j = (m_j, B_j, b_j)
//
// with R latents κ and U filtered inputs v; φ is tanh unless said otherwise. All arrays are row-major, neuron by
// component.
package lrrnn

// Network is N neurons of a rank-R network with U inputs.
type Network struct {
	Neurons, Rank, Inputs int

	M    []float64 // N x R: how each neuron reads the latents
	N    []float64 // N x R: how each neuron drives them
	B    []float64 // N x U: how each neuron reads the filtered inputs
	Bias []float64 // N: b, its threshold

	Phi Nonlinearity
}

// New returns a network of zeros.
func New(neurons, rank, inputs int) *Network {
	return &Network{
		Neurons: neurons, Rank: rank, Inputs: inputs,
		M: make([]float64, neurons*rank), N: make([]float64, neurons*rank),
		B: make([]float64, neurons*inputs), Bias: make([]float64, neurons),
	}
}

// Drive returns w_i·z, the argument of neuron i's nonlinearity at the state
// κ (length R), v (length U).
func (n *Network) Drive(i int, kappa, v []float64) float64 {
	x := n.Bias[i]
	for r, m := range n.M[i*n.Rank : (i+1)*n.Rank] {
		x += m * kappa[r]
	}
	for u, b := range n.B[i*n.Inputs : (i+1)*n.Inputs] {
		x += b * v[u]
	}
	return x
}

// Field writes F(z) at κ, v to dst (length R): (1/N) Σ_j n_j φ(w_j·z).
func (n *Network) Field(dst, kappa, v []float64) {
	clear(dst)
	for i := range n.Neurons {
		h, _ := n.Phi.Value(n.Drive(i, kappa, v))
		for r := range dst {
			dst[r] += n.N[i*n.Rank+r] * h
		}
	}
	for r := range dst {
		dst[r] /= float64(n.Neurons)
	}
}

// Jacobian writes dF/dκ at κ, v to dst (R x R, row a column b = dF_a/dκ_b):
// (1/N) Σ_j φ'(w_j·z) n_j m_jᵀ.
func (n *Network) Jacobian(dst, kappa, v []float64) {
	clear(dst)
	for i := range n.Neurons {
		_, slope := n.Phi.Value(n.Drive(i, kappa, v))
		slope /= float64(n.Neurons)
		for a := range n.Rank {
			for b := range n.Rank {
				dst[a*n.Rank+b] += slope * n.N[i*n.Rank+a] * n.M[i*n.Rank+b]
			}
		}
	}
}

// States are the latents and filtered inputs that a network visited, one row a
// step of the trials, trials packed one behind the other.
type States struct {
	Rank, Inputs int
	Kappa        []float64 // step x R
	V            []float64 // step x U
}

// Len is the number of states.
func (s *States) Len() int { return len(s.Kappa) / s.Rank }

// At returns κ and v of the i-th state.
func (s *States) At(i int) (kappa, v []float64) {
	return s.Kappa[i*s.Rank : (i+1)*s.Rank], s.V[i*s.Inputs : (i+1)*s.Inputs]
}
