package exec

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"reprise/artifacts"
	"reprise/spec"
)

// addInput lays out an input and puts its path into the environment.
func (f *folder) addInput(ctx context.Context, env *spec.Env, in spec.NamedInput, format string) error {
	variable := inputVariable(in.Name)
	to := filepath.Join(f.root, "inputs", in.Name)
	f.variables[variable] = to
	switch {
	case in.Path != "":
		name := in.FileName
		if !filepath.IsLocal(name) || filepath.Base(name) != name || name == "." {
			name = "data"
		}
		f.variables[variable] = filepath.Join(to, name)
		if err := f.addClosed(to); err != nil {
			return err
		}
		from, err := env.Open(in.Path)
		if err != nil {
			return err
		}
		defer from.Close()
		return copyFile(ctx, from, f.variables[variable], 0o444)
	case in.List:
		if err := f.addClosed(to); err != nil {
			return err
		}
		for i, a := range in.Artifacts {
			if err := f.addArtifact(filepath.Join(to, strconv.Itoa(i)), a, format); err != nil {
				return err
			}
		}
		return nil
	}
	return f.addArtifact(to, in.Artifacts[0], format)
}

// inputVariable is the name of the variable that has an input's path.
func inputVariable(input string) string {
	return "REPRISE_INPUT_" + strings.Map(func(r rune) rune {
		if variableName().MatchString("_" + string(r)) {
			return r
		}
		return '_'
	}, input)
}

// copyBytes are copied between two looks at whether the task goes on.
const copyBytes = 64 << 20

// copyFile gives a program bytes of its own, which it may do anything to: a link
// would lead it to the original. Where the file system can (Btrfs, XFS), Linux
// shares the blocks of both until one is written to, so that it takes no time.
func copyFile(ctx context.Context, from io.Reader, to string, mode fs.FileMode) error {
	w, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	for err == nil {
		if err = ctx.Err(); err == nil {
			_, err = io.CopyN(w, from, copyBytes)
		}
	}
	if err == io.EOF {
		err = nil
	}
	return errors.Join(err, w.Close())
}

// addArtifact lays out an artifact in a new folder: its tables, its files in a
// folder files, and its metrics.
func (f *folder) addArtifact(to string, a *artifacts.Artifact, format string) error {
	files := filepath.Join(to, "files")
	if err := errors.Join(f.addClosed(to), f.addClosed(files)); err != nil {
		return err
	}
	for _, name := range a.Tables() {
		t, err := a.Table(name)
		if err != nil {
			return err
		}
		if err := writeTo(to, name+"."+format, func(w io.Writer) error { return exportTable(w, format, t) }); err != nil {
			return err
		}
	}
	for _, name := range a.Files() {
		if err := writeTo(files, name, func(w io.Writer) error { return a.CopyFile(w, name) }); err != nil {
			return err
		}
	}
	return writeTo(to, "metrics.json", func(w io.Writer) error { return json.NewEncoder(w).Encode(a.Metrics()) })
}

// exportTable writes a table in larger pieces than a format does.
func exportTable(to io.Writer, format string, t *artifacts.Table) error {
	w := bufio.NewWriterSize(to, 1<<16)
	if err := artifacts.Export(w, format, t); err != nil {
		return err
	}
	return w.Flush()
}

// writeTo writes a new file that is closed to writing, in a folder that nothing else
// writes in.
func writeTo(folder, name string, write func(io.Writer) error) error {
	if !filepath.IsLocal(name) || filepath.Base(name) != name { // names may come from anywhere
		return fmt.Errorf("%q is no name of a file", name)
	}
	file, err := os.OpenFile(filepath.Join(folder, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o444)
	if err != nil {
		return err
	}
	return errors.Join(write(file), file.Close())
}
