package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"reprise/cache"
	"reprise/runner"
)

// TestGoesOnBehindWhatStays holds that a folder which the system does not let go of
// is named, and keeps nothing else from going.
func TestGoesOnBehindWhatStays(t *testing.T) {
	dir := t.TempDir()
	store, err := cache.Open(filepath.Join(dir, "store.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if err := store.PutLog(cache.KeyOf("a"), "run", []byte("of nothing that is kept")); err != nil {
		t.Fatal(err)
	}
	scratch := filepath.Join(dir, "tasks")
	leftover := func(n string) string {
		path := filepath.Join(scratch, "task-00000000000000000000000000000000-"+n)
		if err := os.MkdirAll(filepath.Join(path, "deep"), 0o777); err != nil {
			t.Fatal(err)
		}
		return path
	}
	stays, goes := leftover("1"), leftover("2")
	hold(t, stays)
	from := &opened{store: store, files: &runner.Files{Store: store, Scratch: scratch, Downloads: filepath.Join(dir, "downloads"), Logs: filepath.Join(dir, "logs")}}
	doc, err := from.collect(t.Context(), gcOptions{delete: true, since: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	if len(doc.Unremoved) != 1 || doc.Unremoved[0].Path != stays || doc.Unremoved[0].Error == "" {
		t.Errorf("not removed: %+v", doc.Unremoved)
	}
	if len(doc.Leftovers) != 1 || doc.Leftovers[0].Path != goes || doc.Logs != 1 {
		t.Errorf("removed: %+v and %d logs", doc.Leftovers, doc.Logs)
	}
	if _, err := os.Stat(goes); !os.IsNotExist(err) {
		t.Errorf("%s: %v", goes, err)
	}
}

// hold keeps the folders of a folder from being removed, from root too.
func hold(t *testing.T, path string) {
	t.Helper()
	if err := os.Chmod(path, 0o555); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(path, 0o777) })
	if os.Geteuid() != 0 {
		return
	}
	if out, err := exec.Command("chattr", "+i", path).CombinedOutput(); err != nil {
		t.Skipf("nothing keeps root from removing a folder here: %v %s", err, out)
	}
	t.Cleanup(func() { exec.Command("chattr", "-i", path).Run() })
}
