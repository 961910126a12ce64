package lrrnn

import (
	"math"
	"slices"
	"testing"

	"reprise/stages/internal/trials"
)

func TestNoSlopeBeyondTheCutOff(t *testing.T) {
	tr := &trials.Trials{First: []int{0}, Steps: []int{1}, Neurons: 2, Counts: []uint8{3, 3}}
	d := NewObserved(tr, PoissonExp, nil, nil, []float64{1, 1})
	net := NewColumns(2, 1, 0)
	offset := make([]float64, net.Width())
	offset[0] = MaxLogRate + 1
	l := d.NewLoss()
	l.Begin(net, Readout{Gain: make([]float64, net.Width()), Offset: offset}, 0)
	e, x, info := make([]float64, net.Width()), make([]float64, net.Width()), make([]float64, net.Width())
	l.Add(e, x, 0)
	l.Information(info, e, x, 0)
	want := math.Exp(2) - 3*2 + 1
	if e[0] != 0 || e[1] != -2 || math.Abs(l.Sum()-want) > 1e-12 {
		t.Errorf("derivatives %v, loss %v; want [0 -2 …], %v", e, l.Sum(), want)
	}
	if info[0] != 0 || info[1] != 1 {
		t.Errorf("information %v, want [0 1 …]", info)
	}
}

// TestLossIsTheLikelihood compares losses with the model's expected observations:
// for spikes rate − y log rate, for activity half the squared error over the
// variance; and derivatives and information with differences of them.
func TestLossIsTheLikelihood(t *testing.T) {
	_, m, tr := example()
	s := m.States(tr, 1)
	m.Scale = []float64{0.5, 1, 2, 0.1, 3}
	variance := []float64{1, 2, 0.5, 3, 0.2}
	for i := range tr.Activity {
		tr.Counts = append(tr.Counts, uint8(i%4))
	}
	for _, m.Observation = range Observations() {
		d := NewObserved(tr, m.Observation, m.PSTH, m.Drift, m.Scale)
		width := m.Network.Width()
		gain, offset := Padded(m.Gain, 5, width), Padded(m.Offset, 5, width)
		l := d.NewLoss()
		x, e, info, z := make([]float64, width), make([]float64, width), make([]float64, width), make([]float64, m.Network.Weights())
		want, expected := 0.0, make([]float64, 15)
		m.Expect(expected, tr, s, 1)
		l.Begin(m.Network, Readout{gain, offset, append(slices.Clone(variance), 1, 1, 1)}, 1)
		for j := range 3 {
			m.Network.Drive(x, s.Z(z, tr.First[1]+j))
			before := l.Sum()
			l.Add(e, x, j)
			l.Information(info, e, x, j)
			at := (tr.First[1] + j) * 5
			step := 0.0
			for i, mean := range expected[j*5 : (j+1)*5] {
				loss := func(mean float64) float64 {
					if !m.Observation.Spikes() {
						return (mean - tr.Activity[at+i]) * (mean - tr.Activity[at+i]) / 2 / variance[i]
					}
					return mean - float64(tr.Counts[at+i])*math.Log(mean)
				}
				step += loss(mean)
				// By c + g x: through the model's expectation with another offset.
				const h = 1e-5
				moved := func(by float64) float64 {
					c := m.Offset[i]
					m.Offset[i] += by
					out := make([]float64, 15)
					m.Expect(out, tr, s, 1)
					m.Offset[i] = c
					return out[j*5+i]
				}
				if slope := (loss(moved(h)) - loss(moved(-h))) / (2 * h); math.Abs(slope-e[i]) > 1e-7*(1+math.Abs(slope)) {
					t.Errorf("%s: derivative %v, want %v", m.Observation, e[i], slope)
				}
				meanSlope := (moved(h) - moved(-h)) / (2 * h)
				fisher := meanSlope * meanSlope / variance[i]
				if m.Observation.Spikes() {
					fisher = meanSlope * meanSlope / mean
				}
				if math.Abs(info[i]-fisher) > 1e-7*(1+fisher) {
					t.Errorf("%s: information %v, want %v", m.Observation, info[i], fisher)
				}
			}
			if got := l.Sum() - before; math.Abs(got-step) > 1e-11*(1+math.Abs(step)) {
				t.Errorf("%s: loss of step %d is %v, want %v", m.Observation, j, got, step)
			}
			want += step
		}
		if math.Abs(l.Sum()-want) > 1e-11*(1+math.Abs(want)) {
			t.Errorf("%s: loss %v, want %v", m.Observation, l.Sum(), want)
		}
	}
}

// TestSoftplusAtLowDrive wants the derivative of a neuron that fires although its
// rate is all but 0: with a slope and a softplus of e^u, it is rate − count.
func TestSoftplusAtLowDrive(t *testing.T) {
	tr := &trials.Trials{First: []int{0}, Steps: []int{1}, Neurons: 1, Counts: []uint8{3}}
	d := NewObserved(tr, PoissonSoftplus, nil, nil, []float64{1})
	net := NewColumns(1, 1, 0)
	l := d.NewLoss()
	for _, u := range []float64{-20, -36, -40, -100, -600} {
		offset := make([]float64, net.Width())
		offset[0] = u
		l.Begin(net, Readout{Gain: make([]float64, net.Width()), Offset: offset}, 0)
		e, x := make([]float64, net.Width()), make([]float64, net.Width())
		l.Add(e, x, 0)
		if math.Abs(e[0]+3) > 1e-6 {
			t.Errorf("at %g the derivative is %v, want -3", u, e[0])
		}
	}
}
