package cli

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"reprise/runner"
	"reprise/spec"
)

// fmtDocument is what fmt writes with --json, one for each file.
type fmtDocument struct {
	Type        string            `json:"type"` // "fmt"
	File        string            `json:"file"`
	Changed     bool              `json:"changed"` // or would be, with --check
	Diagnostics []spec.Diagnostic `json:"diagnostics"`
}

func (a *app) fmtCommand() *cobra.Command {
	check := false
	c := &cobra.Command{
		Use:   "fmt [FILE...]",
		Short: "Lay out experiments the canonical way",
		Long: `Formats each FILE in place, or the .hcl files of a folder; without FILE those of
this folder. Indentation and spaces change, nothing else does. Prints the names
of the files that changed. FILE - stands for standard input, formatted to
standard output. JSON (.hcl.json) is left alone.

With --check nothing is written, the names are those of the files that would
change, and the exit status is 3 where there is one. A file that does not parse
is not touched, and the exit status is 2.

With --json one object for each file: {type: "fmt", file, changed,
diagnostics: [{summary, detail, file, line, column}]}.`,
		Args: takes("[FILE...]"),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				args = []string{"."}
			}
			return a.fmt(c.InOrStdin(), args, check)
		},
	}
	c.Flags().BoolVar(&check, "check", false, "write nothing, and exit with status 3 where a file would change")
	return c
}

func (a *app) fmt(in io.Reader, args []string, check bool) error {
	var files []string
	for _, path := range args {
		found, err := formattable(path)
		if err != nil {
			return &runner.UsageError{Message: err.Error()}
		}
		files = append(files, found...)
	}
	status := runner.ExitDone
	for _, path := range files {
		changed, valid, err := a.fmtFile(in, path, check)
		switch {
		case err != nil:
			return err
		case !valid:
			status = runner.ExitInvalid
		case changed && check && status == runner.ExitDone:
			status = runner.ExitCheck
		}
	}
	return said(status)
}

// formattable are the files that an argument stands for.
func formattable(path string) ([]string, error) {
	if path == "-" {
		return []string{path}, nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		if strings.HasSuffix(path, ".json") {
			return nil, nil
		}
		return []string{path}, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, e := range entries {
		if !e.IsDir() && strings.HasSuffix(e.Name(), ".hcl") {
			files = append(files, filepath.Join(path, e.Name()))
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("there is no .hcl file in %s", path)
	}
	return files, nil
}

// fmtFile formats one file, and tells whether it changes and is HCL at all.
func (a *app) fmtFile(in io.Reader, path string, check bool) (changed, valid bool, err error) {
	name, src := path, []byte(nil)
	if path == "-" {
		name = "standard input"
		src, err = io.ReadAll(in)
	} else {
		src, err = os.ReadFile(path)
	}
	if err != nil {
		return false, false, err
	}
	formatted, diags := spec.Format(name, src)
	if diags.HasErrors() {
		a.ui.diagnostics(diags)
		a.ui.object(fmtDocument{"fmt", name, false, diags.List()})
		return false, false, nil
	}
	changed = !bytes.Equal(src, formatted)
	switch {
	case path == "-" && !check:
		a.ui.raw(formatted)
	case changed && !check:
		err = writeContent(path, formatted)
	}
	if changed && (path != "-" || check) && err == nil {
		a.ui.print("%s", name)
	}
	a.ui.object(fmtDocument{"fmt", name, changed, []spec.Diagnostic{}})
	return changed, true, err
}
