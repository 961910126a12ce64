package fitlrrnn

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"reprise/artifacts"
	"reprise/spec"
	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/tables"
	"reprise/stages/internal/trials"
)

// TestTestTrialsAreNeverLookedAt changes all that is observed of test trials
// and wants the same network.
func TestTestTrialsAreNeverLookedAt(t *testing.T) {
	fitN := func(tr *trials.Trials) []float64 {
		fit := preset()
		fit.Epochs = 2
		r, err := fit.fit(t.Context(), tr, outside{threads: 1})
		if err != nil {
			t.Fatal(err)
		}
		return append(append(slices.Clone(r.model.Network.N), r.model.PSTH...), r.model.Drift...)
	}
	before := fitN(smallTrials(true))
	changed := smallTrials(true)
	for i := range changed.Neurons {
		changed.Counts[changed.First[2]*changed.Neurons+i] += 9
		changed.Baseline[2*changed.Neurons+i] += 50
	}
	if !slices.Equal(before, fitN(changed)) {
		t.Error("other spikes and baselines of the test trial change the fit")
	}
	changed = smallTrials(true)
	changed.Counts[0] += 9
	if slices.Equal(before, fitN(changed)) {
		t.Error("other spikes of a training trial change nothing")
	}
}

func TestErrorsSayWhatIsWrong(t *testing.T) {
	for want, change := range map[string]func(*Fit, *trials.Trials){
		"rank 5 is larger than the number of neurons, 4": func(f *Fit, _ *trials.Trials) { f.Rank = 5 },
		"none of the 3 trials is for training":           func(_ *Fit, t *trials.Trials) { t.Test = []bool{true, true, true} },
		"the given initial states have 2 latents":        func(f *Fit, _ *trials.Trials) { f.InitialState, f.Rank = "given", 3 },
		"needs the column initial_state": func(f *Fit, t *trials.Trials) {
			f.InitialState, t.Latents, t.InitialState = "given", 0, nil
		},
		"the fit diverges: its loss per step is":                                        func(f *Fit, _ *trials.Trials) { f.LearningRate = 1e6 },
		"finite number in epoch 1 of 30 (batch 1 of 1); try a learning_rate below 0.03": func(_ *Fit, t *trials.Trials) { t.Inputs[0] = math.Inf(1) },
		"have no spike to score": func(f *Fit, t *trials.Trials) {
			f.Validation = 0.5
			_, held := f.holdOut([]int{0, 1})
			lo := t.First[held[0]] * t.Neurons
			clear(t.Counts[lo : lo+t.Steps[held[0]]*t.Neurons])
		},
		"no neuron fires": func(_ *Fit, t *trials.Trials) { clear(t.Counts) },
		"the activity of neuron 2 (from 0) does not vary": func(f *Fit, t *trials.Trials) {
			f.LatentNoise, t.Counts, t.Activity = true, nil, smallTrials(false).Activity
			for i := 2; i < len(t.Activity); i += 4 {
				t.Activity[i] = 1
			}
		},
		"has variance 0": func(_ *Fit, t *trials.Trials) { t.Counts, t.Activity = nil, make([]float64, 64) },
	} {
		fit, tr := preset(), smallTrials(true)
		change(fit, tr)
		_, err := fit.fit(t.Context(), tr, outside{threads: 1})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one that says %q", err, want)
		}
	}
}

func TestStopsWhenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	epochs := 0
	_, err := preset().fit(ctx, smallTrials(true), outside{threads: 1, tell: func(int, epoch) { epochs++; cancel() }})
	if err == nil || epochs != 1 {
		t.Errorf("error %v after %d epochs, want to stop after the first", err, epochs)
	}
}

func TestCheck(t *testing.T) {
	if err := preset().Check(); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(*Fit){
		"rank": func(f *Fit) { f.Rank = 9 }, "epochs": func(f *Fit) { f.Epochs = 0 }, "batch": func(f *Fit) { f.Batch = 0 },
		"learning_rate": func(f *Fit) { f.LearningRate = math.NaN() }, "leak": func(f *Fit) { f.Leak = 1.5 },
		"weight_decay": func(f *Fit) { f.WeightDecay = -1 }, "clip": func(f *Fit) { f.Clip = 0 },
		"initial_state": func(f *Fit) { f.InitialState = "free" },
	} {
		f := preset()
		change(f)
		if err := f.Check(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// TestArtifact reads back what the kind gives, with and without offsets.
func TestArtifact(t *testing.T) {
	data := artifacts.New(tables.Trials(smallTrials(true))...)
	var told []spec.Progress
	fit := preset()
	fit.Epochs = 4
	a, err := fit.Run(t.Context(), spec.NewEnv(spec.EnvConfig{
		Inputs: map[string][]*artifacts.Artifact{"trials": {data}}, Progress: func(p spec.Progress) { told = append(told, p) },
	}))
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"drift", "dynamics", "history", "initial_state", "network", "psth", "states"}; !slices.Equal(a.Tables(), want) {
		t.Errorf("tables %v, want %v", a.Tables(), want)
	}
	if len(told) != 4 || told[3].Done != 4 || told[3].Unit != "epoch" || told[3].Values["loss"] == 0 {
		t.Errorf("progress %v", told)
	}
	history, err := a.Table("history")
	if err != nil {
		t.Fatal(err)
	}
	loss, _ := history.Floats("loss")
	if len(loss) != 4 || a.Metrics()["epochs"] != 4 {
		t.Errorf("losses %v, metrics %v", loss, a.Metrics())
	}
	if _, _, err := a.Encode(); err != nil {
		t.Error(err)
	}
	without := false
	fit.PSTH, fit.Drift = &without, false
	a = runKind(t, fit, map[string]*artifacts.Artifact{"trials": data})
	if a.Has("psth") || a.Has("drift") {
		t.Errorf("tables %v without offsets", a.Tables())
	}
}

// TestEarlyStopping wants the network of the best epoch, and no more epochs than
// patience allows after it; validation trials must not be fitted.
func TestEarlyStopping(t *testing.T) {
	data := repeat(smallTrials(true), 8)
	fit := preset()
	fit.Epochs, fit.Validation, fit.Patience, fit.LearningRate = 200, 0.3, 3, 0.1
	r, err := fit.fit(t.Context(), data, outside{threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.history) == fit.Epochs || len(r.history) != r.best+fit.Patience {
		t.Errorf("stopped after %d epochs, the best was %d", len(r.history), r.best)
	}
	for i, e := range r.history {
		if e.Validation > r.history[r.best-1].Validation {
			t.Errorf("epoch %d has %.4f, the best one %.4f", i+1, e.Validation, r.history[r.best-1].Validation)
		}
	}
	training, _ := data.Split()
	kept, held := fit.holdOut(training)
	if len(held) != 5 || len(kept)+len(held) != len(training) { // 0.3 of 16
		t.Errorf("%d of %d trials are held out", len(held), len(training))
	}
	changed := repeat(smallTrials(true), 8)
	for _, k := range held {
		changed.Counts[changed.First[k]*changed.Neurons]++
	}
	short := *fit
	short.Epochs = 2
	a, errA := short.fit(t.Context(), data, outside{threads: 1})
	b, errB := short.fit(t.Context(), changed, outside{threads: 1})
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	if a.history[0].Loss != b.history[0].Loss || a.history[1].Validation == b.history[1].Validation {
		t.Error("spikes of validation trials change the training, or not the validation")
	}
}

// TestOthersStartAtTheMean wants validation and test trials to start at the mean
// of the training trials, whatever their own numbers are.
func TestOthersStartAtTheMean(t *testing.T) {
	for _, noisy := range []bool{false, true} {
		p, par := smallProblem(lrrnn.Tanh, lrrnn.PoissonExp, true, trialState, noisy)
		score := func() float64 { return p.loss(t.Context(), par, []int{2}, 1, 1) }
		before := score()
		p.start(par.initial, 2)[0] += 2
		if score() != before {
			t.Errorf("noise %v: an untrained start changes the loss of its trial", noisy)
		}
		p.start(par.initial, 0)[0] += 2
		if score() == before {
			t.Errorf("noise %v: the training trials' starts do not reach the others", noisy)
		}
	}
}

// TestScoresOfTheMean wants R² 0 of the training means, on any trials.
func TestScoresOfTheMean(t *testing.T) {
	p, _ := smallProblem(lrrnn.Tanh, lrrnn.Gaussian, false, sharedState, false)
	for i := range p.Trials.Activity[p.Trials.First[2]*4:] {
		p.Trials.Activity[p.Trials.First[2]*4+i] *= 3
	}
	for _, which := range [][]int{{0, 1}, {2}} {
		var loss float64
		steps := 0
		for _, k := range which {
			steps += p.Trials.Steps[k]
		}
		for _, v := range variances(p.Trials, which, p.mean) {
			loss += v / p.variance / 2
		}
		if got := p.newScorer(which, nil).of(loss); math.Abs(got) > 1e-12 {
			t.Errorf("the mean scores %g on trials %v", got, which)
		}
	}
}

// TestUnitsDoNotMatter fits activity in other units and wants the same network,
// observed in those units.
func TestUnitsDoNotMatter(t *testing.T) {
	for _, noisy := range []bool{false, true} {
		var first *result
		for _, unit := range []float64{1, 1e-9, 1e6} {
			data := smallTrials(false)
			for i := range data.Activity {
				data.Activity[i] *= unit
			}
			fit := preset()
			fit.Epochs, fit.LatentNoise = 5, noisy
			r, err := fit.fit(t.Context(), data, outside{threads: 1})
			if err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = r
			}
			if math.Abs(r.score-first.score) > 1e-6 {
				t.Errorf("noise %v: the score is %g in units of %g and was %g", noisy, r.score, 1/unit, first.score)
			}
			for i, g := range r.model.Gain {
				if math.Abs(g/unit-first.model.Gain[i]) > 1e-6*math.Abs(first.model.Gain[i]) {
					t.Errorf("noise %v: g of neuron %d is %g in units of %g and was %g", noisy, i, g, 1/unit, first.model.Gain[i])
				}
			}
		}
	}
}
