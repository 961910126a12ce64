package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"

	"reprise/artifacts"
	"reprise/spec"
	"reprise/stages/fitlrrnn"
	"reprise/stages/loadclicks"
	"reprise/stages/maxentflow"
)

// writeProblem writes a target (network, states) and its law to a folder, as
// maxent_flow gives it before the flow is trained.
func writeProblem(ctx context.Context, name, recording, folder string) error {
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	target, err := makeTarget(ctx, name, recording)
	if err != nil {
		return err
	}
	if err := export(folder, target, "network", "states"); err != nil {
		return err
	}
	f := maxentflow.Kind.New().(*maxentflow.Flow)
	f.Steps, f.Samples = told, 1000
	planted(f, name)
	law, err := f.Run(ctx, spec.NewEnv(spec.EnvConfig{Threads: 2, Inputs: inputs("target", target)}))
	if err != nil {
		return err
	}
	m := law.Metrics()
	fmt.Fprintf(os.Stderr, "%s: kl_law %.3f law_error %.3g dlogz %.3g modes %.0f\n", name, m["kl_law"], m["law_error"], m["dlogz"], m["modes"])
	return export(folder, law, "law", "targets", "coordinates", "samples")
}

// planted sets the base of the planted network, whose scales are known.
func planted(f *maxentflow.Flow, name string) {
	if name == "cycle" {
		one, bias := 1.0, 0.3
		f.Whiten, f.BaseM, f.BaseN, f.BaseBias, f.Tolerance = false, &one, &one, &bias, 3e-3
	}
}

func makeTarget(ctx context.Context, name, recording string) (*artifacts.Artifact, error) {
	switch name {
	case "cycle":
		return limitCycle(), nil
	case "recording":
		trials, err := loadclicks.Kind.New().Run(ctx, spec.NewEnv(spec.EnvConfig{File: map[string]string{"file": recording}}))
		if err != nil {
			return nil, err
		}
		return fitlrrnn.Kind.New().Run(ctx, spec.NewEnv(spec.EnvConfig{Threads: 2, Inputs: inputs("trials", trials)}))
	}
	return nil, fmt.Errorf("no problem %q: recording or cycle", name)
}

// limitCycle is a network of method.md, section 11, with a limit cycle of two
// latents: m ~ N(0, I), b ~ N(0, 0.3²), n = J m; and states that 64 noisy trials
// visit.
func limitCycle() *artifacts.Artifact {
	const neurons, trials, steps, dt, noise = 16384, 64, 200, 0.05, 0.1
	coupling := [2][2]float64{{1.8, -0.9}, {0.9, 1.8}}
	r := rand.New(rand.NewPCG(1, 11))
	m, n, b := make([]float64, 2*neurons), make([]float64, 2*neurons), make([]float64, neurons)
	for i := range neurons {
		m[2*i], m[2*i+1], b[i] = r.NormFloat64(), r.NormFloat64(), 0.3*r.NormFloat64()
		for a, row := range coupling {
			n[2*i+a] = row[0]*m[2*i] + row[1]*m[2*i+1]
		}
	}
	var visited []float64
	for range trials {
		k := [2]float64{4*r.Float64() - 2, 4*r.Float64() - 2}
		for range steps {
			var f [2]float64
			const some = 512 // neurons are enough to find the states
			for i := range some {
				h := math.Tanh(m[2*i]*k[0] + m[2*i+1]*k[1] + b[i])
				f[0] += n[2*i] * h / some
				f[1] += n[2*i+1] * h / some
			}
			for a := range k {
				k[a] += dt*(f[a]-k[a]) + noise*math.Sqrt(dt)*r.NormFloat64()
			}
			visited = append(visited, k[0], k[1])
		}
	}
	latent := artifacts.Dim{Name: "latent", Size: 2}
	return artifacts.New(
		artifacts.NewTable("network", artifacts.Dim{Name: "neuron", Size: neurons}, artifacts.Floats("m", "", m, latent), artifacts.Floats("n", "", n, latent), artifacts.Floats("b", "", b)),
		artifacts.NewTable("states", artifacts.Dim{Name: "step", Size: trials * steps}, artifacts.Floats("kappa", "", visited, latent)))
}

func export(folder string, a *artifacts.Artifact, names ...string) error {
	for _, name := range names {
		t, err := a.Table(name)
		if err != nil {
			return err
		}
		f, err := os.Create(filepath.Join(folder, name+".npz"))
		if err != nil {
			return err
		}
		if err := artifacts.Export(f, "npz", t); err != nil {
			return err
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
	return nil
}

func inputs(attribute string, a *artifacts.Artifact) map[string][]*artifacts.Artifact {
	return map[string][]*artifacts.Artifact{attribute: {a}}
}
