package maxentflow

import (
	"context"
	"math"
	"math/rand/v2"

	"reprise/stages/internal/rng"
)

// flow is a trained continuous normalizing flow: a velocity field in
// standardised coordinates y = (x − mean)/sd, that carries the standard Gaussian
// at t = 0 to its distribution at t = 1.
type flow struct {
	net        *network
	parameters []float64
	mean, sd   []float64
}

// rkSteps is the number of Runge-Kutta steps from 0 to 1. The error of the log
// density falls with its fourth power; at 20 it is some 1e-5 (method.md, C10).
const rkSteps = 20

// velocity writes v(x, t) and its divergence of n points x (n x d) at one time;
// without div, the velocity alone.
type velocity func(v, div, x []float64, t float64)

// integrate carries points x (n x d, changed in place) along a velocity field
// from one time to another by classical Runge-Kutta, and returns the integral of
// the divergence along each path.
func integrate(x []float64, d int, from, to float64, steps int, f velocity) []float64 {
	total := make([]float64, len(x)/d)
	carry(x, total, from, to, steps, f)
	return total
}

// carry is integrate, which adds to total what that returns, or, where total is
// nil, only carries the points.
func carry(x, total []float64, from, to float64, steps int, f velocity) {
	var v, div [4][]float64
	for i := range v {
		v[i] = make([]float64, len(x))
		if total != nil {
			div[i] = make([]float64, len(total))
		}
	}
	at := make([]float64, len(x))
	h := (to - from) / float64(steps)
	along := func(k int, fraction float64) []float64 {
		for i := range at {
			at[i] = x[i] + fraction*h*v[k][i]
		}
		return at
	}
	for i := range steps {
		t := from + float64(i)*h
		f(v[0], div[0], x, t)
		f(v[1], div[1], along(0, 0.5), t+h/2)
		f(v[2], div[2], along(1, 0.5), t+h/2)
		f(v[3], div[3], along(2, 1), t+h)
		for k := range x {
			x[k] += h / 6 * (v[0][k] + 2*v[1][k] + 2*v[2][k] + v[3][k])
		}
		for k := range total {
			total[k] += h / 6 * (div[0][k] + 2*div[1][k] + 2*div[2][k] + div[3][k])
		}
	}
}

// gaussianSlope is the derivative by x of the velocity at time t that carries the
// standard Gaussian to one of the given variance (method.md, section 7).
func gaussianSlope(variance, t float64) float64 {
	return (t*variance - (1 - t)) / ((1-t)*(1-t) + t*t*variance)
}

// velocity is the flow's field, for so many points: that of a standard Gaussian
// law, and what the network adds to it.
func (f *flow) velocity(w *packed, rows int) velocity {
	b, d, stride := newPass(f.net, rows), f.net.dim, f.net.layers[hiddenLayers].stride
	var time [timeFeatures]float32
	return func(v, div, x []float64, t float64) {
		features(time[:], t)
		for i := range rows {
			at, when := b.point(i)
			for k := range at {
				at[k] = float32(x[i*d+k])
			}
			copy(when, time[:])
		}
		b.forward(w)
		slope := gaussianSlope(1, t)
		for i := range v {
			v[i] = slope*x[i] + float64(b.output[i/d*stride+i%d])
		}
		if div == nil {
			return
		}
		b.divergence(w, div)
		for i := range div {
			div[i] += float64(d) * slope
		}
	}
}

// pack returns the flow's parameters as passes want them.
func (f *flow) pack() *packed {
	w := newPacked(f.net)
	w.set(f.parameters)
	return w
}

// sample draws points x (count x d) with their log densities.
func (f *flow) sample(ctx context.Context, threads, count, seed int) (x, logDensity []float64, err error) {
	d, w := f.net.dim, f.pack()
	x, logDensity = make([]float64, count*d), make([]float64, count)
	err = chunks(ctx, threads, count, passRows, func(c, lo, hi int) {
		r := rng.New(seed, streamName("flow samples", c))
		y := x[lo*d : hi*d]
		for i := range y {
			y[i] = r.NormFloat64()
		}
		for i := lo; i < hi; i++ {
			logDensity[i] = logNormal(x[i*d : (i+1)*d])
		}
		for i, change := range integrate(y, d, 0, 1, rkSteps, f.velocity(w, hi-lo)) {
			logDensity[lo+i] -= change
		}
	})
	for i := range x {
		k := i % d
		x[i] = f.mean[k] + f.sd[k]*x[i]
		logDensity[i/d] -= math.Log(f.sd[k])
	}
	return x, logDensity, err
}

// spread carries so many points, evenly spread over the standard Gaussian, along
// the flow: their mean over a smooth function is near the flow's.
func (f *flow) spread(ctx context.Context, threads, count int, r *rand.Rand) ([]float64, error) {
	d, w := f.net.dim, f.pack()
	x := make([]float64, count*d)
	even := newSobol(d, r)
	for i := 0; i < len(x); i += d {
		even.next(x[i : i+d])
	}
	err := chunks(ctx, threads, count, passRows, func(_, lo, hi int) {
		y := x[lo*d : hi*d]
		for i, u := range y {
			y[i] = quantile(u)
		}
		carry(y, nil, 0, 1, correctionSteps, f.velocity(w, hi-lo))
	})
	for i := range x {
		x[i] = f.mean[i%d] + f.sd[i%d]*x[i]
	}
	return x, err
}

// logDensity is the log density of the flow at points x (n x d).
func (f *flow) logDensity(ctx context.Context, threads int, x []float64) ([]float64, error) {
	d, w := f.net.dim, f.pack()
	out := make([]float64, len(x)/d)
	err := chunks(ctx, threads, len(out), passRows, func(_, lo, hi int) {
		y := make([]float64, (hi-lo)*d)
		for i := range y {
			k := i % d
			y[i] = (x[lo*d+i] - f.mean[k]) / f.sd[k]
			out[lo+i/d] -= math.Log(f.sd[k])
		}
		for i, change := range integrate(y, d, 1, 0, rkSteps, f.velocity(w, hi-lo)) {
			out[lo+i] += logNormal(y[i*d:(i+1)*d]) + change
		}
	})
	return out, err
}

// logNormal is the log density of the standard Gaussian.
func logNormal(x []float64) float64 { return -0.5 * (square(x) + log2Pi*float64(len(x))) }
