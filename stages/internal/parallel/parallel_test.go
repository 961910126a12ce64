package parallel

import (
	"strings"
	"sync/atomic"
	"testing"
)

func TestEachPieceOnce(t *testing.T) {
	for _, threads := range []int{1, 2, 7, 100} {
		counts := make([]atomic.Int32, 50)
		Workers(len(counts), threads, func(worker, i int) {
			if worker < 0 || worker >= threads {
				t.Errorf("worker %d of %d", worker, threads)
			}
			counts[i].Add(1)
		})
		for i := range counts {
			if n := counts[i].Load(); n != 1 {
				t.Errorf("%d threads: piece %d ran %d times", threads, i, n)
			}
		}
	}
	For(0, 2, func(int) { t.Error("called for no pieces") })
}

func TestPanicReachesTheCaller(t *testing.T) {
	defer func() {
		if r := recover(); r == nil || !strings.Contains(r.(string), "piece 3") {
			t.Errorf("recovered %v, want the panic of piece 3", r)
		}
	}()
	For(10, 2, func(i int) {
		if i == 3 {
			panic("piece 3")
		}
	})
}
