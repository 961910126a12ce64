package cli

import (
	"errors"
	"os"
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
	remove := func(path string) error {
		if path == stays {
			return errors.New("operation not permitted")
		}
		return os.RemoveAll(path)
	}
	from := &opened{store: store, files: &runner.Files{Store: store, Scratch: scratch, Downloads: filepath.Join(dir, "downloads"), Logs: filepath.Join(dir, "logs")}}
	doc, err := from.collect(t.Context(), gcOptions{remove: remove, delete: true, since: time.Now()})
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
