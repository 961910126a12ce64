package loadclicks

import (
	"fmt"
	"slices"
	"strings"

	"reprise/artifacts"
	"reprise/stages/internal/clicks"
	"reprise/stages/internal/tables"
	"reprise/stages/internal/trials"
)

// session is a recording as it is in its file.
type session struct {
	neurons []neuron
	trials  []trial
}

type neuron struct {
	index int // number in the recording, from 1
	area  string
}

type trial struct {
	index           int // number in the session, from 1; with gaps
	choice          int // 1 right, 0 left
	gamma           float64
	start           float64 // time of the stereo click, seconds on the session's clock
	photostimulated bool
	steps           int       // bins, at least 1
	left, right     []float64 // times of clicks, seconds after the stereo click
	baseline        []float64 // Hz, a value a neuron
	counts          [][]uint8 // neuron x step
}

// neuronsIn returns the neurons of the areas, all where areas is empty.
func (s *session) neuronsIn(areas []string) ([]int, error) {
	var in []int
	have := map[string]int{}
	var names []string
	for i, n := range s.neurons {
		if len(areas) == 0 || slices.Contains(areas, n.area) {
			in = append(in, i)
		}
		if have[n.area] == 0 {
			names = append(names, n.area)
		}
		have[n.area]++
	}
	if len(in) > 0 {
		return in, nil
	}
	for i, name := range names {
		names[i] = fmt.Sprintf("%s (%d)", name, have[name])
	}
	return nil, fmt.Errorf("no neuron lies in %s; the recording has neurons in %s", strings.Join(areas, ", "), strings.Join(names, ", "))
}

// trialsThat returns the positions of the trials to keep.
func (s *session) trialsThat(photostimulated string) []int {
	var chosen []int
	for k, t := range s.trials {
		if photostimulated == include || t.photostimulated == (photostimulated == only) {
			chosen = append(chosen, k)
		}
	}
	return chosen
}

// pack returns the chosen trials of the chosen neurons, without the split.
func (s *session) pack(chosen, neurons []int) *trials.Trials {
	t := &trials.Trials{Neurons: len(neurons), Channels: clicks.Channels}
	total := 0
	for _, k := range chosen {
		r := &s.trials[k]
		t.First = append(t.First, total)
		t.Steps = append(t.Steps, r.steps)
		t.Choice = append(t.Choice, r.choice)
		t.Gamma = append(t.Gamma, r.gamma)
		t.Start = append(t.Start, r.start)
		total += r.steps
	}
	t.Counts = make([]uint8, total*len(neurons))
	t.Inputs = make([]float64, total*clicks.Channels)
	t.Baseline = make([]float64, 0, len(chosen)*len(neurons))
	for i, k := range chosen {
		r := &s.trials[k]
		first, end := t.First[i], t.First[i]+r.steps
		inputs := t.Inputs[first*clicks.Channels : end*clicks.Channels]
		clicks.Count(inputs, r.left, clicks.Left)
		clicks.Count(inputs, r.right, clicks.Right)
		for j, n := range neurons {
			t.Baseline = append(t.Baseline, r.baseline[n])
			for step, c := range r.counts[n] {
				t.Counts[(first+step)*len(neurons)+j] = c
			}
		}
	}
	return t
}

// trialColumns are the columns of the table trials that only recordings have.
func (s *session) trialColumns(chosen []int) []artifacts.Column {
	index, position := make([]int64, len(chosen)), make([]int64, len(chosen))
	stimulated := make([]uint8, len(chosen))
	for i, k := range chosen {
		index[i], position[i] = int64(s.trials[k].index), int64(k)
		if s.trials[k].photostimulated {
			stimulated[i] = 1
		}
	}
	return []artifacts.Column{
		artifacts.Ints("index", "", index),
		artifacts.Ints("position", "", position),
		artifacts.Bytes("photostimulated", "", stimulated),
	}
}

// neuronTable is the table neurons.
func (s *session) neuronTable(neurons []int) *artifacts.Table {
	index, area := make([]int64, len(neurons)), make([]string, len(neurons))
	for i, n := range neurons {
		index[i], area[i] = int64(s.neurons[n].index), s.neurons[n].area
	}
	return artifacts.NewTable("neurons", artifacts.Dim{Name: tables.Neuron, Size: len(neurons)},
		artifacts.Ints("index", "", index), artifacts.Strings("area", area))
}
