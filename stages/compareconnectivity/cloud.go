package compareconnectivity

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"reprise/stages/internal/lrrnn"
)

// cloud is a law of neurons by equally likely points x = (m, B, b, n) in a
// canonical gauge, in which only rotations and reflections of the latents are
// left. odd says that a neuron (w, n) and its opposite (−w, −n) do the same, as
// with tanh: the law then is that of the points and their opposites.
type cloud struct {
	rank, dim int
	x         []float64 // S x dim
	odd       bool
}

// newCloud takes the neurons of a network in its canonical gauge.
func newCloud(n *lrrnn.Network) *cloud {
	c := &cloud{rank: n.Rank, dim: 2*n.Rank + n.Inputs + 1, odd: n.Phi == lrrnn.Tanh}
	for i := range n.Neurons {
		c.x = append(c.x, n.M[i*n.Rank:(i+1)*n.Rank]...)
		c.x = append(c.x, n.B[i*n.Inputs:(i+1)*n.Inputs]...)
		c.x = append(c.x, n.Bias[i])
		c.x = append(c.x, n.N[i*n.Rank:(i+1)*n.Rank]...)
	}
	return c
}

func (c *cloud) size() int { return len(c.x) / c.dim }

// first is the cloud of the first points.
func (c *cloud) first(count int) *cloud {
	out := *c
	out.x = c.x[:min(count, c.size())*c.dim]
	return &out
}

// meanSquare is that of a coordinate.
func (c *cloud) meanSquare() float64 {
	sum := 0.0
	for _, x := range c.x {
		sum += x * x
	}
	return sum / float64(len(c.x))
}

// projected writes the points' products with a direction to dst, sorted. Of an
// odd cloud it is their sizes: the products of points and opposites are these
// with both signs, and differ from another's by as much.
func (c *cloud) projected(dst, direction []float64) {
	for s := range dst {
		sum := 0.0
		for i, x := range c.x[s*c.dim : (s+1)*c.dim] {
			sum += x * direction[i]
		}
		if c.odd {
			sum = math.Abs(sum)
		}
		dst[s] = sum
	}
	slices.Sort(dst)
}

// turned writes to dst what a direction is where the cloud's latents are turned:
// d·(O x) = (Oᵀ d)·x, with O (R x R) on m and n alike; with back it is O⁻¹ = Oᵀ.
func (c *cloud) turned(dst, direction, o []float64, back bool) {
	copy(dst, direction)
	for _, at := range []int{0, c.dim - c.rank} {
		for i := range c.rank {
			sum := 0.0
			for j := range c.rank {
				if back {
					sum += o[i*c.rank+j] * direction[at+j]
				} else {
					sum += o[j*c.rank+i] * direction[at+j]
				}
			}
			dst[at+i] = sum
		}
	}
}

// pairing is two clouds of equally many points, along directions of length 1.
type pairing struct {
	p, q       *cloud
	directions []float64   // L x dim
	sp, sq     [][]float64 // their projections on each
}

func newPairing(p, q *cloud, directions []float64) *pairing {
	out := &pairing{p: p, q: q, directions: directions}
	for at := 0; at < len(directions); at += p.dim {
		a, b := make([]float64, p.size()), make([]float64, q.size())
		p.projected(a, directions[at:at+p.dim])
		q.projected(b, directions[at:at+p.dim])
		out.sp, out.sq = append(out.sp, a), append(out.sq, b)
	}
	return out
}

// at is the squared sliced Wasserstein-2 distance of P from Q turned by O (R x
// R): the mean over directions of the squared distance between sorted
// projections. Each direction counts as it is, and turned with P: so the
// distance from P to O Q is exactly that from Q to O⁻¹ P, however few directions
// there are.
func (c *pairing) at(o []float64) float64 {
	dim := c.p.dim
	direction, sorted := make([]float64, dim), make([]float64, c.p.size())
	sum := 0.0
	for l := range c.sp {
		c.q.turned(direction, c.directions[l*dim:(l+1)*dim], o, false)
		c.q.projected(sorted, direction)
		sum += apart(sorted, c.sp[l])
		c.p.turned(direction, c.directions[l*dim:(l+1)*dim], o, true)
		c.p.projected(sorted, direction)
		sum += apart(sorted, c.sq[l])
	}
	return sum / float64(2*len(c.sp)*len(sorted))
}

func apart(a, b []float64) float64 {
	sum := 0.0
	for i, x := range a {
		sum += (x - b[i]) * (x - b[i])
	}
	return sum
}

// whitened returns the linear map A = C^(−1/2) for second moments C, and its
// inverse. ok is false where they have fewer dimensions.
func whitened(c *mat.SymDense) (a, inverse *mat.Dense, ok bool) {
	var eigen mat.EigenSym
	if !eigen.Factorize(c, true) {
		return nil, nil, false
	}
	values := eigen.Values(nil)
	if !(values[0] > 1e-12*values[len(values)-1]) || math.IsInf(values[len(values)-1], 0) {
		return nil, nil, false
	}
	var v mat.Dense
	eigen.VectorsTo(&v)
	power := func(p float64) *mat.Dense {
		var scaled, out mat.Dense
		scaled.Apply(func(_, j int, x float64) float64 { return x * math.Pow(values[j], p) }, &v)
		out.Mul(&scaled, v.T())
		return &out
	}
	return power(-0.5), power(0.5), true
}
