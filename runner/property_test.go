package runner

import (
	"context"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"reprise/artifacts"
	"reprise/cache"
	"reprise/internal/soak"
	"reprise/spec"
)

// model is what a store should know, in the simplest way: what was computed ever.
type model struct {
	computed map[string]bool
	fails    map[float64]bool // sums that add fails at
}

// guess is what a run should do.
type guess struct {
	ran    []string          // what executed, by what methods say
	states map[string]string // by address
}

type instance struct {
	value float64
	ok    bool
}

// run goes through the stages in order. What a task needs to be known by are its
// kind, its numbers, the code and the values of its inputs.
func (m *model) run(g graph) guess {
	out := guess{states: map[string]string{}}
	given := make([][]instance, len(g.stages))
	for i, s := range g.stages {
		var in []float64
		ok := s.metricOf < 0 || given[s.metricOf][0].ok
		for _, j := range s.needs {
			for _, x := range given[j] {
				in, ok = append(in, x.value), ok && x.ok
			}
		}
		if s.metricOf >= 0 {
			s.number = given[s.metricOf][0].value
		}
		numbers, addresses := []float64{s.number}, []string{"stage." + s.name}
		if s.each != nil {
			numbers, addresses = s.each, nil
			for k := range s.each {
				addresses = append(addresses, fmt.Sprintf("stage.%s[\"i%d\"]", s.name, k))
			}
		}
		for k, number := range numbers {
			if !ok {
				out.states[addresses[k]] = Skipped
				given[i] = append(given[i], instance{})
				continue
			}
			value, key, says := g.does(s, number, in)
			state := Done
			switch {
			case m.computed[key]:
				state = Cached
			case s.kind == "add" && m.fails[value]:
				state = Failed
				fallthrough
			default:
				out.ran = append(out.ran, says)
				m.computed[key] = state == Done
			}
			out.states[addresses[k]] = state
			given[i] = append(given[i], instance{value, state != Failed})
		}
	}
	slices.Sort(out.ran)
	return out
}

// does says what a task gives, what its result depends on, and how its method
// calls itself.
func (g graph) does(s stage, number float64, in []float64) (value float64, key, says string) {
	switch s.kind {
	case "const":
		return number, fmt.Sprint("const", number), fmt.Sprintf("const %g", number)
	case "read":
		return float64(len(g.files[s.file])), fmt.Sprintf("read %q", g.files[s.file]), "read " + g.files[s.file]
	case "floor":
		return math.Floor(in[0]), fmt.Sprint("floor", in[0]), fmt.Sprintf("floor %g", in[0])
	}
	value = number
	for _, v := range in {
		value += v
	}
	return value, fmt.Sprint("add", g.code, number, in), fmt.Sprintf("add %g", value)
}

func (l *lab) digests(x *spec.Experiment) map[string]artifacts.Digest {
	l.t.Helper()
	out := map[string]artifacts.Digest{}
	for _, task := range x.Tasks {
		r, err := l.store.Latest(x.Name, task.Address)
		if err != nil {
			l.t.Fatal(err)
		}
		out[task.Address] = r.Artifact
	}
	return out
}

// play runs a graph in a lab.
func (l *lab) play(g graph, fails map[float64]bool, jobs int) (*spec.Experiment, outcome) {
	l.t.Helper()
	l.code, l.fails = fmt.Sprint(g.code), fails
	for i, content := range g.files {
		l.write(fmt.Sprintf("data%d.txt", i), content)
	}
	o := Options{Jobs: jobs, KeepGoing: true}
	left := l.left
	o.Remember = func(m *Remembered) { l.left, l.leftBy = l.written(m), l.code }
	if left != nil && l.leftBy == l.code {
		l.write("x.hcl", g.source())
		sum, x, ok := l.again(left)
		if ok {
			x, all := l.load(g.source()), outcome{SummaryEvent: sum, states: map[string]string{}}
			for _, t := range x.Tasks {
				all.states[t.Address] = Cached
			}
			return x, all
		}
		if x != nil {
			l.parts++
			o.Part = left
			return l.load(g.source()), l.run(x, o)
		}
	}
	x := l.load(g.source())
	return x, l.run(x, o)
}

// again is what a plan spares: the whole run, or the reading of all but a part.
func (l *lab) again(m *Remembered) (sum SummaryEvent, part *spec.Experiment, ok bool) {
	l.t.Helper()
	if !m.Holds() {
		return sum, nil, false
	}
	sum, ok, err := Recall(context.Background(), m, l.store, l.files(), Options{Remember: func(m *Remembered) { l.left = l.written(m) }})
	if err != nil {
		l.t.Fatal(err)
	}
	if !ok {
		sees := m.inSight
		if l.outOfSight {
			sees = func(int) bool { return false }
		}
		part, _ = m.loadPart(context.Background(), filepath.Join(l.dir, "x.hcl"), spec.Values{}, l.kinds(), l.store, sees)
	}
	return sum, part, ok
}

// TestAnyEditsOfAnyGraph runs random experiments after random edits, back and
// forth, with random failures. Executed is what the model says, task by task; where
// all is in place, every digest is that of a run from nothing.
func TestAnyEditsOfAnyGraph(t *testing.T) {
	if _, err := os.Stat("/dev/shm"); err == nil {
		t.Setenv("TMPDIR", "/dev/shm") // in memory: it syncs often
	}
	totals, runs, cold, parts := map[string]int{}, 0, 0, 0
	for seed := range soak.Count(10, 1000) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { // whose stores are closed when it ends
			r := rand.New(rand.NewPCG(uint64(seed), 2))
			g, m, warm := randomGraph(r), &model{computed: map[string]bool{}}, newLab(t)
			warm.outOfSight = seed%2 == 0
			versions := []graph{g}
			for range 12 {
				what := g.edit(r)
				for range r.IntN(3) {
					what += ", " + g.edit(r)
				}
				switch r.IntN(4) {
				case 0:
					g = versions[len(versions)-1]
					what = g.editFile(r)
				case 1:
					g, what = versions[r.IntN(len(versions))], "back to an earlier version"
				}
				versions = append(versions, g)
				m.fails = m.failure(r, g)
				want := m.run(g)
				x, got := warm.play(g, m.fails, 1+r.IntN(4))
				runs++
				for _, state := range want.states {
					totals[state]++
				}
				if !slices.Equal(got.ran, want.ran) || settled(got.states) != settled(want.states) {
					t.Fatalf("seed %d: after an edit of %s with failures at %v ran\n%q, %v; should\n%q, %v; in\n%s%q", seed, what, m.fails,
						got.ran, got.states, want.ran, want.states, g.source(), g.files)
				}
				if got.Failed+got.Skipped == 0 && r.IntN(2) == 0 {
					cold++
					warm.likeCold(x, g)
				}
			}
			parts += warm.parts
		})
		if t.Failed() {
			t.FailNow()
		}
	}
	t.Logf("%d runs, %d of them also from nothing, %d read in part: %v", runs, cold, parts, totals)
	for _, state := range []string{Done, Cached, Failed, Skipped} {
		if totals[state] == 0 || cold == 0 || parts == 0 {
			t.Errorf("no task was ever %s: the test tests too little", state)
		}
	}
}

// failure chooses a sum that some task is about to compute, or none.
func (m *model) failure(r *rand.Rand, g graph) map[float64]bool {
	var sums []float64
	dry := &model{computed: maps.Clone(m.computed)}
	for _, says := range dry.run(g).ran {
		var sum float64
		if _, err := fmt.Sscanf(says, "add %g", &sum); err == nil {
			sums = append(sums, sum)
		}
	}
	if len(sums) == 0 || r.IntN(4) == 0 {
		return nil
	}
	return map[float64]bool{sums[r.IntN(len(sums))]: true}
}

// settled does not tell done from cached: of two tasks with one key, either may be
// the one that runs. What ran is compared by itself.
func settled(states map[string]string) string {
	out := map[string]string{}
	for address, state := range states {
		out[address] = state
		if state == Cached {
			out[address] = Done
		}
	}
	return fmt.Sprint(out)
}

// likeCold compares results with those of a run from nothing.
func (l *lab) likeCold(x *spec.Experiment, g graph) {
	l.t.Helper()
	cold := newLab(l.t)
	y, _ := cold.play(g, nil, 2)
	want := cold.digests(y)
	for address, d := range l.digests(x) {
		if d != want[address] {
			l.t.Errorf("%s has another result than from nothing, in\n%s%q", address, g.source(), g.files)
		}
	}
}

// Two runs that need the same keys at the same time compute each once.
func TestTwoRunsAtOnce(t *testing.T) {
	l := newLab(t)
	other, err := cache.Open(l.store.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	x := l.load(fan)
	sums := make([]SummaryEvent, 2)
	var wg sync.WaitGroup
	for i, store := range []*cache.Store{l.store, other} {
		wg.Go(func() {
			var err error
			if sums[i], err = Run(t.Context(), x, store, &Files{Store: store}, Options{Jobs: 2}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	ran := l.ran.take()
	if len(ran) != len(x.Tasks) || sums[0].Executed+sums[1].Executed != len(x.Tasks) || sums[0].Cached+sums[1].Cached != len(x.Tasks) {
		t.Errorf("ran %q: %+v and %+v", ran, sums[0], sums[1])
	}
}
