package main

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"reprise/artifacts"
	"reprise/spec"
	"reprise/stages/loadclicks"
)

// writeProblem writes what both fits read to a folder: trials and steps, as
// load_clicks_recording gives them; the offsets psth and drift, which are not
// trained; for each seed where its fit starts (network, initial_state) and the
// order of its batches.
func writeProblem(ctx context.Context, name, recording, folder string, seeds int) error {
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	trials, err := makeTrials(ctx, name, recording)
	if err != nil {
		return err
	}
	if err := export(folder, "", trials, "trials", "steps"); err != nil {
		return err
	}
	for seed := 1; seed <= seeds; seed++ {
		// One epoch at no learning rate has the offsets and the mean counts.
		still := preset(seed)
		epochs := still.Epochs
		still.Epochs, still.LearningRate = 1, math.SmallestNonzeroFloat64
		fit, err := still.Run(ctx, spec.NewEnv(spec.EnvConfig{Threads: 2, Inputs: inputs("trials", trials)}))
		if err != nil {
			return err
		}
		if err := export(folder, "", fit, "psth", "drift"); err != nil {
			return err
		}
		start, err := startOf(seed, still.Rank, fit)
		if err != nil {
			return err
		}
		order, err := batchOrder(trials, seed, epochs)
		if err != nil {
			return err
		}
		suffix := fmt.Sprint("-", seed)
		if err := errors.Join(export(folder, suffix, start, "network", "initial_state"), export(folder, suffix, artifacts.New(order), "order")); err != nil {
			return err
		}
	}
	return nil
}

func makeTrials(ctx context.Context, name, recording string) (*artifacts.Artifact, error) {
	switch name {
	case "recording":
		return loadclicks.Kind.New().Run(ctx, spec.NewEnv(spec.EnvConfig{File: map[string]string{"file": recording}}))
	case "synthetic":
		return simulate(512, 500, 100), nil
	}
	return nil, fmt.Errorf("there is no such problem; there are recording and synthetic")
}

// export writes tables as npz; the artifact may lack psth and drift.
func export(folder, suffix string, a *artifacts.Artifact, tables ...string) error {
	for _, name := range tables {
		if !a.Has(name) && (name == "psth" || name == "drift") {
			continue
		}
		t, err := a.Table(name)
		if err != nil {
			return err
		}
		f, err := os.Create(filepath.Join(folder, name+suffix+".npz"))
		if err != nil {
			return err
		}
		if err := errors.Join(artifacts.Export(f, "npz", t), f.Close()); err != nil {
			return err
		}
	}
	return nil
}

// stream is the random stream of a seed for a purpose, as fit_lrrnn has it.
func stream(seed int, purpose string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(purpose))
	return rand.New(rand.NewPCG(uint64(seed), h.Sum64()))
}

// startOf is where fit_lrrnn starts with two input channels. It draws as the kind
// does, like batchOrder; were that to change, both fits would still be right, but
// no longer start at the same place.
func startOf(seed, rank int, fit *artifacts.Artifact) (*artifacts.Artifact, error) {
	const channels = 2
	network, err := fit.Table("network")
	if err != nil {
		return nil, err
	}
	mean, err := network.Floats("mean_count")
	if err != nil {
		return nil, err
	}
	initial, err := fit.Table("initial_state")
	if err != nil {
		return nil, err
	}
	neurons := len(mean)
	r := stream(seed, "network")
	m, n, b, one, c := make([]float64, neurons*rank), make([]float64, neurons*rank), make([]float64, neurons*channels), make([]float64, neurons), make([]float64, neurons)
	for k := range rank {
		for i := range neurons {
			z := r.NormFloat64()
			m[i*rank+k], n[i*rank+k] = 0.3*z, 0.5/0.3*z+r.NormFloat64()
		}
	}
	for u := range channels {
		for i := range neurons {
			b[i*channels+u] = 0.1 * r.NormFloat64()
		}
	}
	for i, x := range mean {
		one[i], c[i] = 1, math.Log(x)
	}
	kappa := make([]float64, initial.Len()*rank)
	for i := range rank {
		z := 0.1 * r.NormFloat64()
		for k := range initial.Len() {
			kappa[k*rank+i] = z
		}
	}
	latent, channel := artifacts.Dim{Name: "latent", Size: rank}, artifacts.Dim{Name: "channel", Size: channels}
	return artifacts.New(
		artifacts.NewTable("network", artifacts.Dim{Name: "neuron", Size: neurons},
			artifacts.Floats("m", "", m, latent), artifacts.Floats("n", "", n, latent), artifacts.Floats("B", "", b, channel),
			artifacts.Floats("b", "", make([]float64, neurons)), artifacts.Floats("g", "", one), artifacts.Floats("c", "", c), artifacts.Floats("mean_count", "spikes", mean)),
		artifacts.NewTable("initial_state", artifacts.Dim{Name: "trial", Size: initial.Len()}, artifacts.Floats("kappa", "", kappa, latent))), nil
}

// batchOrder is the order in which fit_lrrnn takes the training trials of each
// epoch.
func batchOrder(trials *artifacts.Artifact, seed, epochs int) (*artifacts.Table, error) {
	t, err := trials.Table("trials")
	if err != nil {
		return nil, err
	}
	test, err := t.Ints("test")
	if err != nil {
		return nil, err
	}
	var training, all []int64
	for k, held := range test {
		if held == 0 {
			training = append(training, int64(k))
		}
	}
	for epoch := range epochs {
		order := slices.Clone(training)
		stream(seed, fmt.Sprint("batches of epoch ", epoch)).Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		all = append(all, order...)
	}
	return artifacts.NewTable("order", artifacts.Dim{Name: "epoch", Size: epochs},
		artifacts.Ints("trial", "", all, artifacts.Dim{Name: "place", Size: len(training)})), nil
}

// simulate makes trials of one length from a planted network of rank two, whose
// latents accumulate one input channel each and hold on to it, with Poisson
// counts. Every fifth trial is for the test.
func simulate(neurons, trials, steps int) *artifacts.Artifact {
	const leak, rank, channels = 0.1, 2, 2
	r := rand.New(rand.NewPCG(1, 2))
	draw := func(size float64) []float64 {
		out := make([]float64, neurons)
		for i := range out {
			out[i] = size * r.NormFloat64()
		}
		return out
	}
	var m, n, b [rank][]float64
	for c := range rank {
		m[c], b[c], n[c] = draw(0.3), draw(0.05), draw(1)
		for i := range neurons {
			n[c][i] += m[c][i]/0.09 + 4*b[c][i]/0.05
		}
	}
	threshold, offset := draw(0.2), draw(0.5)

	counts := make([]uint8, 0, trials*steps*neurons)
	inputs := make([]float64, 0, trials*steps*channels)
	first, length, test := make([]int64, trials), make([]int64, trials), make([]uint8, trials)
	for k := range trials {
		first[k], length[k] = int64(k*steps), int64(steps)
		if k%5 == 4 {
			test[k] = 1
		}
		var kappa [rank]float64
		var v [channels]float64
		side := 0.1 + 0.2*r.Float64() // clicks a step on one side; 0.4 on both together
		for range steps {
			for c, rate := range [channels]float64{side, 0.4 - side} {
				u := poisson(r, rate)
				v[c] = (1-leak)*v[c] + float64(u)
				inputs = append(inputs, float64(u))
			}
			next := [rank]float64{(1 - leak) * kappa[0], (1 - leak) * kappa[1]}
			for i := range neurons {
				x := m[0][i]*kappa[0] + m[1][i]*kappa[1] + b[0][i]*v[0] + b[1][i]*v[1]
				counts = append(counts, uint8(min(poisson(r, math.Exp(min(-2.3+offset[i]+x, 2))), 255)))
				h := leak / float64(neurons) * math.Tanh(x+threshold[i])
				next[0] += h * n[0][i]
				next[1] += h * n[1][i]
			}
			kappa = next
		}
	}
	trial, neuron := artifacts.Dim{Name: "trial", Size: trials}, artifacts.Dim{Name: "neuron", Size: neurons}
	return artifacts.New(
		artifacts.NewTable("trials", trial, artifacts.Ints("first_step", "", first), artifacts.Ints("steps", "", length), artifacts.Bytes("test", "", test)),
		artifacts.NewTable("steps", artifacts.Dim{Name: "step", Size: trials * steps}, artifacts.Bytes("counts", "spikes", counts, neuron),
			artifacts.Floats("inputs", "", inputs, artifacts.Dim{Name: "channel", Size: channels})))
}

// poisson draws a count by multiplying uniform numbers, for small means.
func poisson(r *rand.Rand, mean float64) int {
	count, product, stop := 0, r.Float64(), math.Exp(-mean)
	for product > stop {
		product *= r.Float64()
		count++
	}
	return count
}
