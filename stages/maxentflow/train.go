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
// the parameters over about two hundred steps, which is what is kept. What else
// was measured, kl_flow after 1000 steps of 512 draws, mean of three seeds, on
// the laws of the planted limit cycle (d = 5), of the bistable network (d = 3)
// and of the fit to the recording T176_2018_05_03 (d = 7):
//
//	times spread evenly over a share, uniform, rate 1e-2      .056  .013  .144
//	and expected targets in n                                 .049  .012  .123
//	and only what the velocity adds to a Gaussian's learned   .032  .006  .109
//	and times of density 2t                                   .025  .005  .085
//	and rate 2e-2                                             .023  .004  .073
//	after 2000 steps                                          .017  .002  .042
//
// Not kept, in place of density 2t at rate 1e-2: logit-normal times about ½, .026
// .007 .086, or about .73, .029 .008 .084; more times at both ends, .036 .008 .154;
// even times and a loss weighted as the divergence is, by t/(1 − t) up to 10, .032
// .007 .156. Averages over 100 and 500 steps and a linear decay of the rate changed
// nothing. For about the same cost, half the batch and 2000 steps gave .023 .004
// .070, 48 units wide and 1600 steps .022 .004 .062, 96 wide and 500 .032 .009
// .168: steps count most. Optimal transport of x_0 to w in groups (Pooladian et
// al., "Multisample flow matching", 2023; Tong et al., "Improving and generalizing
// flow-based generative models", 2024), exact in sixteens, gave .026 .004 .054 at
// rate 2e-2 and .018 .004 .042 after 2000 steps at 1e-2 (.018 .002 .047 without),
// but finding it takes longer than the rest of a step.
const (
	rate        = 2e-2
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
	target []float32 // of the network at the points, and the derivative of the loss by
	delta  []float32 // its output, as its rows lie
	loss   float64
}

// run trains and returns the averaged parameters; report is called every 25
// steps with the mean loss since the last call. Shares of the batch have fixed
// sizes and random streams of their own, and their gradients are added in
// order, so that the result does not depend on threads.
func (t *training) run(ctx context.Context, report func(step int, loss float64)) ([]float64, error) {
	shares := t.shares()
	from := t.standardised()
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
		parallel.For(len(shares), t.threads, func(k int) { t.gradient(shares[k], w, from) })
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
			grad: make([]float32, t.net.parameters), target: make([]float32, len(b.output)), delta: make([]float32, len(b.output))})
	}
	return out
}

// standardised is the pool in the flow's coordinates, with rows of w and then
// the means of n there.
func (t *training) standardised() []float64 {
	latents := t.law.base.r
	width := len(t.pool.w) / t.pool.size(latents)
	d := width + latents
	out := make([]float64, t.pool.size(latents)*d)
	for i := range t.pool.size(latents) {
		row := out[i*d : (i+1)*d]
		copy(row, t.pool.w[i*width:(i+1)*width])
		copy(row[width:], t.pool.mean[i*latents:(i+1)*latents])
		for k := range row {
			row[k] = (row[k] - t.mean[k]) / t.sd[k]
		}
	}
	return out
}

// gradient draws the share's points and computes their part of the batch's mean
// loss and its gradient.
func (t *training) gradient(s *share, w *packed, from []float64) {
	rows, stride := s.pass.rows, t.net.layers[hiddenLayers].stride
	for i := range rows {
		time := math.Sqrt((float64(i) + s.random.Float64()) / float64(rows))
		x, when := s.pass.point(i)
		features(when, time)
		t.draw(x, s.target[i*stride:], from, time, s.random)
	}
	s.pass.forward(w)
	s.loss = 0
	scale := 1 / float64(t.batch)
	for lo := 0; lo < rows*stride; lo += stride {
		for i := lo; i < lo+t.net.dim; i++ { // the padding is and stays 0
			residual := s.pass.output[i] - s.target[i]
			s.loss += float64(residual) * float64(residual) * scale
			s.delta[i] = residual * float32(2*scale)
		}
	}
	s.pass.backward(w, s.grad, s.delta)
}

// draw sets x to a draw of x_t = (1 − t) x_0 + t x_1 and target to what the
// network is to give there: an unbiased draw of E[x_1 − x_0 | x_t], less the
// velocity of a standard Gaussian law.
//
// In the coordinates of w it is x_1 − x_0 itself. Those of n are Gaussian around
// their means at w, so that their x_t is drawn at once and the expectation of
// x_1 − x_0 given x_t and w is known (method.md, section 7, the Gaussian check):
// it has the same expectation given x_t and a smaller variance.
func (t *training) draw(x, target []float32, from []float64, time float64, r *rand.Rand) {
	base := t.law.base
	d := len(x)
	width := d - base.r
	slope := gaussianSlope(1, time)
	row := r.IntN(len(from)/d) * d
	for k, x1 := range from[row : row+d] {
		var at, velocity float64
		if z := r.NormFloat64(); k < width {
			at, velocity = (1-time)*z+time*x1, x1-z
		} else {
			variance := base.s * base.s / (t.sd[k] * t.sd[k])
			away := math.Sqrt((1-time)*(1-time)+time*time*variance) * z
			at, velocity = time*x1+away, x1+gaussianSlope(variance, time)*away
		}
		x[k], target[k] = float32(at), float32(velocity-slope*at)
	}
}

// moments are the mean and standard deviation of each coordinate of x = (w, n)
// under the pool.
func (l *law) moments(p *pool) (mean, sd []float64) {
	r := l.base.r
	size := p.size(r)
	width := len(p.w) / size
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
