package cli

import (
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"reprise/cache"
)

// storeDocument is what store info writes with --json.
type storeDocument struct {
	Type   string         `json:"type"` // "store"
	Store  string         `json:"store"`
	Format int            `json:"format"`
	Size   int64          `json:"size"` // bytes of the file's pages
	Free   int64          `json:"free"` // of these, in pages that hold nothing
	Counts map[string]int `json:"counts"`
	Kinds  []cache.Tally  `json:"kinds"`
	Roots  []rootDocument `json:"roots"`
	Oldest *time.Time     `json:"oldest,omitempty"` // when the first of the results was computed
	Newest *time.Time     `json:"newest,omitempty"`
}

// rootDocument is what keeps results from gc.
type rootDocument struct {
	Name    string    `json:"name"` // "tag NAME" or "lock PATH"
	Results int       `json:"results"`
	Time    time.Time `json:"time"`
}

// compactDocument is what store compact writes with --json.
type compactDocument struct {
	Type   string `json:"type"` // "compact"
	Store  string `json:"store"`
	Before int64  `json:"before"` // bytes of the file
	After  int64  `json:"after"`
}

func (a *app) storeCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "store",
		Short: "Say what the store holds, or make its file smaller",
		Args:  takes(""),
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(&cobra.Command{
		Use:   "info",
		Short: "Say what the store holds",
		Long: `Says how large the store is, what it holds, and what keeps results from gc.

With --json one object: {type: "store", store, format, size, free, counts:
{results, artifacts, contents, runs, …}, kinds: [{name, results, bytes}], roots:
[{name, results, time}], oldest, newest}.`,
		Args: takes(""),
		RunE: func(*cobra.Command, []string) error { return a.storeInfo() },
	}, &cobra.Command{
		Use:   "compact",
		Short: "Give the free pages of the store's file back",
		Long: `Copies the store into a new file without free pages, and puts that in its place.
Other processes wait meanwhile. Interrupted, the old file stays as it is.

With --json one object: {type: "compact", store, before, after}.`,
		Args: takes(""),
		RunE: func(*cobra.Command, []string) error { return a.storeCompact() },
	})
	return c
}

func (a *app) storeInfo() error {
	from, err := a.openStore("", nil, false)
	if err != nil {
		return err
	}
	defer from.close()
	i, err := from.store.Info()
	if err != nil {
		return err
	}
	if i.Size == 0 {
		return fmt.Errorf("there is no store %s", from.store.Path())
	}
	doc := storeDocument{Type: "store", Store: from.store.Path(), Format: cache.Format, Size: i.Size, Free: i.Free, Counts: i.Counts,
		Kinds: append([]cache.Tally{}, i.Kinds...), Roots: []rootDocument{}}
	for _, r := range i.Roots {
		doc.Roots = append(doc.Roots, rootDocument{r.Name, len(r.Keys), r.Time})
	}
	if !i.Oldest.IsZero() {
		doc.Oldest, doc.Newest = &i.Oldest, &i.Newest
	}
	a.ui.object(doc)
	a.ui.storeText(doc)
	if i.Damaged > 0 {
		a.ui.note("%s cannot be read; reprise verify says more", count(i.Damaged, "result"))
	}
	return nil
}

func (u *ui) storeText(doc storeDocument) {
	day := func(t time.Time) string { return t.Local().Format("2006-01-02 15:04") }
	rows := [][]string{{"store", doc.Store}, {"format", strconv.Itoa(doc.Format)}, {"size", size(doc.Size) + ", of which " + size(doc.Free) + " free"}}
	if doc.Oldest != nil {
		rows = append(rows, []string{"computed", "from " + day(*doc.Oldest) + " to " + day(*doc.Newest)})
	}
	for _, c := range []struct{ bucket, name string }{{"results", "results"}, {"artifacts", "artifacts"}, {"contents", "tables and files"}, {"runs", "runs"},
		{"logs", "logs"}, {"failures", "failures"}, {"pending", "parts on their way"}} {
		if n := doc.Counts[c.bucket]; n > 0 || c.bucket == "results" {
			rows = append(rows, []string{c.name, strconv.Itoa(n)})
		}
	}
	u.table([]column{{}, {}}, rows)
	u.tallyTable("kind", doc.Kinds)
	rows = nil
	for _, r := range doc.Roots {
		rows = append(rows, []string{r.Name, strconv.Itoa(r.Results), day(r.Time)})
	}
	u.section([]column{{name: "kept by"}, {name: "results", right: true}, {name: "since"}}, rows)
}

func (u *ui) tallyTable(what string, list []cache.Tally) {
	var rows [][]string
	for _, t := range list {
		rows = append(rows, []string{t.Name, strconv.Itoa(t.Results), size(t.Bytes)})
	}
	u.section([]column{{name: what}, {name: "results", right: true}, {name: "size", right: true}}, rows)
}

func (a *app) storeCompact() error {
	store, err := a.changeStore()
	if err != nil {
		return err
	}
	defer store.close()
	a.working.Store(true)
	before, after, err := store.store.Compact()
	if err != nil {
		return err
	}
	a.ui.object(compactDocument{"compact", store.store.Path(), before, after})
	a.ui.print("%s: %s before, %s now", store.store.Path(), size(before), size(after))
	return nil
}

// changeStore opens the store for writing, if there is one.
func (a *app) changeStore() (*opened, error) {
	at, err := a.storePath()
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(at); err != nil {
		return nil, fmt.Errorf("there is no store %s: %w", at, err)
	}
	return a.openStore("", nil, true)
}
