package runner

import (
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// scratch is a task's private folder, made when it is asked for.
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
