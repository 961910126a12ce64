package web

import (
	"errors"
	"io/fs"
	"slices"
	"time"

	"reprise/artifacts"
	"reprise/cache"
	"reprise/internal/runlog"
	"reprise/internal/words"
	"reprise/runner"
	"reprise/spec"
)

// run is a run as pages show it: one that is recorded, or one that goes on, of
// which there is only the log so far.
type run struct {
	ID       string
	Live     bool
	Recorded *cache.Run     // nil while it goes on
	Log      *runlog.Record // empty where it is gone

	Began  time.Time
	Stages []*stage
	Checks []runner.CheckEvent
	Like   string // the run whose log tells stages and checks, where that of this one does not

	tasks map[string]*task
}

// task is one task of a run.
type task struct {
	Address  string
	Key      cache.Key // zero where it is not known
	State    string
	Seconds  float64
	Artifact artifacts.Digest // zero where there is none
	Logged   *runlog.Task     // nil where the log does not tell of it
}

// stage is the tasks of a stage in a run.
type stage struct {
	runlog.Stage
	Tasks []*task // those that are known yet
}

// waiting is the state of tasks of which a run that goes on has not told yet.
const waiting = "waiting"

// Title is what the experiment is called.
func (r *run) Title() string {
	switch {
	case r.Log.Start.Title != "":
		return r.Log.Start.Title
	case r.Experiment() != "":
		return r.Experiment()
	}
	return "A run that begins"
}

// Experiment is its name.
func (r *run) Experiment() string {
	if r.Recorded != nil {
		return r.Recorded.Experiment
	}
	return r.Log.Start.Experiment
}

// Path is the page of the run.
func (r *run) Path() string { return "/run/" + r.ID }

// findRun finds a run by its ID, or one that goes on by the name of its log.
func (s *Server) findRun(id string) (*run, error) {
	log, err := runlog.Read(s.Logs, id)
	owner := runlog.OwnerOf(id)
	switch {
	case errors.Is(err, fs.ErrNotExist) && owner != "":
		if now := s.ended(id); now != "" {
			return nil, moved{id, now}
		}
		return nil, missing("This run has ended meanwhile; it is among the runs.")
	case errors.Is(err, fs.ErrNotExist):
		log = &runlog.Record{}
	case err != nil:
		return nil, err
	}
	r := &run{ID: id, Log: log}
	if owner != "" {
		r.Live = s.Store.Alive(owner)
	} else if r.Recorded, err = s.Store.RunByID(id); errors.Is(err, cache.ErrMissing) {
		return nil, missing("There is no run " + id + " in this store.")
	} else if err != nil {
		return nil, err
	}
	r.gather()
	if r.Recorded != nil && len(log.Start.Stages) == 0 {
		s.likeEarlier(r)
	}
	return r, nil
}

// ended is the ID of the run that went on under the name of a log; "" where it is not
// among the last.
func (s *Server) ended(name string) string {
	runs, err := s.Store.Runs()
	if err != nil {
		return ""
	}
	for _, e := range runs[:min(len(runs), lookBack)] {
		if log, err := runlog.Read(s.Logs, e.ID); err == nil && log.Start.Log == name {
			return e.ID
		}
	}
	return ""
}

// gather takes tasks from the record, or else from the log, and puts them into stages.
func (r *run) gather() {
	r.tasks, r.Checks, r.Began = map[string]*task{}, r.Log.Checks, r.Log.Began
	at := map[string]*stage{}
	for _, known := range r.Log.Start.Stages {
		at[known.Address] = &stage{Stage: known}
		r.Stages = append(r.Stages, at[known.Address])
	}
	add := func(t *task) {
		r.tasks[t.Address] = t
		address := spec.SweepAddress(t.Address)
		if at[address] == nil {
			at[address] = &stage{Stage: runlog.Stage{Address: address}}
			r.Stages = append(r.Stages, at[address])
		}
		at[address].Tasks = append(at[address].Tasks, t)
	}
	if r.Recorded == nil {
		for _, l := range r.Log.Tasks {
			add(liveTask(l))
		}
		return
	}
	r.Began = r.Recorded.Started
	for _, t := range r.Recorded.Tasks {
		add(&task{Address: t.Address, Key: t.Key, State: t.State, Seconds: t.Seconds, Artifact: t.Artifact, Logged: r.Log.Task(t.Address)})
	}
	for _, s := range r.Stages {
		s.Stage.Tasks = len(s.Tasks) // --only may have left out others
		slices.SortStableFunc(s.Tasks, func(a, b *task) int { return words.Natural(a.Address, b.Address) })
	}
	r.Stages = slices.DeleteFunc(r.Stages, func(s *stage) bool { return len(s.Tasks) == 0 })
}

func liveTask(l *runlog.Task) *task {
	t := &task{Address: l.Address, State: l.State, Seconds: l.Seconds, Logged: l}
	if t.State == "" {
		t.State = waiting
	}
	if key, err := cache.ParseKey(l.Key); err == nil {
		t.Key = key
	}
	return t
}

// lookBack is how many runs back one is looked for that tells of another.
const lookBack = 20

// likeEarlier takes stages and checks from an earlier run with the same results:
// the log of a run in which nothing was to run has only a summary.
func (s *Server) likeEarlier(r *run) {
	runs, err := s.Store.Runs()
	if err != nil {
		return
	}
	looked := 0
	for _, e := range runs {
		if e.Experiment != r.Recorded.Experiment || !e.Started.Before(r.Recorded.Started) || looked == lookBack {
			continue
		}
		looked++
		log, err := runlog.Read(s.Logs, e.ID)
		if err != nil || len(log.Start.Stages) == 0 || log.Aside > 0 {
			continue
		}
		if e, err = s.Store.RunByID(e.ID); err != nil || !sameResults(e, r.Recorded) {
			continue
		}
		log.Tasks, log.Summary = r.Log.Tasks, r.Log.Summary
		again := &run{ID: r.ID, Recorded: r.Recorded, Log: log, Like: e.ID}
		again.Log.Start.Command, again.Log.Start.Variables = nil, nil
		again.gather()
		*r = *again
		return
	}
}

func sameResults(a, b *cache.Run) bool {
	return slices.EqualFunc(a.Tasks, b.Tasks, func(x, y cache.RunTask) bool {
		return x.Address == y.Address && x.Key == y.Key && x.Artifact == y.Artifact
	})
}

// findTask finds a task of the run.
func (r *run) findTask(address string) (*task, error) {
	if t := r.tasks[address]; t != nil {
		return t, nil
	}
	return nil, missing("There is no task " + address + " in this run.")
}

// result is the result that the task has in this run; nil where the store has it
// no more, or there is none.
func (s *Server) result(t *task) *cache.Result {
	if t.Key == (cache.Key{}) {
		return nil
	}
	r, err := s.Store.Peek(t.Key)
	if err != nil || t.Artifact != (artifacts.Digest{}) && r.Artifact != t.Artifact {
		return nil
	}
	if t.State != runner.Done && t.State != runner.Cached {
		return nil
	}
	return r
}
