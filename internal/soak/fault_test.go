package soak_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"reprise/internal/soak"
)

// fault is what happens to a run at one of its calls that change the disk.
type fault struct {
	name  string
	errno syscall.Errno
	lasts bool // it happens at every later one too
	kill  bool
	after bool // the call is made, and then the process killed
}

var faults = []fault{
	{name: "an I/O error", errno: syscall.EIO},
	{name: "I/O errors from there on", errno: syscall.EIO, lasts: true},
	{name: "a moment without space", errno: syscall.ENOSPC},
	{name: "a full disk from there on", errno: syscall.ENOSPC, lasts: true},
	{name: "a disk that turns read-only", errno: syscall.EROFS, lasts: true},
	{name: "kill -9 before it", kill: true},
	{name: "kill -9 after it", kill: true, after: true},
}

// hits tells whether a fault can happen to a call: a full disk and one that is
// read-only let files be removed and synced.
func (f fault) hits(c *call) bool {
	if c.name == "openat" && !c.creat {
		return false
	}
	frees := c.name == "unlinkat" || c.isSync()
	return !frees || f.kill || f.errno == syscall.EIO || f.errno == syscall.EROFS && c.name == "unlinkat"
}

// TestFaultAtEveryCall has each write, sync and other change to the disk that a run
// makes fail, once or from there on, or kills the process there. The user is told
// what to do, no result is wrong, none is lost that was reported done, and the next
// run finishes.
func TestFaultAtEveryCall(t *testing.T) {
	needTracer(t)
	r, began := soak.Rand(t), time.Now()
	l := newLab(t, generated(r, 10, 1))
	cases := l.everyFault()
	r.Shuffle(len(cases), func(i, j int) { cases[i], cases[j] = cases[j], cases[i] })
	counted, said := map[string]int{}, map[string]int{}
	for _, c := range cases[:min(len(cases), soak.Count(6, len(cases)))] {
		status, err := l.strike(c.fault, c.at, said, r)
		if err != nil {
			t.Errorf("%s at call %d: %v", c.name, c.at, err)
		}
		counted[fmt.Sprintf("%s: %s", c.name, status)]++
	}
	t.Logf("in %v: %v", time.Since(began).Round(time.Second), counted)
	for message, n := range said {
		t.Logf("%4d %s", n, message)
	}
}

// strike is a fault at a call of a run, of those that it can happen to.
type strike struct {
	fault
	at int
}

// everyFault counts the calls of a run that nothing happens to.
func (l *lab) everyFault() (all []strike) {
	for _, f := range faults {
		n := 0
		never := func(c *call) bool { n++; return false }
		if _, err := l.traced(filepath.Join(l.dir, "counted"), f, never, nil); err != nil {
			l.t.Fatal(err)
		}
		os.RemoveAll(filepath.Join(l.dir, "counted"))
		for at := range n {
			all = append(all, strike{f, at})
		}
	}
	return all
}

// traced is a run to which a fault happens where now says so.
func (l *lab) traced(root string, f fault, now func(*call) bool, faults *os.File) (ws syscall.WaitStatus, err error) {
	out, err := os.Create(filepath.Join(l.dir, "out"))
	if err != nil {
		return ws, err
	}
	defer out.Close()
	c := reprise(filepath.Join(root, "store.db"), "run", l.file, "--json")
	c.Stdout, c.Stderr = out, faults
	var dying *call
	return trace(c, watcher{
		enter: func(c *call) verdict {
			switch {
			case !c.under(root) || !f.hits(c) || !now(c):
				return verdict{}
			case f.after:
				dying = c
				return verdict{}
			}
			return verdict{fail: f.errno, kill: f.kill}
		},
		exit: func(c *call) verdict { return verdict{kill: c == dying} },
	})
}

// strike runs on an empty store, or on one that has some of the results, and looks
// at what a fault leaves. It returns how the process ended.
func (l *lab) strike(f fault, at int, said map[string]int, r *rand.Rand) (status string, err error) {
	root := filepath.Join(l.dir, "struck")
	defer os.RemoveAll(root)
	store := filepath.Join(root, "store.db")
	if r.IntN(3) == 0 {
		c := reprise(store, "run", l.file, "--only", "s0", "--only", "s1")
		if err := c.Run(); err != nil {
			return "", err
		}
	}
	faults, err := os.Create(filepath.Join(l.dir, "faults"))
	if err != nil {
		return "", err
	}
	defer faults.Close()
	n := -1
	var where string
	ws, err := l.traced(root, f, func(c *call) bool {
		if n++; n == at {
			where = c.name + " of " + strings.ReplaceAll(c.path, l.dir, "")
		}
		return n == at || f.lasts && n > at
	}, faults)
	if err != nil {
		return "", err
	}
	lines, err := os.ReadFile(filepath.Join(l.dir, "out"))
	if err != nil {
		return "", err
	}
	_, done := reported(lines)
	text, err := os.ReadFile(faults.Name())
	if err != nil {
		return "", err
	}
	status, err = l.ended(ws, text, store, said)
	return status, l.at(where, text, errors.Join(err, l.intact(store, done), l.finishes(store, done)))
}

func (l *lab) at(where string, text []byte, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w; it said\n%s", where, err, text)
}

// ended complains of a process that ends otherwise than it should, or does not say
// what is to be done.
func (l *lab) ended(ws syscall.WaitStatus, text []byte, store string, said map[string]int) (status string, err error) {
	if bytes.Contains(text, []byte("goroutine ")) {
		err = errors.New("it panicked")
	}
	if ws.Signaled() {
		return "killed", err
	}
	var faults []string
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "error: "); ok {
			faults = append(faults, rest)
		}
	}
	for _, f := range faults {
		said[strings.TrimSpace(strings.ReplaceAll(f, l.dir, ""))]++
	}
	for _, f := range faults {
		if !strings.Contains(f, store) || !strings.Contains(f, "REPRISE_STORE") {
			err = errors.Join(err, fmt.Errorf("it does not say which store, or what to do: %s", f))
		}
	}
	switch ws.ExitStatus() {
	case 0:
		return "done all the same", err
	case 1:
		if len(faults) == 0 {
			err = errors.Join(err, errors.New("it does not say what failed"))
		}
		return "exit status 1", err
	}
	return "", errors.Join(err, fmt.Errorf("exit status %d", ws.ExitStatus()))
}
