package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"time"

	"reprise/artifacts"
	"reprise/spec"
)

// overrun is the error of a method that did not return when it was told to stop,
// and goes on.
type overrun struct {
	error
	returned <-chan struct{} // closed when it does return
}

func (o *overrun) Unwrap() error { return o.error }

// runsOn is closed when the method behind an error has returned; nil where it has.
func runsOn(err error) <-chan struct{} {
	var o *overrun
	if errors.As(err, &o) {
		return o.returned
	}
	return nil
}

// compute runs the method, again where it fails and the task has retries left;
// never beside itself.
func (e *execution) compute(ctx context.Context, log io.Writer) (*artifacts.Artifact, error) {
	for try := 1; ; try++ {
		a, err := e.attempt(ctx, log)
		if err == nil || try > e.step.Task.Retries || ctx.Err() != nil || runsOn(err) != nil {
			return a, err
		}
		fmt.Fprintf(log, "attempt %d failed: %s\n", try, err)
	}
}

// attempt runs the method once. Whether or not it returns then, nothing that it
// does is heard afterwards; its folder is removed when it has returned.
func (e *execution) attempt(ctx context.Context, log io.Writer) (*artifacts.Artifact, error) {
	if limit := e.step.Task.Timeout; limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, limit, fmt.Errorf("its timeout of %s passed", limit))
		defer cancel()
	}
	scratch := &scratch{under: e.site.files.Scratch, owner: e.site.store.Owner()}
	saver := e.saver(ctx, log)
	defer saver.end()
	env, err := e.env(ctx, log, scratch, saver)
	if err != nil {
		return nil, err
	}
	defer env.Shut()
	a, err := safely(ctx, e.step.resolved.Method, env, func() { e.site.removals.add(scratch.remove) })
	if err != nil && ctx.Err() == nil { // whatever it wraps, from a context of the method's own
		saver.drop()
		return nil, err
	}
	if err == nil || !errors.Is(err, context.DeadlineExceeded) {
		return a, err
	}
	cause := context.Cause(ctx)
	if returned := runsOn(err); returned != nil {
		return nil, &overrun{fmt.Errorf("%w, and its code goes on though it was told to stop: until it returns it keeps its slot, and the task is not tried again", cause), returned}
	}
	return nil, cause
}

// safely runs a method and turns its panic into an error with its stack. A
// method that does not return soon after ctx is cancelled is left behind, with an
// [overrun]. after is called when the method has returned.
func safely(ctx context.Context, m spec.Method, env *spec.Env, after func()) (*artifacts.Artifact, error) {
	var (
		a        *artifacts.Artifact
		err      error
		returned = make(chan struct{})
	)
	go func() {
		defer close(returned)
		defer after()
		defer func() {
			if p := recover(); p != nil {
				a, err = nil, fmt.Errorf("panic in the stage's code: %v\n%s", p, debug.Stack())
			}
		}()
		a, err = m.Run(ctx, env)
		if a == nil && err == nil {
			err = errors.New("the stage's code gave no artifact")
		}
	}()
	select {
	case <-returned:
		return a, err
	case <-ctx.Done():
	}
	select {
	case <-returned:
		return a, err
	case <-time.After(grace / 2):
		return nil, &overrun{ctx.Err(), returned}
	}
}
