package exec

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"reprise/artifacts"
	"reprise/spec"
)

// addInput lays out an input and puts its path into the environment.
func (f *folder) addInput(in spec.NamedInput, format string) error {
	variable := "REPRISE_INPUT_" + strings.Map(func(r rune) rune {
		if variableName.MatchString("_" + string(r)) {
			return r
		}
		return '_'
	}, in.Name)
	if _, twice := f.variables[variable]; twice {
		return fmt.Errorf("another input has the variable %s already: give it another name", variable)
	}
	to := filepath.Join(f.root, "inputs", in.Name)
	f.variables[variable] = to
	switch {
	case in.Path != "":
		name := in.FileName
		if !filepath.IsLocal(name) || filepath.Base(name) != name || name == "." {
			name = "data"
		}
		f.variables[variable] = filepath.Join(to, name)
		return linkTo(in.Path, f.variables[variable])
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

// linkTo makes a link to a dataset's bytes, which may be many.
func linkTo(file, link string) error {
	file, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Dir(link), 0o777); err != nil {
		return err
	}
	return os.Symlink(file, link)
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
		content, err := a.File(name)
		if err != nil {
			return err
		}
		if err := writeTo(inside, "files/"+name, func(w io.Writer) error { _, err := w.Write(content); return err }); err != nil {
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
