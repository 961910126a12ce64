package simulateclicks

import (
	"reprise/artifacts"
	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/tables"
)

// truthTables are the simulated model as the tables of a fit.
func (s *simulation) truthTables(latentNoise float64) []*artifacts.Table {
	t, m := s.trials, s.model
	neuron := artifacts.Dim{Name: tables.Neuron, Size: t.Neurons}
	trial := artifacts.Dim{Name: tables.Trial, Size: t.Len()}
	latent := artifacts.Dim{Name: tables.Latent, Size: rank}
	training, _ := t.Split()
	var start, drift, psth []float64
	for k := range t.Len() {
		start = append(start, initial[:]...)
		drift = append(drift, m.drifts(t.Start[k])...)
	}
	for j := range maxSteps {
		for i := range t.Neurons {
			psth = append(psth, m.psth(i, j))
		}
	}
	out := []*artifacts.Table{
		tables.Network(m.network, artifacts.Floats("g", "", m.gain), artifacts.Floats("c", "", m.offset),
			artifacts.Floats("mean_count", "spikes", t.Means(training))),
		tables.Dynamics(&lrrnn.Model{Leak: leak, InputLeak: leak, Observation: lrrnn.PoissonExp}),
		artifacts.NewTable("initial_state", trial, artifacts.Floats("kappa", "", start, latent)),
		artifacts.NewTable("psth", artifacts.Dim{Name: "bin", Size: maxSteps}, artifacts.Floats("offset", "", psth, neuron)),
		artifacts.NewTable("drift", trial, artifacts.Floats("offset", "", drift, neuron)),
	}
	if latentNoise > 0 {
		variance := latentNoise * latentNoise
		out = append(out, artifacts.NewTable("latent_noise", latent, artifacts.Floats("covariance", "", []float64{variance, 0, 0, variance}, latent)))
	}
	return out
}
