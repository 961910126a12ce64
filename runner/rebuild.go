package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"reprise/artifacts"
	"reprise/cache"
	"reprise/spec"
)

// What a verification finds of a task.
const (
	VerifiedWhole   = "whole"        // its stored bytes are those of their digests
	VerifiedSame    = "same"         // and running it again gave them once more
	VerifiedDiffers = "differs"      // running it again gave others
	VerifiedDamaged = "damaged"      // its stored bytes are not those that were stored
	VerifiedFailed  = "failed"       // it cannot be run again
	NotVerified     = "not verified" // and why
)

// Verified is what was found of a task.
type Verified struct {
	Address string  `json:"address"`
	Verdict string  `json:"verdict"`
	Threads []int   `json:"threads,omitempty"` // that it was run again with, in this order
	Message string  `json:"message,omitempty"`
	Seconds float64 `json:"seconds,omitempty"`
	Excused bool    `json:"-"` // not verified, and none of its faults: cache = false
}

// Verify compares the stored bytes of an experiment's results, or of those that
// o.Only names, with their digests. With rebuild it also runs each task again
// from its stored inputs, in an order that varies, with one thread and with
// several, and compares what it gives with what is stored. Nothing is changed.
// Where ctx ends, it returns what was found until then.
func Verify(ctx context.Context, x *spec.Experiment, store *cache.Store, files *Files, o Options, rebuild bool) ([]Verified, error) {
	o.Look, o.Watch = true, oneAtATime(o.Watch)
	p, err := newPlanner(x, store, files, o)
	if err != nil {
		return nil, err
	}
	defer p.begin(ctx)()
	defer p.removals.wait(ctx)
	for _, t := range p.tasks {
		if s := p.step(ctx, t); s.Action == ActionCached {
			p.results[t] = s.Result
		}
	}
	tasks, err := named(x, "--only", o.Only)
	if err != nil {
		return nil, err
	}
	if len(o.Only) == 0 {
		tasks = x.Tasks
	}
	v := &verifier{planner: p, rebuild: rebuild}
	found := v.all(ctx, unique(slices.Clone(tasks)))
	var out []Verified
	for _, t := range tasks {
		if one, ok := found[t]; ok {
			out = append(out, one)
			delete(found, t) // an address may be named twice
		}
	}
	return out, ctx.Err()
}

// verifier looks at the tasks of one verification.
type verifier struct {
	*planner
	rebuild bool
}

// all looks at tasks in an order that varies, as many at once as there is room for.
func (v *verifier) all(ctx context.Context, tasks []*spec.Task) map[*spec.Task]Verified {
	type ending struct {
		task  *spec.Task
		found Verified
	}
	rand.Shuffle(len(tasks), func(i, j int) { tasks[i], tasks[j] = tasks[j], tasks[i] })
	found := map[*spec.Task]Verified{}
	slots, ended := newSlots(v.o.room()), make(chan ending)
	for running := 0; ; {
		for ctx.Err() == nil && len(tasks) > 0 {
			i := slots.next(tasks)
			if i < 0 {
				break
			}
			t := tasks[i]
			tasks = without(tasks, i)
			running++
			go func() { ended <- ending{t, v.task(ctx, t)} }()
		}
		if running == 0 {
			break
		}
		e := <-ended
		running--
		slots.end(e.task)
		if ctx.Err() == nil {
			found[e.task] = e.found
		}
	}
	for _, t := range tasks { // which can never start here, or not any more
		if ctx.Err() == nil {
			found[t] = Verified{Address: t.Address, Verdict: NotVerified, Message: noRoom(t, v.o.room())}
		}
	}
	return found
}

func (v *verifier) task(ctx context.Context, t *spec.Task) Verified {
	s := v.steps[t]
	out := Verified{Address: t.Address, Verdict: NotVerified}
	switch {
	case s.Err != nil:
		out.Message = s.Err.Error()
		return out
	case s.Why == WhyDamaged:
		out.Verdict, out.Message = VerifiedDamaged, "the record of its result is damaged"
		return out
	case s.Action != ActionCached:
		out.Message = "has no result for what the experiment says now: " + strings.Join(s.Reasons, ", ")
		return out
	case v.rebuild && !t.Cache:
		out.Message, out.Excused = WhyUncached.String()+", so it may give something else each time", true
		return out
	}
	m, err := v.store.VerifyResult(s.Key)
	if errors.Is(err, cache.ErrMissing) {
		out.Message = "has no result any more: it was collected meanwhile"
		return out
	}
	if err != nil {
		out.Verdict, out.Message = VerifiedDamaged, err.Error()
		return out
	}
	if out.Verdict = VerifiedWhole; v.rebuild {
		v.again(ctx, s, m, &out)
	}
	return out
}

// again runs a task with one thread and with several, and tells of its progress
// as a run does.
func (v *verifier) again(ctx context.Context, s *Step, stored *artifacts.Manifest, out *Verified) {
	e := v.execution(s)
	damaged, err := e.damaged()
	if err != nil || len(damaged) > 0 {
		out.Verdict, out.Message = NotVerified, "its inputs cannot be read"
		if err == nil {
			out.Message = "its input " + damaged[0].Address + " is damaged"
			if _, err := v.store.VerifyResult(v.results[damaged[0]].Key); errors.Is(err, cache.ErrMissing) {
				out.Message = "its input " + damaged[0].Address + " was collected meanwhile"
			}
		}
		return
	}
	began := time.Now()
	counts := []int{1, max(2, e.threads)}
	rand.Shuffle(len(counts), func(i, j int) { counts[i], counts[j] = counts[j], counts[i] })
	v.o.Watch(TaskEvent{Type: "task", Address: out.Address, State: Started, Reasons: []string{"again, with " + ThreadCounts(counts)}})
	out.Verdict = VerifiedSame
	for _, e.threads = range counts {
		out.Threads = append(out.Threads, e.threads)
		differs, err := e.differs(ctx, stored)
		if err != nil {
			out.Verdict, out.Message = VerifiedFailed, firstLine(err.Error())
			if errors.Is(err, errChanged) {
				out.Verdict = NotVerified
			}
		} else if differs != "" {
			out.Verdict, out.Message = VerifiedDiffers, "with "+ThreadCounts([]int{e.threads})+": "+differs
		}
		if out.Verdict != VerifiedSame {
			break
		}
	}
	out.Seconds = time.Since(began).Seconds()
	ended := TaskEvent{Type: "task", Address: out.Address, State: Done, Seconds: out.Seconds}
	if ctx.Err() != nil {
		ended.State = Cancelled
	} else if out.Verdict != VerifiedSame {
		ended.State, ended.Error = Failed, out.Message
	}
	v.o.Watch(ended)
}

// differs runs the method once and tells where what it gives first differs from
// what is stored; "" where it does not.
func (e *execution) differs(ctx context.Context, stored *artifacts.Manifest) (string, error) {
	a, err := e.compute(ctx, io.Discard)
	if err != nil {
		if returned := runsOn(err); returned != nil { // it keeps its slot
			select {
			case <-returned:
			case <-ctx.Done():
			}
		}
		return "", err
	}
	m, _, err := e.encode(ctx, a)
	if err != nil {
		return "", err
	}
	if m.Digest() == stored.Digest() {
		return "", nil
	}
	where, err := artifacts.Difference(artifacts.Open(stored, e.site.store), a)
	if err != nil {
		return "", err
	}
	if where == "" { // the values are the same, and their encoding is not
		where = fmt.Sprintf("artifact %s, where %s is stored", m.Digest().Short(), stored.Digest().Short())
	}
	return where, nil
}

// ThreadCounts says numbers of threads: "1 thread", "1 and 4 threads".
func ThreadCounts(counts []int) string {
	var words []string
	for _, n := range counts {
		words = append(words, strconv.Itoa(n))
	}
	noun := " threads"
	if len(counts) == 1 && counts[0] == 1 {
		noun = " thread"
	}
	return strings.Join(words, " and ") + noun
}
