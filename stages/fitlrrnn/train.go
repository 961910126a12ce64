package fitlrrnn

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/floats"

	"reprise/stages/internal/adam"
	"reprise/stages/internal/parallel"
	"reprise/stages/internal/rng"
)

// maxChunks is in how many parts of about equal work a batch is cut, whatever
// the threads; the gradient of each part is summed apart.
const maxChunks = 8

// trainer takes steps down the loss of a problem.
type trainer struct {
	problem *problem
	par     *parameters
	schedule

	grad   *parameters
	sums   []*parameters    // a chunk's gradient
	losses []float64        // a chunk's loss
	work   []*scratch       // a goroutine's memory
	single *single          // nil: double precision
	rows   []*singleScratch // a goroutine's memory in single precision
	adam   *adam.Adam

	epoch int         // from 0
	warm  [][]float64 // a trial's noise when it was last smoothed, steps x rank, or nil
}

func newTrainer(p *problem, par *parameters, s schedule, threads int) *trainer {
	t := &trainer{problem: p, par: par, schedule: s, grad: p.newParameters(), adam: adam.New(len(par.flat)), warm: make([][]float64, p.Trials.Len())}
	for range min(maxChunks, s.batch) {
		t.sums = append(t.sums, p.newParameters())
	}
	t.losses = make([]float64, len(t.sums))
	if s.narrow {
		t.single = newSingle(p)
	}
	for range min(threads, len(t.sums)) {
		t.work = append(t.work, newScratch(p))
		if t.single != nil {
			t.rows = append(t.rows, t.single.newScratch())
		}
	}
	return t
}

// chunks cuts trials into parts of about as many steps each, and returns where
// each ends.
func (t *trainer) chunks(trials []int) (ends []int, steps int) {
	for _, k := range trials {
		steps += t.problem.Trials.Steps[k]
	}
	parts := min(len(t.sums), len(trials))
	done := 0
	for i, k := range trials {
		done += t.problem.Trials.Steps[k]
		// The trials that are left must do for the parts that are left.
		if done*parts >= steps*(len(ends)+1) || len(trials)-i-1 < parts-len(ends) {
			ends = append(ends, i+1)
		}
	}
	return ends, steps
}

// gradient leaves in t.grad the gradient of the trials' mean loss per step plus
// the penalty, and returns their summed loss and the number of steps. After a
// cancelled ctx they mean nothing.
func (t *trainer) gradient(ctx context.Context, trials []int) (loss float64, steps int) {
	ends, steps := t.chunks(trials)
	if t.single != nil {
		t.single.load(t.par)
	}
	parallel.Workers(len(ends), len(t.work), func(worker, c int) {
		sum, begin := t.sums[c], 0
		if c > 0 {
			begin = ends[c-1]
		}
		clear(sum.flat)
		t.losses[c] = 0
		if t.single != nil {
			t.rows[worker].clear()
		}
		for _, k := range trials[begin:ends[c]] {
			if ctx.Err() != nil {
				return
			}
			t.losses[c] += t.add(sum, worker, k)
		}
		if t.single != nil {
			t.single.flush(sum, t.rows[worker])
		}
	})
	clear(t.grad.flat)
	for c := range ends {
		loss += t.losses[c]
		floats.AddScaled(t.grad.flat, 1/float64(steps), t.sums[c].flat)
	}
	t.problem.finish(t.grad, t.par)
	addPenalty(t.grad, t.par, t.weightDecay)
	t.grad.freeze(t.problem.frozen)
	return loss, steps
}

// add adds the gradient of the loss of trial k to sum, and returns the loss.
func (t *trainer) add(sum *parameters, worker, k int) float64 {
	w := t.work[worker]
	if t.problem.noisy {
		r := rng.New(t.seed, fmt.Sprint("paths of trial ", k, " in epoch ", t.epoch))
		return t.problem.overPaths(t.par, w, k, t.warm, pathSamples, r, func(weight float64) {
			t.addPath(sum, worker, k, weight)
		})
	}
	return t.addPath(sum, worker, k, 1)
}

// addPath adds the gradient along one path, with the noise that is in the
// goroutine's memory.
func (t *trainer) addPath(sum *parameters, worker, k int, weight float64) float64 {
	w := t.work[worker]
	if t.single != nil {
		return t.single.addGradient(sum, t.par, t.rows[worker], k, weight, w.noise, w.sd)
	}
	return t.problem.addGradient(sum, t.par, w, k, weight)
}

// addPenalty adds the gradient of weight times |gm|² + |gB|² + |n|²/N to grad
// and returns the penalty.
func addPenalty(grad, par *parameters, weight float64) float64 {
	var sum float64
	net, width := par.net, par.net.Width()
	reads := make([]float64, width)
	for r := range net.Rank + net.Inputs {
		w, to := net.W[r*width:(r+1)*width], grad.net.W[r*width:(r+1)*width]
		for i, x := range w {
			g := par.gain[i]
			reads[i] += x * x
			to[i] += 2 * weight * g * g * x
		}
	}
	for i, g := range par.gain {
		sum += g * g * reads[i]
		grad.gain[i] += 2 * weight * g * reads[i]
	}
	neurons := float64(net.Neurons)
	floats.AddScaled(grad.net.N, 2*weight/neurons, net.N)
	return weight * (sum + floats.Dot(net.N, net.N)/neurons)
}
