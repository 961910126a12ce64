package runner

import (
	"context"
	"time"

	"reprise/spec"
)

// await makes a task ready, or has it wait for what it needs that it has not been given.
func (r *run) await(t *spec.Task) {
	r.awaitUnless(t, func(n *spec.Task) bool { return r.given(t, n) })
}

// awaitOver is await for what of its needs is on its way to the disk, too.
func (r *run) awaitOver(t *spec.Task) {
	r.awaitUnless(t, func(n *spec.Task) bool { return r.over[n].State != "" })
}

func (r *run) awaitUnless(t *spec.Task, has func(n *spec.Task) bool) {
	for _, n := range t.Needs {
		if !has(n) {
			r.unmet[t]++
			r.next[n] = append(r.next[n], t)
		}
	}
	if r.unmet[t] == 0 {
		r.ready = append(r.ready, t)
	}
}

// loop starts tasks as they become ready and there is room, and takes in what
// ends, until nothing is left or the run is cancelled.
func (r *run) loop(ctx context.Context) {
	for {
		if r.fill(ctx) { // what ended meanwhile comes first: others wait for it, that may take long
			select {
			case e := <-r.ended:
				r.takeIn(ctx, e)
			case u := <-r.storing:
				r.handOn(u)
			case by := <-r.foreseen:
				r.lookAhead(by)
			default:
			}
			continue
		}
		if r.running == 0 && (r.lasting == 0 || r.lost || len(r.queue)+len(r.soon)+len(r.ready) == 0) { // what is queued fits into an empty machine
			return
		}
		select {
		case e := <-r.ended:
			r.takeIn(ctx, e)
		case t := <-r.freed:
			r.lasting--
			r.slots.end(t)
		case u := <-r.storing:
			r.handOn(u)
		case by := <-r.foreseen:
			r.lookAhead(by)
		case <-ctx.Done():
			r.drain(ctx)
			return
		}
	}
}

// fill starts what there is room for, or decides what to do with one task that is
// ready: first with those behind a task that ran, which are likely to run too, while
// of the others thousands may be found cached. It tells whether there may be more to do.
func (r *run) fill(ctx context.Context) bool {
	if ctx.Err() != nil || r.lost {
		return false
	}
	if i := r.slots.next(r.queue); i >= 0 {
		t := r.queue[i]
		r.queue = without(r.queue, i)
		r.start(ctx, t)
		return true
	}
	from := &r.soon
	if len(r.soon) == 0 {
		from = &r.ready
	}
	if len(*from) == 0 || r.slots.free.cpus == 0 {
		return false
	}
	t := (*from)[0]
	*from = (*from)[1:]
	r.take(ctx, t)
	return true
}

// takeIn takes in an execution that ended.
func (r *run) takeIn(ctx context.Context, e ending) {
	r.running--
	r.leave(e)
	r.end(ctx, e)
}

// leave gives back the room of a task that is over, when its method has returned.
func (r *run) leave(e ending) {
	t, returned := e.step.Task, runsOn(e.err)
	if r.unstored[t] != nil {
		delete(r.unstored, t) // a result of it is another from here on: a failure has none
		return
	}
	if returned == nil {
		r.slots.end(t)
		return
	}
	r.lasting++
	go func() {
		<-returned
		select {
		case r.freed <- t:
		case <-r.left:
		}
	}()
}

// drain gives cancelled tasks a moment to return; one that does not is left behind.
func (r *run) drain(ctx context.Context) {
	timeout := time.After(grace)
	for r.running > 0 {
		select {
		case e := <-r.ended:
			r.running--
			r.end(ctx, e)
		case <-timeout:
			return
		}
	}
}
