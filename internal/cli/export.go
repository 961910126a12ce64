package cli

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"reprise/artifacts"
	"reprise/runner"
)

// exportDocument is what export writes with --json.
type exportDocument struct {
	Type  string          `json:"type"` // "export"
	Files []exportedEntry `json:"files"`
}

// exportedEntry is one file that was written.
type exportedEntry struct {
	Name   string           `json:"name"` // of the table or file
	Path   string           `json:"path"`
	SHA256 artifacts.Digest `json:"sha256"` // of the file written
}

func (a *app) exportCommand() *cobra.Command {
	var to string
	c := &cobra.Command{
		Use:   "export FILE ADDRESS [TABLE] --to PATH",
		Short: "Write a table or file of an artifact to PATH",
		Long: `Writes a table as Arrow (the stored bytes, so that sha256sum gives the digest that
show prints), Parquet, CSV or NPZ, by PATH's ending, or a file of the artifact as
it is. With a folder for PATH (it ends in /) and no TABLE: everything, tables as
Arrow. Arrow and Parquet keep names of dimensions and units, NPZ shapes.
What it prints has the form of sha256sum. A file is written whole or not at all;
what is no file, such as a pipe or /dev/stdout, is written to as it is, a table as
Arrow unless PATH's ending says otherwise, and the digest goes to standard error.

With --json one object: {type: "export", files: [{name, path, sha256}]}.`,
		Args: takes("FILE ADDRESS [TABLE]"),
		RunE: func(c *cobra.Command, args []string) error {
			if to == "" {
				return &runner.UsageError{Message: "export needs --to PATH"}
			}
			name := ""
			if len(args) == 3 {
				name = args[2]
			}
			return a.export(c.Context(), args[0], args[1], name, to)
		},
	}
	c.Flags().StringVar(&to, "to", "", "`path` of the file, or of a folder ending in /")
	a.variableFlags(c)
	return c
}

func (a *app) export(ctx context.Context, path, address, name, to string) error {
	from, err := a.open(path)
	if err != nil {
		return err
	}
	defer from.close()
	stored, err := from.artifact(ctx, address)
	if err != nil {
		return err
	}
	jobs, err := stored.exports(name, to)
	if err != nil {
		return err
	}
	a.working.Store(true)
	doc := exportDocument{Type: "export", Files: []exportedEntry{}}
	if info, err := os.Stat(to); err == nil && a.ui.json && isStandard(info) == os.Stdout {
		return &runner.UsageError{Message: "with --json standard output is not for the content: give another PATH, or leave out --json"}
	}
	for _, j := range jobs {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(j.to), 0o777); err != nil {
			return err
		}
		h := sha256.New()
		if err := writeWhole(j.to, func(w io.Writer) error { return stored.write(io.MultiWriter(w, h), j) }); err != nil {
			return err
		}
		var digest artifacts.Digest
		h.Sum(digest[:0])
		doc.Files = append(doc.Files, exportedEntry{j.entry.Name, j.to, digest})
		if j.stream {
			a.ui.note("%s  %s", digest, j.to) // the content alone is on standard output
		} else {
			a.ui.print("%s  %s", digest, j.to)
		}
	}
	a.ui.object(doc)
	return nil
}

// exportJob is one file to write.
type exportJob struct {
	entry   artifacts.Entry
	isTable bool
	to      string
	stream  bool // to what is no regular file, or is standard output
}

// exports decides what goes where, and refuses what cannot.
func (s *storedArtifact) exports(name, to string) ([]exportJob, error) {
	folder, stream := strings.HasSuffix(to, "/"), false
	if info, err := os.Stat(to); err == nil {
		folder = folder || info.IsDir()
		stream = !info.IsDir() && (!info.Mode().IsRegular() || isStandard(info) != nil)
	}
	entries := s.manifest.Contents()
	var jobs []exportJob
	for i, e := range entries {
		isTable := i < len(s.manifest.Tables)
		if name != "" && e.Name != name {
			continue
		}
		j := exportJob{e, isTable, to, stream}
		if folder {
			if !filepath.IsLocal(e.Name) || filepath.Clean(e.Name) == "." {
				return nil, fmt.Errorf("%q is no name for a file in a folder; give it one with --to", e.Name)
			}
			j.to = filepath.Join(to, e.Name)
			if isTable {
				j.to += ".arrow"
			}
		}
		jobs = append(jobs, j)
	}
	if name != "" {
		if len(jobs) == 0 {
			_, _, err := s.find(name)
			return nil, err
		}
		jobs = jobs[:1] // a table where a file has the same name
	}
	switch {
	case len(jobs) == 0:
		return nil, fmt.Errorf("%s has no tables or files to export", s.step.Task.Address)
	case len(jobs) > 1 && !folder:
		return nil, &runner.UsageError{Message: fmt.Sprintf("%s has several tables or files; say which (%s), or give a folder: --to %s/", s.step.Task.Address, s.names(), to)}
	case jobs[0].isTable && !folder && !stream && artifacts.FormatOf(to) == "":
		return nil, &runner.UsageError{Message: fmt.Sprintf("a table is written as .arrow, .parquet, .csv or .npz, by the ending of PATH, and %s has none of them", to)}
	}
	return jobs, nil
}

func (s *storedArtifact) write(w io.Writer, j exportJob) error {
	if format := artifacts.FormatOf(j.to); j.isTable && format != "arrow" && format != "" {
		t, err := s.table(j.entry)
		if err != nil {
			return err
		}
		return artifacts.Export(w, format, t)
	}
	return s.copy(w, j)
}
