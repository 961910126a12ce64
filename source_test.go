package main

import (
	"io/fs"
	"path"
	"slices"
	"strings"
)

// sourceOnly is the project's files without stores, binaries and history, to
// copy them elsewhere.
type sourceOnly struct{ fs.FS }

// ReadDir leaves out what is no source.
func (s sourceOnly) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(s.FS, name)
	return slices.DeleteFunc(entries, func(e fs.DirEntry) bool {
		return strings.HasPrefix(e.Name(), ".") || !e.IsDir() && !slices.Contains([]string{".go", ".hcl", ".mod", ".sum", ".s", ".html", ".css", ".js"}, path.Ext(e.Name()))
	}), err
}
