package cli

import (
	"math"
	"slices"
	"time"

	"reprise/runner"
	"reprise/spec"
)

// runningTask is what is known of a task while it runs.
type runningTask struct {
	address string
	started time.Time
	likely  float64 // seconds, by earlier results; 0: nothing is known
	last    runner.ProgressEvent
	first   runner.ProgressEvent // of those with the last one's unit, and when it came
	since   time.Time
}

// tell takes in how far the task is. A task that goes on from a checkpoint begins
// in the middle, and one with phases begins again.
func (r *runningTask) tell(e runner.ProgressEvent, now time.Time) {
	if r.since.IsZero() || e.Unit != r.last.Unit || e.Total != r.last.Total || e.Done < r.last.Done {
		r.first, r.since = e, now
	}
	r.last = e
}

// share of the task that is done: of its steps, else of the time that it is
// likely to take; below 0 where nothing tells.
func (r *runningTask) share(now time.Time) float64 {
	switch {
	case r.last.Total > 0:
		return min(float64(r.last.Done)/float64(r.last.Total), 1)
	case r.likely > 0:
		return min(now.Sub(r.started).Seconds()/r.likely, 1)
	}
	return -1
}

// enoughSteps is the share of steps from which their pace tells something.
const enoughSteps = 0.02

// left is how many seconds a task goes on; NaN where nothing tells. Earlier
// results count less the further its steps are.
func (r *runningTask) left(now time.Time) float64 {
	history := r.likely - now.Sub(r.started).Seconds()
	total := float64(r.last.Total)
	made := float64(r.last.Done - r.first.Done)
	switch {
	case total > 0 && made >= enoughSteps*total && made > 0:
		pace := now.Sub(r.since).Seconds() / made
		steps := pace * (total - float64(r.last.Done))
		if history <= 0 {
			return max(steps, 0)
		}
		share := min(float64(r.last.Done)/total, 1)
		return share*max(steps, 0) + (1-share)*history
	case history > 0:
		return history
	}
	return math.NaN()
}

// ahead is what was left of a run when it was looked ahead.
type ahead struct {
	tasks  int // of the run
	likely map[string]runner.Estimate
}

// seconds is how long what is left takes: no less than its longest chain, and no
// less than all of it together on so many slots; NaN where of some nothing is
// known. Tasks that wait count as if they had to run.
func (a *ahead) seconds(tasks []*spec.Task, running map[string]float64, over func(address string) bool, jobs int) float64 {
	behind := map[*spec.Task]float64{} // a task, the longest chain
	var longest, all float64
	for _, t := range slices.Backward(tasks) { // what needs comes behind what is needed
		e, isAhead := a.likely[t.Address]
		own, runs := running[t.Address]
		switch {
		case over(t.Address) || !runs && !isAhead:
			continue
		case !runs && e.Results == 0:
			return math.NaN()
		case !runs:
			own = e.Seconds
		}
		all += own
		longest = max(longest, own+behind[t])
		for _, n := range t.Needs {
			behind[n] = max(behind[n], own+behind[t])
		}
	}
	return max(longest, all/float64(jobs))
}
