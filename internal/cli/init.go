package cli

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"reprise/runner"
)

// template is the experiment that init writes.
//
//go:embed template
var template embed.FS

// initDocument is what init writes with --json.
type initDocument struct {
	Type  string   `json:"type"` // "init"
	Files []string `json:"files"`
}

func (a *app) initCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "init DIR",
		Short: "Write a small experiment to begin with",
		Long: `Writes a small experiment into the folder DIR, which is made if need be: a sweep
of programs, statistics over it, a check. It runs at once and has comments that
say how; change it into your own. Asks nothing and overwrites nothing.

With --json one object: {type: "init", files: [paths]}.`,
		Args: takes("DIR"),
		RunE: func(_ *cobra.Command, args []string) error { return a.init(args[0]) },
	}
}

// newFile is one that init writes.
type newFile struct {
	path    string
	content []byte
}

func (a *app) init(dir string) error {
	files, err := templateFiles(dir)
	if err != nil {
		return err
	}
	for _, f := range files {
		if _, err := os.Lstat(f.path); err == nil {
			return &runner.UsageError{Message: fmt.Sprintf("%s exists, and init overwrites nothing; give another folder", f.path)}
		}
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	doc := initDocument{Type: "init", Files: []string{}}
	for _, f := range files {
		if err := writeNew(f.path, f.content); err != nil {
			return err
		}
		doc.Files = append(doc.Files, f.path)
		a.ui.print("wrote %s", f.path)
	}
	a.ui.object(doc)
	if ignore := ignoresNothing(dir); ignore != "" {
		a.ui.note("add the line .reprise/ to %s: the store is no file for git", ignore)
	}
	a.ui.note("next: reprise run %s", quoted(dir))
	a.ui.note("then: reprise metrics %s --over seed", quoted(dir))
	return nil
}

// templateFiles are the files to write into a folder. A .gitignore that is there
// already stays.
func templateFiles(dir string) (files []newFile, err error) {
	err = fs.WalkDir(template, "template", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := template.ReadFile(name)
		path := filepath.Join(dir, filepath.FromSlash(strings.TrimPrefix(name, "template/")))
		if d.Name() == "gitignore" {
			path = filepath.Join(dir, ".gitignore")
			if _, err := os.Lstat(path); err == nil {
				return nil
			}
		}
		files = append(files, newFile{path, content})
		return err
	})
	return files, err
}

// writeNew writes a file that must not exist.
func writeNew(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Close())
}

// ignoresNothing is the .gitignore that ought to name the store, and does not:
// that at the git root, where the store is made. "" where all is well.
func ignoresNothing(dir string) string {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return ""
	}
	root, ok := upwards(abs, func(dir string) string { return filepath.Join(dir, ".git") })
	if !ok {
		root = abs
	}
	path := filepath.Join(root, ".gitignore")
	content, _ := os.ReadFile(path) // one that cannot be read names nothing
	lines := strings.Fields(string(content))
	for _, form := range []string{".reprise", ".reprise/", "/.reprise", "/.reprise/"} {
		if slices.Contains(lines, form) {
			return ""
		}
	}
	return path
}
