package soak_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"reprise/cache"
	"reprise/internal/soak"
)

// moment is the begin or the end of a call.
type moment struct {
	*call
	ends bool
}

// TestPowerCut records what a run, a run that is stopped, one that goes on from
// there, one with nothing to do, and a compaction write and sync, and cuts the power
// at many of those moments: what no sync covered is lost, kept or torn as chance has
// it. No result is wrong then, none is lost that had been reported done, every byte
// is as stored, and the next run finishes.
func TestPowerCut(t *testing.T) {
	needTracer(t)
	r, began := soak.Rand(t), time.Now()
	cuts, want, finished, near := 0, soak.Count(60, 5000), 0, 0
	for cuts < want && !t.Failed() {
		l := newLab(t, generated(r, 14, r.IntN(2)))
		log := l.record(r)
		d, done := newDisk(filepath.Join(l.dir, "machine")), map[cache.Key]bool{}
		share := float64(min(want-cuts, 100)) / float64(len(log))
		for i, m := range log {
			if err := d.take(m); err != nil {
				t.Fatal(err)
			}
			if !m.ends { // what is being said had better be true
				_, now := reported(m.said(l))
				maps.Copy(done, now)
			}
			beside := m.ends && (strings.Contains(m.path, ".checkpoints/") || strings.Contains(m.path, ".plans/"))
			if !beside && r.Float64() >= share || t.Failed() {
				continue
			}
			cuts++
			if beside {
				near++
			}
			toEnd := beside || r.IntN(10) == 0
			if toEnd {
				finished++
			}
			if err := l.afterCut(d, r, done, toEnd); err != nil {
				t.Errorf("cut at call %d of %d, %s of %s (ends: %v): %v", i, len(log), m.name, m.path, m.ends, err)
			}
		}
		os.RemoveAll(l.dir)
	}
	t.Logf("%d power cuts, %d with a run to the end after it, %d while a checkpoint or a plan was written, in %v", cuts, finished, near, time.Since(began).Round(time.Second))
}

// record runs commands, and returns what they did to the disk.
func (l *lab) record(r *rand.Rand) (log []moment) {
	root := filepath.Join(l.dir, "machine")
	if err := os.Mkdir(root, 0o777); err != nil {
		l.t.Fatal(err)
	}
	store := filepath.Join(root, "deep", ".reprise", "store.db")
	run := func(stopAt int, args ...string) {
		out, err := os.Create(filepath.Join(l.dir, "out"))
		if err != nil {
			l.t.Fatal(err)
		}
		defer out.Close()
		c := reprise(store, args...)
		c.Stdout = out
		if _, err := trace(c, l.recorder(root, &log, stopAt, c)); err != nil {
			l.t.Fatal(err)
		}
	}
	const never = -1
	run(100+r.IntN(200), "run", l.file, "--json")
	run(never, "run", l.file)
	run(never, "run", l.file)
	run(never, "store", "compact")
	run(never, "run", l.file)
	return log
}

// recorder keeps what happens under root, and interrupts the process at a call.
func (l *lab) recorder(root string, log *[]moment, stopAt int, c *exec.Cmd) watcher {
	n := 0
	keep := func(x *call, ends bool) verdict {
		if x.under(root) || x.name == "write" && x.path == filepath.Join(l.dir, "out") {
			*log = append(*log, moment{x, ends})
			if n++; n == stopAt {
				c.Process.Signal(os.Interrupt)
			}
		}
		return verdict{}
	}
	return watcher{func(c *call) verdict { return keep(c, false) }, func(c *call) verdict { return keep(c, true) }}
}

// said is what a write tells people or the log of a run.
func (m moment) said(l *lab) []byte {
	if m.name == "write" && (m.path == filepath.Join(l.dir, "out") || strings.HasSuffix(m.path, ".jsonl")) {
		return m.data
	}
	return nil
}

func (d *disk) take(m moment) error {
	if !m.under(d.root) {
		return nil
	}
	if m.ends {
		return d.exit(m.call)
	}
	return d.enter(m.call)
}

// afterCut starts the machine again.
func (l *lab) afterCut(d *disk, r *rand.Rand, done map[cache.Key]bool, toEnd bool) error {
	memory := "/dev/shm" // where there is one, to spare the disk
	if _, err := os.Stat(memory); err != nil {
		memory = l.dir
	}
	root, err := os.MkdirTemp(memory, "reprise-soak")
	if err != nil {
		return err
	}
	defer os.RemoveAll(root)
	if err := d.cut(r, root); err != nil {
		return err
	}
	store := filepath.Join(root, "deep", ".reprise", "store.db")
	if err := l.intact(store, done); err != nil || !toEnd {
		return err
	}
	c := reprise(store, "run", l.file) // which takes a remembered plan, where there is one
	if text, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("the next run: %w\n%s", err, text)
	}
	return l.finishes(store, l.all())
}
