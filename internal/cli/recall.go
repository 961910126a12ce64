package cli

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"

	"reprise/cache"
	"reprise/internal/runlog"
	"reprise/runner"
)

// recalled is what the plan that the last run left makes of a run.
type recalled struct {
	spared bool // nothing changed, and the run is recorded
	sum    runner.SummaryEvent

	// Else the run must take place, with the store that is open, unless from is nil.
	from *opened
	part *runner.Remembered // the plan that the experiment is read in part by; nil where it is not read yet
}

// recall is a run by the plan that the last one left, where nothing changed since:
// then the experiment need not be read. Where contents of files changed, so much of
// it is read as they concern; where anything else did, what most tasks will ask of the
// store is on its way into memory. What asks for more than the usual end, such as
// --json, has no plan.
func (a *app) recall(ctx context.Context, path string, o runner.Options) (r recalled, err error) {
	at, key, ok := a.planKey(path, o)
	if !ok {
		return r, nil
	}
	plan, ok := cache.PlanAt(at, key)
	if !ok {
		return r, nil
	}
	m, err := runner.DecodeRemembered(plan)
	if err != nil {
		return r, nil
	}
	holds := m.Holds()
	from, err := a.openStore(path, nil, true)
	if err != nil {
		return r, nil // which the run says
	}
	if holds {
		o.Remember = func(m *runner.Remembered) { keep(from.store, key, m) }
		if r.sum, r.spared, err = a.recallFrom(ctx, from, m, o); r.spared {
			if fault := from.close(); fault != nil {
				a.ui.error(fault)
				err = said(runner.ExitFailed)
			}
			return r, err
		}
		if x, ok := m.LoadPart(ctx, path, a.given, a.kinds, from.store); ok {
			from.x, r.part = x, m
		}
	}
	if r.from = from; r.part == nil {
		go func() { from.store.Warm(ctx, m.Keys()) }() // reading the keys takes time too
	}
	return r, nil
}

// recallFrom is recall with the store open.
func (a *app) recallFrom(ctx context.Context, from *opened, m *runner.Remembered, o runner.Options) (sum runner.SummaryEvent, ok bool, err error) {
	log, logErr := runlog.Create(from.files.Logs, from.store.Owner())
	o.Version, o.Command = a.version, os.Args
	sum, ok, err = runner.Recall(ctx, m, from.store, from.files, o)
	if !ok {
		log.Drop()
		return sum, false, nil
	}
	if logErr != nil {
		a.ui.note("this run keeps no log: %s", logErr)
	}
	a.ui.noteCached(sum.Cached)
	a.ui.write(a.ui.out, string(m.Shown))
	a.ui.prose(counts(sum))
	if err != nil {
		a.ui.error(err)
	}
	log.Event(sum)
	log.Close(sum.Run)
	return sum, true, said(sum.Exit)
}

// planKey is where the store is and under which key the plan of a run is
// remembered; not ok where none is.
func (a *app) planKey(path string, o runner.Options) (at string, key cache.Key, ok bool) {
	reported := os.Getenv("GITHUB_STEP_SUMMARY") != "" || os.Getenv("GITHUB_ACTIONS") != ""
	if a.ui.json || a.ui.verbose || reported || len(o.Rerun)+len(o.Only) > 0 || o.Tag != "" {
		return "", key, false
	}
	at, err := a.storePath()
	if err != nil {
		return "", key, false
	}
	key, ok = runner.PlanKey(path, a.given, fmt.Sprint(a.version, a.ui.outLook, a.ui.quiet))
	return at, key, ok
}

// remember keeps the plan that a run left, with what the next one shows, while the
// run shows what it did; wait ends when it is kept.
func (a *app) remember(path string, o runner.Options, from *opened, ended *outcome) (remember func(*runner.Remembered), wait func()) {
	_, key, ok := a.planKey(path, o)
	if !ok {
		return nil, func() {}
	}
	var keeping sync.WaitGroup
	return func(m *runner.Remembered) {
		keeping.Go(func() {
			again := ended.cached(m) // no event comes behind the summary
			var shown strings.Builder
			u := &ui{out: &shown, err: &shown, outLook: a.ui.outLook, quiet: a.ui.quiet}
			u.results(again)
			m.Shown = []byte(shown.String())
			keep(from.store, key, m)
		})
	}, keeping.Wait
}

// keep writes a plan; without it the next run takes longer, and no more.
func keep(store *cache.Store, key cache.Key, m *runner.Remembered) {
	if head, tail, err := m.Encode(); err == nil {
		_ = store.PutPlan(key, head, tail)
	}
}

// cached is the outcome of the same run in which nothing was to run.
func (o *outcome) cached(m *runner.Remembered) *outcome {
	again := *o
	again.tasks = map[string]runner.TaskEvent{}
	for address, seconds := range m.Tasks() {
		if _, told := o.tasks[address]; told {
			again.tasks[address] = runner.TaskEvent{Address: address, State: runner.Cached, Seconds: seconds}
		}
	}
	return &again
}
