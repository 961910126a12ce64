package soak_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"reprise/artifacts"
	"reprise/cache"
	"reprise/internal/cli"
	"reprise/runner"
)

// TestMain makes this binary reprise with toy kinds where it is started as that.
func TestMain(m *testing.M) {
	if os.Getenv("REPRISE_SOAK_CHILD") != "" {
		os.Exit(cli.Main(kinds(), "soak"))
	}
	os.Exit(m.Run())
}

// lab has an experiment, and knows what comes out of it.
type lab struct {
	t    *testing.T
	dir  string
	file string
	want map[cache.Key]artifacts.Digest
	took time.Duration
}

// newLab runs an experiment undisturbed, to know what comes out.
func newLab(t *testing.T, text string) *lab {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	l := &lab{t: t, dir: dir, file: filepath.Join(dir, "x.hcl"), want: map[cache.Key]artifacts.Digest{}}
	if err := os.WriteFile(l.file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	store, began := filepath.Join(dir, "reference", "store.db"), time.Now()
	if _, err := l.finish(store, nil); err != nil {
		t.Fatal(err)
	}
	l.took = time.Since(began)
	if l.want, err = resultsOf(store); err != nil {
		t.Fatal(err)
	}
	return l
}

// reprise is a command about a store.
func reprise(store string, args ...string) *exec.Cmd {
	exe, err := os.Executable()
	if err != nil {
		panic(err)
	}
	c := exec.Command(exe, args...)
	c.Env = append(os.Environ(), "REPRISE_SOAK_CHILD=1", "REPRISE_STORE="+store, "GITHUB_ACTIONS=", "GITHUB_STEP_SUMMARY=")
	return c
}

// reported takes out of JSON lines which tasks started, and which are said to be done.
func reported(lines []byte) (started, done map[cache.Key]bool) {
	started, done = map[cache.Key]bool{}, map[cache.Key]bool{}
	for line := range bytes.Lines(lines) {
		var e struct {
			Type, State string
			Key         cache.Key
		}
		if json.Unmarshal(line, &e) != nil || e.Type != "task" { // or it was cut off
			continue
		}
		switch e.State {
		case "started":
			started[e.Key] = true
		case "done", "cached":
			done[e.Key] = true
		}
	}
	return started, done
}

// finish runs the experiment to its end, and complains where that fails, or where
// a task ran again that was done.
func (l *lab) finish(store string, done map[cache.Key]bool) (lines []byte, err error) {
	var out, faults bytes.Buffer
	c := reprise(store, "run", l.file, "--json")
	c.Stdout, c.Stderr = &out, &faults
	if err := c.Run(); err != nil {
		return nil, fmt.Errorf("the next run: %w\n%s", err, faults.Bytes())
	}
	started, now := reported(out.Bytes())
	for key := range started {
		if done[key] {
			return nil, fmt.Errorf("task %s was done, and ran again", key.Short())
		}
	}
	if len(now) < len(l.want) {
		return nil, fmt.Errorf("the next run did %d tasks of %d", len(now), len(l.want))
	}
	return out.Bytes(), nil
}

// finishes is finish, and all that came out is looked at.
func (l *lab) finishes(store string, done map[cache.Key]bool) error {
	if _, err := l.finish(store, done); err != nil {
		return err
	}
	return l.intact(store, l.all())
}

func (l *lab) all() map[cache.Key]bool {
	all := map[cache.Key]bool{}
	for key := range l.want {
		all[key] = true
	}
	return all
}

// intact complains of a store in which not every result is right and every byte as
// it was stored, or which lacks a task that was done.
func (l *lab) intact(store string, done map[cache.Key]bool) error {
	results, err := resultsOf(store)
	if err != nil {
		return err
	}
	for key, got := range results {
		if want := l.want[key]; got != want {
			return fmt.Errorf("result %s is %s, and should be %s", key.Short(), got.Short(), want.Short())
		}
	}
	for key := range done {
		if _, ok := results[key]; !ok {
			return fmt.Errorf("task %s was done, and its result is gone", key.Short())
		}
	}
	if _, err := os.Stat(store); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	for _, open := range []func(string) (*cache.Store, error){cache.OpenExisting, cache.Open} {
		s, err := open(store) // the first as verify does; the second sweeps, and looks at bbolt's pages too
		if err != nil {
			return err
		}
		faults := s.Check()
		if err := errors.Join(append(faults, s.Close())...); err != nil {
			return fmt.Errorf("verify: %w", err)
		}
	}
	return nil
}

// resultsOf are the artifacts of the results in a store. It complains of one that is
// there without what it was made from.
func resultsOf(store string) (map[cache.Key]artifacts.Digest, error) {
	s, err := cache.OpenExisting(store)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	found, made, from := map[cache.Key]artifacts.Digest{}, map[string]bool{}, map[string]string{}
	err = s.EachResult(func(r *cache.Result) bool {
		found[r.Key], made[r.Artifact.String()] = r.Artifact, true
		for _, item := range runner.Items(r.KeyText) {
			if item.What == "in" {
				from[item.Value] = r.Address
			}
		}
		return true
	})
	if errors.Is(err, cache.ErrMissing) {
		err = nil
	}
	for digest, address := range from {
		if !made[digest] {
			err = errors.Join(err, fmt.Errorf("%s is stored, and %s that it was made from is not", address, digest))
		}
	}
	return found, err
}
