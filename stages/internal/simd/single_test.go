package simd

import (
	"math"
	"math/rand/v2"
	"testing"
)

// singleCase is a network and rows to step through, with the padding as callers
// have it.
type singleCase struct {
	s                   *Single
	neurons, steps      int
	z, x, h, noise      []float32
	e, more, base       []float32
	counts              []uint8
	d, sum, a, adjoint  []float32
	outN, outW, b, g, c []float32
	loss                [SingleBlock]float32
}

func newSingleCase(r *rand.Rand, neurons, rank, inputs, steps int) *singleCase {
	weights := rank + inputs + 1
	s := &Single{Width: SingleWidth(neurons), Rank: rank, Weights: SingleWeights(weights), Latents: SingleLatents(rank), Keep: 0.9, Scale: 0.1 / float32(neurons)}
	rows := func(count int) []float32 { return make([]float32, count*s.Width) }
	draw := func(x []float32, count, used int) {
		for i := range count {
			for j := range used {
				x[i*(len(x)/count)+j] = float32(r.NormFloat64())
			}
		}
	}
	s.W, s.N, s.Gain = rows(s.Weights), rows(s.Latents), rows(1)
	draw(s.W[:weights*s.Width], weights, neurons)
	draw(s.N[:rank*s.Width], rank, neurons)
	draw(s.Gain, 1, neurons)
	c := &singleCase{s: s, neurons: neurons, steps: steps, z: make([]float32, (steps+1)*s.Weights), x: rows(steps), h: rows(steps),
		noise: make([]float32, steps*rank), e: rows(steps), more: rows(steps), base: rows(1), counts: make([]uint8, steps*s.Width),
		d: rows(steps), sum: rows(steps), a: make([]float32, steps*s.Latents), adjoint: make([]float32, s.Latents),
		outN: rows(rank), outW: rows(rank + inputs), b: rows(1), g: rows(1), c: rows(1)}
	for t := range steps {
		draw(c.z[t*s.Weights:(t+1)*s.Weights], 1, weights)
		draw(c.more[t*s.Width:(t+1)*s.Width], 1, neurons)
		for i := range neurons {
			c.counts[t*s.Width+i] = uint8(r.IntN(4))
		}
	}
	draw(c.noise, 1, len(c.noise))
	draw(c.base, 1, neurons)
	draw(c.adjoint[:rank], 1, rank)
	return c
}

// run goes through all functions and returns all that they wrote.
func (c *singleCase) run() []float32 {
	s := c.s
	s.Forward(c.z, c.x, c.h, c.noise)
	s.Rates(c.e, c.x, c.counts, c.base, c.more, &c.loss)
	s.Backward(c.d, c.sum, c.a, c.h, c.e, c.adjoint)
	s.Outer(c.outN, c.a, c.h, s.Rank, s.Latents)
	s.Outer(c.outW, c.z[:c.steps*s.Weights], c.sum, len(c.outW)/s.Width, s.Weights)
	s.Moments(c.b, c.g, c.c, c.d, c.e, c.x)
	var all []float32
	for _, x := range [][]float32{c.z, c.x, c.h, c.e, c.d, c.sum, c.a, c.adjoint, c.outN, c.outW, c.b, c.g, c.c, c.loss[:]} {
		all = append(all, x...)
	}
	return all
}

// TestSingleAgreesWithDouble goes through a trial with the functions in double
// precision, too.
func TestSingleAgreesWithDouble(t *testing.T) {
	for rank := 1; rank <= MaxRank; rank++ {
		const neurons, inputs, steps = 24, 2, 5
		c := newSingleCase(rand.New(rand.NewPCG(uint64(rank), 1)), neurons, rank, inputs, steps)
		s := c.s
		double := func(x []float32, rows int) []float64 { // without the padding of 24 to 32
			out := make([]float64, rows*neurons)
			for i := range rows {
				for j := range neurons {
					out[i*neurons+j] = float64(x[i*s.Width+j])
				}
			}
			return out
		}
		far := func(what string, got []float32, want []float64) {
			t.Helper()
			var off, size float64
			for i, w := range want {
				off += (float64(got[i]) - w) * (float64(got[i]) - w)
				size += w * w
			}
			if size == 0 || math.Sqrt(off/size) > 5e-6 {
				t.Errorf("rank %d: %s is off by %.2g of %.2g", rank, what, math.Sqrt(off), math.Sqrt(size))
			}
		}
		w, n, gain, base := double(s.W, s.Weights), double(s.N, rank), double(s.Gain, 1), double(c.base, 1)
		adjoint := make([]float64, rank)
		for i := range adjoint {
			adjoint[i] = float64(c.adjoint[i])
		}
		c.run()
		var loss [Block]float64
		z, kappa := make([]float64, s.Weights), make([]float64, rank)
		x, h, e := make([]float64, steps*neurons), make([]float64, steps*neurons), make([]float64, steps*neurons)
		for i := range kappa {
			kappa[i] = float64(c.z[i])
		}
		for j := range steps {
			for i := range z {
				z[i] = float64(c.z[j*s.Weights+i])
			}
			copy(z, kappa)
			row := func(x []float64) []float64 { return x[j*neurons : (j+1)*neurons] }
			Combine(row(x), w, z)
			Tanh(row(h), row(x))
			sums := make([]float64, rank)
			Dots(sums, n, row(h))
			for i := range kappa {
				kappa[i] = 0.9*kappa[i] + float64(s.Scale)*sums[i] + float64(c.noise[j*rank+i])
			}
			counts := c.counts[j*s.Width : j*s.Width+neurons]
			Poisson(row(e), row(x), counts, gain, base, double(c.more[j*s.Width:(j+1)*s.Width], 1), &loss)
		}
		far("the last state", c.z[steps*s.Weights:], kappa)
		far("x", c.x[(steps-1)*s.Width:], x[(steps-1)*neurons:])
		far("e", c.e[(steps-1)*s.Width:], e[(steps-1)*neurons:])
		// The padding has rate 1 in this test, where more is 0 there.
		padding := float64(steps * (s.Width - neurons))
		far("the loss", []float32{SumSingle(&c.loss) - float32(padding)}, []float64{Sum(&loss)})

		d, sum := make([]float64, neurons), make([]float64, neurons)
		outN := make([]float64, rank*neurons)
		for j := steps - 1; j >= 0; j-- {
			a := make([]float64, rank)
			for i := range a {
				a[i] = float64(s.Scale) * adjoint[i]
			}
			Combine(d, n, a)
			Backprop(d, sum, h[j*neurons:(j+1)*neurons], e[j*neurons:(j+1)*neurons], gain)
			sums := make([]float64, rank)
			Dots(sums, w[:rank*neurons], sum)
			for i := range adjoint {
				adjoint[i] = 0.9*adjoint[i] + sums[i]
			}
			Outer(outN, a, h[j*neurons:(j+1)*neurons], rank, rank)
		}
		far("the adjoint", c.adjoint, adjoint)
		far("the gradient by n", c.outN[(rank-1)*s.Width:], outN[(rank-1)*neurons:])
	}
}
