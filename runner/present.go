package runner

import "reprise/cache"

// Judge decides the checks by the results that the steps of a plan of a whole
// experiment found, as a run would that has nothing to do.
func Judge(steps []*Step) (verdicts []CheckEvent) {
	if len(steps) == 0 {
		return nil
	}
	j := steps[0].by.judge()
	for _, c := range j.x.Checks {
		e, _ := j.decide(c)
		verdicts = append(verdicts, e)
	}
	return verdicts
}

// Present is what the steps of a plan found, as if it were a run: of the tasks
// that have no current result there is the state alone. It has no ID.
func Present(steps []*Step) *cache.Run {
	r := &cache.Run{Counts: map[string]int{}}
	for _, s := range steps {
		t := cache.RunTask{Address: s.Task.Address, Key: s.Key, State: Skipped}
		if s.Action == ActionCached {
			t.State, t.Seconds, t.Artifact = Cached, s.Result.Seconds, s.Result.Artifact
		}
		r.Tasks = append(r.Tasks, t)
	}
	if len(steps) > 0 {
		r.Experiment, r.Variables = steps[0].by.x.Name, steps[0].by.x.Variables()
	}
	return r
}
