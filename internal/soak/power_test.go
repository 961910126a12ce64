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
	want, counted := soak.Count(20, 2000), map[string]int{}
	for counted["cuts"] < want && !t.Failed() {
		l := newLab(t, generated(r, 14, r.IntN(2)))
		log := l.record(r)
		d, done := newDisk(filepath.Join(l.dir, "machine")), map[cache.Key]bool{}
		share := float64(min(want-counted["cuts"], 60)) / float64(len(log))
		for i, m := range log {
			if err := d.take(m); err != nil {
				t.Fatal(err)
			}
			if !m.ends { // what is being said had better be true
				_, now := reported(m.said(l))
				maps.Copy(done, now)
			}
			for range m.cuts(r, share) {
				if err := l.afterCut(d, r, done, counted, m.isBeside() && (soak.Long || m.name == "rename")); err != nil {
					t.Fatalf("cut at call %d of %d, %s of %s (ends: %v): %v", i, len(log), m.name, m.path, m.ends, err)
				}
			}
		}
		os.RemoveAll(l.dir)
	}
	t.Logf("in %v: %v", time.Since(began).Round(time.Second), counted)
}

// cuts is how often to cut the power at a moment. What lies beside the store is
// written seldom, and is of use only once it has its name.
func (m moment) cuts(r *rand.Rand, share float64) int {
	switch {
	case m.isBeside() && m.name == "rename":
		return soak.Count(1, 10)
	case m.isBeside() && soak.Long, r.Float64() < share:
		return 1
	}
	return 0
}

// isBeside tells whether a checkpoint or a remembered plan was written just now.
func (m moment) isBeside() bool {
	return m.ends && (strings.Contains(m.path, ".checkpoints/") || strings.Contains(m.path, ".plans/"))
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
	run(50+r.IntN(150), "run", l.file, "--json")
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

// afterCut starts the machine again. The run to the end takes a remembered plan and
// checkpoints, where there are any.
func (l *lab) afterCut(d *disk, r *rand.Rand, done map[cache.Key]bool, counted map[string]int, toEnd bool) error {
	counted["cuts"]++
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
	if _, err := os.Stat(store); err != nil {
		counted["without a store yet"]++
	}
	if err := l.intact(store, done); err != nil || !toEnd && r.IntN(10) > 0 {
		return err
	}
	counted["with a run to the end"]++
	c := reprise(store, "run", l.file)
	if text, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("the next run: %w\n%s", err, text)
	}
	return l.finishes(store, l.all())
}
