package soak_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"reprise/cache"
	"reprise/internal/soak"
)

// small mounts a disk of a size.
func small(t *testing.T, size string) string {
	t.Helper()
	at := t.TempDir()
	if err := syscall.Mount("tmpfs", at, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("a small disk cannot be mounted here, which takes root: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(at, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return at
}

// failing runs the experiment where it cannot be done, and returns what it reported
// done and what it said.
func (l *lab) failing(store string) (done map[cache.Key]bool, said string) {
	l.t.Helper()
	var out, faults bytes.Buffer
	c := reprise(store, "run", l.file, "--json")
	c.Stdout, c.Stderr = &out, &faults
	if err := c.Run(); err == nil || c.ProcessState.ExitCode() != 1 {
		l.t.Errorf("exit status %d, want 1: %s", c.ProcessState.ExitCode(), faults.String())
	}
	_, done = reported(out.Bytes())
	return done, faults.String()
}

// A disk that is full for real: the run says so, keeps what was done, and finishes
// when there is room.
func TestFullDisk(t *testing.T) {
	l := newLab(t, generated(soak.Rand(t), 20, 1))
	for _, size := range []string{"64k", "1m", "5m", "18m"} { // no room for a store, for many tasks, for a large one
		disk := small(t, size)
		store := filepath.Join(disk, "store.db")
		done, said := l.failing(store)
		if !strings.Contains(said, store) || !strings.Contains(said, "make room, or choose another with --store or REPRISE_STORE") {
			t.Errorf("%s: %s", size, said)
		}
		if err := l.intact(store, done); err != nil {
			t.Errorf("%s: %v", size, err)
		}
		if err := syscall.Mount("tmpfs", disk, "tmpfs", syscall.MS_REMOUNT, "size=200m"); err != nil {
			t.Fatal(err)
		}
		if err := l.finishes(store, done); err != nil {
			t.Errorf("%s, then room: %v", size, err)
		}
		t.Logf("%s: %d of %d tasks were done before the disk was full", size, len(done), len(l.want))
	}
}

// A disk that can only be read: looking works, running says why not.
func TestReadOnlyDisk(t *testing.T) {
	l := newLab(t, generated(soak.Rand(t), 6, 0))
	disk := small(t, "100m")
	store := filepath.Join(disk, "store.db")
	readOnly := func(flags uintptr) {
		if err := syscall.Mount("tmpfs", disk, "tmpfs", syscall.MS_REMOUNT|flags, ""); err != nil {
			t.Fatal(err)
		}
	}
	readOnly(syscall.MS_RDONLY)
	if _, said := l.failing(store); !strings.Contains(said, store) || !strings.Contains(said, "read-only") || !strings.Contains(said, "REPRISE_STORE") {
		t.Errorf("without a store: %s", said)
	}
	readOnly(0)
	if err := reprise(store, "run", l.file, "--only", "s0", "--only", "s1").Run(); err != nil {
		t.Fatal(err)
	}
	readOnly(syscall.MS_RDONLY)
	for _, command := range [][]string{{"verify"}, {"status", l.file}, {"show", l.file, "s0"}, {"plan", l.file}, {"runs"}} {
		if text, err := reprise(store, command...).CombinedOutput(); err != nil {
			t.Errorf("%v: %v\n%s", command, err, text)
		}
	}
	_, said := l.failing(store)
	if !strings.Contains(said, store) || !strings.Contains(said, "read-only") || !strings.Contains(said, "REPRISE_STORE") {
		t.Error(said)
	}
	readOnly(0)
	found, err := resultsOf(store)
	if err != nil || len(found) == 0 {
		t.Fatal(found, err)
	}
	done := map[cache.Key]bool{}
	for key := range found {
		done[key] = true
	}
	if err := l.finishes(store, done); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(store); err != nil {
		t.Error(err)
	}
}
