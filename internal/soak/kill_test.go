package soak_test

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"reprise/cache"
	"reprise/internal/soak"
)

// TestKillAtAnyMoment ends runs as kill -9 does, some of them while they stop
// because of Ctrl-C and keep checkpoints, and compactions. What was reported done
// is there, all of it right, and the next run goes on from it.
func TestKillAtAnyMoment(t *testing.T) {
	r, kills, want := soak.Rand(t), 0, soak.Count(5, 1000)
	began := time.Now()
	counted := map[string]int{}
	for kills < want && !t.Failed() {
		l := newLab(t, generated(r, 40, r.IntN(2)))
		for round := 0; round < 10 && kills < want && !t.Failed(); round++ {
			store := filepath.Join(l.dir, fmt.Sprint("round", round), "store.db")
			n, done := l.killUntilDone(r, store, counted)
			kills += n
			if err := l.finishes(store, done); err != nil {
				t.Errorf("after %d kills: %v", n, err)
			}
			os.RemoveAll(filepath.Dir(store))
		}
		os.RemoveAll(l.dir)
	}
	t.Logf("%d kills in %v, of these hit: %v", kills, time.Since(began).Round(time.Second), counted)
}

// killUntilDone starts the run again after each kill until it ends by itself.
func (l *lab) killUntilDone(r *rand.Rand, store string, counted map[string]int) (kills int, done map[cache.Key]bool) {
	done = map[cache.Key]bool{}
	for {
		args := []string{"run", l.file, "--json"}
		wait, interrupt := time.Duration(r.Float64()*float64(l.took)), r.IntN(4) == 0
		if _, err := os.Stat(store); err == nil && r.IntN(10) == 0 {
			args, wait, interrupt = []string{"store", "compact"}, time.Duration(r.IntN(100))*time.Millisecond, false
		}
		var out bytes.Buffer
		c := reprise(store, args...)
		c.Stdout = &out
		if err := c.Start(); err != nil {
			l.t.Fatal(err)
		}
		time.Sleep(wait)
		if interrupt {
			c.Process.Signal(os.Interrupt)
			time.Sleep(time.Duration(r.IntN(40)) * time.Millisecond)
		}
		c.Process.Kill()
		killed := c.Wait() != nil && c.ProcessState.Sys().(syscall.WaitStatus).Signaled()
		started, now := reported(out.Bytes())
		for key := range started {
			if done[key] {
				l.t.Errorf("task %s was done, and ran again", key.Short())
			}
		}
		maps.Copy(done, now)
		if killed {
			kills++
			counted[what(args[0], interrupt, store, len(started) > len(now))]++
		}
		if err := l.intact(store, done); err != nil {
			l.t.Errorf("after kill %d, %v after its start: %v", kills, wait, err)
		}
		if l.t.Failed() || c.ProcessState.Success() && args[0] == "run" {
			return kills, done
		}
	}
}

// what says what was going on when a process was killed.
func what(command string, interrupted bool, store string, tasks bool) string {
	parts, _ := filepath.Glob(store + ".checkpoints/*")
	_, err := os.Stat(store)
	switch {
	case command == "store":
		return "a compaction"
	case interrupted && len(parts) > 0:
		return "the end of a run with checkpoints"
	case interrupted:
		return "the end of a run"
	case tasks:
		return "tasks"
	case err != nil:
		return "a run without a store yet"
	}
	return "a run between tasks"
}
