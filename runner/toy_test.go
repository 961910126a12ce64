package runner

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"reprise/artifacts"
	"reprise/cache"
	"reprise/spec"
)

// ran collects which toy methods executed, by a label that each carries.
type ran struct {
	mu    sync.Mutex
	names []string
}

func (r *ran) add(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.names = append(r.names, name)
}

func (r *ran) take() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := slices.Sorted(slices.Values(r.names))
	r.names = nil
	return out
}

func number(v float64) *artifacts.Artifact {
	a := artifacts.New(artifacts.NewTable("number", artifacts.Dim{Name: "row", Size: 1}, artifacts.Floats("value", "", []float64{v})))
	a.SetMetric("value", v)
	return a
}

func valueOf(a *artifacts.Artifact) (float64, error) {
	t, err := a.Table("number")
	if err != nil {
		return 0, err
	}
	v, err := t.Floats("value")
	if err != nil {
		return 0, err
	}
	return v[0], nil
}

// toyConst gives a number.
type toyConst struct {
	Value float64 `hcl:"value" doc:"The number."`
	Label string  `hcl:"label,optional" doc:"A word."`
	ran   *ran
}

func (m *toyConst) Run(context.Context, *spec.Env) (*artifacts.Artifact, error) {
	m.ran.add(fmt.Sprintf("const %g", m.Value))
	return number(m.Value), nil
}

// toyAdd adds numbers and something to them.
type toyAdd struct {
	Of   spec.Refs `hcl:"of" needs:"number" doc:"The numbers."`
	Plus float64   `hcl:"plus,optional" doc:"What to add."`
	ran  *ran

	fails map[float64]bool // at these sums
}

func (m *toyAdd) Run(_ context.Context, env *spec.Env) (*artifacts.Artifact, error) {
	sum := m.Plus
	for _, in := range env.Inputs("of") {
		v, err := valueOf(in)
		if err != nil {
			return nil, err
		}
		sum += v
	}
	m.ran.add(fmt.Sprintf("add %g", sum))
	if m.fails[sum] {
		return nil, errors.New("it failed as asked")
	}
	return number(sum), nil
}

// toyFloor rounds down: different inputs can give the same bytes.
type toyFloor struct {
	Of  spec.Ref `hcl:"of" needs:"number" doc:"The number."`
	ran *ran
}

func (m *toyFloor) Run(_ context.Context, env *spec.Env) (*artifacts.Artifact, error) {
	v, err := valueOf(env.Input("of"))
	m.ran.add(fmt.Sprintf("floor %g", v))
	return number(math.Floor(v)), err
}

// toyFail fails in the way asked for.
type toyFail struct {
	How string    `hcl:"how" doc:"error, panic, own deadline, own cancel, hang, deaf, stubborn, undeclared or nan."`
	Of  spec.Refs `hcl:"of,optional" needs:"number" doc:"What to wait for."`
	ran *ran
}

func (m *toyFail) Run(ctx context.Context, env *spec.Env) (*artifacts.Artifact, error) {
	m.ran.add(m.How)
	switch m.How {
	case "error":
		env.Logf("about to fail")
		return nil, errors.New("it failed as asked")
	case "panic":
		panic("it panicked as asked")
	case "own deadline", "own cancel": // of a context that is the method's alone
		own, cancel := context.WithTimeout(ctx, time.Nanosecond)
		if m.How == "own cancel" {
			own, cancel = context.WithCancel(ctx)
			cancel()
		}
		defer cancel()
		<-own.Done()
		return nil, fmt.Errorf("it asked somebody: %w", own.Err())
	case "hang":
		<-ctx.Done()
		return nil, ctx.Err()
	case "deaf": // stops late
		dir, err := env.Scratch()
		<-ctx.Done()
		time.Sleep(grace)
		env.Progress(spec.Progress{Done: 1, Total: 1})
		env.Logf("still here")
		if _, gone := os.Stat(dir); err != nil || gone != nil {
			m.ran.add("its folder is gone")
		}
		m.ran.add("deaf returned")
		return nil, ctx.Err()
	case "stubborn":
		select {} // does not look at its context
	case "undeclared":
		a := number(1)
		a.SetMetric("secret", 1)
		return a, nil
	case "nan":
		return number(math.NaN()), nil
	}
	return number(1), nil
}

// toyRead reads the number of bytes in a file.
type toyRead struct {
	File  spec.File `hcl:"file" doc:"The file."`
	Label string    `hcl:"label,optional" doc:"A word."`
	ran   *ran

	meanwhile, afterwards func() // before the file is read, and behind that
}

func (m *toyRead) Run(_ context.Context, env *spec.Env) (*artifacts.Artifact, error) {
	if m.meanwhile != nil {
		m.meanwhile()
	}
	b, err := env.ReadFile("file", 1<<20)
	if m.afterwards != nil {
		m.afterwards()
	}
	m.ran.add("read " + string(b))
	return number(float64(len(b))), err
}

// toyThreads gives another number for other numbers of threads.
type toyThreads struct{}

func (*toyThreads) Run(_ context.Context, env *spec.Env) (*artifacts.Artifact, error) {
	return number(float64(env.Threads())), nil
}

// lab is a folder with an experiment and a store.
type lab struct {
	t       *testing.T
	dir     string
	ran     *ran
	code    string           // the version of the toy kind add
	fails   map[float64]bool // what add fails at
	store   *cache.Store
	folders []string
	limits  fetchLimits

	left   *Remembered // by the last run that left a plan, of a program with leftBy as its code
	leftBy string
	parts  int // experiments that were read in part

	outOfSight bool // of which none tells of tasks that stand, but for those that something refers to

	meanwhile  func()                                      // what happens before the toy kind read reads
	afterwards func()                                      // and behind that
	counting   func(ctx context.Context, number int) error // and at each number that count counts
}

func newLab(t *testing.T) *lab {
	l := &lab{t: t, dir: t.TempDir(), ran: &ran{}, code: "1"}
	l.open()
	t.Cleanup(func() {
		if errs := l.store.Check(); len(errs) > 0 {
			t.Errorf("the store is not consistent: %v", errs)
		}
		l.store.Close()
	})
	return l
}

func (l *lab) open() {
	store, err := cache.Open(filepath.Join(l.dir, ".reprise", "store.db"))
	if err != nil {
		l.t.Fatal(err)
	}
	l.store = store
}

func (l *lab) kinds() spec.Kinds {
	gives := []spec.Gives{{Name: "number", Doc: "The number."}}
	metrics := []spec.Gives{{Name: "value", Doc: "The number."}}
	kind := func(name string, m func() spec.Method, code ...spec.Code) *spec.Kind {
		return &spec.Kind{Name: name, Doc: "A toy.", New: m, Tables: gives, Metrics: metrics, Code: func() []spec.Code { return code }}
	}
	return spec.NewKinds(
		kind("const", func() spec.Method { return &toyConst{ran: l.ran} }),
		kind("add", func() spec.Method { return &toyAdd{ran: l.ran, fails: l.fails} }, spec.Code{Package: "stages/add", Version: l.code}),
		kind("floor", func() spec.Method { return &toyFloor{ran: l.ran} }),
		kind("fail", func() spec.Method { return &toyFail{ran: l.ran} }),
		kind("count", func() spec.Method { return &toyCount{ran: l.ran, counting: l.counting} }),
		kind("threads", func() spec.Method { return &toyThreads{} }),
		kind("read", func() spec.Method { return &toyRead{ran: l.ran, meanwhile: l.meanwhile, afterwards: l.afterwards} }),
	)
}

func (l *lab) write(name, text string) string {
	path := filepath.Join(l.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		l.t.Fatal(err)
	}
	return path
}

func (l *lab) load(src string, flags ...string) *spec.Experiment {
	l.t.Helper()
	x, diags, err := spec.Load(l.write("x.hcl", src), spec.Values{Flags: flags}, l.kinds())
	if err != nil {
		l.t.Fatal(err)
	}
	if diags.HasErrors() {
		l.t.Fatal(diags.Error())
	}
	return x
}

func (l *lab) files() *Files {
	return &Files{Store: l.store, Downloads: filepath.Join(l.dir, ".reprise", "downloads"), Scratch: filepath.Join(l.dir, ".reprise", "tasks"), Folders: l.folders, limits: l.limits}
}

// outcome is what a run said.
type outcome struct {
	SummaryEvent
	states  map[string]string
	errors  map[string]string
	reasons map[string][]string
	checks  map[string]CheckEvent
	ran     []string
}

func (l *lab) run(x *spec.Experiment, o Options) outcome { return l.runCtx(context.Background(), x, o) }

func (l *lab) runCtx(ctx context.Context, x *spec.Experiment, o Options) outcome {
	l.t.Helper()
	out := outcome{states: map[string]string{}, errors: map[string]string{}, reasons: map[string][]string{}, checks: map[string]CheckEvent{}}
	watch, aside := o.Watch, 0
	o.Watch = func(e Event) {
		switch e := e.(type) {
		case TaskEvent:
			if e.State == Started {
				out.reasons[e.Address] = e.Reasons
			} else {
				out.states[e.Address] = e.State
				out.errors[e.Address] = e.Error
			}
		case CheckEvent:
			out.checks[e.Name] = e
		case AsideEvent:
			aside = e.Tasks
		}
		if watch != nil {
			watch(e)
		}
	}
	sum, err := Run(ctx, x, l.store, l.files(), o)
	if err != nil {
		l.t.Fatal(err)
	}
	out.SummaryEvent, out.ran = sum, l.ran.take()
	if o.Part != nil {
		for address := range o.Part.Tasks() {
			if out.states[address] == "" { // it is not told of, and stands
				out.states[address] = Cached
				aside--
			}
		}
		if aside != 0 {
			l.t.Errorf("of %d tasks more, or less, nothing is told than the run says", aside)
		}
	}
	return out
}
