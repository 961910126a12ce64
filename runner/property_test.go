package runner

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"reprise/artifacts"
	"reprise/cache"
	"reprise/spec"
)

// graph is a random experiment: stage i adds its own number to those of some
// stages before it, and every third rounds that of one of them down.
type graph struct {
	numbers []float64
	needs   [][]int
}

func randomGraph(r *rand.Rand) graph {
	g := graph{}
	for i := range 4 + r.IntN(12) {
		var needs []int
		for j := range i {
			if r.IntN(3) == 0 {
				needs = append(needs, j)
			}
		}
		g.numbers, g.needs = append(g.numbers, float64(r.IntN(8))/4), append(g.needs, needs)
	}
	return g
}

func (g graph) source() string {
	var b strings.Builder
	for i, needs := range g.needs {
		var of []string
		for _, j := range needs {
			of = append(of, fmt.Sprintf("stage.s%d", j))
		}
		switch {
		case len(needs) == 0:
			fmt.Fprintf(&b, "stage \"const\" \"s%d\" { value = %g }\n", i, g.numbers[i])
		case i%3 == 0:
			fmt.Fprintf(&b, "stage \"floor\" \"s%d\" { of = %s }\n", i, of[0])
		default:
			fmt.Fprintf(&b, "stage \"add\" \"s%d\" {\n  of   = [%s]\n  plus = %g\n}\n", i, strings.Join(of, ", "), g.numbers[i])
		}
	}
	return b.String()
}

// below tells which stages an edit of one can reach.
func (g graph) below(edited int) map[string]bool {
	reached := map[int]bool{edited: true}
	names := map[string]bool{fmt.Sprintf("stage.s%d", edited): true}
	for i, needs := range g.needs {
		for _, j := range needs {
			if reached[j] {
				reached[i] = true
				names[fmt.Sprintf("stage.s%d", i)] = true
			}
		}
	}
	return names
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

// After any edit of any graph, only what the edit can reach runs, and all
// results are those of a run from nothing.
func TestAnyEditOfAnyGraph(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	stopped := 0
	for range 20 {
		g := randomGraph(r)
		warm := newLab(t)
		if got := warm.run(warm.load(g.source()), Options{}); got.Exit != ExitDone {
			t.Fatalf("%v in\n%s", got.errors, g.source())
		}
		edited := r.IntN(len(g.numbers))
		g.numbers[edited] += 0.25
		x := warm.load(g.source())
		got := warm.run(x, Options{Jobs: 1 + r.IntN(4)})
		below := g.below(edited)
		for address, state := range got.states {
			if state == Done && !below[address] {
				t.Errorf("after an edit of s%d %s ran, in\n%s", edited, address, g.source())
			}
		}
		if got.Executed < len(below) {
			stopped++
		}
		cold := newLab(t)
		y := cold.load(g.source())
		cold.run(y, Options{})
		want := cold.digests(y)
		for address, d := range warm.digests(x) {
			if d != want[address] {
				t.Errorf("%s has another result than from nothing, in\n%s", address, g.source())
			}
		}
	}
	if stopped == 0 {
		t.Error("no change was ever stopped by equal bytes: the test tests little")
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
