package dynamics

import "slices"

// path integrates dκ/dt = −κ + F(κ) by the classical Runge–Kutta method of
// fourth order; with a jacobian it carries the tangent map along, dM/dt =
// (−I + DF) M from M = I.
type path struct {
	field, jacobian Field // jacobian is nil where no tangents are wanted

	rank    int
	y       []float64    // κ, then M (R x R, row-major) where tangents are wanted
	k       [4][]float64 // slopes
	at      []float64    // where a slope is taken
	tangent []float64    // R x R
}

func newPath(field, jacobian Field, kappa []float64) *path {
	r := len(kappa)
	p := &path{field: field, jacobian: jacobian, rank: r, y: slices.Clone(kappa)}
	if jacobian != nil {
		p.y = append(p.y, make([]float64, r*r)...)
		for i := range r {
			p.y[r+i*r+i] = 1
		}
		p.tangent = make([]float64, r*r)
	}
	for i := range p.k {
		p.k[i] = make([]float64, len(p.y))
	}
	p.at = make([]float64, len(p.y))
	return p
}

// kappa is where the path is, as a view.
func (p *path) kappa() []float64 { return p.y[:p.rank] }

// slope writes dy/dt at y to dst.
func (p *path) slope(dst, y []float64) {
	r := p.rank
	p.field(dst[:r], y[:r])
	for i := range r {
		dst[i] -= y[i]
	}
	if p.jacobian == nil {
		return
	}
	p.jacobian(p.tangent, y[:r])
	m, dm := y[r:], dst[r:]
	for i := range r {
		for j := range r {
			dm[i*r+j] = -m[i*r+j]
			for l := range r {
				dm[i*r+j] += p.tangent[i*r+l] * m[l*r+j]
			}
		}
	}
}

// step goes on by the time h.
func (p *path) step(h float64) {
	p.slope(p.k[0], p.y)
	for i, share := range []float64{0.5, 0.5, 1} {
		for j, y := range p.y {
			p.at[j] = y + share*h*p.k[i][j]
		}
		p.slope(p.k[i+1], p.at)
	}
	for j := range p.y {
		p.y[j] += h / 6 * (p.k[0][j] + 2*p.k[1][j] + 2*p.k[2][j] + p.k[3][j])
	}
}
