package fitlrrnn

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"

	"reprise/stages/internal/adam"
	"reprise/stages/internal/parallel"
)

// schedule is how a fit descends.
type schedule struct {
	epochs      int
	batch       int     // trials a step
	rate        float64 // learning rate after the warm-up
	clip        float64 // largest norm of a gradient; longer ones are shortened
	weightDecay float64
}

const (
	warmUp    = 3    // epochs over which the learning rate rises
	blowUp    = 10   // a loss this much above its start, in units of the start, diverges
	finalRate = 0.02 // of the learning rate is left at the end of its cosine
	maxChunks = 8    // parts of a batch whose gradients are summed apart, whatever the threads
)

// epoch is what is told about one pass through the training trials.
type epoch struct {
	loss         float64 // mean per step, without the penalty
	gradientNorm float64 // mean over batches, before clipping
	rate         float64 // learning rate of the last batch
}

// trainer descends the loss of a problem.
type trainer struct {
	problem *problem
	par     *parameters
	schedule
	chunk int // trials whose gradients are summed in one buffer

	grad   *parameters
	sums   []*parameters // a chunk's gradient
	losses []float64     // a chunk's loss
	work   []*scratch    // a goroutine's memory
	adam   *adam.Adam
}

func newTrainer(p *problem, par *parameters, s schedule, threads int) *trainer {
	t := &trainer{problem: p, par: par, schedule: s, adam: adam.New(len(par.flat))}
	t.grad = newParameters(p.trials.Neurons, p.rank, p.trials.Channels, p.initialCount())
	t.chunk = (s.batch + maxChunks - 1) / maxChunks
	for range (s.batch + t.chunk - 1) / t.chunk {
		t.sums = append(t.sums, newParameters(p.trials.Neurons, p.rank, p.trials.Channels, p.initialCount()))
	}
	t.losses = make([]float64, len(t.sums))
	for range min(threads, len(t.sums)) {
		t.work = append(t.work, newScratch(p))
	}
	return t
}

// run trains on the given trials, in an order that shuffle decides, and tells
// each epoch when it is over.
func (t *trainer) run(ctx context.Context, training []int, shuffle *rand.Rand, tell func(int, epoch)) error {
	order := append([]int(nil), training...)
	batches := (len(order) + t.batch - 1) / t.batch
	step := 0
	var begun float64 // loss per step of the first batch, before anything was learned
	for number := range t.epochs {
		shuffle.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		var e epoch
		steps := 0
		for b := range batches {
			trials := order[b*t.batch : min((b+1)*t.batch, len(order))]
			loss, n := t.gradient(ctx, trials)
			if err := ctx.Err(); err != nil {
				return err
			}
			norm := floats.Norm(t.grad.flat, 2)
			if math.IsNaN(loss+norm) || math.IsInf(loss+norm, 0) {
				return fmt.Errorf("the loss is no longer a finite number in epoch %d of %d (batch %d of %d); try a learning_rate below %g or a smaller clip, and look for extreme values in the trials' inputs and activity",
					number+1, t.epochs, b+1, batches, t.rate)
			}
			if step == 0 {
				begun = loss / float64(n)
			} else if now := loss / float64(n); now-begun > blowUp*(math.Abs(begun)+1) {
				return fmt.Errorf("the fit diverges: its loss per step is %.3g in epoch %d of %d and was %.3g at the start; try a learning_rate below %g or a smaller clip",
					now, number+1, t.epochs, begun, t.rate)
			}
			e.rate = t.rateAt(step, batches)
			t.adam.Step(t.par.flat, t.grad.flat, e.rate, min(1, t.clip/norm))
			e.loss += loss
			e.gradientNorm += norm / float64(batches)
			steps += n
			step++
		}
		e.loss /= float64(steps)
		tell(number, e)
	}
	return nil
}

// rateAt is the learning rate of a step: a linear warm-up times a cosine.
func (t *trainer) rateAt(step, batches int) float64 {
	rise := min(1, float64(step+1)/float64(warmUp*batches))
	along := float64(step) / float64(t.epochs*batches)
	return t.rate * rise * (finalRate + (1-finalRate)*0.5*(1+math.Cos(math.Pi*along)))
}

// gradient leaves in t.grad the gradient of the trials' mean loss per step plus
// the penalty, and returns their summed loss and the number of steps. After a
// cancelled ctx they mean nothing.
func (t *trainer) gradient(ctx context.Context, trials []int) (loss float64, steps int) {
	chunks := (len(trials) + t.chunk - 1) / t.chunk
	parallel.Workers(chunks, len(t.work), func(worker, c int) {
		sum, w := t.sums[c], t.work[worker]
		clear(sum.flat)
		t.losses[c] = 0
		for _, k := range trials[c*t.chunk : min((c+1)*t.chunk, len(trials))] {
			if ctx.Err() != nil {
				return
			}
			t.losses[c] += t.problem.trialLoss(t.par, w, k)
			t.problem.addGradient(sum, t.par, w, k)
		}
	})
	for _, k := range trials {
		steps += t.problem.trials.Steps[k]
	}
	clear(t.grad.flat)
	for c := range chunks {
		loss += t.losses[c]
		floats.AddScaled(t.grad.flat, 1/float64(steps), t.sums[c].flat)
	}
	addPenalty(t.grad, t.par, t.weightDecay)
	return loss, steps
}

// addPenalty adds the gradient of weight times |gm|² + |gB|² + |n|²/N to grad
// and returns the penalty.
func addPenalty(grad, par *parameters, weight float64) float64 {
	var sum float64
	for i, g := range par.gain {
		var reads float64
		for c := range par.net.M {
			m := par.net.M[c][i]
			reads += m * m
			grad.net.M[c][i] += 2 * weight * g * g * m
		}
		for c := range par.net.B {
			b := par.net.B[c][i]
			reads += b * b
			grad.net.B[c][i] += 2 * weight * g * g * b
		}
		sum += g * g * reads
		grad.gain[i] += 2 * weight * g * reads
	}
	neurons := float64(len(par.gain))
	for c, column := range par.net.N {
		floats.AddScaled(grad.net.N[c], 2*weight/neurons, column)
		sum += floats.Dot(column, column) / neurons
	}
	return weight * sum
}
