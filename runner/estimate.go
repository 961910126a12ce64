package runner

import (
	"context"
	"slices"
	"time"

	"reprise/cache"
	"reprise/spec"
)

// Estimate is how long something may take, by earlier results.
type Estimate struct {
	Seconds float64 `json:"seconds"`
	Low     float64 `json:"low"`
	High    float64 `json:"high"`
	Results int     `json:"results"` // which it is made of: of its address, else its stage, else its kind; 0: there is none, and all else is 0
}

// PlanEstimate is how long a run may take.
type PlanEstimate struct {
	Jobs     int     `json:"jobs"`
	Seconds  float64 `json:"seconds"` // from beginning to end, with so many jobs
	Low      float64 `json:"low"`
	High     float64 `json:"high"`
	Work     float64 `json:"work"`      // of all tasks together
	Results  int     `json:"results"`   // which it is made of
	NeverRan int     `json:"never_ran"` // tasks of which nothing is known, counted as nothing
}

// spreadTail is the part of earlier results that an estimate's range leaves out at each end.
const spreadTail = 0.1

// sample names results that are alike: those of an address, of all tasks of a
// stage, or of a kind.
type sample struct{ kind, address string }

// estimator estimates from what earlier results took.
type estimator struct {
	taken map[sample][]float64 // seconds, sorted
}

func newEstimator(taken map[sample][]float64) *estimator {
	for _, seconds := range taken {
		slices.Sort(seconds)
	}
	return &estimator{taken}
}

// sample is what a task is estimated by: the results of its own address, else of
// its stage, else of its kind; but what one program takes tells nothing of another.
func (e *estimator) sample(s *Step) (sample, []float64) {
	t := s.Task
	for _, address := range []string{t.Address, spec.SweepAddress(t.Address), ""} {
		if address == "" {
			if _, program := t.Kind.New().(spec.Giver); program {
				break
			}
		}
		of := sample{t.Kind.Name, address}
		if all := e.taken[of]; len(all) > 0 {
			return of, all
		}
	}
	if s.Result != nil && s.Result.Kind == t.Kind.Name { // made by another experiment
		return sample{t.Kind.Name, t.Address}, []float64{s.Result.Seconds}
	}
	return sample{}, nil
}

// estimate estimates the tasks that a plan would run, and the whole.
func (p *planner) estimate(steps []*Step, o Options, sum *SummaryEvent) {
	e := newEstimator(p.past().taken)
	for _, s := range steps {
		if s.Action != ActionCached {
			s.Estimate = e.step(s)
		}
	}
	plan := e.plan(steps, o)
	sum.Estimate = &plan
}

// foresight is how long a run goes on before it reads what earlier results took, which
// takes a while in a store of many: of one that is over by then nobody asks how long it
// goes on.
const foresight = 300 * time.Millisecond

// foresee reads that beside the run.
func (r *run) foresee(ctx context.Context) {
	select {
	case <-time.After(foresight):
	case <-ctx.Done():
		return
	}
	h := &history{taken: map[sample][]float64{}}
	_ = r.store.EachResult(func(res *cache.Result) bool { // what cannot be read tells nothing
		h.took(res, res.Experiment == r.x.Name)
		return ctx.Err() == nil
	})
	r.foreseen <- newEstimator(h.taken)
}

// lookAhead estimates all that is not over.
func (r *run) lookAhead(by *estimator) {
	r.ahead = by
	e := AheadEvent{Tasks: r.total(), Likely: map[string]Estimate{}}
	for _, t := range r.tasks {
		if r.over[t].State != "" {
			continue
		}
		s := r.steps[t]
		if s == nil {
			s = &Step{Task: t}
		}
		e.Likely[t.Address] = by.step(s)
	}
	r.o.Watch(e)
}

// step estimates one task: by its own last result, by the nearest where it has
// none, by all that are alike where its key is not known. How far those lie apart
// says how far this one may be off.
func (e *estimator) step(s *Step) Estimate {
	kind := s.Task.Kind.Name
	_, all := e.sample(s)
	if len(all) == 0 {
		return Estimate{}
	}
	by := s.Result
	if by == nil || by.Kind != kind {
		by = s.Nearest
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
	results := map[sample]int{}
	for _, s := range steps {
		if s.Action == ActionCached {
			continue
		}
		t, x := s.Task, s.Estimate
		if x.Results == 0 {
			out.NeverRan++
		} else {
			of, _ := e.sample(s)
			results[of] = x.Results
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
