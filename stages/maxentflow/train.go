package maxentflow

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"reprise/stages/internal/adam"
	"reprise/stages/internal/parallel"
	"reprise/stages/internal/rng"
	"reprise/stages/internal/simd"
)

// How the flow is trained (method.md, section 7 and T6): Adam, whose rate rises
// over the first hundred steps and falls as a cosine to zero, and an average of
// the parameters over about two hundred steps, which is what is kept. On the law
// of a recording (d = 7) this rate and times spread evenly over each share of the
// batch gave kl_flow 0.10 in 2000 steps; 2e-3 and times drawn freely 0.23 in 3000.
const (
	rate        = 1e-2
	warmUp      = 100
	averaging   = 0.995
	passRows    = 128 // points that one goroutine takes at a time
	reportEvery = 25
)

// streamName names a random stream by its purpose and number.
func streamName(purpose string, i int) string { return fmt.Sprintf("%s %d", purpose, i) }

// training is what flow matching needs: draws of the law, standardised on the
// fly with mean and sd, and the shape of the network.
type training struct {
	law      *law
	pool     *pool
	net      *network
	mean, sd []float64 // of each coordinate of x = (w, n), length d
	steps    int
	batch    int
	seed     int
	threads  int
}

// share is the part of a batch that one goroutine works on.
type share struct {
	pass   *pass
	random *rand.Rand
	grad   []float32
	target []float64 // x_1 − x_0, rows x dim
	delta  []float32 // derivative by the output, as its rows lie
	loss   float64
}

// run trains and returns the averaged parameters; report is called every 25
// steps with the mean loss since the last call. Shares of the batch have fixed
// sizes and random streams of their own, and their gradients are added in
// order, so that the result does not depend on threads.
func (t *training) run(ctx context.Context, report func(step int, loss float64)) ([]float64, error) {
	shares := t.shares()
	w := newPacked(t.net)
	p := t.net.initial(rng.New(t.seed, "flow parameters"))
	average := append([]float64{}, p...)
	opt := adam.New(len(p))
	grad := make([]float64, len(p))

	sum := 0.0
	for i := range t.steps {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		w.set(p)
		parallel.For(len(shares), t.threads, func(k int) { t.gradient(shares[k], w) })
		clear(grad)
		for _, s := range shares {
			simd.AddSingle(grad, s.grad)
			sum += s.loss
		}
		opt.Step(p, grad, t.rate(i), 1)
		keep := min(averaging, float64(1+i)/float64(10+i))
		for k, x := range p {
			average[k] = keep*average[k] + (1-keep)*x
		}
		if (i+1)%reportEvery == 0 {
			if math.IsNaN(sum) || math.IsInf(sum, 0) {
				return nil, fmt.Errorf("the loss of the flow is not finite at step %d; the law's samples may be too widely spread: try a smaller base", i+1)
			}
			report(i+1, sum/reportEvery)
			sum = 0
		}
	}
	for _, x := range average {
		if math.IsNaN(x) {
			return nil, errors.New("the flow's parameters are not finite after training")
		}
	}
	return average, nil
}

func (t *training) rate(step int) float64 {
	return rate * min(1, float64(step+1)/warmUp) * 0.5 * (1 + math.Cos(math.Pi*float64(step)/float64(t.steps)))
}

func (t *training) shares() []*share {
	var out []*share
	for lo := 0; lo < t.batch; lo += passRows {
		rows := min(passRows, t.batch-lo)
		b := newPass(t.net, rows)
		out = append(out, &share{pass: b, random: rng.New(t.seed, streamName("flow batch", len(out))),
			grad: make([]float32, t.net.parameters), target: make([]float64, rows*t.net.dim), delta: make([]float32, len(b.output))})
	}
	return out
}

// gradient draws the share's points and computes their part of the batch's
// mean loss |v(x_t, t) − (x_1 − x_0)|² and its gradient.
func (t *training) gradient(s *share, w *packed) {
	d, rows := t.net.dim, s.pass.rows
	for i := range rows {
		target := s.target[i*d : (i+1)*d]
		t.draw(target, s.random)
		time := (float64(i) + s.random.Float64()) / float64(rows)
		at, when := s.pass.point(i)
		for k, x1 := range target {
			x0 := s.random.NormFloat64()
			at[k] = float32((1-time)*x0 + time*x1)
			target[k] = x1 - x0
		}
		features(when, time)
	}
	s.pass.forward(w)
	s.loss = 0
	stride := t.net.layers[hiddenLayers].stride
	for i, target := range s.target {
		k := i/d*stride + i%d
		residual := float64(s.pass.output[k]) - target
		s.loss += residual * residual / float64(t.batch)
		s.delta[k] = float32(2 * residual / float64(t.batch))
	}
	s.pass.backward(w, s.grad, s.delta)
}

// draw writes one standardised draw x of the law. n is drawn anew each time
// around its mean at w, so that the pool never runs dry in those coordinates.
func (t *training) draw(x []float64, r *rand.Rand) {
	width, latents := t.law.z.d, t.law.base.r
	i := r.IntN(t.pool.size(latents))
	copy(x, t.pool.w[i*width:(i+1)*width])
	for a := range latents {
		x[width+a] = t.pool.mean[i*latents+a] + t.law.base.s*r.NormFloat64()
	}
	for k := range x {
		x[k] = (x[k] - t.mean[k]) / t.sd[k]
	}
}

// moments are the mean and standard deviation of each coordinate of x = (w, n)
// under the pool.
func (l *law) moments(p *pool) (mean, sd []float64) {
	width, r := l.z.d, l.base.r
	size := p.size(r)
	mean, sd = make([]float64, width+r), make([]float64, width+r)
	at := func(i, k int) float64 {
		if k < width {
			return p.w[i*width+k]
		}
		return p.mean[i*r+k-width]
	}
	for k := range mean {
		for i := range size {
			mean[k] += at(i, k) / float64(size)
		}
		for i := range size {
			e := at(i, k) - mean[k]
			sd[k] += e * e / float64(size)
		}
		if k >= width {
			sd[k] += l.base.s * l.base.s
		}
		sd[k] = math.Sqrt(sd[k])
	}
	return mean, sd
}
