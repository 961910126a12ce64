package cli

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
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
What it prints has the form of sha256sum. A file is written whole or not at all.

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
	for _, j := range jobs {
		if err := ctx.Err(); err != nil {
			return err
		}
		digest, err := writeWhole(j.to, func(w io.Writer) error { return stored.write(w, j) })
		if err != nil {
			return err
		}
		doc.Files = append(doc.Files, exportedEntry{j.entry.Name, j.to, digest})
		a.ui.print("%s  %s", digest, j.to)
	}
	a.ui.object(doc)
	return nil
}

// exportJob is one file to write.
type exportJob struct {
	entry   artifacts.Entry
	isTable bool
	to      string
}

// exports decides what goes where, and refuses what cannot.
func (s *storedArtifact) exports(name, to string) ([]exportJob, error) {
	folder := strings.HasSuffix(to, "/")
	if info, err := os.Stat(to); err == nil && info.IsDir() {
		folder = true
	}
	entries := s.manifest.Contents()
	var jobs []exportJob
	for i, e := range entries {
		isTable := i < len(s.manifest.Tables)
		if name != "" && e.Name != name {
			continue
		}
		j := exportJob{e, isTable, to}
		if folder {
			if !filepath.IsLocal(e.Name) {
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
	case jobs[0].isTable && !folder && artifacts.FormatOf(to) == "":
		return nil, &runner.UsageError{Message: fmt.Sprintf("a table is written as .arrow, .parquet, .csv or .npz, by the ending of PATH, and %s has none of them", to)}
	}
	return jobs, nil
}

func (s *storedArtifact) write(w io.Writer, j exportJob) error {
	b, err := s.bytes(j.entry)
	if err != nil {
		return err
	}
	if format := artifacts.FormatOf(j.to); j.isTable && format != "arrow" {
		t, err := artifacts.DecodeTable(j.entry.Name, b)
		if err != nil {
			return err
		}
		return artifacts.Export(w, format, t)
	}
	_, err = io.Copy(w, bytes.NewReader(b))
	return err
}

// writeWhole writes a file under another name first, and gives it its own when
// it is complete. It returns the digest of what was written.
func writeWhole(path string, write func(io.Writer) error) (d artifacts.Digest, err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return d, err
	}
	part := fmt.Sprintf("%s.part-%d", path, os.Getpid())
	f, err := os.OpenFile(part, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err != nil {
		return d, err
	}
	h := sha256.New()
	err = write(io.MultiWriter(f, h))
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(part, path)
	}
	if err != nil {
		os.Remove(part)
		return d, err
	}
	h.Sum(d[:0])
	return d, nil
}
