package evaluatefit

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"

	"reprise/artifacts"
	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/tables"
	"reprise/stages/internal/trials"
)

const (
	psthWidth  = 10 // steps: standard deviation of the causal kernel
	psthLength = 40 // steps of the kernel
	psthTrials = 10 // fewest trials of a choice that make a step of its PSTH count
)

// psth is the mean counts a step of test trials by choice, smoothed, of the
// data and of a model: choice x step x neuron.
type psth struct {
	steps, neurons int
	trials         []int64 // choice x step: how many trials reach it
	data, model    []float64
}

func newPSTH(t *trials.Trials, test []int, m *lrrnn.Model, states *lrrnn.States) *psth {
	p := &psth{neurons: t.Neurons}
	for _, k := range test {
		p.steps = max(p.steps, t.Steps[k])
	}
	p.trials = make([]int64, 2*p.steps)
	p.data = make([]float64, 2*p.steps*p.neurons)
	p.model = make([]float64, 2*p.steps*p.neurons)
	kernel := causalKernel()
	for _, k := range test {
		choice := min(max(t.Choice[k], 0), 1)
		observed := make([]float64, t.Steps[k]*p.neurons)
		for i := range observed {
			observed[i] = float64(t.Counts[t.First[k]*p.neurons+i])
		}
		expected := make([]float64, len(observed))
		m.Expect(expected, t, states, k)
		p.addSmoothed(p.data, observed, choice, kernel)
		p.addSmoothed(p.model, expected, choice, kernel)
		for j := range t.Steps[k] {
			p.trials[choice*p.steps+j]++
		}
	}
	for row, n := range p.trials {
		if n > 0 {
			floats.Scale(1/float64(n), p.data[row*p.neurons:(row+1)*p.neurons])
			floats.Scale(1/float64(n), p.model[row*p.neurons:(row+1)*p.neurons])
		}
	}
	return p
}

func causalKernel() []float64 {
	kernel := make([]float64, psthLength)
	for j := range kernel {
		z := float64(j) / psthWidth
		kernel[j] = math.Exp(-z * z / 2)
	}
	return kernel
}

// addSmoothed adds one trial (step x neuron), smoothed over the steps before
// and up to each step with weights that sum to 1, to dst.
func (p *psth) addSmoothed(dst, trial []float64, choice int, kernel []float64) {
	n := p.neurons
	for j := range len(trial) / n {
		past := min(j+1, len(kernel))
		weight := floats.Sum(kernel[:past])
		at := (choice*p.steps + j) * n
		for back := range past {
			floats.AddScaled(dst[at:at+n], kernel[back]/weight, trial[(j-back)*n:(j-back+1)*n])
		}
	}
}

// rSquared returns R² over choice x step, pooled over neurons and as the median
// over neurons; not ok where no step counts or no neuron varies.
func (p *psth) rSquared() (pooled, median float64, ok bool) {
	var rows []int
	for row, n := range p.trials {
		if n >= psthTrials {
			rows = append(rows, row)
		}
	}
	var each []float64
	var errors, deviations float64
	for i := range p.neurons {
		var mean, e, d float64
		for _, row := range rows {
			mean += p.data[row*p.neurons+i] / float64(len(rows))
		}
		for _, row := range rows {
			x := p.data[row*p.neurons+i]
			miss := x - p.model[row*p.neurons+i]
			e += miss * miss
			d += (x - mean) * (x - mean)
		}
		if d > 0 {
			each = append(each, 1-e/d)
		}
		errors += e
		deviations += d
	}
	if len(each) == 0 {
		return 0, 0, false
	}
	slices.Sort(each)
	middle := stat.Mean(each[(len(each)-1)/2:len(each)/2+1], nil)
	return 1 - errors/deviations, middle, true
}

func (p *psth) table() *artifacts.Table {
	neuron := artifacts.Dim{Name: tables.Neuron, Size: p.neurons}
	rows := []artifacts.Dim{{Name: "choice", Size: 2}, {Name: tables.Step, Size: p.steps}}
	return artifacts.NewGrid("psth", rows, artifacts.Ints("trials", "", p.trials),
		artifacts.Floats("data", "spikes", p.data, neuron), artifacts.Floats("model", "spikes", p.model, neuron))
}
