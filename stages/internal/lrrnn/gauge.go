package lrrnn

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// Canonical fixes the gauge of a network, the choice of coordinates for its
// latents (method.md, P1: κ → A κ, n → A n, m → A⁻ᵀ m changes nothing that can be
// observed): latents are white over the given states (E κκᵀ = I), the columns
// of m are orthogonal, in the order of their length, longest first, and
// Σ_i (g_i m_ir)³ is positive. Two fits in this gauge compare column by column,
// as far as the lengths of their columns are distinct.
//
// It returns A and its inverse (R x R). ok is false where the latents stay
// within fewer dimensions (their second moments' eigenvalues are more than a
// factor 1e12 apart): there is no such gauge. steps are the states that
// count.
func Canonical(n *Network, gain []float64, s *States, steps []int) (a, inverse *mat.Dense, ok bool) {
	r := n.Rank
	second := mat.NewSymDense(r, nil)
	for _, t := range steps {
		kappa, _ := s.At(t)
		second.SymRankOne(second, 1/float64(len(steps)), mat.NewVecDense(r, kappa))
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(second, true) {
		return nil, nil, false
	}
	values := eigen.Values(nil)
	if !(values[0] > 1e-12*values[r-1]) {
		return nil, nil, false
	}
	// κ = L κ' with κ' white: L = V √D; then m' = m L.
	var l, vectors mat.Dense
	eigen.VectorsTo(&vectors)
	l.Apply(func(_, j int, x float64) float64 { return x * math.Sqrt(values[j]) }, &vectors)
	var read, gram, rotation mat.Dense
	read.Mul(mat.NewDense(n.Neurons, r, n.M), &l)
	gram.Mul(read.T(), &read)
	symmetric := mat.NewSymDense(r, nil)
	for i := range r {
		for j := range i + 1 {
			symmetric.SetSym(i, j, gram.At(i, j))
		}
	}
	if !eigen.Factorize(symmetric, true) {
		return nil, nil, false
	}
	eigen.VectorsTo(&rotation)
	// Longest column first, and its sign.
	basis := mat.NewDense(r, r, nil)
	for j := range r {
		basis.SetCol(j, mat.Col(nil, r-1-j, &rotation))
	}
	read.Mul(&read, basis)
	for j := range r {
		var skew float64
		for i := range n.Neurons {
			x := gain[i] * read.At(i, j)
			skew += x * x * x
		}
		if skew < 0 {
			for i := range r {
				basis.Set(i, j, -basis.At(i, j))
			}
		}
	}
	inverse = new(mat.Dense)
	inverse.Mul(&l, basis) // κ = A⁻¹ κ_canonical
	a = new(mat.Dense)
	var half mat.Dense // A = basisᵀ D^(−1/2) Vᵀ
	half.Apply(func(i, _ int, x float64) float64 { return x / math.Sqrt(values[i]) }, vectors.T())
	a.Mul(basis.T(), &half)
	return a, inverse, true
}

// Transform writes A times each row of src (rows of R numbers) to dst.
func Transform(dst, src []float64, a mat.Matrix) {
	r, _ := a.Dims()
	row := make([]float64, r) // dst may be src
	for at := 0; at < len(src); at += r {
		copy(row, src[at:at+r])
		for i := range r {
			var sum float64
			for j, x := range row {
				sum += a.At(i, j) * x
			}
			dst[at+i] = sum
		}
	}
}

// TransformSquares replaces each matrix C of a list (R x R each), such as
// covariances of latents, by A C Aᵀ.
func TransformSquares(list []float64, a mat.Matrix) {
	r, _ := a.Dims()
	var left, both mat.Dense
	for at := 0; at < len(list); at += r * r {
		c := mat.NewDense(r, r, list[at:at+r*r])
		left.Mul(a, c)
		both.Mul(&left, a.T())
		c.Copy(&both)
	}
}
