// Package parallel runs independent pieces of work on several goroutines. What
// a piece computes must not depend on which goroutine runs it or when; sums
// over pieces are then taken in the order of the pieces, so that results never
// depend on the number of threads.
package parallel

import (
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// For calls f(0) … f(n−1), on at most threads goroutines, and returns when all
// are done. With one thread it makes no goroutine.
func For(n, threads int, f func(i int)) {
	Workers(n, threads, func(_, i int) { f(i) })
}

// Workers is For where f is also told which goroutine calls it, from 0 to
// threads−1, so that it can use that goroutine's scratch memory. A panic of f
// becomes a panic of the caller, who can recover it; the others finish first.
func Workers(n, threads int, f func(worker, i int)) {
	threads = min(threads, n)
	if threads <= 1 {
		for i := range n {
			f(0, i)
		}
		return
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	var failed atomic.Pointer[string]
	for w := range threads {
		wg.Go(func() {
			defer func() {
				if r := recover(); r != nil {
					text := fmt.Sprintf("%v\n\n%s", r, debug.Stack())
					failed.CompareAndSwap(nil, &text)
				}
			}()
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				f(w, i)
			}
		})
	}
	wg.Wait()
	if text := failed.Load(); text != nil {
		panic(*text)
	}
}
