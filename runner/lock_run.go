package runner

import (
	"fmt"
	"maps"
	"slices"

	"reprise/artifacts"
	"reprise/cache"
	"reprise/spec"
)

// holdToLock compares a task's result with the lock, and says so where it was
// not said before: a task that is healed has a second result.
func (r *run) holdToLock(t *spec.Task, res *cache.Result) {
	e := LockEvent{Type: "lock", Address: t.Address, Verdict: LockDiffers}
	old, ok := r.o.Locked.task(t.Address)
	now, err := lockedTask(r.store, res)
	switch {
	case !ok:
		e.Message = "is not in the lock"
	case err != nil:
		e.Message = err.Error()
	default:
		e = compareLocked(old, now)
		e.Address = t.Address
		if e.Verdict == LockDiffers && e.By == ByDigests {
			if where := firstDifference(r.store, old.Artifact, now.Artifact); where != "" {
				e.Message += "; " + where
			}
		}
	}
	if open := unlocked(t); open != nil && e.Verdict == LockDiffers {
		e.Verdict, e.By = LockNote, ""
		if open == t {
			e.Message = "is not locked: " + WhyUncached.String()
		} else {
			e.Message = fmt.Sprintf("follows %s, which is not locked: %s", open.Address, e.Message)
		}
	}
	if r.locked[t.Address] != e {
		r.locked[t.Address] = e
		r.o.Watch(e)
	}
}

// unlocked returns the task itself where its result is not to be held to anything,
// for it runs each time and may give something else, or one that it follows; else nil.
func unlocked(t *spec.Task) *spec.Task {
	if !t.Cache {
		return t
	}
	for _, n := range t.Needs[:len(t.Needs)-len(t.After)] {
		if open := unlocked(n); open != nil {
			return open
		}
	}
	return nil
}

// firstDifference names the first table, column and row in which two artifacts
// differ; "" where the store does not have both any more.
func firstDifference(store *cache.Store, old, now artifacts.Digest) string {
	var both [2]*artifacts.Artifact
	for i, d := range []artifacts.Digest{old, now} {
		m, err := store.Manifest(d)
		if err != nil {
			return ""
		}
		both[i] = artifacts.Open(m, store)
	}
	where, err := artifacts.Difference(both[0], both[1])
	if err != nil {
		return ""
	}
	return where
}

// finishLock compares what no task's result tells, and counts what differs.
func (r *run) finishLock(sum *SummaryEvent) {
	l := r.o.Locked
	if l == nil {
		return
	}
	var events []LockEvent
	if l.Experiment != r.x.Name {
		events = append(events, LockEvent{Address: r.x.Name, Verdict: LockNote, Message: fmt.Sprintf("the lock is of an experiment named %q", l.Experiment)})
	}
	events = append(events, variablesSince(l.Variables, givenJSON(r.x))...)
	if len(r.o.Only) == 0 {
		events = append(events, r.notRun()...)
	}
	for _, e := range events {
		e.Type = "lock"
		r.locked[e.Address] = e
		r.o.Watch(e)
	}
	for _, e := range r.locked {
		if e.Verdict == LockDiffers {
			sum.LockDiffers++
		}
	}
}

// notRun tells of locked tasks that the experiment has no more.
func (r *run) notRun() (events []LockEvent) {
	known := map[string]bool{}
	for _, t := range r.x.Tasks {
		known[t.Address] = true
	}
	for _, address := range slices.Sorted(maps.Keys(r.o.Locked.Tasks)) {
		if !known[address] {
			events = append(events, LockEvent{Address: address, Verdict: LockDiffers, Message: "is in the lock and not in the experiment"})
		}
	}
	return events
}
