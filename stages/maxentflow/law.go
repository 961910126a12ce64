package maxentflow

import (
	"context"
	"math"
)

// law is a maximum-entropy law p*(w, n) in closed form: w has the density
// q0(w) exp(s²|g(w)|²/2) / Z, and n given w is N(s² g(w), s² I), with
// g(w) = Σ_j λ_j tanh(w·z_j).
type law struct {
	base   *base
	z      *states   // collocation states
	lambda []float64 // J x R
	logZ   float64

	modes    int
	kl       float64 // from the base, nats
	entropy  float64 // nats
	residual float64 // relative error of the constraints, at the nodes of the fit
	newton   int     // iterations of Newton's method
	gradient float64 // largest component of the dual's gradient where they ended
}

// problem is what a law is fitted to: the field f (J x R) at collocation states,
// known to a standard deviation eps, and the base.
type problem struct {
	base    *base
	z       *states
	f       []float64
	eps     float64
	threads int
}

// solve finds the law at the given nodes and tolerance (method.md, section 4.3).
func (p *problem) solve(ctx context.Context, n *nodes, tol float64) (*law, error) {
	m, err := newModes(ctx, p.threads, n, p.z, p.f, tol, p.eps)
	if err != nil {
		return nil, err
	}
	d := newDual(m, n.logQ, p.base.s, p.base.r, p.threads)
	iterations, left, err := d.minimise(ctx)
	if err != nil {
		return nil, err
	}
	l := &law{base: p.base, z: p.z, logZ: d.logZ, modes: m.k, newton: iterations, gradient: left, lambda: make([]float64, p.z.count*d.r)}
	mul(l.lambda, m.proj, d.theta, p.z.count, d.r, m.k)
	l.kl = -d.logZ
	for i, t := range d.theta {
		l.kl += t * d.mean[i]
	}
	l.entropy = l.entropyOf(n, d)
	fitted, err := p.z.field(ctx, p.threads, n.w, l.means(d.g), d.p, d.r)
	l.residual = relativeError(fitted, p.f)
	return l, err
}

func (l *law) entropyOf(n *nodes, d *dual) float64 {
	s2, r := l.base.s*l.base.s, float64(l.base.r)
	h := d.logZ + r/2*(log2Pi+1+math.Log(s2))
	dim := len(l.base.w)
	for s, p := range d.p {
		h -= p * (l.base.logW(n.w[s*dim:(s+1)*dim]) + s2*square(d.g[s*d.r:(s+1)*d.r])/2)
	}
	return h
}

// means turns g (S x R) into the means of n given w, s² g.
func (l *law) means(g []float64) []float64 {
	out := make([]float64, len(g))
	for i, x := range g {
		out[i] = l.base.s * l.base.s * x
	}
	return out
}

// g evaluates g at points w (S x D), as S x R.
func (l *law) g(ctx context.Context, threads int, w []float64) ([]float64, error) {
	d, r := l.z.d, l.base.r
	points := len(w) / d
	out := make([]float64, points*r)
	err := chunks(ctx, threads, points, chunkRows, func(_, lo, hi int) {
		phi := make([]float64, (hi-lo)*l.z.count)
		l.z.features(phi, w[lo*d:hi*d])
		mul(out[lo*r:hi*r], phi, l.lambda, hi-lo, r, l.z.count)
	})
	return out, err
}

// logDensity is log p* of points x = (w, n) given as w (S x D) and n (S x R).
func (l *law) logDensity(ctx context.Context, threads int, w, n []float64) ([]float64, error) {
	g, err := l.g(ctx, threads, w)
	if err != nil {
		return nil, err
	}
	d, r := l.z.d, l.base.r
	out := make([]float64, len(n)/r)
	for s := range out {
		out[s] = l.base.logW(w[s*d:(s+1)*d]) + l.base.logN(n[s*r:(s+1)*r]) - l.logZ
		for a := range r {
			out[s] += g[s*r+a] * n[s*r+a]
		}
	}
	return out, nil
}

// weighted is the law at nodes of its own choosing: weights and means.
type weighted struct {
	*nodes
	p    []float64 // weights under the law, summing to 1
	mean []float64 // E[n|w], S x R
	logZ float64   // log Z as these nodes give it
}

// at evaluates the law at nodes.
func (l *law) at(ctx context.Context, threads int, n *nodes) (*weighted, error) {
	g, err := l.g(ctx, threads, n.w)
	if err != nil {
		return nil, err
	}
	r, s2 := l.base.r, l.base.s*l.base.s
	out := &weighted{nodes: n, p: make([]float64, n.size()), mean: l.means(g)}
	for s := range out.p {
		out.p[s] = n.logQ[s] + s2*square(g[s*r:(s+1)*r])/2
	}
	out.logZ = logSumExp(out.p)
	for s, e := range out.p {
		out.p[s] = math.Exp(e - out.logZ)
	}
	return out, nil
}
