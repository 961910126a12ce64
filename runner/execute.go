package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"reprise/artifacts"
	"reprise/cache"
	"reprise/spec"
)

// execution runs one task: it has all that it needs and shares nothing that
// the coordinating goroutine writes.
type execution struct {
	site   *site
	step   *Step
	inputs map[string][]input
	rerun  Why     // it runs even where it has a result
	opened *opened // of the last attempt

	threads int              // that the method may use
	storing chan<- *unstored // is given small results when they are computed; nil: nobody listens
	after   []cache.Key      // of results that were on their way to the disk when it began

	keeps   bool      // checkpoints, and goes on from them
	resumed bool      // the last attempt went on from one
	began   time.Time // of the last attempt, sooner by what led to its checkpoint
}

// input is an artifact that a task takes, and the task that gave it.
type input struct {
	task     *spec.Task
	result   *cache.Result
	unstored *unstored // where it is, while the store has it not; else nil
}

// open opens the artifact.
func (in input) open(store *cache.Store) (*artifacts.Artifact, error) {
	if u := in.unstored; u != nil {
		return artifacts.Open(u.manifest, u), nil
	}
	m, err := store.Manifest(in.result.Artifact)
	if err != nil {
		return nil, err
	}
	return artifacts.Open(m, store), nil
}

// execution is that of a step.
func (p *planner) execution(s *Step) *execution {
	e := &execution{site: p.site, step: s, inputs: map[string][]input{}, rerun: p.rerun[s.Task], threads: threads(s.Task)}
	if e.rerun == WhyOther && !s.Task.Cache {
		e.rerun = WhyUncached
	}
	for _, in := range s.resolved.Inputs {
		for _, t := range in.Tasks {
			e.inputs[in.Label()] = append(e.inputs[in.Label()], input{task: t, result: p.results[t]})
		}
	}
	return e
}

// do does the task's work, stores its result, and says what became of it.
func (e *execution) do(ctx context.Context) ending {
	began := time.Now()
	out := ending{step: e.step}
	release, err := e.site.store.Claim(ctx, e.step.Key)
	if err != nil {
		out.err = err
		return out
	}
	defer release()
	if out.result, out.err = e.present(); out.result != nil || out.err != nil {
		out.found = true
		return out
	}
	if out.damaged, out.err = e.damaged(); out.err != nil || len(out.damaged) > 0 {
		return out
	}
	// What runs though it has a result starts anew: where the old checkpoint cannot
	// be deleted, it does without.
	e.keeps = e.rerun == WhyOther || e.site.store.DropCheckpoint(e.step.Key) == nil
	log := &taskLog{}
	started := time.Now()
	kept := log.keepWhile(e.keepLog)
	a, err := e.compute(ctx, log)
	kept()
	if err == nil {
		out.result, err = e.store(ctx, a, started)
	}
	out.seconds = time.Since(began).Seconds()
	out.err = e.conclude(ctx, err, log)
	return out
}

// conclude keeps the log, and the failure where there is one.
func (e *execution) conclude(ctx context.Context, err error, log *taskLog) error {
	t := e.step.Task
	if errors.Is(err, cache.ErrUnfounded) { // which is no failure of its own
		return err
	}
	if ctx.Err() != nil && err != nil {
		if log.Len() > 0 {
			fmt.Fprintln(log, "interrupted")
			// The interruption is what counts; a log that cannot be kept changes nothing.
			_ = e.keepLog(log.Text(keptLog))
		}
		return context.Canceled
	}
	if err != nil {
		fmt.Fprintf(log, "failed: %s\n", err)
		failure := cache.Failure{Experiment: e.site.experiment, Address: t.Address, Run: e.site.id, Error: err.Error(), Time: time.Now(), KeyText: e.step.KeyText}
		err = errors.Join(err, e.site.store.PutFailure(e.step.Key, failure))
	}
	if log.Len() > 0 || e.hasOldLog() {
		err = errors.Join(err, e.keepLog(log.Text(keptLog)))
	}
	return err
}

func (e *execution) keepLog(text []byte) error {
	return e.site.store.PutLog(e.step.Key, e.site.id, text)
}

// hasOldLog tells whether an earlier run's log would pass for this one's, which
// wrote nothing.
func (e *execution) hasOldLog() bool {
	_, log, err := e.site.store.Log(e.step.Key)
	return err == nil && len(log) > 0
}

// present returns the result that another run made while this one waited for
// the claim, or nil. A damaged one, which a task that runs all the same has, is
// dropped: Put would take its bytes for stored.
func (e *execution) present() (*cache.Result, error) {
	found, err := e.site.store.Get(e.step.Key)
	if err != nil {
		return nil, nil // there is none, or its record is damaged, and Put writes over that
	}
	if e.rerun == WhyOther {
		return found, nil
	}
	whole, err := e.whole(found)
	switch {
	case err != nil:
		return nil, err
	case !whole:
		return nil, e.site.store.Forget(e.step.Key)
	case e.rerun == WhyDamaged:
		return found, nil
	}
	return nil, nil
}

// whole tells whether the artifact of a result is in the store as it was put there.
func (e *execution) whole(r *cache.Result) (bool, error) {
	m, err := e.site.store.Manifest(r.Artifact)
	if err == nil {
		err = e.site.store.Verify(m)
	}
	if errors.Is(err, cache.ErrCorrupt) || errors.Is(err, cache.ErrMissing) {
		return false, nil
	}
	return err == nil, err
}

// damaged returns the tasks whose artifacts, which this one needs, are not whole.
func (e *execution) damaged() ([]*spec.Task, error) {
	var bad []*spec.Task
	for _, inputs := range e.inputs {
		for _, in := range inputs {
			if in.unstored != nil {
				continue
			}
			whole, err := e.whole(in.result)
			if err != nil {
				return nil, err
			}
			if !whole {
				bad = append(bad, in.task)
			}
		}
	}
	return unique(bad), nil
}

func unique(tasks []*spec.Task) []*spec.Task {
	slices.SortFunc(tasks, func(a, b *spec.Task) int { return strings.Compare(a.Address, b.Address) })
	return slices.Compact(tasks)
}

// env opens inputs and finds files, and makes what the method may see.
func (e *execution) env(ctx context.Context, log io.Writer, scratch *scratch, saver *saver) (*spec.Env, error) {
	t := e.step.Task
	c := spec.EnvConfig{Threads: e.threads, Log: log, Scratch: scratch.make, Restore: saver.state, Checkpoint: saver.save,
		Inputs: map[string][]*artifacts.Artifact{}, Named: map[string][]spec.NamedInput{}, File: map[string]string{}, Files: map[string][]spec.NamedFile{}}
	for _, in := range e.step.resolved.Inputs {
		var all []*artifacts.Artifact
		for _, from := range e.inputs[in.Label()] {
			a, err := from.open(e.site.store)
			if err != nil {
				return nil, err
			}
			all = append(all, a)
		}
		if in.Name == "" {
			c.Inputs[in.Attribute] = all
		} else {
			c.Named[in.Attribute] = append(c.Named[in.Attribute], spec.NamedInput{Name: in.Name, List: in.List, Artifacts: all})
		}
	}
	open := saver.opened
	e.opened = open
	for _, f := range e.step.resolved.Files {
		path, err := e.site.files.open(ctx, f, func(done, total int64) {
			e.site.o.Watch(ProgressEvent{Address: t.Address, Done: int(done), Total: int(max(total, done)), Unit: "byte"})
		})
		if err != nil {
			return nil, err
		}
		if err := open.note(f, path, e.step.files[f.Label()]); err != nil {
			return nil, err
		}
		switch {
		case f.Name == "":
			c.File[f.Attribute] = path
		case f.Dataset != nil:
			c.Named[f.Attribute] = append(c.Named[f.Attribute], spec.NamedInput{Name: f.Name, Path: path, FileName: f.Dataset.FileName()})
		default:
			c.Files[f.Attribute] = append(c.Files[f.Attribute], spec.NamedFile{Name: f.Name, Path: path})
		}
	}
	c.Open = open.open
	c.DoneReading = func(attribute string) error { return open.doneReading(ctx, attribute) }
	c.Progress = func(p spec.Progress) {
		e.site.o.Watch(ProgressEvent{Address: t.Address, Done: p.Done, Total: p.Total, Unit: p.Unit, Values: p.Values})
		for _, name := range slices.Sorted(maps.Keys(p.Values)) {
			if v := p.Values[name]; !math.IsNaN(v) && !math.IsInf(v, 0) { // JSON has neither
				e.site.o.Watch(MetricEvent{Type: "metric", Address: t.Address, Name: name, Step: &p.Done, Value: v})
			}
		}
	}
	return spec.NewEnv(c), nil
}

// encode turns what the method gave into bytes, if it may be a result: it is
// what the kind declares, of files that are still what the key says.
func (e *execution) encode(ctx context.Context, a *artifacts.Artifact) (*artifacts.Manifest, map[artifacts.Digest]artifacts.Content, error) {
	if err := declared(e.step.Task, a); err != nil {
		return nil, nil, err
	}
	m, content, err := a.Encode()
	if err != nil {
		return nil, nil, err
	}
	return m, content, e.opened.unchanged(ctx)
}

// store encodes the artifact and puts it into the store with its result.
func (e *execution) store(ctx context.Context, a *artifacts.Artifact, started time.Time) (*cache.Result, error) {
	t := e.step.Task
	m, content, err := e.encode(ctx, a)
	if err != nil {
		return nil, err
	}
	if err := keepCode(e.site.store, t.Kind); err != nil {
		return nil, err
	}
	host, _ := os.Hostname() // unknown is as good as any name
	r := &cache.Result{Key: e.step.Key, KeyText: e.step.KeyText, Artifact: m.Digest(), Metrics: a.Metrics(),
		Experiment: e.site.experiment, Address: t.Address, Kind: t.Kind.Name, Run: e.site.id, Started: started, Seconds: time.Since(e.began).Seconds(),
		Resumed: e.resumed, Host: host, Arch: runtime.GOOS + "/" + runtime.GOARCH, Toolchain: runtime.Version(), Version: e.site.o.Version}
	var queued func()
	if e.storing != nil && e.rerun != WhyDamaged { // what heals a damaged one is read back from the disk
		small, err := hold(t, *r, m, content)
		if err != nil {
			return nil, err
		}
		if small != nil {
			queued = func() {
				select {
				case e.storing <- small:
				case <-ctx.Done(): // nobody listens any more
				}
			}
		}
	}
	return r, e.site.store.PutInTurn(r, m, content, e.after, queued)
}

// declared complains about what a kind gives and does not document: others
// could neither refer to it nor know what it is.
func declared(t *spec.Task, a *artifacts.Artifact) error {
	k := t.Kind
	lacks := func(gives []spec.Gives, name string) bool {
		return !slices.ContainsFunc(gives, func(g spec.Gives) bool { return g.Name == name })
	}
	for _, name := range a.Tables() {
		if lacks(t.Gives.Tables, name) {
			return fmt.Errorf("the kind %s gave a table %q that it does not declare", k.Name, name)
		}
	}
	for _, name := range a.Files() {
		if lacks(t.Gives.Files, name) {
			return fmt.Errorf("the kind %s gave a file %q that it does not declare", k.Name, name)
		}
	}
	for name := range a.Metrics() {
		if !t.Gives.AnyMetric && lacks(t.Gives.Metrics, name) {
			return fmt.Errorf("the kind %s gave a metric %q that it does not declare", k.Name, name)
		}
	}
	return nil
}
