package runner

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Leftover is a task's folder or an unfinished download that a process left
// behind when it was killed.
type Leftover struct {
	Path  string `json:"path"`
	Bytes int64  `json:"bytes"`
}

// Leftovers finds them by their names, which begin with what they are and the
// owner: the opening of the store that made them, which tells whether it lives.
func (f *Files) Leftovers() ([]Leftover, error) {
	var all []Leftover
	for _, of := range []struct{ folder, prefix string }{{f.Scratch, "task-"}, {f.Downloads, "part-"}} {
		entries, err := os.ReadDir(of.folder)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			rest, ours := strings.CutPrefix(e.Name(), of.prefix)
			owner, _, named := strings.Cut(rest, "-")
			if !ours || !named || f.Store.Alive(owner) {
				continue
			}
			path := filepath.Join(of.folder, e.Name())
			all = append(all, Leftover{path, bytesUnder(path)})
		}
	}
	return all, nil
}

// bytesUnder is the size of a file, or of all files in a folder. What cannot be
// looked at does not count.
func bytesUnder(path string) (total int64) {
	filepath.WalkDir(path, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil
		}
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
			total += info.Size()
		}
		return nil
	})
	return total
}
