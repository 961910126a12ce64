package exec

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
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
func (f *folder) addInput(ctx context.Context, in spec.NamedInput, format string) error {
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
		if err := os.Mkdir(to, 0o777); err != nil {
			return err
		}
		return copyFile(ctx, in.Path, f.variables[variable], 0o666)
	case in.List:
		if err := os.Mkdir(to, 0o777); err != nil {
			return err
		}
		for i, a := range in.Artifacts {
			if err := writeArtifact(filepath.Join(to, strconv.Itoa(i)), a, format); err != nil {
				return err
			}
		}
		return nil
	}
	return writeArtifact(to, in.Artifacts[0], format)
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
func copyFile(ctx context.Context, from, to string, mode fs.FileMode) error {
	r, err := os.Open(from)
	if err != nil {
		return err
	}
	defer r.Close()
	w, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	for err == nil {
		if err = ctx.Err(); err == nil {
			_, err = io.CopyN(w, r, copyBytes)
		}
	}
	if err == io.EOF {
		err = nil
	}
	return errors.Join(err, w.Close())
}

// writeArtifact writes an artifact into a new folder: its tables, its files in a
// folder files, and its metrics.
func writeArtifact(to string, a *artifacts.Artifact, format string) error {
	if err := os.MkdirAll(filepath.Join(to, "files"), 0o777); err != nil {
		return err
	}
	inside, err := os.OpenRoot(to) // names may come from anywhere, and lead nowhere else
	if err != nil {
		return err
	}
	defer inside.Close()
	for _, name := range a.Tables() {
		t, err := a.Table(name)
		if err != nil {
			return err
		}
		if err := writeTo(inside, name+"."+format, func(w io.Writer) error { return artifacts.Export(w, format, t) }); err != nil {
			return err
		}
	}
	for _, name := range a.Files() {
		if err := writeTo(inside, "files/"+name, func(w io.Writer) error { return a.CopyFile(w, name) }); err != nil {
			return err
		}
	}
	return writeTo(inside, "metrics.json", func(w io.Writer) error { return json.NewEncoder(w).Encode(a.Metrics()) })
}

func writeTo(inside *os.Root, name string, write func(io.Writer) error) error {
	file, err := inside.Create(name)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(file, 1<<16)
	if err := write(w); err != nil {
		file.Close()
		return err
	}
	if err := w.Flush(); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}
