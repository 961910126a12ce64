package fitlrrnn

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"

	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/parallel"
	"reprise/stages/internal/rng"
	"reprise/stages/internal/trials"
)

// result is a fitted model and how well it explains the training trials.
type result struct {
	trials  *trials.Trials
	model   *lrrnn.Model
	states  *lrrnn.States
	mean    []float64 // neurons: training mean per step
	history []epoch
	loss    float64 // per step, on the training trials
	score   float64 // bits a spike, or R²
}

// fit fits the trials. tell hears of each epoch, with the bits per spike so far.
func (f *Fit) fit(ctx context.Context, t *trials.Trials, threads int, tell func(number int, e epoch, bits float64)) (*result, error) {
	training, _ := t.Split()
	if err := f.suits(t, training); err != nil {
		return nil, err
	}
	mean := means(t, training)
	p, err := f.problem(t, training, mean)
	if err != nil {
		return nil, err
	}
	offset := mean
	if t.Counts != nil {
		offset = make([]float64, len(mean))
		for i, m := range mean {
			offset[i] = math.Log(m)
		}
	}
	par := newParameters(t.Neurons, f.Rank, t.Channels, p.initialCount())
	par.initialise(rng.New(f.Seed, "network"), offset)
	s := schedule{epochs: f.Epochs, batch: min(f.Batch, len(training)), rate: f.LearningRate, clip: f.Clip, weightDecay: f.WeightDecay}
	r := &result{trials: t, mean: mean}
	score := p.scorer(mean)
	err = newTrainer(p, par, s, threads).run(ctx, training, rng.New(f.Seed, "batches"), func(number int, e epoch) {
		r.history = append(r.history, e)
		tell(number, e, score(e.loss))
	})
	if err != nil {
		return nil, err
	}
	r.loss = p.meanLoss(par, training, threads)
	if math.IsNaN(r.loss) || math.IsInf(r.loss, 0) {
		return nil, fmt.Errorf("the loss is no longer a finite number after epoch %d of %d; try a learning_rate below %g or a smaller clip", f.Epochs, f.Epochs, f.LearningRate)
	}
	r.score = score(r.loss)
	r.model = &lrrnn.Model{
		Network: par.net, Leak: f.Leak, Poisson: t.Counts != nil, Gain: par.gain, Offset: par.offset,
		Initial: p.allInitial(par, training), PSTH: p.psth, Drift: p.drift,
	}
	r.states = r.model.States(t, threads)
	return r, nil
}

// suits tells what is missing in the trials, if anything.
func (f *Fit) suits(t *trials.Trials, training []int) error {
	switch {
	case len(training) == 0:
		return fmt.Errorf("none of the %d trials is for training: all are marked test", t.Len())
	case f.Rank > t.Neurons:
		return fmt.Errorf("rank %d is larger than the number of neurons, %d", f.Rank, t.Neurons)
	case initialState(f.InitialState) == givenState && t.Latents == 0:
		return fmt.Errorf(`initial_state = "given" needs the column initial_state in table trials, which has none; use "shared" or "trial"`)
	case initialState(f.InitialState) == givenState && t.Latents != f.Rank:
		return fmt.Errorf("the given initial states have %d latents and rank is %d; they must be equal", t.Latents, f.Rank)
	}
	return nil
}

func (f *Fit) problem(t *trials.Trials, training []int, mean []float64) (*problem, error) {
	p := &problem{trials: t, rank: f.Rank, leak: f.Leak, filtered: lrrnn.Filter(t, f.Leak), initial: initialState(f.InitialState)}
	usePSTH := t.Counts != nil
	if f.PSTH != nil {
		usePSTH = *f.PSTH
	}
	if usePSTH {
		p.psth = psthOffsets(t, training, mean)
	}
	if f.Drift && t.Counts != nil && t.Baseline != nil && t.Start != nil {
		p.drift = driftOffsets(t, training)
	}
	if t.Counts == nil {
		p.variance = pooledVariance(t, training, mean)
		if !(p.variance > 0) || math.IsInf(p.variance, 0) {
			return nil, fmt.Errorf("the activity of the training trials has variance %g: there is nothing to fit", p.variance)
		}
	}
	return p, nil
}

// meanLoss is the loss per step of the given trials.
func (p *problem) meanLoss(par *parameters, which []int, threads int) float64 {
	losses := make([]float64, len(which))
	work := make([]*scratch, min(threads, len(which)))
	for i := range work {
		work[i] = newScratch(p)
	}
	parallel.Workers(len(which), len(work), func(worker, i int) {
		losses[i] = p.trialLoss(par, work[worker], which[i])
	})
	var sum float64
	steps := 0
	for i, k := range which {
		sum += losses[i]
		steps += p.trials.Steps[k]
	}
	return sum / float64(steps)
}

// scorer returns what turns a loss per step on the training trials into bits a
// spike above each neuron's mean rate, or for activity into R².
func (p *problem) scorer(mean []float64) func(loss float64) float64 {
	if p.trials.Counts == nil {
		neurons := float64(p.trials.Neurons)
		return func(loss float64) float64 { return 1 - 2*loss/neurons }
	}
	var null, spikes float64 // per step
	for _, m := range mean {
		null += m - m*math.Log(m)
		spikes += m
	}
	return func(loss float64) float64 { return (null - loss) / (spikes * math.Ln2) }
}

// allInitial returns κ at the first step of every trial. Where each trial has
// its own, the test trials get the mean of the training trials.
func (p *problem) allInitial(par *parameters, training []int) []float64 {
	if p.initial == givenState {
		return p.trials.InitialState
	}
	out := make([]float64, p.trials.Len()*p.rank)
	if p.initial == sharedState {
		for k := range p.trials.Len() {
			copy(out[k*p.rank:], par.initial)
		}
		return out
	}
	mean := make([]float64, p.rank)
	for _, k := range training {
		floats.AddScaled(mean, 1/float64(len(training)), p.start(par.initial, k))
	}
	for k, test := range p.trials.Test {
		from := p.start(par.initial, k)
		if test {
			from = mean
		}
		copy(out[k*p.rank:], from)
	}
	return out
}
