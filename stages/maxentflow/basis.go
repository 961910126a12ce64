package maxentflow

import (
	"context"
	"errors"
	"math"

	"gonum.org/v1/gonum/mat"
)

// modes is the whitened basis of method.md, section 4.1: ψ(w) = φ(w; z_1..J)
// proj, orthonormal under the base, and what it takes to use it.
type modes struct {
	k       int
	proj    []float64 // J x K
	targets []float64 // c = projᵀ F, K x R
	noise   []float64 // variance of each mode's target, K
	psi     []float64 // ψ at the nodes, S x K
}

// newModes builds the basis at the nodes for targets f (J x R) that are known
// to a standard deviation eps; singular values below tol times the first are
// left out. The singular values come from the eigenvalues of the J x J Gram
// matrix, which keeps them to about 1e-7 of the first: the least tolerance.
func newModes(ctx context.Context, threads int, n *nodes, z *states, f []float64, tol, eps float64) (*modes, error) {
	j := z.count
	gram, err := gramMatrix(ctx, threads, n, z)
	if err != nil {
		return nil, err
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(mat.NewSymDense(j, gram), true) {
		return nil, errors.New("the features of the collocation states have no eigendecomposition: are the target's states finite?")
	}
	values := eigen.Values(nil) // ascending
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	first := math.Sqrt(values[j-1])
	m := &modes{}
	for m.k < j && values[j-1-m.k] > 0 && math.Sqrt(values[j-1-m.k]) > tol*first {
		m.k++
	}
	m.proj, m.noise = make([]float64, j*m.k), make([]float64, m.k)
	for k := range m.k {
		scale := 1 / math.Sqrt(values[j-1-k]*float64(j))
		for i := range j {
			m.proj[i*m.k+k] = vectors.At(i, j-1-k) * scale
		}
		m.noise[k] = eps * eps * scale * scale
	}
	r := len(f) / j
	m.targets = make([]float64, m.k*r)
	mulTransA(m.targets, 0, m.proj, f, m.k, r, j)
	m.psi = make([]float64, n.size()*m.k)
	err = chunks(ctx, threads, n.size(), chunkRows, func(_, lo, hi int) {
		phi := make([]float64, (hi-lo)*j)
		z.features(phi, n.w[lo*z.d:hi*z.d])
		mul(m.psi[lo*m.k:hi*m.k], phi, m.proj, hi-lo, m.k, j)
	})
	return m, err
}

// gramMatrix is Σ_s q_s φ_s φ_sᵀ / J, J x J.
func gramMatrix(ctx context.Context, threads int, n *nodes, z *states) ([]float64, error) {
	j := z.count
	const rows = 8 * chunkRows // few pieces: each has a matrix of its own
	parts := make([][]float64, count(n.size(), rows))
	err := chunks(ctx, threads, n.size(), rows, func(c, lo, hi int) {
		parts[c] = make([]float64, j*j)
		phi := make([]float64, chunkRows*j)
		for a := lo; a < hi; a += chunkRows {
			b := min(a+chunkRows, hi)
			block := phi[:(b-a)*j]
			z.features(block, n.w[a*z.d:b*z.d])
			for s := a; s < b; s++ {
				scale := math.Exp(n.logQ[s]/2) / math.Sqrt(float64(j))
				row := block[(s-a)*j : (s-a+1)*j]
				for i := range row {
					row[i] *= scale
				}
			}
			mulTransA(parts[c], 1, block, block, j, j, b-a)
		}
	})
	if err != nil {
		return nil, err
	}
	for _, p := range parts[1:] {
		addInto(parts[0], p)
	}
	return parts[0], nil
}
