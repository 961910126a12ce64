// Package view says what people are shown of an experiment and its results:
// states, the graph, checks, metrics, how each task came to be. It makes values
// of them; the command line and pages show them.
package view

import (
	"errors"

	"reprise/cache"
	"reprise/runner"
)

// States of a task's result.
const (
	Current  = "current"  // it is that of what the experiment says now
	Outdated = "outdated" // it is of something else
	None     = "none"
	Failed   = "failed"  // the last attempt failed
	Running  = "running" // of tasks of a run that goes on; no result has it
	Unknown  = "unknown" // told when another task has run
)

// States is the order in which they are told: what needs attention first, so that
// it is seen.
var States = []string{Failed, None, Outdated, Unknown, Current}

// StateOf tells the state of a task's result by what a plan that only looks says of
// the task.
func StateOf(store *cache.Store, s *runner.Step) (string, error) {
	if s.Action == runner.ActionCached {
		return Current, nil
	}
	if s.KeyText != "" {
		switch _, err := store.Failure(s.Key); {
		case err == nil:
			return Failed, nil
		case !errors.Is(err, cache.ErrMissing):
			return "", err
		}
	}
	switch {
	case s.Result == nil:
		return None, nil
	case s.Action == runner.ActionUnknown:
		return Unknown, nil
	}
	return Outdated, nil
}
