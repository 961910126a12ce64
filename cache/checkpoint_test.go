package cache

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func putCheckpoint(t *testing.T, s *Store, key Key, state []byte) {
	t.Helper()
	if err := s.PutCheckpoint(context.Background(), key, Checkpoint{State: state, Seconds: 1.5}); err != nil {
		t.Fatal(err)
	}
}

func TestCheckpointComesBack(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	x := sample("stage.one", 1, bytesOf(1, 100))
	key := x.r.Key
	if _, err := s.Checkpoint(key); !errors.Is(err, ErrMissing) {
		t.Errorf("before there is one: %v", err)
	}
	for _, state := range [][]byte{[]byte("early"), bytesOf(2, 3<<20), {}, []byte("line\nline\n")} {
		putCheckpoint(t, s, key, state)
		c, err := again(t, path).Checkpoint(key)
		if err != nil || c.State == nil || !bytes.Equal(c.State, state) || c.Seconds != 1.5 || time.Since(c.Time) > time.Minute {
			t.Errorf("of %d bytes: %v, %v", len(state), c, err)
		}
	}

	stopped, stop := context.WithCancel(context.Background())
	stop()
	if err := s.PutCheckpoint(stopped, key, Checkpoint{State: []byte("late")}); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
	if err := s.PutCheckpoint(context.Background(), key, Checkpoint{State: make([]byte, MaxCheckpoint+1)}); err == nil || !strings.Contains(err.Error(), "1024") {
		t.Errorf("a huge state: %v", err)
	}
	if c, err := s.Checkpoint(key); err != nil || string(c.State) != "line\nline\n" {
		t.Errorf("what was not put: %v, %v", c, err)
	}
	if err := reader(t, path).PutCheckpoint(context.Background(), key, Checkpoint{}); !errors.Is(err, ErrReadOnly) {
		t.Errorf("a reader's: %v", err)
	}

	put(t, s, x)
	if left, err := os.ReadDir(path + ".checkpoints"); err != nil || len(left) != 0 {
		t.Errorf("with a result there are %v, %v", left, err)
	}
	if err := s.DropCheckpoint(key); err != nil {
		t.Errorf("nothing to drop: %v", err)
	}
}

// TestDamagedCheckpoint flips every byte of a checkpoint, cuts it off everywhere,
// and gives it to another key or toolchain.
func TestDamagedCheckpoint(t *testing.T) {
	s := open(t, newPath(t))
	key, other := KeyOf("one"), KeyOf("two")
	putCheckpoint(t, s, key, []byte("state\nof it"))
	whole, err := os.ReadFile(s.checkpointFile(key))
	if err != nil {
		t.Fatal(err)
	}
	refused := func(what string, of Key, b []byte, corrupt bool) {
		t.Helper()
		if err := os.WriteFile(s.checkpointFile(of), b, 0o666); err != nil {
			t.Fatal(err)
		}
		if c, err := s.Checkpoint(of); err == nil || errors.Is(err, ErrCorrupt) != corrupt {
			t.Errorf("%s: %v, %v", what, c, err)
		}
	}
	for i := range whole {
		flipped := bytes.Clone(whole)
		flipped[i] ^= 1
		refused("flipped", key, flipped, true)
		refused("cut off", key, whole[:i], true)
	}
	refused("longer", key, append(bytes.Clone(whole), 0), true)
	refused("another key's", other, whole, false)
	old := bytes.Replace(whole[sha256.Size:], []byte(runtime.Version()), []byte("go1.2"), 1)
	sum := sha256.Sum256(old)
	refused("another toolchain's", key, append(sum[:], old...), false)
}

func TestStaleCheckpointsAreCollected(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	done, fresh, aged, running := sample("stage.done", 1), KeyOf("fresh"), KeyOf("aged"), KeyOf("running")
	put(t, s, done)
	for _, key := range []Key{done.r.Key, fresh, aged, running} {
		putCheckpoint(t, s, key, []byte("state"))
	}
	for _, key := range []Key{aged, running} {
		if err := os.Chtimes(s.checkpointFile(key), longAgo, longAgo); err != nil {
			t.Fatal(err)
		}
	}
	release, err := s.Claim(context.Background(), running)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	dead := filepath.Join(s.checkpointsFolder(), "part-00000000000000000000000000000000-X")
	alive := filepath.Join(s.checkpointsFolder(), "part-"+s.Owner()+"-X")
	notes := filepath.Join(s.checkpointsFolder(), "notes.txt")
	for _, p := range []string{dead, alive, notes} {
		if err := os.WriteFile(p, []byte("half"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	keep := Keep{Since: time.Now().Add(-time.Hour)}
	goes := []string{s.checkpointFile(done.r.Key), s.checkpointFile(aged), dead}
	for _, look := range []func(Keep) (*Garbage, error){s.Garbage, s.Collect} {
		g, err := look(keep)
		if err != nil {
			t.Fatal(err)
		}
		if len(g.Checkpoints) != len(goes) || g.Results != 0 {
			t.Errorf("%+v", g)
		}
	}
	for _, p := range goes {
		if _, err := os.Stat(p); err == nil {
			t.Errorf("%s is there still", p)
		}
	}
	for _, p := range []string{s.checkpointFile(fresh), s.checkpointFile(running), alive, notes} {
		if _, err := os.Stat(p); err != nil {
			t.Error(err)
		}
	}
}
