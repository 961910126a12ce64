package maxentflow

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"
)

// The hand-written gradient of the flow's loss is the derivative of the loss.
func TestGradientOfNetwork(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	const rows = 5
	net := newNetwork(3, 7)
	p := net.initial(r)
	b := newPass(net, rows)
	weight := make([]float64, rows*net.dim) // the loss is Σ weight · output²/2
	for i := range weight {
		weight[i] = r.NormFloat64()
	}
	for i := range rows {
		b.set(i, []float64{r.NormFloat64(), r.NormFloat64(), r.NormFloat64()}, r.Float64())
	}
	loss := func() float64 {
		b.forward(p, rows)
		l := 0.0
		for i, w := range weight {
			l += w * b.output[i] * b.output[i] / 2
		}
		return l
	}
	loss()
	delta, grad := make([]float64, len(weight)), make([]float64, len(p))
	for i, w := range weight {
		delta[i] = w * b.output[i]
	}
	b.backward(p, grad, delta, rows)
	const h = 1e-5
	for i := range p {
		at := p[i]
		p[i] = at + h
		up := loss()
		p[i] = at - h
		down := loss()
		p[i] = at
		if diff := math.Abs((up-down)/(2*h) - grad[i]); diff > 1e-8 {
			t.Errorf("parameter %d: gradient off by %.2g", i, diff)
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
	step := f.velocity(1)
	trace := 0.0
	const h = 1e-5
	for k := range x {
		x[k] += h
		step(v, div, x, 0.4)
		up := v[k]
		x[k] -= 2 * h
		step(v, div, x, 0.4)
		trace += (up - v[k]) / (2 * h)
		x[k] += h
	}
	step(v, div, x, 0.4)
	if math.Abs(trace-div[0]) > 1e-8 {
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

// Trained on a Gaussian law, the flow finds the Gaussian's closed-form velocity.
func TestTrainingFindsGaussianVelocity(t *testing.T) {
	ctx := context.Background()
	b := &base{sd: []float64{0.5, 2}, s: 3, r: 1}
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
	tr := &training{law: l, pool: p, net: newNetwork(3, 32), mean: mean, sd: sd, steps: 600, batch: 256, seed: 1, threads: 2}
	f := &flow{net: tr.net, mean: mean, sd: sd}
	if f.parameters, err = tr.run(ctx, func(int, float64) {}); err != nil {
		t.Fatal(err)
	}
	exact := gaussianVelocity(0, 1)
	r := rand.New(rand.NewPCG(2, 2))
	const points = 500
	got, want, div := make([]float64, 3*points), make([]float64, 3*points), make([]float64, 3*points)
	velocity := f.velocity(points)
	for _, time := range []float64{0.1, 0.5, 0.9} {
		x := make([]float64, 3*points)
		for i := range x {
			x[i] = math.Hypot(time, 1-time) * r.NormFloat64()
		}
		velocity(got, div[:points], x, time)
		exact(want, div, x, time)
		e := 0.0
		for i := range got {
			e += (got[i] - want[i]) * (got[i] - want[i]) / float64(len(got))
		}
		if e > 0.02 {
			t.Errorf("at t = %v the velocity's mean squared error is %.3g", time, e)
		}
	}
}
