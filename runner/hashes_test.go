package runner

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"reprise/artifacts"
	"reprise/cache"
)

const readsOne = `stage "read" "file" { file = "data.txt" }`

// settled writes a file so long ago that its identity tells of any change since.
func (l *lab) settled(name, text string) (path string, id cache.FileIdentity) {
	path = l.write(name, text)
	for {
		info, err := os.Stat(path)
		if err != nil {
			l.t.Fatal(err)
		}
		if id = cache.IdentityOf(info); id.Settled(time.Now()) {
			return path, id
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// An unchanged file is not read, neither by a run nor by one that is spared: the one
// believes a false digest that the store remembers of it, the other one in its plan.
// With Rehash neither does.
func TestUnchangedFilesAreNotRead(t *testing.T) {
	l := newLab(t)
	path, id := l.settled("data.txt", "12345")
	m := l.leave(readsOne)
	right := m.Files[path].digest
	if m.Files[path].id != id {
		t.Errorf("the plan has a file of %+v, not of %+v", m.Files[path].id, id)
	}
	lie := func() { l.store.RememberFile(path, id, artifacts.DigestOf([]byte("false")), time.Now()) }
	lie()
	if _, ok, err := Recall(context.Background(), m, l.store, l.rehashing(), Options{}); !ok || err != nil {
		t.Errorf("with Rehash a run is not spared: %v", err)
	}
	if now, ok := l.store.FileDigest(path, id); !ok || now != right {
		t.Error("what was read is not remembered")
	}
	lie()
	steps, _, err := Plan(context.Background(), l.load(readsOne), l.store, l.rehashing(), Options{})
	if err != nil || steps[0].Action != ActionCached {
		t.Errorf("with Rehash a plan says %v, %v", steps[0].Reasons, err)
	}
	lie()
	if _, ok := l.recall(m); !ok {
		t.Error("a run was not spared")
	}
	m.Files[path] = seenFile{artifacts.DigestOf([]byte("false")), id}
	if _, ok := l.recall(m); !ok {
		t.Error("a run that was spared read the file")
	}
	if _, ok, err := Recall(context.Background(), m, l.store, l.rehashing(), Options{}); ok || err != nil {
		t.Errorf("with Rehash a false plan spares a run: %v", err)
	}
	lie()
	m.Files[path] = seenFile{digest: artifacts.DigestOf([]byte("false"))}
	if _, ok := l.recall(m); !ok {
		t.Error("without an identity the store is not asked")
	}
	if got := l.run(l.load(readsOne), Options{}); got.states["stage.file"] == Cached {
		t.Error("a run read the file")
	}
}

func (l *lab) rehashing() *Files {
	f := l.files()
	f.Rehash = true
	return f
}

// Digests that are computed ahead are those of the files, and each is told once:
// who asks again learns of a change.
func TestHashesAhead(t *testing.T) {
	l := newLab(t)
	f := l.files()
	var paths []string
	for i := range 50 {
		paths = append(paths, l.write(fmt.Sprintf("f%d", i), fmt.Sprint(i)))
	}
	gone := filepath.Join(l.dir, "gone")
	paths = append(paths, gone, paths[0])
	defer f.hashAhead(context.Background(), paths, 3)()
	for i, path := range paths[:50] {
		if d, err := f.awaited(context.Background(), path); err != nil || d != artifacts.DigestOf([]byte(fmt.Sprint(i))) {
			t.Errorf("%s: %s, %v", path, d, err)
		}
		l.write(filepath.Base(path), "new")
		if d, err := f.awaited(context.Background(), path); err != nil || d != artifacts.DigestOf([]byte("new")) {
			t.Errorf("%s, which changed: %s, %v", path, d, err)
		}
	}
	if _, err := f.awaited(context.Background(), gone); err == nil || !strings.Contains(err.Error(), "no file") {
		t.Errorf("no file: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	f.hashAhead(ctx, paths[:1], 3)()
	if _, err := f.awaited(ctx, paths[0]); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
