package exec

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"

	"reprise/spec"
)

// folder is where a program runs: what it may see lies below it.
type folder struct {
	root      string            // with work, inputs, home, tmp
	work      string            // where it starts
	closed    []string          // folders that it cannot write in
	laid      map[string]bool   // files that were there before it, by path in work
	variables map[string]string // its environment
}

// layOut makes the folder of a task, with its files and inputs.
func (e *Exec) layOut(ctx context.Context, env *spec.Env) (*folder, error) {
	root, err := env.Scratch()
	if err != nil {
		return nil, err
	}
	if root, err = filepath.Abs(root); err != nil {
		return nil, err
	}
	f := &folder{root: root, work: filepath.Join(root, "work"), laid: map[string]bool{}, variables: cleanEnvironment(root)}
	for _, name := range []string{"work", "home", "tmp"} {
		if err := os.Mkdir(filepath.Join(root, name), 0o777); err != nil {
			return nil, err
		}
	}
	if err := f.addClosed(filepath.Join(root, "inputs")); err != nil {
		return nil, err
	}
	f.variables["REPRISE_THREADS"] = strconv.Itoa(env.Threads())
	for _, in := range env.Named("inputs") {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := f.addInput(ctx, env, in, e.Format); err != nil {
			return nil, fmt.Errorf("lay out input %s: %w", in.Name, err)
		}
	}
	if err := errors.Join(f.closeInputs(), env.DoneReading("inputs")); err != nil {
		return nil, err
	}
	for _, file := range env.Files("files") {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := f.addFile(ctx, env, file); err != nil {
			return nil, fmt.Errorf("lay out %s: %w", file.Name, err)
		}
	}
	if err := env.DoneReading("files"); err != nil {
		return nil, err
	}
	maps.Copy(f.variables, e.Env)
	return f, f.makeRoom(e.outputs())
}

// cleanEnvironment is what every program has, its HOME and TMPDIR in a folder.
func cleanEnvironment(root string) map[string]string {
	return map[string]string{
		"PATH":   os.Getenv("PATH"),
		"HOME":   filepath.Join(root, "home"),
		"TMPDIR": filepath.Join(root, "tmp"),
		"LANG":   "C.UTF-8",
	}
}

// listed is an environment as a program takes it.
func listed(variables map[string]string) []string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		list = append(list, name+"="+variables[name])
	}
	return list
}

// scriptBytes are more than a program has whose file is not marked as one.
const scriptBytes = 4 << 20

// addFile lays out a copy of one of files.
func (f *folder) addFile(ctx context.Context, env *spec.Env, file spec.NamedFile) error {
	to := filepath.Join(f.work, filepath.FromSlash(file.Name))
	if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
		return err
	}
	f.laid[filepath.FromSlash(file.Name)] = true
	from, err := env.Open(file.Path)
	if err != nil {
		return err
	}
	defer from.Close()
	info, err := from.Stat()
	if err != nil {
		return err
	}
	// A program that starts while the copy is open for writing would hold it
	// open, and Linux runs no file that anybody can write.
	if info.Mode()&0o100 != 0 || info.Size() <= scriptBytes {
		syscall.ForkLock.RLock()
		defer syscall.ForkLock.RUnlock()
	}
	return copyFile(ctx, from, to, 0o777) // whatever that of the original, which is not in the key
}

// makeRoom makes the folders of the outputs.
func (f *folder) makeRoom(outputs []output) error {
	for _, o := range outputs {
		p := filepath.FromSlash(o.path)
		if err := os.MkdirAll(filepath.Join(f.work, filepath.Dir(p)), 0o777); err != nil {
			return err
		}
	}
	return nil
}

// addClosed makes a folder that is closed to writing once all inputs are laid out.
func (f *folder) addClosed(path string) error {
	f.closed = append(f.closed, path)
	return os.Mkdir(path, 0o777)
}

// closeInputs takes away the permission to write in the folders of inputs, whose
// files were made without it.
func (f *folder) closeInputs() error {
	for _, path := range f.closed {
		if err := os.Chmod(path, 0o555); err != nil {
			return err
		}
	}
	return nil
}

// written lists the files in the folder that were not there before, sorted, for
// people: a folder that cannot be looked into is left out. What Python keeps of
// its own sources is no output of anybody.
func (f *folder) written() []string {
	var names []string
	_ = filepath.WalkDir(f.work, func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fs.SkipDir
		case d.IsDir() && d.Name() == "__pycache__":
			return fs.SkipDir
		case d.IsDir():
			return nil
		}
		if name, err := filepath.Rel(f.work, p); err == nil && !f.laid[name] {
			names = append(names, filepath.ToSlash(name))
		}
		return nil
	})
	return names
}

// nameUndeclared says in the log what the program wrote and nobody asked for.
func (e *Exec) nameUndeclared(written []string, env *spec.Env) {
	declared := slices.Collect(maps.Values(e.Outputs))
	var others []string
	for _, name := range written {
		if !slices.Contains(declared, name) {
			others = append(others, name)
		}
	}
	if len(others) > 0 {
		env.Logf("written and not kept, for outputs does not name it: %s", some(others))
	}
}
