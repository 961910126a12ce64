package maxentflow

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"
)

// dual is the convex function whose minimum is the law (method.md, section 4.3):
//
//	D(θ) = log Σ_s q_s exp(s²|g_s|²/2) − ⟨θ,c⟩ + ½⟨θ,Σθ⟩,   g = ψ θ
//
// over θ (K x R, row-major). value must be called before slope and curvature,
// which speak of the same θ.
type dual struct {
	*modes
	logQ    []float64
	s       float64 // sd of n in the base
	r       int
	threads int

	theta []float64
	g     []float64 // S x R
	p     []float64 // weights of the nodes under the law of θ, summing to 1
	logZ  float64
	mean  []float64 // M = Σ_s p_s s² ψ_s g_sᵀ, K x R; set by slope
}

func newDual(m *modes, logQ []float64, s float64, r, threads int) *dual {
	return &dual{modes: m, logQ: logQ, s: s, r: r, threads: threads,
		g: make([]float64, len(logQ)*r), p: make([]float64, len(logQ)), mean: make([]float64, m.k*r)}
}

// value is D at θ.
func (d *dual) value(ctx context.Context, theta []float64) (float64, error) {
	d.theta = theta
	err := chunks(ctx, d.threads, len(d.logQ), chunkRows, func(_, lo, hi int) {
		mul(d.g[lo*d.r:hi*d.r], d.psi[lo*d.k:hi*d.k], theta, hi-lo, d.r, d.k)
		for s := lo; s < hi; s++ {
			d.p[s] = d.logQ[s] + d.s*d.s*square(d.g[s*d.r:(s+1)*d.r])/2
		}
	})
	d.logZ = logSumExp(d.p)
	for s, e := range d.p {
		d.p[s] = math.Exp(e - d.logZ)
	}
	v := d.logZ
	for i, t := range theta {
		v += t * (0.5*d.noise[i/d.r]*t - d.targets[i])
	}
	return v, err
}

// slope writes the gradient of D: M − c + Σθ.
func (d *dual) slope(ctx context.Context, grad []float64) error {
	parts := make([][]float64, count(len(d.logQ), chunkRows))
	err := chunks(ctx, d.threads, len(d.logQ), chunkRows, func(c, lo, hi int) {
		weighted := make([]float64, (hi-lo)*d.r)
		for i := range weighted {
			weighted[i] = d.s * d.s * d.p[lo+i/d.r] * d.g[lo*d.r+i]
		}
		parts[c] = make([]float64, d.k*d.r)
		mulTransA(parts[c], 0, d.psi[lo*d.k:hi*d.k], weighted, d.k, d.r, hi-lo)
	})
	if err != nil {
		return err
	}
	clear(d.mean)
	for _, p := range parts {
		addInto(d.mean, p)
	}
	for i, t := range d.theta {
		grad[i] = d.mean[i] - d.targets[i] + d.noise[i/d.r]*t
	}
	return nil
}

// curvature writes the Hessian of D, (K R) x (K R), indexed as θ is. slope must
// have been called at the same θ.
func (d *dual) curvature(ctx context.Context, hess *mat.SymDense) error {
	const rows = 8 * chunkRows
	parts := make([][]float64, count(len(d.logQ), rows))
	n := d.k * d.r
	for a := range d.r {
		for b := range a + 1 {
			err := chunks(ctx, d.threads, len(d.logQ), rows, func(c, lo, hi int) { parts[c] = d.block(a, b, lo, hi) })
			if err != nil {
				return err
			}
			for _, p := range parts[1:] {
				addInto(parts[0], p)
			}
			for k := range d.k {
				for l := range d.k {
					i, j := k*d.r+a, l*d.r+b
					hess.SetSym(i, j, parts[0][k*d.k+l]-d.mean[i]*d.mean[j])
				}
			}
		}
	}
	for i := range n {
		hess.SetSym(i, i, hess.At(i, i)+d.noise[i/d.r])
	}
	return nil
}

// block is Σ_s p_s ψ_s ψ_sᵀ (s² δ_ab + s⁴ g_a g_b) over the nodes lo to hi, K x K.
func (d *dual) block(a, b, lo, hi int) []float64 {
	out, scaled := make([]float64, d.k*d.k), make([]float64, chunkRows*d.k)
	s2 := d.s * d.s
	for ; lo < hi; lo += chunkRows {
		end := min(lo+chunkRows, hi)
		for s := lo; s < end; s++ {
			weight := s2 * s2 * d.g[s*d.r+a] * d.g[s*d.r+b]
			if a == b {
				weight += s2
			}
			weight *= d.p[s]
			row := scaled[(s-lo)*d.k : (s-lo+1)*d.k]
			for k, x := range d.psi[s*d.k : (s+1)*d.k] {
				row[k] = weight * x
			}
		}
		mulTransA(out, 1, scaled[:(end-lo)*d.k], d.psi[lo*d.k:end*d.k], d.k, d.k, end-lo)
	}
	return out
}

const (
	damping       = 1e-6 // Levenberg-Marquardt, added to the Hessian's diagonal
	sufficient    = 1e-4 // Armijo: share of the promised decrease that is asked for
	flatGradient  = 1e-9
	newtonMaximum = 200
)

// minimise runs damped Newton from θ = 0 with an Armijo line search and leaves
// the dual at its minimum, with its mean. It ends at a gradient below 1e-9, at a step
// that no longer helps, or after 200 iterations, and tells how many there were and the
// largest component of the gradient that is left; validation tells whether the result
// is a law to trust.
func (d *dual) minimise(ctx context.Context) (iterations int, left float64, err error) {
	n := d.k * d.r
	theta, grad := make([]float64, n), make([]float64, n)
	hess := mat.NewSymDense(n, nil)
	value, err := d.value(ctx, theta)
	for ; err == nil; iterations++ {
		if err = d.slope(ctx, grad); err != nil {
			break
		}
		left = largest(grad)
		if left < flatGradient || iterations == newtonMaximum {
			break
		}
		if err = d.curvature(ctx, hess); err != nil {
			break
		}
		step := newtonStep(hess, grad)
		next, decreased, e := d.search(ctx, theta, step, grad, value)
		if err = e; err != nil {
			break
		}
		if !decreased {
			// Back to where the gradient and the mean were taken.
			_, err = d.value(ctx, theta)
			break
		}
		theta, value = d.theta, next
	}
	return iterations, left, err
}

// search halves the step until D has fallen enough.
func (d *dual) search(ctx context.Context, theta, step, grad []float64, value float64) (float64, bool, error) {
	promised := 0.0
	for i := range grad {
		promised += grad[i] * step[i]
	}
	for t := 1.0; t > 1e-10; t /= 2 {
		trial := make([]float64, len(theta))
		for i := range trial {
			trial[i] = theta[i] + t*step[i]
		}
		next, err := d.value(ctx, trial)
		if err != nil {
			return 0, false, err
		}
		if next <= value+sufficient*t*promised+1e-14*math.Abs(value) {
			return next, true, nil
		}
	}
	return value, false, nil
}

// newtonStep solves (H + damping) step = -grad; where rounding has left H
// indefinite, damping grows until it is not, and the step tends to the gradient's.
func newtonStep(hess *mat.SymDense, grad []float64) []float64 {
	n := len(grad)
	out := make([]float64, n)
	damped := mat.NewSymDense(n, nil)
	var chol mat.Cholesky
	for mu := damping; mu < 1e12; mu *= 100 {
		damped.CopySym(hess)
		for i := range n {
			damped.SetSym(i, i, hess.At(i, i)+mu)
		}
		if !chol.Factorize(damped) {
			continue
		}
		// An error here only warns of the condition number; the line search
		// judges the step.
		_ = chol.SolveVecTo(mat.NewVecDense(n, out), mat.NewVecDense(n, grad))
		for i := range out {
			out[i] = -out[i]
		}
		return out
	}
	for i, g := range grad {
		out[i] = -g
	}
	return out
}

func largest(x []float64) float64 {
	top := 0.0
	for _, v := range x {
		top = max(top, math.Abs(v))
	}
	return top
}
