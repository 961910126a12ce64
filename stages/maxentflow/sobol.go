package maxentflow

import (
	"math/bits"
	"math/rand/v2"
)

// sobol is Sobol's sequence in up to 21 dimensions, scrambled: points that fill
// the unit cube far more evenly than random ones, so that 2^k of them integrate
// a smooth function about as well as the square of that many random ones. Where
// the law needs more dimensions, the rest are random.
type sobol struct {
	directions [][32]uint32
	at         []uint32
	index      uint32
	random     *rand.Rand
	dims       int
}

// newSobol starts a sequence of d dimensions with a random linear scramble and
// a digital shift from r (J. Matoušek, "On the L2-discrepancy for anchored
// boxes", J. Complexity 14, 1998).
func newSobol(d int, r *rand.Rand) *sobol {
	s := &sobol{dims: d, random: r}
	for j := range min(d, 1+len(joeKuo)) {
		v := directionNumbers(j)
		scramble(&v, r)
		s.directions = append(s.directions, v)
		s.at = append(s.at, r.Uint32())
	}
	return s
}

// next writes the next point, each coordinate within (0, 1).
func (s *sobol) next(dst []float64) {
	for j := range dst {
		if j >= len(s.at) {
			dst[j] = s.random.Float64()
			continue
		}
		dst[j] = (float64(s.at[j]) + 0.5) / (1 << 32)
	}
	// Gray code order: each point differs from the last by one direction.
	s.index++
	bit := bits.TrailingZeros32(s.index) & 31
	for j := range s.at {
		s.at[j] ^= s.directions[j][bit]
	}
}

// directionNumbers are the 32 of dimension j, from 0.
func directionNumbers(j int) (v [32]uint32) {
	if j == 0 {
		for k := range v {
			v[k] = 1 << (31 - k)
		}
		return v
	}
	p := joeKuo[j-1]
	degree := len(p.initial)
	for k := range v {
		if k < degree {
			v[k] = p.initial[k] << (31 - k)
			continue
		}
		v[k] = v[k-degree] ^ v[k-degree]>>degree
		for i := 1; i < degree; i++ {
			if p.coefficients>>(degree-1-i)&1 == 1 {
				v[k] ^= v[k-i]
			}
		}
	}
	return v
}

// scramble multiplies the direction numbers by one random lower triangular
// binary matrix with ones on its diagonal, most significant bit first.
func scramble(v *[32]uint32, r *rand.Rand) {
	var rows [32]uint32
	for i := range rows {
		diagonal := uint32(1) << (31 - i)
		above := ^(diagonal | (diagonal - 1)) // the more significant bits
		rows[i] = r.Uint32()&above | diagonal
	}
	for k, x := range v {
		v[k] = 0
		for i, row := range rows {
			v[k] |= uint32(bits.OnesCount32(row&x)&1) << (31 - i)
		}
	}
}

// joeKuo are the primitive polynomials and initial numbers of dimensions 2 to
// 21 (S. Joe and F. Kuo, "Constructing Sobol sequences with better
// two-dimensional projections", SIAM J. Sci. Comput. 30, 2008; set
// new-joe-kuo-6).
var joeKuo = []struct {
	coefficients uint32
	initial      []uint32
}{
	{0, []uint32{1}},
	{1, []uint32{1, 3}},
	{1, []uint32{1, 3, 1}},
	{2, []uint32{1, 1, 1}},
	{1, []uint32{1, 1, 3, 3}},
	{4, []uint32{1, 3, 5, 13}},
	{2, []uint32{1, 1, 5, 5, 17}},
	{4, []uint32{1, 1, 5, 5, 5}},
	{7, []uint32{1, 1, 7, 11, 19}},
	{11, []uint32{1, 1, 5, 1, 1}},
	{13, []uint32{1, 1, 1, 3, 11}},
	{14, []uint32{1, 3, 5, 5, 31}},
	{1, []uint32{1, 3, 3, 9, 7, 49}},
	{13, []uint32{1, 1, 1, 15, 21, 21}},
	{16, []uint32{1, 3, 1, 13, 27, 49}},
	{19, []uint32{1, 1, 1, 15, 7, 5}},
	{22, []uint32{1, 3, 1, 15, 13, 25}},
	{25, []uint32{1, 1, 5, 5, 19, 61}},
	{1, []uint32{1, 3, 7, 11, 23, 15, 103}},
	{4, []uint32{1, 3, 7, 13, 13, 15, 69}},
}
