package loadclicks

import (
	"errors"
	"fmt"
	"math"

	"reprise/stages/internal/clicks"
	"reprise/stages/internal/matfile"
)

// maxSteps bounds the bins of a trial: a minute, far beyond any trial of the task.
const maxSteps = 6000

// parse checks the layout and returns what the file records.
func parse(vars []*matfile.Array) (*session, error) {
	neurons, err := cells(vars, "neurons")
	if err != nil {
		return nil, err
	}
	records, err := cells(vars, "trials")
	if err != nil {
		return nil, err
	}
	s := &session{neurons: make([]neuron, len(neurons)), trials: make([]trial, len(records))}
	for i, a := range neurons {
		f := fields{of: a}
		s.neurons[i] = neuron{index: f.whole("neuronindex", 0, math.MaxInt32), area: f.text("brainarea")}
		if f.err != nil {
			return nil, fmt.Errorf("neurons{%d}: %w", i+1, f.err)
		}
	}
	for k, a := range records {
		if s.trials[k], err = parseTrial(a, len(neurons)); err != nil {
			return nil, fmt.Errorf("trials{%d}: %w", k+1, err)
		}
	}
	return s, nil
}

func cells(vars []*matfile.Array, name string) ([]*matfile.Array, error) {
	v, err := matfile.Find(vars, name)
	if err != nil {
		return nil, err
	}
	elements, err := v.Cells()
	if err != nil {
		return nil, fmt.Errorf("variable %s: %w", name, err)
	}
	if len(elements) == 0 {
		return nil, fmt.Errorf("variable %s is empty", name)
	}
	return elements, nil
}

func parseTrial(a *matfile.Array, neurons int) (trial, error) {
	f := fields{of: a}
	t := trial{
		index:           f.whole("index", 0, math.MaxInt32),
		choice:          f.whole("choice", 0, 1),
		gamma:           f.number("gamma"),
		start:           f.number("stereoclick_time_s"),
		steps:           f.whole("ntimesteps", 1, maxSteps),
		photostimulated: !math.IsNaN(f.scalar("photostimulus_incline_on_s")),
		baseline:        f.rates("baseline_hz", neurons),
	}
	t.left, t.right = f.clickTimes("L"), f.clickTimes("R")
	t.counts = f.counts("spiketrains", neurons, t.steps)
	return t, f.err
}

// fields reads the fields of a struct and keeps the first error.
type fields struct {
	of  *matfile.Array
	err error
}

// get returns a field, nil after an error.
func (f *fields) get(name string) *matfile.Array {
	if f.err != nil {
		return nil
	}
	a, err := f.of.Field(name)
	f.err = err
	return a
}

func (f *fields) fail(name string, err error) {
	if f.err == nil {
		f.err = fmt.Errorf("field %s: %w", name, err)
	}
}

func (f *fields) text(name string) string {
	a := f.get(name)
	if a != nil && a.Class != matfile.Char {
		f.fail(name, fmt.Errorf("text is expected, not %s", a))
	}
	if f.err != nil {
		return ""
	}
	return a.Text
}

// scalar returns a number that may be NaN.
func (f *fields) scalar(name string) float64 {
	a := f.get(name)
	if a == nil {
		return 0
	}
	x, err := a.Scalar()
	if err != nil {
		f.fail(name, err)
	}
	return x
}

func (f *fields) number(name string) float64 {
	x := f.scalar(name)
	if math.IsNaN(x) || math.IsInf(x, 0) {
		f.fail(name, fmt.Errorf("a finite number is expected, not %v", x))
	}
	return x
}

func (f *fields) whole(name string, low, high int) int {
	x := f.scalar(name)
	if f.err == nil && (x != math.Trunc(x) || !(x >= float64(low)) || !(x <= float64(high))) {
		f.fail(name, fmt.Errorf("a whole number from %d to %d is expected, not %v", low, high, x))
	}
	if f.err != nil {
		return 0
	}
	return int(x)
}

// rates reads n rates.
func (f *fields) rates(name string, n int) []float64 {
	a := f.get(name)
	if a == nil {
		return nil
	}
	v, err := a.Vector()
	if err == nil && len(v) != n {
		err = fmt.Errorf("a value for each of %d neurons is expected, not %s", n, a)
	}
	for _, x := range v {
		if err == nil && (!(x >= 0) || math.IsInf(x, 1)) {
			err = fmt.Errorf("rates of 0 Hz or more are expected, not %v", x)
		}
	}
	if err != nil {
		f.fail(name, err)
	}
	return v
}

// clickTimes reads the times of one side's clicks.
func (f *fields) clickTimes(side string) []float64 {
	name := "clicktimes"
	a := f.get(name)
	if a == nil {
		return nil
	}
	times, err := a.Field(side)
	if err != nil {
		f.fail(name, err)
		return nil
	}
	v, err := times.Vector()
	switch {
	case err != nil:
	case len(v) == 0 || v[0] != 0:
		err = errors.New("the stereo click at time 0 is expected as the first click")
	default:
		for _, t := range v {
			if !(t >= 0) || math.IsInf(t, 1) {
				err = fmt.Errorf("times of 0 s or more are expected, not %v", t)
				break
			}
		}
	}
	if err != nil {
		f.fail(name+"."+side, err)
	}
	return v
}

// counts reads the spike counts of n neurons in each of the steps, neuron x step.
func (f *fields) counts(name string, n, steps int) [][]uint8 {
	a := f.get(name)
	if a == nil {
		return nil
	}
	trains, err := a.Cells()
	if err == nil && len(trains) != n {
		err = fmt.Errorf("a cell for each of %d neurons is expected, not %s", n, a)
	}
	if err != nil {
		f.fail(name, err)
		return nil
	}
	out := make([][]uint8, n)
	for i, train := range trains {
		if out[i], err = spikeCounts(train, steps); err != nil {
			f.fail(fmt.Sprintf("%s{%d}", name, i+1), err)
			return nil
		}
	}
	return out
}

// spikeCounts reads one neuron's count in each of the steps.
func spikeCounts(a *matfile.Array, steps int) ([]uint8, error) {
	v, err := a.Vector()
	if err != nil {
		return nil, err
	}
	if len(v) != steps {
		return nil, fmt.Errorf("a count for each of ntimesteps = %d bins of %g s is expected, not %s", steps, clicks.BinWidth, a)
	}
	out := make([]uint8, len(v))
	for i, x := range v {
		if x != math.Trunc(x) || !(x >= 0) || x > 255 {
			return nil, fmt.Errorf("counts from 0 to 255 are expected, not %v", x)
		}
		out[i] = uint8(x)
	}
	return out, nil
}
