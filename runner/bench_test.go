package runner

import (
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"reprise/cache"
	"reprise/spec"
)

// BenchmarkNearest explains one new key in a store of 100,000 results, of which a
// few are of the same task.
func BenchmarkNearest(b *testing.B) {
	const results = 100_000
	store, err := cache.Open(filepath.Join(b.TempDir(), "store.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	m, content, err := number(1).Encode()
	if err != nil {
		b.Fatal(err)
	}
	text := func(seed int) string {
		return fmt.Sprintf("reprise-key 1\nkind fit\nformat 1\ncode stages/fit %064d\ncode stages/internal/rng %064d\n"+
			"set epochs 30\nset rank 3\nset rate 0.001\nset seed %d\nset steps 2000\nin trials %064d\n", 1, 2, seed, seed%100)
	}
	var wg sync.WaitGroup
	next := make(chan int)
	for range 512 {
		wg.Go(func() {
			for i := range next {
				r := &cache.Result{Key: cache.KeyOf(text(i)), KeyText: text(i), Artifact: m.Digest(), Metrics: map[string]float64{"value": float64(i)},
					Experiment: "x", Address: fmt.Sprintf(`stage.fit["seed=%d"]`, i/5), Kind: "fit", Run: "r", Started: time.Unix(int64(i), 0), Seconds: 1}
				if err := store.Put(r, m, content); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for i := range results {
		next <- i
	}
	close(next)
	wg.Wait()
	task := &spec.Task{Address: `stage.fit["seed=7"]`, Kind: &spec.Kind{Name: "fit", New: func() spec.Method { return &toyConst{} }}}
	x := &spec.Experiment{Name: "x", Tasks: []*spec.Task{task}}
	b.ReportAllocs()
	for b.Loop() {
		p, err := newPlanner(x, store, &Files{Store: store}, Options{})
		if err != nil {
			b.Fatal(err)
		}
		s := &Step{Task: task, by: p, KeyText: text(results)}
		if near, _ := p.nearest(s, nil); near == nil || near.KeyText == "" {
			b.Fatal("nothing is near")
		}
		newEstimator(p.past().taken)
	}
}
