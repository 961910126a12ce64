package runner

import (
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"reprise/spec"
)

// scratch is a task's private folder, made when it is asked for.
type scratch struct {
	under string // the folder for such folders
	owner string // the opening of the store that it belongs to
	spare *spareFolders
	kind  string // of the task

	mu   sync.Mutex
	at   spec.Scratch
	free bool // nothing uses it, so that it may serve another task
}

// make returns the folder, in which there is no file when it is first asked for.
func (s *scratch) make() (spec.Scratch, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.at.Path != "" {
		return s.at, nil
	}
	if at, ok := s.spare.take(s.kind); ok {
		s.at = at
		return at, nil
	}
	if err := os.MkdirAll(s.under, 0o777); err != nil {
		return s.at, err
	}
	path, err := os.MkdirTemp(s.under, "task-"+s.owner+"-*")
	s.at.Path = path
	return s.at, err
}

// isFree says that nothing uses the folder any more.
func (s *scratch) isFree() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free = true
}

// remove deletes the folder, unless it may serve another task. One that cannot be
// deleted is left to `reprise gc`.
func (s *scratch) remove() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.at.Path == "" || s.free && s.spare.put(s.kind, s.at.Path) || os.RemoveAll(s.at.Path) == nil {
		return
	}
	openFolders(s.at.Path) // a program may have closed some of its own to writing
	_ = os.RemoveAll(s.at.Path)
}

// spareFolders are folders of tasks that are over, without their files, for others of
// the same kind. To make and delete folders for each task would cost more than many a
// program does: ext4 avoids the inodes of what was deleted lately, and looks for others
// one by one.
type spareFolders struct {
	mu     sync.Mutex
	byKind map[string][]spec.Scratch
	closed bool
	fresh  func(under string) *freshFolders
}

// mostSpare folders are kept of a kind.
const mostSpare = 16

func newSpareFolders() *spareFolders {
	var once sync.Once
	var are *freshFolders
	return &spareFolders{byKind: map[string][]spec.Scratch{}, fresh: func(under string) *freshFolders {
		once.Do(func() { are = newFreshFolders(under) })
		return are
	}}
}

// freshFolders are what a task's folder is like that was just made, and one in it.
type freshFolders struct{ root, inner fs.FileInfo }

// newFreshFolders makes such folders, looks at them and removes them; nil where that
// cannot be.
func newFreshFolders(under string) *freshFolders {
	path, err := os.MkdirTemp(under, "")
	if err != nil {
		return nil
	}
	defer os.RemoveAll(path)
	inner := filepath.Join(path, "inner")
	if err := os.Mkdir(inner, 0o777); err != nil {
		return nil
	}
	f := &freshFolders{}
	f.root, err = os.Lstat(path)
	if err == nil {
		f.inner, err = os.Lstat(inner)
	}
	if err != nil {
		return nil
	}
	return f
}

func (s *spareFolders) take(kind string) (at spec.Scratch, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.byKind[kind]
	if len(all) == 0 {
		return at, false
	}
	s.byKind[kind] = all[:len(all)-1]
	return all[len(all)-1], true
}

// put keeps a folder for another task of a kind; not ok where it cannot be kept, or
// there are enough.
func (s *spareFolders) put(kind, path string) (ok bool) {
	if s.full(kind) {
		return false
	}
	fresh := s.fresh(path)
	if fresh == nil {
		return false
	}
	folders, ok := emptied(path, fresh)
	s.mu.Lock()
	defer s.mu.Unlock()
	if ok = ok && !s.closed; ok {
		s.byKind[kind] = append(s.byKind[kind], spec.Scratch{Path: path, Folders: folders})
	}
	return ok
}

func (s *spareFolders) full(kind string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed || len(s.byKind[kind]) >= mostSpare
}

// close removes them, and those that come back later.
func (s *spareFolders) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for _, all := range s.byKind {
		for _, at := range all {
			_ = os.RemoveAll(at.Path) // else it is left to gc
		}
	}
	s.byKind = nil
}

// A folder that is kept has no more folders in it, and had no more files in one of them.
const (
	mostFolders = 200
	mostFiles   = 1000
)

// emptied deletes all but folders below one, and lists these; not ok where one of them
// is not like a fresh one and cannot be made so, or there is much to do.
func emptied(root string, fresh *freshFolders) (folders []string, ok bool) {
	next := []string{""}
	for len(next) > 0 {
		folder := next[len(next)-1]
		next = next[:len(next)-1]
		path := filepath.Join(root, folder)
		like := fresh.root
		if folder != "" {
			like = fresh.inner
			folders = append(folders, folder)
		}
		if !refreshed(path, like) {
			return nil, false
		}
		entries, all := entriesOf(path)
		if !all {
			return nil, false
		}
		for _, e := range entries {
			if e.IsDir() {
				next = append(next, filepath.Join(folder, e.Name()))
			} else if os.Remove(filepath.Join(path, e.Name())) != nil {
				return nil, false
			}
		}
		if len(folders)+len(next) > mostFolders {
			return nil, false
		}
	}
	slices.Sort(folders)
	return folders, true
}

// entriesOf are those of a folder, if they are not many.
func entriesOf(path string) (entries []fs.DirEntry, all bool) {
	f, err := os.Open(path)
	if err != nil {
		return nil, false
	}
	defer f.Close()
	entries, err = f.ReadDir(mostFiles + 1)
	return entries, (err == nil || err == io.EOF) && len(entries) <= mostFiles
}

// openFolders makes folders writable again, as far as that can be.
func openFolders(root string) {
	_ = filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if d != nil && d.IsDir() && err == nil {
			_ = os.Chmod(p, 0o777)
		}
		return nil
	})
}

// removals remove the folders of tasks that are over while others run: a disk may
// take longer to free a folder than a program took that worked there.
type removals chan struct{} // one for each that goes on

// mostRemovals go on at once. Then tasks wait, so that what is left of them stays little.
const mostRemovals = 8

func newRemovals() removals { return make(removals, mostRemovals) }

func (r removals) add(remove func()) {
	r <- struct{}{}
	go func() {
		defer func() { <-r }()
		remove()
	}()
}

// wait returns when all is removed, or soon after ctx is cancelled. A method that was
// left behind may return, and have its folder removed, at any time.
func (r removals) wait(ctx context.Context) {
	taken, stopped := 0, ctx.Done()
	defer func() {
		for range taken {
			<-r
		}
	}()
	var late <-chan time.Time
	for taken < mostRemovals {
		select {
		case r <- struct{}{}:
			taken++
		case <-stopped:
			stopped, late = nil, time.After(removalGrace)
		case <-late:
			return
		}
	}
}

// tidy ends what there is of folders of tasks.
func (s *site) tidy(ctx context.Context) {
	s.removals.wait(ctx)
	s.spare.close()
}
