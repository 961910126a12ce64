package runner

import (
	"slices"

	"reprise/spec"
)

// Estimate is how long something may take, by earlier results.
type Estimate struct {
	Seconds float64 `json:"seconds"`
	Low     float64 `json:"low"`
	High    float64 `json:"high"`
	Results int     `json:"results"` // of its kind, which it is made of; 0: there is none, and all else is 0
}

// PlanEstimate is how long a run may take.
type PlanEstimate struct {
	Jobs     int     `json:"jobs"`
	Seconds  float64 `json:"seconds"` // from beginning to end, with so many jobs
	Low      float64 `json:"low"`
	High     float64 `json:"high"`
	Work     float64 `json:"work"`      // of all tasks together
	Results  int     `json:"results"`   // of these kinds of tasks, which it is made of
	NeverRan int     `json:"never_ran"` // tasks of which nothing is known, counted as nothing
}

// spreadTail is the part of earlier results that an estimate's range leaves out at each end.
const spreadTail = 0.1

// estimator estimates from what the results of each kind took.
type estimator struct {
	taken map[string][]float64 // seconds of a kind's results, sorted
}

func (p *planner) estimator() *estimator {
	e := &estimator{taken: map[string][]float64{}}
	for name, k := range p.past().kinds {
		e.taken[name] = k.seconds
		slices.Sort(k.seconds)
	}
	return e
}

// estimate estimates the tasks that a plan would run, and the whole.
func (p *planner) estimate(steps []*Step, o Options, sum *SummaryEvent) {
	e := p.estimator()
	for _, s := range steps {
		if s.Action != ActionCached {
			s.Estimate = e.step(s)
		}
	}
	plan := e.plan(steps, o)
	sum.Estimate = &plan
}

// step estimates one task: by its own last result, by the nearest where it has
// none, by all of its kind where its key is not known. How far results of the
// kind lie apart says how far this one may be off.
func (e *estimator) step(s *Step) Estimate {
	kind := s.Task.Kind.Name
	all := e.taken[kind]
	by := s.Result
	if by == nil || by.Kind != kind {
		by = s.Nearest
	}
	if len(all) == 0 {
		return Estimate{}
	}
	middle := quantile(all, 0.5)
	likely := middle
	if by != nil && by.Kind == kind {
		likely = by.Seconds
	}
	if middle == 0 {
		return Estimate{likely, likely, likely, len(all)}
	}
	low, high := likely*quantile(all, spreadTail)/middle, likely*quantile(all, 1-spreadTail)/middle
	return Estimate{likely, min(low, likely), max(high, likely), len(all)} // rounding may cross them
}

// quantile of a sorted list, the nearest that is in it.
func quantile(sorted []float64, q float64) float64 {
	return sorted[int(q*float64(len(sorted)-1)+0.5)]
}

// plan estimates a run: it goes through the tasks as the run would, with the
// same slots. A task whose key is not known counts as one that runs; where it
// comes out as cached after all the run is shorter, down to the lower end.
func (e *estimator) plan(steps []*Step, o Options) PlanEstimate {
	out := PlanEstimate{Jobs: o.jobs()}
	all := o.room()
	likely, low, high := map[*spec.Task]float64{}, map[*spec.Task]float64{}, map[*spec.Task]float64{}
	results := map[string]int{}
	for _, s := range steps {
		if s.Action == ActionCached {
			continue
		}
		t, x := s.Task, s.Estimate
		if x.Results == 0 {
			out.NeverRan++
		} else {
			results[t.Kind.Name] = x.Results
		}
		likely[t], low[t], high[t] = x.Seconds, x.Low, x.High
		if s.Action == ActionUnknown && s.Result != nil {
			low[t] = 0
		}
		out.Work += x.Seconds
	}
	for _, n := range results {
		out.Results += n
	}
	out.Seconds, out.Low, out.High = makespan(steps, all, likely), makespan(steps, all, low), makespan(steps, all, high)
	// A schedule may get longer where a task gets shorter.
	out.Low, out.High = min(out.Low, out.Seconds), max(out.High, out.Seconds)
	return out
}
