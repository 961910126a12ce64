package subspace

import (
	"context"
	"errors"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"reprise/stages/internal/lrrnn"
)

// features are the activities tanh(w_i·z_t) of every neuron at the chosen
// states, N x T row-major.
func features(ctx context.Context, n *lrrnn.Network, s *lrrnn.States, steps []int) ([]float64, error) {
	phi := make([]float64, n.Neurons*len(steps))
	for i := range n.Neurons {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for t, step := range steps {
			kappa, v := s.At(step)
			phi[i*len(steps)+t], _ = n.Phi.Value(n.Drive(i, kappa, v))
		}
	}
	return phi, nil
}

// decomposition is the singular value decomposition of Φ/√(NT).
type decomposition struct {
	neurons, states int
	singular        []float64  // min(N, T), falling
	kept            int        // K, at least 1
	vectors         *mat.Dense // left singular vectors, N x min(N, T)
}

// decompose finds the left singular vectors of phi (N x T) whose singular value
// is above tolerance times the first (method.md, section 2).
func decompose(ctx context.Context, phi []float64, neurons, states int, tolerance float64) (*decomposition, error) {
	m := mat.NewDense(neurons, states, phi)
	var small mat.Matrix = m
	if states > neurons {
		// With Φᵀ = QR, Φ has the left singular vectors and values of Rᵀ.
		var qr mat.QR
		qr.Factorize(m.T())
		var r mat.Dense
		qr.RTo(&r)
		small = r.Slice(0, neurons, 0, neurons).T()
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var svd mat.SVD
	if !svd.Factorize(small, mat.SVDThinU) {
		return nil, errors.New("the activities at the visited states have no singular values: are the fit's weights and states finite?")
	}
	d := &decomposition{neurons: neurons, states: states, singular: svd.Values(nil)}
	scale := math.Sqrt(float64(neurons) * float64(states))
	for k := range d.singular {
		d.singular[k] /= scale
	}
	if !(d.singular[0] > 0) {
		return nil, errors.New("no neuron is active at any visited state, so nothing is identified")
	}
	for d.kept < len(d.singular) && d.singular[d.kept] > tolerance*d.singular[0] {
		d.kept++
	}
	d.vectors = new(mat.Dense)
	svd.UTo(d.vectors)
	return d, nil
}

// modes are the directions that are kept, N x K.
func (d *decomposition) modes() []float64 {
	return mat.DenseCopyOf(d.vectors.Slice(0, d.neurons, 0, d.kept)).RawMatrix().Data
}

// project returns P n for n (N x R).
func (d *decomposition) project(n []float64, r int) []float64 {
	u := d.vectors.Slice(0, d.neurons, 0, d.kept)
	var parts, out mat.Dense
	parts.Mul(u.T(), mat.NewDense(d.neurons, r, n))
	out.Mul(u, &parts)
	return out.RawMatrix().Data
}

// leverage is the diagonal of P.
func (d *decomposition) leverage() []float64 {
	out := make([]float64, d.neurons)
	for i := range out {
		out[i] = sumSquares(d.vectors.RawRowView(i)[:d.kept])
	}
	return out
}

// relative returns the singular values over the first.
func (d *decomposition) relative() []float64 {
	out := make([]float64, len(d.singular))
	for k, s := range d.singular {
		out[k] = s / d.singular[0]
	}
	return out
}

// eigenvalues are the e_k of AᵀA, A = Φᵀ/N: how much the field at all the states
// together changes, squared, for a unit change of n along a mode.
func (d *decomposition) eigenvalues() []float64 {
	out := make([]float64, len(d.singular))
	for k, s := range d.singular {
		out[k] = s * s * float64(d.states) / float64(d.neurons)
	}
	return out
}

// weights are e_k/(e_k + λ): the share of each mode that is seen where the field
// at each state is known to s_F and n has a prior size of s_n, λ = s_F²/s_n².
func (d *decomposition) weights(lambda float64) []float64 {
	out := d.eigenvalues()
	for k, e := range out {
		out[k] = 0
		if e > 0 {
			out[k] = e / (e + lambda)
		}
	}
	return out
}

// seen is the diagonal of Σ_k u_k w_k u_kᵀ: how much of each neuron's own
// direction is seen through the noise, 0 to 1.
func (d *decomposition) seen(weights []float64) []float64 {
	out := make([]float64, d.neurons)
	for i := range out {
		for k, w := range weights {
			u := d.vectors.At(i, k)
			out[i] += w * u * u
		}
	}
	return out
}

// along are the parts of x (N x C) along all directions, min(N, T) x C.
func (d *decomposition) along(x []float64, columns int) *mat.Dense {
	var out mat.Dense
	out.Mul(d.vectors.T(), mat.NewDense(d.neurons, columns, x))
	return &out
}

// seenFraction is the share of |n|² (N x R) that the weights leave.
func (d *decomposition) seenFraction(n []float64, r int, weights []float64) float64 {
	parts, seen := d.along(n, r), 0.0
	for k, w := range weights {
		seen += w * sumSquares(parts.RawRowView(k))
	}
	return seen / sumSquares(n)
}

// fieldSize is the root mean square of F = Φᵀ n / N over the states.
func fieldSize(phi, n []float64, r, states int) float64 {
	neurons := len(n) / r
	var f mat.Dense
	f.Mul(mat.NewDense(neurons, states, phi).T(), mat.NewDense(neurons, r, n))
	return rms(f.RawMatrix().Data) / float64(neurons)
}

func sumSquares(x []float64) float64 { return floats.Dot(x, x) }

func rms(x []float64) float64 { return math.Sqrt(sumSquares(x) / float64(len(x))) }
