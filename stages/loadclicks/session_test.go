package loadclicks

import (
	"reflect"
	"slices"
	"testing"

	"reprise/stages/internal/tables"
)

// toySession has three neurons in two areas; every third trial is photostimulated.
func toySession(trialCount int) *session {
	s := &session{neurons: []neuron{{1, "dmFC"}, {2, "dStr"}, {5, "M1"}}}
	for k := range trialCount {
		steps := 2 + k%3
		r := trial{index: 10 + 2*k, choice: k % 2, gamma: .5, start: float64(7 * k), photostimulated: k%3 == 2,
			steps: steps, left: []float64{0, .011, .5}, right: []float64{0}, baseline: []float64{float64(k), 2, 3}}
		for i := range s.neurons {
			counts := make([]uint8, steps)
			for step := range counts {
				counts[step] = uint8(100*i + 10*(k%10) + step)
			}
			r.counts = append(r.counts, counts)
		}
		s.trials = append(s.trials, r)
	}
	return s
}

func TestTablesOfToy(t *testing.T) {
	l := &Load{Areas: []string{"M1", "dmFC"}, Photostimulated: exclude, Folds: 5, TestFold: 4}
	a, err := l.tables(toySession(10))
	if err != nil {
		t.Fatal(err)
	}
	tr, err := tables.ReadTrials(a)
	if err != nil {
		t.Fatal(err)
	}
	trialTable, _ := a.Table("trials")
	position, _ := trialTable.Ints("position")
	index, _ := trialTable.Ints("index")
	// Positions 2, 5 and 8 are photostimulated; of 4 and 9, in the test fold, none moves.
	if want := []int64{0, 1, 3, 4, 6, 7, 9}; !reflect.DeepEqual(position, want) || index[2] != 16 {
		t.Errorf("positions %v, want %v; index %v", position, want, index)
	}
	if _, test := tr.Split(); !reflect.DeepEqual(test, []int{3, 6}) {
		t.Errorf("test trials %v, want those at positions 4 and 9", test)
	}
	// The second trial, at position 1: three steps, neurons 1 and 5 in the file's order.
	if got, want := tr.Counts[2*2:5*2], []uint8{10, 210, 11, 211, 12, 212}; !reflect.DeepEqual(got, want) {
		t.Errorf("counts %v, want %v", got, want)
	}
	if got, want := tr.Inputs[2*2:5*2], []float64{1, 1, 1, 0, 0, 0}; !reflect.DeepEqual(got, want) {
		t.Errorf("inputs %v, want %v", got, want)
	}
	if got, want := tr.Baseline[2:4], []float64{1, 3}; !reflect.DeepEqual(got, want) {
		t.Errorf("baseline %v, want %v", got, want)
	}
	neurons, _ := a.Table("neurons")
	if area, _ := neurons.Strings("area"); !reflect.DeepEqual(area, []string{"dmFC", "M1"}) {
		t.Errorf("areas %v", area)
	}
}

func TestTablesRefuse(t *testing.T) {
	l := defaults()
	_, err := l.tables(toySession(4))
	contains(t, err, "test_fold 4 of 5 folds leaves 3 trials for training and 0 for the test")
	l = defaults()
	l.Photostimulated = only
	_, err = l.tables(toySession(2))
	contains(t, err, "leaves 0 trials for training and 0 for the test")
	l = defaults()
	l.Areas = []string{"FOF"}
	_, err = l.tables(toySession(10))
	contains(t, err, "no neuron lies in FOF", "dmFC (1), dStr (1), M1 (1)")
}

func TestShuffleKeepsTheRest(t *testing.T) {
	load := func(shuffle bool) (inputs []float64, rest any) {
		l := defaults()
		l.ShuffleClicks = shuffle
		s := toySession(30)
		for k := range s.trials {
			s.trials[k].left = s.trials[k].left[:1+k%2]
		}
		a, err := l.tables(s)
		if err != nil {
			t.Fatal(err)
		}
		tr, err := tables.ReadTrials(a)
		if err != nil {
			t.Fatal(err)
		}
		inputs, tr.Inputs = tr.Inputs, nil
		return inputs, tr
	}
	plain, rest := load(false)
	shuffled, restShuffled := load(true)
	if slices.Equal(plain, shuffled) {
		t.Error("shuffle_clicks changes no clicks")
	}
	if !reflect.DeepEqual(rest, restShuffled) {
		t.Error("shuffle_clicks changes more than clicks")
	}
}
