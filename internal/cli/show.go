package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"reprise/artifacts"
	"reprise/cache"
	"reprise/internal/report"
	"reprise/internal/view"
)

// showDocument is what show writes with --json.
type showDocument struct {
	Type       string             `json:"type"` // "show"
	Address    string             `json:"address"`
	Kind       string             `json:"kind"`
	Artifact   artifacts.Digest   `json:"artifact"`
	Tables     []tableDocument    `json:"tables"`
	Files      []fileDocument     `json:"files"`
	Metrics    map[string]float64 `json:"metrics"`
	Provenance provenance         `json:"provenance"`
}

type fileDocument struct {
	Name   string           `json:"name"`
	Size   int64            `json:"size"` // bytes
	SHA256 artifacts.Digest `json:"sha256"`
}

// tableDocument is one table. First has its first rows where the table was
// asked for: each an object of values, lists where a cell has dimensions.
type tableDocument struct {
	Type    string           `json:"type"` // "table"
	Name    string           `json:"name"`
	Rows    []dimension      `json:"rows"`
	Columns []columnDocument `json:"columns"`
	Size    int64            `json:"size"` // bytes
	SHA256  artifacts.Digest `json:"sha256"`
	First   []map[string]any `json:"first,omitempty"`
}

type columnDocument struct {
	Name string      `json:"name"`
	Type string      `json:"type"`
	Unit string      `json:"unit,omitempty"`
	Cell []dimension `json:"cell,omitempty"`
}

type dimension struct {
	Name string `json:"name"`
	Size int    `json:"size"`
}

// provenance is how a result came to be. Experiment and address are those under
// which it was computed.
type provenance struct {
	Key        cache.Key `json:"key"`
	Experiment string    `json:"experiment"`
	Address    string    `json:"address"`
	Run        string    `json:"run"`
	Started    time.Time `json:"started"`
	Seconds    float64   `json:"seconds"`
	Resumed    bool      `json:"resumed"` // from a checkpoint; seconds counts what led there
	Host       string    `json:"host"`
	Arch       string    `json:"arch"`
	Toolchain  string    `json:"toolchain"`
	Version    string    `json:"version"`
}

func (a *app) showCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "show FILE ADDRESS [TABLE]",
		Short: "Show a task's artifact: tables, metrics, files, and how it came to be",
		Long: `Shows the artifact of a task, or the first rows of one of its tables.

With --json one object: {type: "show", address, kind, artifact, tables: [{name,
rows, columns: [{name, type, unit, cell}], size, sha256}], files: [{name, size,
sha256}], metrics, provenance}, or {type: "table", name, rows, columns, size,
sha256, first: [{column: value}]}.`,
		Args: takes("FILE ADDRESS [TABLE]"),
		RunE: func(c *cobra.Command, args []string) error {
			from, err := a.open(args[0])
			if err != nil {
				return err
			}
			defer from.close()
			if len(args) == 3 {
				return a.showTable(c.Context(), from, args[1], args[2])
			}
			return a.show(c.Context(), from, args[1])
		},
	}
	a.variableFlags(c)
	return c
}

func (a *app) show(ctx context.Context, from *opened, address string) error {
	stored, err := from.artifact(ctx, address)
	if err != nil {
		return err
	}
	r := stored.step.Result
	doc := showDocument{Type: "show", Address: stored.step.Task.Address, Kind: r.Kind, Artifact: r.Artifact, Tables: []tableDocument{}, Files: []fileDocument{}, Metrics: r.Metrics,
		Provenance: provenance{r.Key, r.Experiment, r.Address, r.Run, r.Started, r.Seconds, r.Resumed, r.Host, r.Arch, r.Toolchain, r.Version}}
	for _, e := range stored.manifest.Tables {
		t, err := stored.table(e)
		if err != nil {
			return err
		}
		doc.Tables = append(doc.Tables, describe(t, e))
	}
	for _, e := range stored.manifest.Files {
		doc.Files = append(doc.Files, fileDocument{e.Name, e.Size, e.Digest})
	}
	a.ui.object(doc)
	a.ui.artifact(doc, stored)
	return nil
}

func describe(t *artifacts.Table, e artifacts.Entry) tableDocument {
	doc := tableDocument{Type: "table", Name: e.Name, Rows: dimensions(t.Rows), Size: e.Size, SHA256: e.Digest, Columns: []columnDocument{}}
	for _, c := range t.Columns {
		doc.Columns = append(doc.Columns, columnDocument{c.Name, c.Type(), c.Unit, dimensions(c.Cell)})
	}
	return doc
}

func dimensions(dims []artifacts.Dim) (out []dimension) {
	for _, d := range dims {
		out = append(out, dimension{d.Name, d.Size})
	}
	return out
}

// dimensionText names dimensions as an Arrow file's schema does: x:41,y:41.
func dimensionText(dims []dimension) string {
	var parts []string
	for _, d := range dims {
		parts = append(parts, fmt.Sprintf("%s:%d", d.Name, d.Size))
	}
	return strings.Join(parts, ",")
}

func (u *ui) artifact(doc showDocument, stored *storedArtifact) {
	gives := stored.step.Task.Gives
	u.print("%s (%s)", doc.Address, doc.Kind)
	u.print("artifact %s", doc.Artifact)
	var tables, columns, others, metrics [][]string
	for _, t := range doc.Tables {
		tables = append(tables, []string{t.Name, dimensionText(t.Rows), size(t.Size), u.digest(t.SHA256), view.DocOf(gives.Tables, t.Name)})
		for _, c := range t.Columns {
			columns = append(columns, []string{t.Name, c.Name, c.Type, c.Unit, dimensionText(c.Cell)})
		}
	}
	for _, f := range doc.Files {
		others = append(others, []string{f.Name, size(f.Size), u.digest(f.SHA256), view.DocOf(gives.Files, f.Name)})
	}
	for _, name := range report.DocumentedOrder(gives.Metrics, doc.Metrics) {
		metrics = append(metrics, []string{name, figure(doc.Metrics[name]), view.DocOf(gives.Metrics, name)})
	}
	u.section([]column{{name: "metric"}, {name: "value", right: true}, {name: "meaning", wrap: true}}, metrics)
	u.section([]column{{name: "table"}, {name: "rows", right: true}, {name: "size", right: true}, {name: "sha256"}, {name: "meaning", wrap: true}}, tables)
	u.section([]column{{name: "table"}, {name: "column"}, {name: "type"}, {name: "unit"}, {name: "in each row"}}, columns)
	u.section([]column{{name: "file"}, {name: "size", right: true}, {name: "sha256"}, {name: "meaning", wrap: true}}, others)
	p := doc.Provenance
	computed := [][]string{{"run", p.Run}}
	if p.Address != doc.Address || p.Experiment != stored.from.x.Name {
		computed = append(computed, []string{"as", p.Address + " of experiment " + p.Experiment})
	}
	took := seconds(p.Seconds)
	if p.Resumed {
		took += ", with an attempt that was stopped, from whose checkpoint it went on"
	}
	computed = append(computed, []string{"started", p.Started.Local().Format("2006-01-02 15:04:05 -0700")}, []string{"time", took},
		[]string{"machine", p.Host + ", " + p.Arch}, []string{"made by", "reprise " + p.Version + ", " + p.Toolchain}, []string{"key", p.Key.String()})
	u.print("")
	u.table([]column{{}, {}}, computed)
}

// section prints a table after an empty line, if it has rows.
func (u *ui) section(columns []column, rows [][]string) {
	if len(rows) > 0 {
		u.print("")
		u.table(columns, rows)
	}
}

func (u *ui) digest(d artifacts.Digest) string {
	if u.verbose {
		return d.String()
	}
	return d.Short()
}
