package fitlrrnn

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"

	"reprise/stages/internal/rng"
)

// schedule is how a fit descends.
type schedule struct {
	epochs      int
	batch       int     // trials a step
	rate        float64 // learning rate after the warm-up
	clip        float64 // largest norm of a gradient; longer ones are shortened
	weightDecay float64
	patience    int  // epochs without a better validation score before it stops; 0: never
	seed        int  // of the order of trials
	narrow      bool // single precision, where there are kernels for it
}

const (
	warmUp    = 3    // epochs over which the learning rate rises
	blowUp    = 10   // a loss this much above its start, in units of the start, diverges
	finalRate = 0.02 // of the learning rate is left at the end of its cosine
)

// rateAt is the learning rate of a step: a linear warm-up times a cosine.
func (s *schedule) rateAt(step, batches int) float64 {
	rise := min(1, float64(step+1)/float64(warmUp*batches))
	along := float64(step) / float64(s.epochs*batches)
	return s.rate * rise * (finalRate + (1-finalRate)*0.5*(1+math.Cos(math.Pi*along)))
}

// epoch is what is told about one pass through the training trials.
type epoch struct {
	Loss         float64 // mean per step, without the penalty
	GradientNorm float64 // mean over batches, before clipping
	Rate         float64 // learning rate of the last batch
	Training     float64 // the score by that loss
	Validation   float64 // the score of the validation trials, after the epoch; NaN where there are none
}

// descent is a fit on its way through its epochs.
type descent struct {
	*trainer
	training, validation           []int
	trainingScore, validationScore *scorer

	begun   float64 // loss per step of the first batch, before anything was learned
	history []epoch
	best    int       // the epoch, from 1, with the best validation score; the last one without validation
	kept    []float64 // its parameters
}

// run goes through the epochs that are left, tells and keeps each when it is
// over, and leaves the best one's parameters.
func (d *descent) run(ctx context.Context, o outside) error {
	for len(d.history) < d.epochs && !d.stale() {
		e, err := d.pass(ctx, len(d.history))
		if err != nil {
			return err
		}
		e.Training, e.Validation = d.trainingScore.of(e.Loss), math.NaN()
		if len(d.validation) > 0 {
			e.Validation = d.validationScore.of(d.problem.loss(ctx, d.par, d.validation, len(d.work), d.seed))
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		d.history = append(d.history, e)
		if len(d.validation) == 0 || d.best == 0 || e.Validation > d.history[d.best-1].Validation {
			d.best = len(d.history)
			d.kept = append(d.kept[:0], d.par.flat...)
		}
		if o.tell != nil {
			o.tell(len(d.history), e)
		}
		if o.checkpoint != nil {
			o.checkpoint(d.state)
		}
	}
	copy(d.par.flat, d.kept)
	return nil
}

// stale tells whether the validation score has not risen for as long as patience allows.
func (d *descent) stale() bool {
	return d.patience > 0 && len(d.validation) > 0 && len(d.history)-d.best >= d.patience
}

// pass goes once through the training trials, in an order of its own.
func (d *descent) pass(ctx context.Context, number int) (e epoch, err error) {
	d.epoch = number
	order := append([]int(nil), d.training...)
	shuffle := rng.New(d.seed, fmt.Sprint("batches of epoch ", number))
	shuffle.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	batches, steps := (len(order)+d.batch-1)/d.batch, 0
	for b := range batches {
		loss, n := d.gradient(ctx, order[b*d.batch:min((b+1)*d.batch, len(order))])
		if err := ctx.Err(); err != nil {
			return e, err
		}
		norm := floats.Norm(d.grad.flat, 2)
		if err := d.sane(loss/float64(n), norm, number, b, batches); err != nil {
			return e, err
		}
		e.Rate = d.rateAt(number*batches+b, batches)
		d.adam.Step(d.par.flat, d.grad.flat, e.Rate, min(1, d.clip/norm))
		e.Loss += loss
		e.GradientNorm += norm / float64(batches)
		steps += n
	}
	e.Loss /= float64(steps)
	return e, nil
}

// sane tells where a fit diverges.
func (d *descent) sane(loss, norm float64, number, batch, batches int) error {
	if math.IsNaN(loss+norm) || math.IsInf(loss+norm, 0) {
		return fmt.Errorf("the loss is no longer a finite number in epoch %d of %d (batch %d of %d); try a learning_rate below %g or a smaller clip, and look for extreme values in the trials' inputs and activity",
			number+1, d.epochs, batch+1, batches, d.rate)
	}
	if number == 0 && batch == 0 {
		d.begun = loss
	}
	if loss-d.begun > blowUp*(math.Abs(d.begun)+1) {
		return fmt.Errorf("the fit diverges: its loss per step is %.3g in epoch %d of %d and was %.3g at the start; try a learning_rate below %g or a smaller clip",
			loss, number+1, d.epochs, d.begun, d.rate)
	}
	return nil
}
