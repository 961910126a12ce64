package runner

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// scratch is a task's private folder, made when it is asked for. It serves no other task,
// though to make and delete one takes longer than many a program does: who is no child of
// ours, as a container, may work on in it when the task is over.
type scratch struct {
	under string // the folder for such folders
	owner string // the opening of the store that it belongs to

	mu   sync.Mutex
	path string
}

// make returns the folder, which is empty when it is first asked for.
func (s *scratch) make() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.path != "" {
		return s.path, nil
	}
	if err := os.MkdirAll(s.under, 0o777); err != nil {
		return "", err
	}
	path, err := os.MkdirTemp(s.under, "task-"+s.owner+"-*")
	s.path = path
	return path, err
}

// remove deletes the folder. One that cannot be deleted is left to `reprise gc`.
func (s *scratch) remove() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.path == "" || os.RemoveAll(s.path) == nil {
		return
	}
	openFolders(s.path) // a program may have closed some of its own to writing
	_ = os.RemoveAll(s.path)
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
