package runner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"reprise/artifacts"
	"reprise/cache"
	"reprise/spec"
)

// run is one invocation while it goes on. Only the coordinating goroutine
// touches its state; executions report back through ended.
type run struct {
	*planner
	started time.Time

	over     map[*spec.Task]cache.RunTask // tasks that are over, and what became of them
	blame    map[*spec.Task]string        // for a failed or skipped task the address of the one that failed first
	told     map[*spec.Task]bool          // whose final metrics have been told
	locked   map[string]LockEvent         // how tasks compare with the lock, by address
	unmet    map[*spec.Task]int           // how many needs it has not been given yet
	next     map[*spec.Task][]*spec.Task  // what waits for a task
	ready    []*spec.Task
	soon     []*spec.Task // those of them that wait for nothing since another ran
	queue    []*spec.Task // those of them that must run, until there is room
	slots    *slots
	running  int
	lasting  int // methods that go on after their tasks are over, and keep their slots
	ended    chan ending
	freed    chan *spec.Task // one of them returned
	left     chan struct{}   // closed when the run is over, with tasks that may go on
	storing  chan *unstored
	unstored map[*spec.Task]*unstored // those that were handed on
	healed   map[*spec.Task]bool
	foreseen chan *estimator                         // is given what ahead becomes
	ahead    *estimator                              // of tasks that run; nil as long as there is none
	stop     bool                                    // no new task is started
	bytes    map[artifacts.Digest][]artifacts.Digest // what lies in the store of an artifact, once somebody asked
	remarked bool                                    // a check says more than that it passed
}

// ending is what became of an execution.
type ending struct {
	step    *Step
	result  *cache.Result
	found   bool         // another run made the result meanwhile
	damaged []*spec.Task // inputs whose stored bytes are not what they were
	err     error
	seconds float64
}

// A cancelled run ends within a second: so long it waits for its tasks to return, and
// then for their folders to be removed.
const (
	grace        = 700 * time.Millisecond
	removalGrace = 150 * time.Millisecond
)

// Run plans, runs what is needed, checks, and records the run. The error is for
// what keeps a run from taking place at all, and then the summary has no run, or
// from being recorded; what happens to tasks and checks is told to o.Watch and
// summed up.
func Run(ctx context.Context, x *spec.Experiment, store *cache.Store, files *Files, o Options) (SummaryEvent, error) {
	p, err := newPlanner(x, store, files, o)
	if err != nil {
		return SummaryEvent{}, err
	}
	now := time.Now()
	p.id = cmp.Or(o.Run, newRunID(now))
	if err := p.checkRoom(ctx, o); err != nil {
		return SummaryEvent{}, err
	}
	o.Watch = oneAtATime(o.Watch)
	p.o = o
	r := newRun(p)
	r.started = now
	defer context.AfterFunc(ctx, store.Hurry)()
	defer close(r.left)
	defer p.begin(ctx)()
	defer p.removals.wait(ctx)
	if o.Estimate {
		going, over := context.WithCancel(ctx)
		defer over()
		go r.foresee(going)
	}
	r.stand()
	r.loop(ctx)
	if r.lost && ctx.Err() == nil {
		return SummaryEvent{}, &PartError{r.id}
	}
	return r.finish(ctx)
}

// newRun is one in which no task has begun.
func newRun(p *planner) *run {
	r := &run{planner: p,
		over: make(map[*spec.Task]cache.RunTask, len(p.tasks)), blame: map[*spec.Task]string{}, told: map[*spec.Task]bool{}, locked: map[string]LockEvent{},
		unmet: map[*spec.Task]int{}, next: map[*spec.Task][]*spec.Task{}, ended: make(chan ending), foreseen: make(chan *estimator, 1), freed: make(chan *spec.Task), left: make(chan struct{}),
		storing: make(chan *unstored), unstored: map[*spec.Task]*unstored{}, bytes: map[artifacts.Digest][]artifacts.Digest{}, healed: map[*spec.Task]bool{}, slots: newSlots(p.o.room())}
	for _, t := range r.tasks {
		if !t.Standing {
			r.await(t)
		}
	}
	return r
}

// oneAtATime makes a watcher that tasks may tell at once.
func oneAtATime(watch func(Event)) func(Event) {
	var mu sync.Mutex
	return func(e Event) {
		mu.Lock()
		defer mu.Unlock()
		if watch != nil {
			watch(e)
		}
	}
}

// take queues a ready task that must run, and settles any other.
func (r *run) take(ctx context.Context, t *spec.Task) {
	if r.heldUp(t) {
		return
	}
	s := r.step(ctx, t)
	if ctx.Err() != nil {
		r.settle(t, Cancelled, 0, "cancelled")
		return
	}
	if r.ahead != nil && s.Action == ActionRun && s.Err == nil {
		s.Estimate = r.ahead.step(s)
	}
	r.o.Watch(s.event())
	switch {
	case s.Err != nil:
		r.fail(s, s.Err, 0)
	case s.Action == ActionCached:
		r.results[t] = s.Result
		r.settle(t, Cached, s.Result.Seconds, "")
	case !r.slots.all.holds(r.slots.all.taken(t)): // it is run to be healed
		r.fail(s, errors.New(noRoom(t, r.slots.all)), 0)
	default:
		r.queue = append(r.queue, t)
	}
}

// heldUp tells whether a task cannot go on: something that it needs failed or
// is run again, or no task is started any more.
func (r *run) heldUp(t *spec.Task) bool {
	for _, n := range t.Needs {
		if !r.given(t, n) { // it is being healed
			r.await(t)
			return true
		}
		if failed := r.blame[n]; failed != "" {
			r.blame[t] = failed
			r.settle(t, Skipped, 0, failed+" failed")
			return true
		}
	}
	if r.stop {
		r.settle(t, Skipped, 0, "another task failed")
	}
	return r.stop
}

// start runs a task that has got its room.
func (r *run) start(ctx context.Context, t *spec.Task) {
	if r.heldUp(t) {
		r.slots.end(t)
		return
	}
	s := r.steps[t]
	r.o.Watch(TaskEvent{Type: "task", Address: t.Address, Key: s.Key.String(), State: Started, Reasons: s.Reasons})
	r.running++
	// What the execution reads is taken out here, where nothing else writes.
	e := r.execution(s)
	e.storing = r.storing
	for label, inputs := range e.inputs {
		for i, in := range inputs {
			e.inputs[label][i].unstored = r.unstored[in.task]
		}
	}
	for _, n := range t.Needs {
		if u := r.unstored[n]; u != nil {
			e.after = append(e.after, u.result.Key)
		}
	}
	go func() {
		select {
		case r.ended <- e.do(ctx):
		case <-r.left: // behind
		}
	}()
}

// end takes in what an execution gave.
func (r *run) end(ctx context.Context, e ending) {
	t := e.step.Task
	if e.err != nil { // the result that it may have had did not get to the disk
		delete(r.results, t)
		delete(r.ran, t)
	}
	switch {
	case len(e.damaged) > 0:
		r.heal(e.step, e.damaged)
	case errors.Is(e.err, cache.ErrUnfounded): // what it was made from failed, or is about to: then this is skipped
		r.awaitOver(t)
	case ctx.Err() != nil && errors.Is(e.err, context.Canceled):
		r.settle(t, Cancelled, e.seconds, "cancelled")
	case e.err != nil:
		r.fail(e.step, e.err, e.seconds)
	case e.found:
		r.results[t] = e.result
		r.settle(t, Cached, e.result.Seconds, "")
	default:
		r.results[t], r.ran[t] = e.result, true
		r.settle(t, Done, e.seconds, "")
	}
}

// heal runs again the tasks whose stored bytes are damaged, once in a run; what
// needs them waits until they are whole.
func (r *run) heal(s *Step, damaged []*spec.Task) {
	if r.o.Part != nil { // what is damaged, or shares its bytes, may be what was not read
		r.lost = true
		return
	}
	t := s.Task
	for _, d := range damaged {
		if r.healed[d] && r.over[d].State != "" {
			r.fail(s, fmt.Errorf("the stored result of %s was damaged, and is again after %s ran again: the disk or the memory of this machine may be failing; look at them, then run reprise verify, or keep the store elsewhere with --store", d.Address, d.Address), 0)
			return
		}
	}
	for _, d := range r.sharing(damaged) {
		if r.over[d].State != "" { // else it is on its way, for another that needs it
			delete(r.results, d)
			delete(r.over, d)
			r.rerun[d], r.healed[d] = WhyDamaged, true
			r.await(d)
		}
	}
	r.await(t)
}

// sharing adds to damaged tasks those whose results have some of the same bytes:
// with them these go, too.
func (r *run) sharing(damaged []*spec.Task) (all []*spec.Task) {
	bad := map[artifacts.Digest]bool{}
	for _, t := range damaged {
		for _, d := range r.bytesOf(r.over[t].Artifact) {
			bad[d] = true
		}
	}
	for _, t := range r.tasks {
		if slices.Contains(damaged, t) || slices.ContainsFunc(r.bytesOf(r.over[t].Artifact), func(d artifacts.Digest) bool { return bad[d] }) {
			all = append(all, t)
		}
	}
	return all
}

// bytesOf are the digests of an artifact's manifest and contents; none of no artifact.
func (r *run) bytesOf(d artifacts.Digest) []artifacts.Digest {
	if known, ok := r.bytes[d]; ok || d == (artifacts.Digest{}) {
		return known
	}
	digests := []artifacts.Digest{d}
	if m, err := r.store.Manifest(d); err == nil {
		for _, e := range m.Contents() {
			digests = append(digests, e.Digest)
		}
	}
	r.bytes[d] = digests
	return digests
}

func (r *run) fail(s *Step, err error, seconds float64) {
	r.blame[s.Task] = s.Task.Address
	r.settle(s.Task, Failed, seconds, err.Error())
	if !r.o.KeepGoing || errors.Is(err, cache.ErrRefused) || errors.Is(err, cache.ErrStructure) { // what cannot be kept need not be computed
		r.stop = true
	}
}

// settle says that a task is over, and makes ready what waited for it alone.
func (r *run) settle(t *spec.Task, state string, seconds float64, message string) {
	e := TaskEvent{Type: "task", Address: t.Address, State: state, Seconds: seconds, Error: message}
	record := cache.RunTask{Address: t.Address, State: state, Seconds: seconds, Stands: t.Standing && state == Cached}
	if at := r.standing(t); at != nil {
		record.Key, record.Artifact = at.Key, at.artifact
	} else if s := r.steps[t]; s != nil {
		record.Key = s.Key
	}
	if record.Key != (cache.Key{}) {
		e.Key = record.Key.String()
	}
	if res := r.results[t]; res != nil {
		record.Artifact = res.Artifact
	}
	r.over[t] = record
	r.o.Watch(e)
	if res := r.results[t]; res != nil && !r.told[t] {
		r.told[t] = true
		for _, name := range slices.Sorted(maps.Keys(res.Metrics)) {
			r.o.Watch(MetricEvent{Type: "metric", Address: t.Address, Name: name, Value: res.Metrics[name]})
		}
	}
	if res := r.results[t]; res != nil && r.o.Locked != nil {
		r.holdToLock(t, res)
	}
	to := &r.ready
	if state == Done {
		to = &r.soon
	}
	r.release(t, to)
}

// release makes ready what waited for a task alone, and has from it what it needs.
func (r *run) release(t *spec.Task, to *[]*spec.Task) {
	r.next[t] = slices.DeleteFunc(r.next[t], func(n *spec.Task) bool {
		if !r.given(n, t) {
			return false
		}
		if r.unmet[n]--; r.unmet[n] == 0 {
			*to = append(*to, n)
		}
		return true
	})
}

// total is how many tasks the run is of, in sight or not.
func (p *planner) total() int { return len(p.tasks) + p.x.Aside }

// finish decides the checks, records the run and sums it up.
func (r *run) finish(ctx context.Context) (SummaryEvent, error) {
	sum := SummaryEvent{Type: "summary", Run: r.id, Tag: r.o.Tag, Mixed: r.mixed}
	if r.o.Tag != "" { // finding a run takes longer the more there are
		if before, err := r.store.FindRun(r.o.Tag, ""); err == nil {
			sum.TagFrom = before.ID
		}
	}
	counts := map[string]int{}
	latest := map[string]cache.Key{}
	tasks := make([]cache.RunTask, r.total())
	if r.o.Part != nil {
		tasks = r.o.Part.record().Tasks
		counts[Cached] = r.x.Aside
	}
	for i, t := range r.tasks {
		if r.over[t].State == "" {
			delete(r.results, t) // what it handed on may never have got to the disk
			r.settle(t, Cancelled, 0, "cancelled")
		}
		o := r.over[t]
		if r.o.Part != nil {
			i = t.Place
		}
		tasks[i] = o
		counts[o.State]++
		if o.State == Cached && !t.Standing {
			latest[t.Address] = o.Key
		}
	}
	sum.Executed, sum.Cached, sum.Failed, sum.Skipped = counts[Done], counts[Cached], counts[Failed], counts[Skipped]
	if ctx.Err() == nil {
		r.check(&sum)
		if r.lost { // what makes a check fail may not be told then
			return SummaryEvent{}, &PartError{r.id}
		}
		r.finishLock(&sum)
	}
	sum.Exit = exit(ctx, sum)
	sum.Seconds = time.Since(r.started).Seconds()
	record := &cache.Run{ID: r.id, Experiment: r.x.Name, Started: r.started, Finished: time.Now(),
		Seconds: sum.Seconds, Exit: sum.Exit, Counts: counts, Command: r.o.Command, Variables: r.x.Variables(),
		Given: slices.Sorted(maps.Keys(r.x.Given())), Tag: r.o.Tag, Tasks: tasks}
	if r.o.Part != nil {
		record.Like = r.o.Part.List
	}
	standing := make(chan error, 1)
	go func() { standing <- r.store.SetLatest(r.x.Name, latest) }() // which is to look at them, most often
	err := errors.Join(r.store.PutRun(record), <-standing)
	if err != nil {
		err = unrecorded(r.id, err)
		if sum.Exit == ExitDone || sum.Exit == ExitCheck {
			sum.Exit = ExitFailed
		}
	}
	r.o.Watch(sum)
	if m := r.remembered(sum); m != nil && err == nil && r.o.Remember != nil {
		r.o.Remember(m)
	}
	return sum, err
}

func exit(ctx context.Context, sum SummaryEvent) int {
	switch {
	case ctx.Err() != nil:
		return ExitInterrupted
	case sum.Failed > 0 || sum.Skipped > 0:
		return ExitFailed
	case sum.ChecksFailed > 0 || sum.LockDiffers > 0:
		return ExitCheck
	}
	return ExitDone
}
