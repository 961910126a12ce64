package runner

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// TestScratchIsRemoved holds that a task's folder is removed whatever modes a
// program left in it, and that nothing outside of it is opened.
func TestScratchIsRemoved(t *testing.T) {
	s := &scratch{under: t.TempDir(), owner: "me"}
	root, err := s.make()
	if err != nil {
		t.Fatal(err)
	}
	inner := filepath.Join(root, "shut", "in")
	err = errors.Join(os.MkdirAll(inner, 0o777), os.WriteFile(filepath.Join(inner, "x"), nil, 0o666), os.Chmod(inner, 0), os.Chmod(filepath.Dir(inner), 0o500))
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := t.TempDir()
	if err := errors.Join(os.Chmod(elsewhere, 0o700), os.Symlink(elsewhere, filepath.Join(root, "shut.link"))); err != nil {
		t.Fatal(err)
	}
	openFolders(root) // which root does not need
	for path, want := range map[string]fs.FileMode{inner: 0o777, elsewhere: 0o700} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	s.remove()
	if _, err := os.Stat(root); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is left: %v", err)
	}
}

// TestRemovals holds that a run waits for folders to be removed, unless it is
// cancelled: then one that takes long is left to `reprise gc`.
func TestRemovals(t *testing.T) {
	r, goesOn, removed := newRemovals(), make(chan struct{}), false
	r.add(func() {
		<-goesOn
		removed = true
	})
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	r.wait(cancelled)
	close(goesOn)
	if r.wait(t.Context()); !removed {
		t.Error("it did not wait")
	}
}
