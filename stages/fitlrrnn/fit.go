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
	trials     *trials.Trials
	model      *lrrnn.Model
	start      []float64     // neurons x rank: n as the fit started, in the gauge of the model
	states     *lrrnn.States // with latent noise the most probable ones
	covariance []float64     // step x rank x rank: of the latents around the states; nil without latent noise
	mean       []float64     // neurons: training mean per step
	history    []epoch
	best       int     // the epoch, from 1, whose network this is
	loss       float64 // per step, on the training trials
	score      float64 // bits a spike, or R²
}

// outside is what a fit is given beside its attributes and trials.
type outside struct {
	threads    int
	tell       func(number int, e epoch)          // hears of each epoch, from 1; may be nil
	restore    []byte                             // what an earlier attempt at this fit kept, or nil
	checkpoint func(state func() ([]byte, error)) // may keep a state; may be nil
}

// fit fits the trials.
func (f *Fit) fit(ctx context.Context, t *trials.Trials, o outside) (*result, error) {
	threads := o.threads
	training, _ := t.Split()
	if err := f.suits(t, training); err != nil {
		return nil, err
	}
	training, validation := f.holdOut(training)
	given := t
	t, unit := standardised(t, training)
	mean := t.Means(training)
	p, err := f.problem(t, training, mean)
	if err != nil {
		return nil, err
	}
	if err := p.scorable(validation); err != nil {
		return nil, err
	}
	par := p.begin(families[f.Start], f.Seed)
	start := par.net.Network().N
	d := &descent{
		trainer: newTrainer(p, par, f.schedule(len(training)), threads), training: training, validation: validation,
		trainingScore: p.newScorer(training, variances(t, training, mean)), validationScore: p.newScorer(validation, variances(t, training, mean)),
	}
	if o.restore != nil {
		if err := d.restore(o.restore); err != nil {
			return nil, err
		}
	}
	if err := d.run(ctx, o); err != nil {
		return nil, err
	}
	r := &result{trials: given, start: start, mean: mean, history: d.history, best: d.best}
	r.loss = p.loss(ctx, par, training, threads, f.Seed)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if math.IsNaN(r.loss) || math.IsInf(r.loss, 0) {
		return nil, fmt.Errorf("the loss is no longer a finite number after epoch %d of %d; try a learning_rate below %g or a smaller clip", len(d.history), f.Epochs, f.LearningRate)
	}
	r.score = d.trainingScore.of(r.loss)
	r.model = p.model(par)
	r.states = r.model.States(t, threads)
	if p.noisy {
		r.states.Kappa, r.covariance = p.paths(ctx, par, threads)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r.toCanonicalGauge(training)
	r.toUnits(unit)
	return r, nil
}

// standardised returns trials whose activity has unit variance, pooled over
// neurons and the training trials, and the unit: what one of theirs is in the
// data's. The steps of an optimiser are of one size, whatever the data's units.
func standardised(t *trials.Trials, training []int) (*trials.Trials, float64) {
	if t.Activity == nil {
		return t, 1
	}
	unit := math.Sqrt(floats.Sum(variances(t, training, t.Means(training))) / float64(t.Neurons))
	if !(unit > 0) || math.IsInf(unit, 0) {
		return t, 1 // which is refused later
	}
	scaled := *t
	scaled.Activity = make([]float64, len(t.Activity))
	floats.ScaleTo(scaled.Activity, 1/unit, t.Activity)
	return &scaled, unit
}

// toUnits writes a fit of standardised activity in the units of the data.
func (r *result) toUnits(unit float64) {
	if unit == 1 {
		return
	}
	for _, x := range [][]float64{r.mean, r.model.Gain, r.model.Offset, r.model.PSTH} {
		floats.Scale(unit, x)
	}
	if r.model.Variance != nil { // densities, too, are of other units
		floats.Scale(unit*unit, r.model.Variance)
		r.loss += float64(len(r.mean)) * math.Log(unit)
	}
}

func (f *Fit) schedule(training int) schedule {
	return schedule{
		epochs: f.Epochs, batch: min(f.Batch, training), rate: f.LearningRate, clip: f.Clip, weightDecay: f.WeightDecay,
		patience: f.Patience, seed: f.Seed, narrow: f.Precision == "single",
	}
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
	case t.Counts == nil && f.Link != nil:
		return fmt.Errorf("link is for spikes; these trials have continuous activity")
	case f.Validation > 0 && len(training) < 2:
		return fmt.Errorf("one training trial cannot be split for validation; set validation = 0")
	}
	return nil
}

// holdOut splits the training trials: a share of them, drawn by the seed, is for
// validation. Both are in order.
func (f *Fit) holdOut(training []int) (kept, validation []int) {
	if f.Validation == 0 {
		return training, nil
	}
	n := min(max(1, int(math.Round(f.Validation*float64(len(training))))), len(training)-1)
	held := make([]bool, len(training))
	for _, i := range rng.New(f.Seed, "validation").Perm(len(training))[:n] {
		held[i] = true
	}
	for i, k := range training {
		if held[i] {
			validation = append(validation, k)
		} else {
			kept = append(kept, k)
		}
	}
	return kept, validation
}

func (f *Fit) problem(t *trials.Trials, training []int, mean []float64) (*problem, error) {
	phi, _ := lrrnn.ParseNonlinearity(f.Nonlinearity)
	p := &problem{
		rank: f.Rank, leak: f.Leak, inputLeak: f.inputLeak(), phi: phi, mean: mean, training: training,
		filtered: lrrnn.Filter(t, f.inputLeak()), initial: initialState(f.InitialState), noisy: f.LatentNoise, frozen: f.Frozen,
	}
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
		p.variance = floats.Sum(variances(t, training, mean)) / float64(t.Neurons)
		if !(p.variance > 0) || math.IsInf(p.variance, 0) {
			return nil, fmt.Errorf("the activity of the training trials has variance %g: there is nothing to fit", p.variance)
		}
	}
	p.Observed = lrrnn.NewObserved(t, f.observation(t), p.psth, p.drift, mean)
	return p, nil
}

// begin draws the parameters that a fit starts from.
func (p *problem) begin(start family, seed int) *parameters {
	par, offset := p.newParameters(), make([]float64, len(p.mean))
	for i, m := range p.mean {
		offset[i] = p.Observation.Resting(m)
	}
	par.initialise(start, rng.New(seed, "network"), offset, math.Log(p.variance))
	return par
}

// loss is the loss per step of the given trials; with latent noise an upper bound of
// their negative log likelihood, with paths that the seed draws. After a cancelled
// ctx it means nothing.
func (p *problem) loss(ctx context.Context, par *parameters, which []int, threads, seed int) float64 {
	if p.noisy {
		return p.meanBound(ctx, par, which, threads, seed)
	}
	return p.meanLoss(ctx, par, which, threads)
}

// meanLoss is the loss per step of the given trials, without latent noise.
func (p *problem) meanLoss(ctx context.Context, par *parameters, which []int, threads int) float64 {
	losses := make([]float64, len(which))
	work := make([]*scratch, min(threads, len(which)))
	for i := range work {
		work[i] = newScratch(p)
	}
	parallel.Workers(len(which), len(work), func(worker, i int) {
		if ctx.Err() == nil {
			losses[i] = p.trialLoss(par, work[worker], which[i])
		}
	})
	steps := 0
	for _, k := range which {
		steps += p.Trials.Steps[k]
	}
	return floats.Sum(losses) / float64(steps)
}

// model is the fitted model.
func (p *problem) model(par *parameters) *lrrnn.Model {
	n := p.Trials.Neurons
	m := &lrrnn.Model{
		Network: par.net, Leak: p.leak, InputLeak: p.inputLeak, Observation: p.Observation, Gain: par.gain[:n], Offset: par.offset[:n],
		Initial: p.allInitial(par), PSTH: p.psth, Drift: p.drift,
	}
	if p.Observation == lrrnn.PoissonSoftplus {
		m.Scale = p.mean
	}
	if p.noisy {
		noisy, _ := p.noisyModel(par)
		m.Noise = make([]float64, len(noisy.Factor))
		for i, sd := range noisy.Factor { // diagonal
			m.Noise[i] = sd * sd
		}
		if variance := noisy.Readout.Variance; variance != nil {
			m.Variance = variance[:n]
		}
	}
	return m
}

// allInitial returns κ at the first step of every trial.
func (p *problem) allInitial(par *parameters) []float64 {
	out := make([]float64, 0, p.Trials.Len()*p.rank)
	for k := range p.Trials.Len() {
		out = append(out, p.startOf(par, k)...)
	}
	return out
}

// toCanonicalGauge writes the fit in coordinates in which two fits compare.
func (r *result) toCanonicalGauge(training []int) {
	var steps []int
	for _, k := range training {
		for j := range r.trials.Steps[k] {
			steps = append(steps, r.trials.First[k]+j)
		}
	}
	net := r.model.Network.Network()
	a, inverse, ok := lrrnn.Canonical(net, r.model.Gain, r.states, steps)
	if !ok {
		return
	}
	lrrnn.Transform(net.N, net.N, a)
	lrrnn.Transform(r.start, r.start, a)
	lrrnn.Transform(net.M, net.M, inverse.T())
	lrrnn.Transform(r.model.Initial, r.model.Initial, a)
	lrrnn.Transform(r.states.Kappa, r.states.Kappa, a)
	lrrnn.TransformSquares(r.model.Noise, a)
	lrrnn.TransformSquares(r.covariance, a)
	r.model.Network = net.Columns()
}
