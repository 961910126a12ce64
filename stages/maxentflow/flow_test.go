package maxentflow

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"
)

// reference is the network in double precision and as plain as can be: v(x, t).
func reference(n *network, p, x []float64, t float64) []float64 {
	in := append([]float64{}, x...)
	in = append(in, t)
	for _, f := range []func(float64) float64{math.Sin, math.Cos} {
		for k := range 3 {
			in = append(in, f(math.Pi*float64(k+1)*t))
		}
	}
	for i, l := range n.layers {
		out := make([]float64, l.out)
		for j := range out {
			out[j] = p[l.biases+j]
			for k, v := range in {
				out[j] += v * p[l.weights+k*l.stride+j]
			}
			if i < hiddenLayers {
				out[j] /= 1 + math.Exp(-out[j])
			}
		}
		in = out
	}
	return in
}

// The velocities in single precision are those of the reference, and the
// hand-written gradient of a loss is the derivative of the reference's loss.
func TestNetworkAgainstReference(t *testing.T) {
	for _, shape := range []struct{ dim, width, rows int }{{3, 7, 5}, {5, 64, 9}, {17, 33, 4}} {
		r := rand.New(rand.NewPCG(1, 1))
		net := newNetwork(shape.dim, shape.width)
		p := net.initial(r)
		b, w := newPass(net, shape.rows), newPacked(net)
		w.set(p)
		xs, times := make([][]float64, shape.rows), make([]float64, shape.rows)
		last := net.layers[hiddenLayers]
		weight := make([]float64, len(b.output)) // the loss is Σ weight · output²/2
		for i := range xs {
			at, when := b.point(i)
			times[i] = r.Float64()
			features(when, times[i])
			for k := range at {
				at[k] = float32(r.NormFloat64())
				xs[i] = append(xs[i], float64(at[k]))
				weight[i*last.stride+k] = r.NormFloat64()
			}
		}
		b.forward(w)
		delta, grad := make([]float32, len(b.output)), make([]float32, len(p))
		for i, x := range xs {
			for k, v := range reference(net, p, x, times[i]) {
				at := i*last.stride + k
				if got := float64(b.output[at]); math.Abs(got-v) > 1e-5 {
					t.Errorf("dim %d, width %d: v(x_%d)_%d is %v, the reference has %v", shape.dim, shape.width, i, k, got, v)
				}
				delta[at] = float32(weight[at]) * b.output[at]
			}
		}
		b.backward(w, grad, delta)
		loss := func() float64 {
			l := 0.0
			for i, x := range xs {
				for k, v := range reference(net, p, x, times[i]) {
					l += weight[i*last.stride+k] * v * v / 2
				}
			}
			return l
		}
		const h = 1e-4
		for i, at := range p {
			if at == 0 { // padding
				if grad[i] != 0 {
					t.Errorf("dim %d, width %d: padding %d has gradient %v", shape.dim, shape.width, i, grad[i])
				}
				continue
			}
			if shape.width > 60 && i%7 > 0 { // enough of them
				continue
			}
			p[i] = at + h
			up := loss()
			p[i] = at - h
			down := loss()
			p[i] = at
			if diff := math.Abs((up-down)/(2*h) - float64(grad[i])); diff > 1e-5 {
				t.Errorf("dim %d, width %d: parameter %d: gradient off by %.2g", shape.dim, shape.width, i, diff)
			}
		}
	}
}

// The divergence is the trace of the velocity's Jacobian.
func TestDivergence(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	f := &flow{net: newNetwork(4, 9)}
	f.parameters = f.net.initial(r)
	v, div := make([]float64, 4), make([]float64, 1)
	x := []float64{0.3, -1, 0.5, 2}
	f.velocity(f.pack(), 1)(v, div, x, 0.4)
	trace := 0.0
	const h = 1e-5
	for k := range x {
		x[k] += h
		up := reference(f.net, f.parameters, x, 0.4)[k]
		x[k] -= 2 * h
		trace += (up - reference(f.net, f.parameters, x, 0.4)[k]) / (2 * h)
		x[k] += h
		trace += (0.4 - 0.6) / (0.6*0.6 + 0.4*0.4) // of the Gaussian's velocity
	}
	if math.Abs(trace-div[0]) > 1e-5 {
		t.Errorf("divergence %v, finite differences %v", div[0], trace)
	}
}

// gaussianVelocity is v* for a one-dimensional Gaussian target (method.md,
// section 7): μ + (tΣ − (1−t)) ((1−t)² + t²Σ)⁻¹ (x − tμ).
func gaussianVelocity(mu, variance float64) velocity {
	return func(v, div, x []float64, t float64) {
		slope := (t*variance - (1 - t)) / ((1-t)*(1-t) + t*t*variance)
		for i := range x {
			v[i], div[i] = mu+slope*(x[i]-t*mu), slope
		}
	}
}

// Along the exact velocity of a Gaussian, log densities are those of the
// Gaussian, with an error that falls with the fourth power of the step.
func TestIntegrationOrder(t *testing.T) {
	const mu, variance = 0.7, 0.3
	worst := func(steps int) float64 {
		var x, exact []float64
		for y := -3.0; y <= 3; y += 0.25 {
			p := mu + math.Sqrt(variance)*y
			x, exact = append(x, p), append(exact, -0.5*(y*y+log2Pi+math.Log(variance)))
		}
		change := integrate(x, 1, 1, 0, steps, gaussianVelocity(mu, variance))
		e := 0.0
		for i, y := range x {
			e = max(e, math.Abs(logNormal([]float64{y})+change[i]-exact[i]))
		}
		return e
	}
	coarse, fine, finest := worst(10), worst(20), worst(40)
	t.Logf("errors %.2g, %.2g, %.2g", coarse, fine, finest)
	if fine > 1e-4 || coarse/fine < 11 || fine/finest < 11 {
		t.Errorf("errors %.2g, %.2g, %.2g at 10, 20, 40 steps do not fall sixteenfold", coarse, fine, finest)
	}
}

// A flow's density integrates to one, and is the density that its samples carry.
func TestDensityOfFlow(t *testing.T) {
	ctx := context.Background()
	f := &flow{net: newNetwork(1, 16), mean: []float64{0.5}, sd: []float64{2}}
	f.parameters = f.net.initial(rand.New(rand.NewPCG(4, 4)))
	for i := range f.parameters {
		f.parameters[i] *= 3 // far from the identity
	}
	const step = 0.01
	var grid []float64
	for x := -30.0; x < 30; x += step {
		grid = append(grid, x)
	}
	l, err := f.logDensity(ctx, 2, grid)
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, x := range l {
		sum += step * math.Exp(x)
	}
	if math.Abs(sum-1) > 1e-3 {
		t.Errorf("the density integrates to %v", sum)
	}
	x, carried, err := f.sample(ctx, 2, 200, 1)
	if err != nil {
		t.Fatal(err)
	}
	back, _ := f.logDensity(ctx, 2, x)
	for i := range x {
		if math.Abs(back[i]-carried[i]) > 1e-3 {
			t.Errorf("sample %d carries log density %v, has %v", i, carried[i], back[i])
		}
	}
}

// Trained on a Gaussian law, the flow finds the Gaussian's closed-form velocity
// (method.md, check C9). Its coordinates are not standardised here, so that the
// velocity of a standard Gaussian, which the flow begins with, is far from it.
func TestTrainingFindsGaussianVelocity(t *testing.T) {
	ctx := context.Background()
	b := gaussianBase(3, 1, 0.5, 2)
	l := &law{base: b, z: newStates([]float64{1, 1}, 2), lambda: []float64{0}}
	n := defensive(b).nodes(1024, rand.New(rand.NewPCG(1, 1)))
	held, err := l.at(ctx, 2, n)
	if err != nil {
		t.Fatal(err)
	}
	p, err := l.sample(ctx, 2, defensive(b), held, 20000, 1)
	if err != nil {
		t.Fatal(err)
	}
	mean, sd := l.moments(p)
	exact := make([]velocity, len(mean))
	offs := []struct{ by, times float64 }{{-0.7, 1.5}, {0.4, 0.6}, {0.5, 1.4}}
	for k, off := range offs {
		exact[k] = gaussianVelocity(-off.by, 1/(off.times*off.times))
		mean[k] += off.by * off.times * sd[k]
		sd[k] *= off.times
	}
	tr := &training{law: l, pool: p, net: newNetwork(3, 32), mean: mean, sd: sd, steps: 600, batch: 256, seed: 1, threads: 2}
	f := &flow{net: tr.net, mean: mean, sd: sd}
	if f.parameters, err = tr.run(ctx, func(int, float64) {}); err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(2, 2))
	const points = 500
	got, div := make([]float64, 3*points), make([]float64, points)
	velocity := f.velocity(f.pack(), points)
	for _, time := range []float64{0.1, 0.5, 0.9} {
		x := make([]float64, 3*points)
		for i := range x { // x_t of x_1 from the law
			x[i] = (1-time)*r.NormFloat64() + time*(r.NormFloat64()/offs[i%3].times-offs[i%3].by)
		}
		velocity(got, div, x, time)
		e, begins := 0.0, 0.0
		for i, v := range got {
			var want, slope [1]float64
			exact[i%3](want[:], slope[:], x[i:i+1], time)
			e += (v - want[0]) * (v - want[0]) / float64(len(got))
			standard := gaussianSlope(1, time) * x[i]
			begins += (standard - want[0]) * (standard - want[0]) / float64(len(got))
		}
		t.Logf("at t = %v the velocity's mean squared error is %.3g, where it begins with %.3g", time, e, begins)
		if e > 0.01 || e > begins/8 {
			t.Errorf("at t = %v the velocity's mean squared error is %.3g", time, e)
		}
	}
}
