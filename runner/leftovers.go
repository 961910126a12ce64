package runner

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"reprise/artifacts"
	"reprise/cache"
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

// Unneeded finds downloads that no result names which stays in the store, and
// logs of runs whose records do not stay, both older than since. While another
// process has the store open, a download may be in use, and stays.
func (f *Files) Unneeded(g *cache.Garbage, since time.Time) (downloads, logs []Leftover, err error) {
	downloads, err = oldFiles(f.Downloads, since, func(name string) bool {
		d, err := artifacts.ParseDigest(name)
		return err == nil && !g.KeptFiles[d] && !g.Shared
	})
	if err != nil {
		return nil, nil, err
	}
	logs, err = oldFiles(f.Logs, since, func(name string) bool {
		run, isLog := strings.CutSuffix(name, ".jsonl")
		_, owner, _ := strings.Cut(run, "-") // of a run that goes on
		return isLog && !g.KeptRuns[run] && !f.Store.Alive(owner)
	})
	return downloads, logs, err
}

// oldFiles are those in a folder that were not changed since then and go by their names.
func oldFiles(folder string, since time.Time, goes func(name string) bool) ([]Leftover, error) {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var all []Leftover
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && info.Mode().IsRegular() && info.ModTime().Before(since) && goes(e.Name()) {
			all = append(all, Leftover{filepath.Join(folder, e.Name()), info.Size()})
		}
	}
	return all, err
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
