package runner

import (
	"strings"
	"testing"

	"reprise/cache"
	"reprise/spec"
)

func asks(address string, cpus int, memory int64, gpus int) *spec.Task {
	return &spec.Task{Address: address, Where: "toy.hcl:1", Resources: spec.Resources{CPUs: cpus, Memory: memory, GPUs: gpus}}
}

// started takes from the queue all tasks that can start, in order.
func started(s *slots, queue *[]*spec.Task) (names []string) {
	for i := s.next(*queue); i >= 0; i = s.next(*queue) {
		names = append(names, (*queue)[i].Address)
		*queue = without(*queue, i)
	}
	return names
}

func wantStarted(t *testing.T, s *slots, queue *[]*spec.Task, want string) {
	t.Helper()
	if got := strings.Join(started(s, queue), " "); got != want {
		t.Errorf("started %q, not %q", got, want)
	}
}

// TestSlots wants that tasks start in order as they fit, that one which asks for
// more CPUs than there are takes all, and that others wait for memory and gpus.
func TestSlots(t *testing.T) {
	s := newSlots(room{cpus: 4, memory: 100, gpus: 1})
	gpu, rest, large := asks("gpu", 0, 0, 1), asks("rest", 2, 70, 0), asks("large", 9, 0, 0)
	queue := []*spec.Task{gpu, asks("gpu2", 0, 0, 1), rest, asks("memory", 0, 40, 0), large}
	wantStarted(t, s, &queue, "gpu rest")
	s.end(gpu)
	wantStarted(t, s, &queue, "gpu2")
	s.end(rest)
	wantStarted(t, s, &queue, "memory")
	s.end(asks("gpu2", 0, 0, 1))
	s.end(asks("memory", 0, 40, 0))
	wantStarted(t, s, &queue, "large")
	if s.free != (room{cpus: 0, memory: 100, gpus: 1}) {
		t.Errorf("the large task leaves %+v", s.free)
	}
	s.end(large)
	if s.free != s.all {
		t.Errorf("all ended, and free is %+v", s.free)
	}
}

// TestSmallTasksDoNotStarveALargeOne wants that those behind a waiting task use
// what it will leave free, and no more, however many come.
func TestSmallTasksDoNotStarveALargeOne(t *testing.T) {
	s := newSlots(room{cpus: 4, memory: 1})
	first := asks("first", 2, 0, 0)
	queue := []*spec.Task{first, asks("large", 3, 0, 0), asks("a", 1, 0, 0), asks("b", 1, 0, 0), asks("c", 1, 0, 0)}
	wantStarted(t, s, &queue, "first a") // with large there is room for one; a CPU stays free for it
	s.end(first)
	wantStarted(t, s, &queue, "large")
}

// TestMakespan compares with schedules worked out by hand.
func TestMakespan(t *testing.T) {
	a, b, c, d := asks("a", 0, 0, 0), asks("b", 0, 0, 0), asks("c", 0, 0, 0), asks("d", 0, 0, 0)
	d.Needs = []*spec.Task{a, b, c}
	steps := []*Step{{Task: a}, {Task: b}, {Task: c}, {Task: d}}
	seconds := map[*spec.Task]float64{a: 3, b: 2, c: 2, d: 1}
	for jobs, want := range map[int]float64{1: 8, 2: 5, 3: 4, 8: 4} {
		if got := makespan(steps, room{cpus: jobs}, seconds); got != want {
			t.Errorf("with %d jobs %g seconds, not %g", jobs, got, want)
		}
	}
	a.Resources.CPUs = 2 // alone with two jobs
	if got := makespan(steps, room{cpus: 2}, seconds); got != 6 {
		t.Errorf("with a task of two CPUs %g seconds, not 6", got)
	}
	seconds[a] = 0 // cached
	if got := makespan(steps, room{cpus: 2}, seconds); got != 3 {
		t.Errorf("with one cached %g seconds, not 3", got)
	}
}

func TestCheckRoom(t *testing.T) {
	o := Options{Jobs: 1, Memory: 1 << 30}
	steps := []*Step{{Task: asks("stage.gpu", 0, 0, 2)}, {Task: asks("stage.memory", 0, 3<<30, 0)}, {Task: asks("stage.cached", 0, 0, 9), Action: ActionCached}, {Task: asks("stage.fits", 64, 1<<30, 0)}}
	err := CheckRoom(steps, o)
	if err == nil {
		t.Fatal("no complaint")
	}
	for _, want := range []string{"stage.gpu (toy.hcl:1) takes 2 gpus, and this run has none: give it --gpus 2", "stage.memory (toy.hcl:1) takes 3GiB of memory, and this run has 1GiB"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %q", err, want)
		}
	}
	if strings.Contains(err.Error(), "cached") || strings.Contains(err.Error(), "fits") {
		t.Errorf("complains of what runs: %q", err)
	}
	for n, want := range map[int64]string{5: "5B", 1536: "1.5KiB", 7 << 40: "7TiB"} {
		if got := sizeText(n); got != want {
			t.Errorf("%d bytes are %q", n, got)
		}
	}
}

// program is a method that runs any program.
type program struct{ toyFail }

func (*program) Gives() spec.Outputs { return spec.Outputs{} }

// TestEstimate wants estimates from a task's last result, from the nearest and
// from what is alike, with the spread of that, and a word for what never ran: the
// history of the address counts first, then that of its stage, then of its kind,
// unless that runs any program.
func TestEstimate(t *testing.T) {
	kind := &spec.Kind{Name: "fit", New: func() spec.Method { return &toyFail{} }}
	never := &spec.Kind{Name: "never", New: kind.New}
	any := &spec.Kind{Name: "any", New: func() spec.Method { return &program{} }}
	e := &estimator{taken: map[sample][]float64{
		{"fit", ""}:                  {1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 6},
		{"fit", "stage.one"}:         {5},
		{"fit", "stage.each"}:        {7, 8, 9},
		{"any", ""}:                  {1, 2, 3},
		{"any", "stage.prog"}:        {4, 5},
		{"any", `stage.prog["a"]`}:   {4},
		{"fit", `stage.each["old"]`}: {7},
	}}
	task := func(address string, k *spec.Kind) *spec.Task {
		task := asks(address, 0, 0, 0)
		task.Kind = k
		return task
	}
	steps := []*Step{
		{Task: task("stage.last", kind), Action: ActionRun, Result: result("fit", 4)},
		{Task: task("stage.nearest", kind), Action: ActionRun, Nearest: result("fit", 3)},
		{Task: task("stage.new", kind), Action: ActionUnknown},
		{Task: task("stage.never", never), Action: ActionRun},
		{Task: task("stage.one", kind), Action: ActionRun, Result: result("fit", 5)},
		{Task: task(`stage.each["new"]`, kind), Action: ActionRun},
		{Task: task("stage.other", any), Action: ActionRun, Nearest: result("any", 1)},
		{Task: task(`stage.prog["a"]`, any), Action: ActionUnknown},
		{Task: task(`stage.prog["b"]`, any), Action: ActionUnknown},
	}
	want := []Estimate{{4, 4, 4, 11}, {3, 3, 3, 11}, {2, 2, 2, 11}, {}, {5, 5, 5, 1}, {8, 7, 9, 3}, {}, {4, 4, 4, 1}, {5, 4, 5, 2}}
	for i, s := range steps {
		if s.Estimate = e.step(s); s.Estimate != want[i] {
			t.Errorf("%s: %+v, not %+v", s.Task.Address, s.Estimate, want[i])
		}
	}
	plan := e.plan(steps[:5], Options{Jobs: 1, Memory: 1})
	if want := (PlanEstimate{Jobs: 1, Seconds: 14, Low: 14, High: 14, Work: 14, Results: 12, NeverRan: 1}); plan != want {
		t.Errorf("%+v, not %+v", plan, want)
	}
	e.taken[sample{"fit", ""}] = []float64{1, 2, 4} // now they lie apart
	if got, want := e.step(steps[0]), (Estimate{4, 2, 8, 3}); got != want {
		t.Errorf("%+v, not %+v", got, want)
	}
}

func result(kind string, seconds float64) *cache.Result {
	return &cache.Result{Kind: kind, Seconds: seconds}
}
