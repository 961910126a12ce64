package evaluatefit

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"reprise/artifacts"
	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/parallel"
	"reprise/stages/internal/rng"
	"reprise/stages/internal/tables"
)

const (
	checkWindow = 20 // steps over which counts are summed
	checkDraws  = 8  // sessions that the model draws
)

// generative compares counts in windows of the test trials with counts that the
// model draws, knowing the inputs alone.
type generative struct{ data, model *windows }

// windows are counts in windows: a row a window, a column a neuron.
type windows struct {
	neurons int
	counts  []float64
}

// generative is nil where there are no spikes or no window.
func (s *scorer) generative(ctx context.Context, f *fit, states *lrrnn.States, seed int) *generative {
	t := s.trials
	if t.Counts == nil {
		return nil
	}
	g := &generative{data: &windows{neurons: t.Neurons}, model: &windows{neurons: t.Neurons}}
	drawn := make([]*windows, len(s.test))
	own := s.buffers(f.model, states)
	parallel.Workers(len(s.test), s.threads, func(worker, i int) {
		if ctx.Err() != nil {
			return
		}
		k := s.test[i]
		r := rng.New(seed, fmt.Sprint("spikes of trial ", k))
		drawn[i] = &windows{neurons: t.Neurons}
		rates := make([]float64, t.Steps[k]*t.Neurons)
		for range checkDraws {
			if f.model.Noise != nil {
				f.model.Sample(own[worker], t, k, r)
			}
			f.model.Expect(rates, t, own[worker], k)
			drawn[i].add(t.Steps[k], func(at int) float64 { return distuv.Poisson{Lambda: tame(rates[at]), Src: r}.Rand() })
		}
	})
	for i, k := range s.test {
		lo := t.First[k] * t.Neurons
		g.data.add(t.Steps[k], func(at int) float64 { return float64(t.Counts[lo+at]) })
		if drawn[i] != nil {
			g.model.counts = append(g.model.counts, drawn[i].counts...)
		}
	}
	if len(g.data.counts) < 2*t.Neurons {
		return nil
	}
	return g
}

// tame bounds a rate to what can be drawn; a model that ran away has any.
func tame(rate float64) float64 {
	if !(rate < 1e6) {
		return 1e6
	}
	return rate
}

// buffers returns states for each goroutine to draw latents into; where there is no
// noise they are the states.
func (s *scorer) buffers(m *lrrnn.Model, states *lrrnn.States) []*lrrnn.States {
	out := make([]*lrrnn.States, max(1, min(s.threads, len(s.test))))
	for i := range out {
		own := *states
		if m.Noise != nil {
			own.Kappa = make([]float64, len(states.Kappa))
		}
		out[i] = &own
	}
	return out
}

// add appends the windows that fit in a trial of that many steps. count gives
// the spikes of step x neuron.
func (w *windows) add(steps int, count func(at int) float64) {
	for begin := 0; begin+checkWindow <= steps; begin += checkWindow {
		row := make([]float64, w.neurons)
		for at := begin * w.neurons; at < (begin+checkWindow)*w.neurons; at++ {
			row[at%w.neurons] += count(at)
		}
		w.counts = append(w.counts, row...)
	}
}

// moments returns the mean and the variance of each neuron's counts.
func (w *windows) moments() (mean, variance []float64) {
	for i := range w.neurons {
		var column []float64
		for at := i; at < len(w.counts); at += w.neurons {
			column = append(column, w.counts[at])
		}
		m, v := stat.MeanVariance(column, nil)
		mean, variance = append(mean, m), append(variance, v)
	}
	return mean, variance
}

// fano returns variance over mean of each neuron, NaN of one without spikes.
func (w *windows) fano() (mean, fano []float64) {
	mean, variance := w.moments()
	for i, m := range mean {
		fano = append(fano, variance[i]/m)
	}
	return mean, fano
}

// correlation is the mean over pairs of neurons that vary: of standardised
// counts z, Var Σ z = N + N (N − 1) ρ.
func (w *windows) correlation() float64 {
	mean, variance := w.moments()
	rows := len(w.counts) / w.neurons
	sums, n := make([]float64, rows), 0.0
	for i := range w.neurons {
		if !(variance[i] > 0) {
			continue
		}
		n++
		for row := range rows {
			sums[row] += (w.counts[row*w.neurons+i] - mean[i]) / math.Sqrt(variance[i])
		}
	}
	return (stat.Variance(sums, nil) - n) / (n * (n - 1))
}

func (g *generative) table() *artifacts.Table {
	meanData, fanoData := g.data.fano()
	meanModel, fanoModel := g.model.fano()
	for _, x := range [][]float64{fanoData, fanoModel} {
		for i := range x {
			if math.IsNaN(x[i]) {
				x[i] = 0 // a neuron without spikes does not vary
			}
		}
	}
	return artifacts.NewTable("generative", artifacts.Dim{Name: tables.Neuron, Size: g.data.neurons},
		artifacts.Floats("mean_data", "spikes", meanData), artifacts.Floats("mean_model", "spikes", meanModel),
		artifacts.Floats("fano_data", "", fanoData), artifacts.Floats("fano_model", "", fanoModel))
}

// setMetrics adds the checks; g may be nil.
func (g *generative) setMetrics(a *artifacts.Artifact) {
	if g == nil {
		return
	}
	for name, w := range map[string]*windows{"data": g.data, "model": g.model} {
		_, fano := w.fano()
		fano = slices.DeleteFunc(fano, math.IsNaN)
		slices.Sort(fano)
		if len(fano) > 0 {
			a.SetMetric("fano_"+name, stat.Quantile(0.5, stat.Empirical, fano, nil))
		}
		if c := w.correlation(); !math.IsNaN(c) && !math.IsInf(c, 0) {
			a.SetMetric("correlation_"+name, c)
		}
	}
}
