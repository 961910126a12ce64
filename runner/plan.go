package runner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"reprise/artifacts"
	"reprise/cache"
	"reprise/spec"
)

// Options say what to run and how. None of them can change a result.
type Options struct {
	Jobs      int      // CPU slots: tasks at once that take one; 0: as many as there are processors
	Memory    int64    // bytes that tasks may take together; 0: the machine's
	GPUs      int      // that tasks may take together
	Rerun     []string // addresses to run even where they have a result
	Only      []string // addresses to limit to, with what they need; none: all
	Estimate  bool     // a plan also estimates how long the run takes; a run, how long its tasks do
	Look      bool     // a plan that only looks: what cache = false runs each time counts as cached
	Locked    *Lock    // to compare results with; nil: none
	KeepGoing bool     // after a failure, go on with what does not need it
	Version   string   // of reprise, for the record
	Command   []string // the command line, for the record
	Flags     string   // that commands which it advises repeat, with a space before each
	Tag       string   // a name for the run, which keeps its results; or ""
	Watch     func(Event)

	// Part is the plan that the experiment was read in part by; nil where it was read
	// as a whole.
	Part *Remembered
	Run  string // the ID that a run of a part had which could not go on, and this one has in its place; or ""

	// Remember is given what a run leaves that ended with every task in place.
	Remember func(*Remembered)
}

// Step is what would be done with a task, and why.
type Step struct {
	Task    *spec.Task
	Action  string    // ActionRun, ActionCached or ActionUnknown
	Why     Why       // it runs
	Reasons []string  // in words
	Key     cache.Key // where the action is not unknown
	KeyText string
	Result  *cache.Result // where it is cached; its last one where it is not
	Nearest *cache.Result // where it must run, the earlier result nearest to its key; nil where there is none
	Err     error         // why it cannot run: a missing file, an invalid attribute

	Estimate Estimate // of how long it takes to run; where [Options] ask for it

	by       *planner
	waits    []*Step  // whose results its key needs
	changes  []change // from the nearest result
	roots    []root   // what somebody changed that makes it run
	resolved *spec.Resolved
	files    map[string]artifacts.Digest
}

// site is where tasks run, and what they share.
type site struct {
	store      *cache.Store
	files      *Files
	o          Options
	experiment string // its name
	id         string // of the run; "" where there is none
	removals   removals
}

// planner makes steps: it knows the store, and the results that tasks have got
// so far in this plan or run.
type planner struct {
	*site
	x       *spec.Experiment
	rerun   map[*spec.Task]Why // why a task runs though it has a result
	tasks   []*spec.Task       // those of this run, in order
	steps   map[*spec.Task]*Step
	results map[*spec.Task]*cache.Result // of tasks that are done, or handed theirs on
	ran     map[*spec.Task]bool          // executed in this run, not found
	lost    bool                         // a result that stands is damaged or gone, which reading a part of the experiment cannot mend

	read  *history                    // what the store holds, once it is read
	taken map[string]artifacts.Digest // what files were found to be, by path
	mixed []string                    // those that changed since

	runs      map[string]*runThen          // earlier ones, as far as they were asked for
	pastRoots map[became][]root            // what made the one result become the other
	codes     map[[3]string]string         // what changed in a package between two versions, in words
	presets   map[string]map[string]string // attributes with their defaults, by kind
}

func newPlanner(x *spec.Experiment, store *cache.Store, files *Files, o Options) (*planner, error) {
	p := &planner{site: &site{store: store, files: files, o: o, experiment: x.Name, removals: newRemovals()}, x: x, rerun: map[*spec.Task]Why{},
		steps: make(map[*spec.Task]*Step, len(x.Tasks)), results: make(map[*spec.Task]*cache.Result, len(x.Tasks)),
		taken: map[string]artifacts.Digest{}, ran: map[*spec.Task]bool{},
		runs: map[string]*runThen{}, pastRoots: map[became][]root{}, codes: map[[3]string]string{}, presets: map[string]map[string]string{}}
	if o.Part != nil && len(o.Rerun)+len(o.Only) > 0 {
		return nil, errors.New("a part of an experiment runs as the plan says")
	}
	rerun, err := named(x, "--rerun", o.Rerun)
	if err != nil {
		return nil, err
	}
	only, err := named(x, "--only", o.Only)
	if err != nil {
		return nil, err
	}
	for _, t := range rerun {
		p.rerun[t] = WhyAsked
	}
	if len(only) == 0 {
		p.tasks = x.Tasks
		return p, nil
	}
	wanted := map[*spec.Task]bool{}
	for _, t := range only {
		wanted[t] = true
	}
	for _, t := range slices.Backward(x.Tasks) { // what needs comes behind what is needed
		if wanted[t] {
			p.tasks = append(p.tasks, t)
			for _, n := range t.Needs {
				wanted[n] = true
			}
		}
	}
	slices.Reverse(p.tasks)
	return p, nil
}

// CheckAddresses complains of the first address in o that names no task.
func CheckAddresses(x *spec.Experiment, o Options) error {
	_, rerun := named(x, "--rerun", o.Rerun)
	_, only := named(x, "--only", o.Only)
	return cmp.Or(rerun, only)
}

// named finds the tasks that the addresses given to a flag name.
func named(x *spec.Experiment, flag string, addresses []string) ([]*spec.Task, error) {
	var all []*spec.Task
	for _, address := range addresses {
		found := x.Find(address)
		if found == nil {
			return nil, &UsageError{fmt.Sprintf("%s %s: there is no such task.%s", flag, address, x.NoSuchTask(address))}
		}
		all = append(all, found...)
	}
	return all, nil
}

// UsageError is a fault of the command line.
type UsageError struct{ Message string }

func (e *UsageError) Error() string { return e.Message }

// metrics are those of the tasks that are done.
func (p *planner) metrics(t *spec.Task) (map[string]float64, bool) {
	if r := p.results[t]; r != nil {
		return r.Metrics, true
	}
	return nil, t.Standing // and has none
}

// step decides what to do with a task now.
func (p *planner) step(ctx context.Context, t *spec.Task) *Step {
	s := &Step{Task: t, by: p}
	p.steps[t] = s
	p.decide(ctx, s)
	if s.roots == nil && s.Action == ActionRun {
		s.roots = []root{{reason: firstLine(strings.Join(s.Reasons, ", ")), addresses: []string{t.Address}, never: s.Why == WhyNever}}
	}
	return s
}

func (p *planner) decide(ctx context.Context, s *Step) {
	t := s.Task
	if p.waits(s); len(s.waits) > 0 {
		s.Action = ActionUnknown
		if p.last(s); s.Err != nil {
			return
		}
		if s.Result == nil {
			s.Reasons = append(s.Reasons, WhyNever.String())
		}
		s.Reasons = append(s.Reasons, waitsFor(s.waits, s.roots))
		for _, name := range t.Waiting(p.metrics) {
			s.Reasons = append(s.Reasons, name+": (known after run)")
		}
		return
	}
	if s.Err = p.makeKey(ctx, s); s.Err != nil {
		s.Action, s.Reasons = ActionRun, []string{s.Err.Error()}
		return
	}
	found, err := p.store.Get(s.Key)
	rerun := p.rerun[t]
	if rerun == WhyOther && !t.Cache && !p.o.Look {
		rerun = WhyUncached
	}
	if rerun == WhyOther && err == nil {
		s.Action, s.Result, s.Reasons = ActionCached, found, []string{}
		found.KeyText = s.KeyText // the same text, held once
		return
	}
	p.last(s)
	switch {
	case s.Err != nil:
	case rerun != WhyOther:
		s.runs(rerun)
	case errors.Is(err, cache.ErrMissing):
		s.Action = ActionRun
		p.explain(s, s.Result)
	case errors.Is(err, cache.ErrCorrupt):
		s.runs(WhyDamaged)
	default:
		s.Action, s.Err = ActionRun, err
	}
}

// last finds the last result of a step's address, or what keeps the store from telling.
func (p *planner) last(s *Step) {
	last, err := p.store.Latest(p.x.Name, s.Task.Address)
	switch {
	case err == nil:
		s.Result = last
	case !errors.Is(err, cache.ErrMissing) && !errors.Is(err, cache.ErrCorrupt):
		s.Action, s.Err = ActionRun, err
	}
}

// waits finds the steps whose results a step's key needs, and what makes those run.
func (p *planner) waits(s *Step) {
	for _, n := range s.Task.Needs[:len(s.Task.Needs)-len(s.Task.After)] { // the order alone makes no key wait
		if p.results[n] == nil {
			s.waits = append(s.waits, p.steps[n])
			s.roots = merged(s.roots, p.steps[n].roots...)
		}
	}
}

func shorten(addresses []string) string {
	n := few(len(addresses))
	text := strings.Join(addresses[:n], ", ")
	if more := len(addresses) - n; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// makeKey resolves a task whose needs are all done, and makes its key.
func (p *planner) makeKey(ctx context.Context, s *Step) error {
	r, diags := s.Task.Resolve(p.metrics)
	if diags.HasErrors() {
		return diags
	}
	if r == nil {
		return fmt.Errorf("%s uses a metric that its task did not give", s.Task.Address)
	}
	s.resolved, s.files = r, map[string]artifacts.Digest{}
	for _, f := range r.Files {
		d, err := p.files.digest(ctx, f)
		if err != nil {
			return fmt.Errorf("%s: %w", f.Label(), err)
		}
		s.files[f.Label()] = d
		p.took(f, d)
	}
	k := knowns{files: s.files, inputs: map[string][]artifacts.Digest{}}
	for _, in := range r.Inputs {
		for _, t := range in.Tasks {
			k.inputs[in.Label()] = append(k.inputs[in.Label()], p.results[t].Artifact)
		}
	}
	if prober, ok := r.Method.(spec.Prober); ok {
		for _, probe := range prober.Probes() {
			found, err := p.files.probe(ctx, probe)
			if err != nil {
				return err
			}
			k.probed = append(k.probed, spec.Setting{Name: probe.Name, Value: found})
		}
	}
	s.KeyText = keyText(s.Task.Kind, r, k)
	s.Key = cache.KeyOf(s.KeyText)
	return nil
}

// took notes what a file was found to be.
func (p *planner) took(f spec.FileInput, d artifacts.Digest) {
	if f.Dataset != nil { // which is what it is
		return
	}
	if before, known := p.taken[f.Path]; known && before != d && !slices.Contains(p.mixed, f.Path) {
		p.mixed = append(p.mixed, f.Path)
	}
	p.taken[f.Path] = d
}

// begin starts what keys need of the tasks whose attributes are known, so that none
// waits for another: probes and the digests of files. It goes on until stop is called.
func (p *planner) begin(ctx context.Context) (stop func()) {
	var paths []string
	for _, t := range p.tasks {
		r := t.Known()
		if r == nil {
			continue
		}
		if prober, probes := r.Method.(spec.Prober); probes {
			for _, probe := range prober.Probes() {
				p.files.startProbe(ctx, probe)
			}
		}
		for _, f := range r.Files {
			if f.Dataset == nil {
				paths = append(paths, f.Path)
			}
		}
	}
	return p.files.hashAhead(ctx, paths, p.o.jobs())
}

// Plan says what a run would do, task by task. It changes nothing.
func Plan(ctx context.Context, x *spec.Experiment, store *cache.Store, files *Files, o Options) ([]*Step, SummaryEvent, error) {
	began := time.Now()
	p, err := newPlanner(x, store, files, o)
	if err != nil {
		return nil, SummaryEvent{}, err
	}
	if o.Watch == nil {
		o.Watch = func(Event) {}
	}
	var steps []*Step
	sum := SummaryEvent{Type: "summary"}
	defer p.begin(ctx)()
	for _, t := range p.tasks {
		s := p.step(ctx, t)
		if err := ctx.Err(); err != nil {
			sum.Exit = ExitInterrupted
			o.Watch(sum)
			return nil, sum, err
		}
		steps = append(steps, s)
		switch {
		case s.Err != nil:
			sum.Failed++
			sum.Exit = ExitFailed
		case s.Action == ActionCached:
			p.results[t] = s.Result
			sum.Cached++
		case s.Action == ActionRun:
			sum.Executed++
		case s.Action == ActionUnknown:
			sum.Unknown++
		}
	}
	if o.Estimate && sum.Executed+sum.Unknown > 0 {
		p.estimate(steps, o, &sum)
	}
	for _, s := range steps {
		o.Watch(s.event())
	}
	sum.Seconds = time.Since(began).Seconds()
	o.Watch(sum)
	return steps, sum, nil
}

func (s *Step) event() PlanEvent {
	e := PlanEvent{Type: "plan", Address: s.Task.Address, Action: s.Action, Reasons: slices.Clone(s.Reasons)}
	if e.Reasons == nil {
		e.Reasons = []string{}
	}
	if s.KeyText != "" {
		e.Key = s.Key.String()
	}
	if s.Result != nil {
		e.Seconds = s.Result.Seconds
	}
	if s.Estimate.Results > 0 {
		e.Estimate = &s.Estimate
	}
	return e
}
