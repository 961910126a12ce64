package loadclicks

import (
	"fmt"
	"math"
	"reflect"
	"testing"

	"reprise/stages/internal/matfile"
)

func numbers(v ...float64) *matfile.Array {
	return &matfile.Array{Class: matfile.Double, Dims: []int{1, len(v)}, Numbers: v}
}

func cellOf(name string, elements ...*matfile.Array) *matfile.Array {
	return &matfile.Array{Name: name, Class: matfile.Cell, Dims: []int{len(elements), 1}, Elems: elements}
}

func text(s string) *matfile.Array {
	return &matfile.Array{Class: matfile.Char, Dims: []int{1, len(s)}, Text: s}
}

type field struct {
	name  string
	value *matfile.Array
}

func structOf(fields ...field) *matfile.Array {
	a := &matfile.Array{Class: matfile.Struct, Dims: []int{1, 1}}
	for _, f := range fields {
		if f.value != nil {
			a.Fields, a.Elems = append(a.Fields, f.name), append(a.Elems, f.value)
		}
	}
	return a
}

// trialWith is a trial of two neurons and three bins, with a field replaced, or
// left out where the value is nil.
func trialWith(name string, value *matfile.Array) *matfile.Array {
	fields := []field{
		{"index", numbers(3)}, {"choice", numbers(1)}, {"gamma", numbers(-.5)}, {"stereoclick_time_s", numbers(12.5)},
		{"ntimesteps", numbers(3)}, {"photostimulus_incline_on_s", numbers(math.NaN())}, {"baseline_hz", numbers(4, 0)},
		{"clicktimes", structOf(field{"L", numbers(0, .02)}, field{"R", numbers(0)})},
		{"spiketrains", cellOf("", numbers(0, 1, 2), numbers(0, 0, 16))},
	}
	for i := range fields {
		if fields[i].name == name {
			fields[i].value = value
		}
	}
	return structOf(fields...)
}

func variables(trials ...*matfile.Array) []*matfile.Array {
	neuron := func(i float64) *matfile.Array {
		return structOf(field{"brainarea", text("M1")}, field{"neuronindex", numbers(i)})
	}
	return []*matfile.Array{cellOf("neurons", neuron(1), neuron(4)), cellOf("trials", trials...)}
}

func TestParse(t *testing.T) {
	s, err := parse(variables(trialWith("", nil), trialWith("photostimulus_incline_on_s", numbers(.2))))
	if err != nil {
		t.Fatal(err)
	}
	want := trial{index: 3, choice: 1, gamma: -.5, start: 12.5, steps: 3, left: []float64{0, .02}, right: []float64{0},
		baseline: []float64{4, 0}, counts: [][]uint8{{0, 1, 2}, {0, 0, 16}}}
	if !reflect.DeepEqual(s.trials[0], want) {
		t.Errorf("trial is %+v, want %+v", s.trials[0], want)
	}
	if !s.trials[1].photostimulated {
		t.Error("a photostimulated trial is not seen as one")
	}
	if want := []neuron{{1, "M1"}, {4, "M1"}}; !reflect.DeepEqual(s.neurons, want) {
		t.Errorf("neurons are %v, want %v", s.neurons, want)
	}
}

func TestParseRefuses(t *testing.T) {
	clicksOf := func(left *matfile.Array) *matfile.Array {
		return structOf(field{"L", left}, field{"R", numbers(0)})
	}
	for i, c := range []struct {
		field string
		value *matfile.Array
		want  string
	}{
		{"gamma", nil, `trials{2}: no field "gamma" in the struct; it has index, choice`},
		{"gamma", text("x"), "field gamma: one real number is expected, not 1x1 char"},
		{"gamma", numbers(math.Inf(1)), "field gamma: a finite number is expected"},
		{"choice", numbers(2), "field choice: a whole number from 0 to 1 is expected, not 2"},
		{"ntimesteps", numbers(0), "field ntimesteps: a whole number from 1 to 6000 is expected, not 0"},
		{"ntimesteps", numbers(math.NaN()), "field ntimesteps: a whole number"},
		{"ntimesteps", numbers(4), "field spiketrains{1}: a count for each of ntimesteps = 4 bins"},
		{"baseline_hz", numbers(1), "field baseline_hz: a value for each of 2 neurons is expected, not 1x1 double"},
		{"baseline_hz", numbers(1, math.NaN()), "field baseline_hz: rates of 0 Hz or more"},
		{"spiketrains", numbers(1), "field spiketrains: a cell array is expected, not 1x1 double"},
		{"spiketrains", cellOf("", numbers(1, 2, 3)), "field spiketrains: a cell for each of 2 neurons"},
		{"spiketrains", cellOf("", numbers(0, 0, 0), numbers(0, .5, 0)), "field spiketrains{2}: counts from 0 to 255 are expected, not 0.5"},
		{"spiketrains", cellOf("", numbers(0, 0, 256), numbers(0, 0, 0)), "not 256"},
		{"clicktimes", numbers(1), "a struct of one element is expected"},
		{"clicktimes", clicksOf(nil), `no field "L"`},
		{"clicktimes", clicksOf(numbers()), "field clicktimes.L: the stereo click"},
		{"clicktimes", clicksOf(numbers(.1)), "field clicktimes.L: the stereo click"},
		{"clicktimes", clicksOf(numbers(0, -.1)), "field clicktimes.L: times of 0 s or more"},
	} {
		t.Run(fmt.Sprint(i, " ", c.field), func(t *testing.T) {
			_, err := parse(variables(trialWith("", nil), trialWith(c.field, c.value)))
			contains(t, err, "trials{2}", c.want)
		})
	}
}

func TestParseRefusesOtherVariables(t *testing.T) {
	_, err := parse(variables()[:1])
	contains(t, err, `no variable "trials"`, "it has neurons")
	_, err = parse(variables())
	contains(t, err, "variable trials is empty")
	bad := variables(trialWith("", nil))
	bad[0].Elems[1] = structOf(field{"brainarea", numbers(1)}, field{"neuronindex", numbers(1)})
	_, err = parse(bad)
	contains(t, err, "neurons{2}: field brainarea: text is expected, not 1x1 double")
	bad[0] = &matfile.Array{Name: "neurons", Class: matfile.Struct, Dims: []int{1, 1}}
	_, err = parse(bad)
	contains(t, err, "variable neurons: a cell array is expected, not 1x1 struct")
}
