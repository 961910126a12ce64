package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"reprise/cache"
	"reprise/runner"
	"reprise/spec"
)

// gcDocument is what gc writes with --json.
type gcDocument struct {
	Type        string                  `json:"type"` // "gc"
	Store       string                  `json:"store"`
	Deleted     bool                    `json:"deleted"` // else all of this is only what would be
	Results     int                     `json:"results"`
	Bytes       int64                   `json:"bytes"`       // of all that goes, in the store's file
	Kinds       []cache.Tally           `json:"kinds"`       // the results by kind
	Logs        int                     `json:"logs"`        // and failures, of keys that nothing keeps
	Code        int                     `json:"code"`        // versions of code that no result names
	Unneeded    int                     `json:"unneeded"`    // artifacts and contents of no result
	Damaged     int                     `json:"damaged"`     // results that cannot be read
	Roots       []string                `json:"roots"`       // that keep nothing any more
	Runs        int                     `json:"runs"`        // records of runs
	Files       int                     `json:"files"`       // digests of files that are gone
	RunLogs     []runner.Leftover       `json:"run_logs"`    // structured logs of runs that are not kept
	Downloads   []runner.Leftover       `json:"downloads"`   // that no result names which stays
	Leftovers   []runner.Leftover       `json:"leftovers"`   // of processes that were killed
	Checkpoints []cache.StaleCheckpoint `json:"checkpoints"` // that nothing will go on from
	Unremoved   []unremoved             `json:"unremoved"`   // what the system did not let go of
	Kept        []cache.Tally           `json:"kept"`        // what stays, by what keeps it
	Before      int64                   `json:"before"`      // bytes of the file
	After       int64                   `json:"after"`       // the same where nothing was deleted
}

// unremoved is a file or folder beside the store that should have gone.
type unremoved struct {
	Path  string `json:"path"`
	Error string `json:"error"`
}

// gcOptions are the flags of gc, and what removes files.
type gcOptions struct {
	remove    func(path string) error // a file or folder beside the store
	delete    bool
	keep, fit string // as given
	untag     []string
	since     time.Time
	maxSize   int64
}

func (a *app) gcCommand() *cobra.Command {
	o := gcOptions{remove: os.RemoveAll}
	c := &cobra.Command{
		Use:   "gc",
		Short: "Say which results nothing keeps, and delete them with --delete",
		Long: `Says what can be deleted from the store, and what keeps the rest; with --delete,
deletes it. Results stay that a tag or a lock file names, that were computed or
used by a run in the last 30 days (--keep), that the last run of an experiment
had, and those that running processes use. A lock file that is gone keeps
nothing. With --max-size only so much goes as makes the store that small, first
what is cheapest to compute again for its size.

By the same rules go the records of runs and their structured logs, and downloaded
datasets; the last run of an experiment and the last with a tag stay in the
history. Remembered digests of files that are gone, and what killed runs left
behind, go too, and checkpoints: states of tasks that were stopped, where they
are older than --keep or the task has its result now. Afterwards the store's
file is compacted where more than a third of it is free.

With --json one object: {type: "gc", store, deleted, results, bytes, kinds:
[{name, results, bytes}], logs, code, unneeded, damaged, roots, runs, files,
run_logs: [{path, bytes}], downloads, leftovers and checkpoints alike,
unremoved: [{path, error}], kept: [{name, results, bytes}], before, after}.

Exit status: 0 done, 1 something could not be removed; the rest is.`,
		Args: takes(""),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := o.read(); err != nil {
				return err
			}
			return a.gc(c.Context(), o)
		},
	}
	c.Flags().BoolVar(&o.delete, "delete", false, "delete, and not only say what would be")
	c.Flags().StringVar(&o.keep, "keep", "30d", "keep what was computed or used by a run in this `time`, such as 12h, 30d, 8w")
	c.Flags().StringVar(&o.fit, "max-size", "", "delete only as much as makes the store at most this `size`, such as 20GB")
	c.Flags().StringArrayVar(&o.untag, "untag", nil, "let go of what the tag of this `name` keeps (any number of times)")
	return c
}

func (o *gcOptions) read() error {
	age, err := parseAge(o.keep)
	if err != nil {
		return &runner.UsageError{Message: "--keep: " + err.Error()}
	}
	o.since = time.Now().Add(-age)
	if o.fit != "" {
		if o.maxSize, err = spec.ParseSize(o.fit); err != nil {
			return &runner.UsageError{Message: "--max-size: " + err.Error()}
		}
	}
	return nil
}

// parseAge reads a duration as Go writes it, or in days or weeks.
func parseAge(text string) (time.Duration, error) {
	number, unit := strings.TrimRight(text, "dw"), time.Hour
	switch strings.TrimPrefix(text, number) {
	case "d":
		number, unit = number+"h", 24*time.Hour
	case "w":
		number, unit = number+"h", 7*24*time.Hour
	}
	d, err := time.ParseDuration(number)
	hours := d.Hours() * unit.Hours()
	if err != nil || d < 0 || hours > 24*365*200 {
		return 0, fmt.Errorf("a time is written like 12h, 30d or 8w, not %q", text)
	}
	return time.Duration(hours * float64(time.Hour)), nil
}

func (a *app) gc(ctx context.Context, o gcOptions) error {
	open := func() (*opened, error) { return a.openStore("", nil, false) }
	if o.delete {
		open = a.changeStore
	}
	from, err := open()
	if err != nil {
		return err
	}
	defer from.close()
	a.working.Store(o.delete)
	doc, err := from.collect(ctx, o)
	if errors.Is(err, cache.ErrMissing) {
		return fmt.Errorf("there is no store %s", from.store.Path())
	}
	if err != nil {
		return err
	}
	a.ui.object(doc)
	a.ui.gcText(doc)
	if o.delete && o.maxSize > 0 && doc.After > o.maxSize {
		a.ui.note("the store is larger than %s still: the rest is kept", o.fit)
	}
	for _, u := range doc.Unremoved {
		a.ui.error(fmt.Errorf("cannot remove %s (%s); look who may (ls -ld, lsattr), and remove it by hand: nothing needs it", u.Path, u.Error))
	}
	if n := len(doc.Unremoved); n > 0 {
		a.ui.error(fmt.Errorf("%s could not be removed; all else was done", count(n, "leftover file")))
		return said(runner.ExitFailed)
	}
	return nil
}

// collect finds what goes, and deletes it if it shall.
func (o *opened) collect(ctx context.Context, g gcOptions) (gcDocument, error) {
	doc := gcDocument{Type: "gc", Store: o.store.Path(), Deleted: g.delete, Roots: []string{}, RunLogs: []runner.Leftover{}, Downloads: []runner.Leftover{}, Leftovers: []runner.Leftover{}, Checkpoints: []cache.StaleCheckpoint{}, Unremoved: []unremoved{}}
	roots, err := o.store.Roots()
	if err != nil {
		return doc, err
	}
	if doc.Roots, err = droppedRoots(roots, g.untag); err != nil {
		return doc, err
	}
	before, err := o.store.Info()
	if err != nil {
		return doc, err
	}
	doc.Before, doc.After = before.Size, before.Size
	find := o.store.Garbage
	if g.delete {
		find = o.store.Collect
	}
	found, err := find(cache.Keep{Since: g.since, MaxSize: g.maxSize, Without: doc.Roots})
	if err != nil {
		return doc, err
	}
	doc.Results, doc.Bytes, doc.Kinds, doc.Kept = found.Results, found.Bytes, append([]cache.Tally{}, found.Kinds...), append([]cache.Tally{}, found.Kept...)
	doc.Logs, doc.Code, doc.Unneeded, doc.Damaged = found.Logs, found.Code, found.Unneeded, found.Damaged
	doc.Runs, doc.Files = found.Runs, found.Files
	doc.Checkpoints = append(doc.Checkpoints, found.Checkpoints...)
	leftovers, err := o.files.Leftovers()
	if err != nil {
		return doc, err
	}
	downloads, logs, err := o.files.Unneeded(found, g.since)
	doc.Leftovers, doc.Downloads, doc.RunLogs = append(doc.Leftovers, leftovers...), append(doc.Downloads, downloads...), append(doc.RunLogs, logs...)
	if err != nil || !g.delete {
		return doc, err
	}
	doc.removeBesides(g.remove)
	doc.After, err = o.shrink(ctx, g.maxSize)
	return doc, err
}

// besides is all that goes and is not in the store's file.
func (doc gcDocument) besides() []runner.Leftover {
	return slices.Concat(doc.Leftovers, doc.Downloads, doc.RunLogs)
}

// removeBesides removes them, and keeps apart those that stay all the same: the
// others go.
func (doc *gcDocument) removeBesides(remove func(path string) error) {
	for _, some := range []*[]runner.Leftover{&doc.Leftovers, &doc.Downloads, &doc.RunLogs} {
		*some = slices.DeleteFunc(*some, func(l runner.Leftover) bool {
			err := remove(l.Path)
			if err != nil {
				doc.Unremoved = append(doc.Unremoved, unremoved{l.Path, err.Error()})
			}
			return err != nil
		})
	}
}

// droppedRoots are the locks whose files are gone, and the tags to let go of.
func droppedRoots(roots []cache.Root, untag []string) ([]string, error) {
	dropped := []string{}
	for _, r := range roots {
		if path, isLock := strings.CutPrefix(r.Name, cache.LockRoot("")); isLock {
			if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
				dropped = append(dropped, r.Name)
			}
		}
	}
	for _, tag := range untag {
		name := cache.TagRoot(tag)
		if !slices.ContainsFunc(roots, func(r cache.Root) bool { return r.Name == name }) {
			return nil, &runner.UsageError{Message: fmt.Sprintf("--untag %s: no results are kept by this tag; reprise store info lists those that are", tag)}
		}
		dropped = append(dropped, name)
	}
	return dropped, nil
}

// shrink compacts the store where more than a third is free, or where that makes
// it small enough. It returns the size then.
func (o *opened) shrink(ctx context.Context, maxSize int64) (int64, error) {
	i, err := o.store.Info()
	if err != nil {
		return 0, err
	}
	if 3*i.Free <= i.Size && (maxSize == 0 || i.Size <= maxSize) || i.Free == 0 || ctx.Err() != nil {
		return i.Size, ctx.Err()
	}
	_, after, err := o.store.Compact()
	return after, err
}

func (u *ui) gcText(doc gcDocument) {
	for _, name := range doc.Roots {
		if path, isLock := strings.CutPrefix(name, cache.LockRoot("")); isLock {
			u.note("the lock file %s is gone, and keeps nothing any more", path)
		}
	}
	u.print("%s", gcLine(doc))
	u.tallyTable("kind", doc.Kinds)
	u.tallyTable("kept by", doc.Kept)
	if !doc.Deleted && len(gcParts(doc)) > 0 {
		u.note("nothing was deleted; gc --delete deletes")
	}
}

// gcParts counts what goes, in words.
func gcParts(doc gcDocument) (parts []string) {
	for _, p := range []struct {
		n    int
		noun string
	}{{doc.Results, "result"}, {doc.Damaged, "damaged result"}, {doc.Unneeded, "stray artifact"}, {doc.Logs, "log"},
		{doc.Code, "old code version"}, {doc.Runs, "run record"}, {doc.Files, "digest"}, {len(doc.RunLogs), "run log"}, {len(doc.Downloads), "download"}, {len(doc.Checkpoints), "checkpoint"}, {len(doc.Leftovers), "leftover file"}} {
		if p.n > 0 {
			parts = append(parts, count(p.n, p.noun))
		}
	}
	return parts
}

// gcLine says in a line what goes.
func gcLine(doc gcDocument) string {
	bytes := doc.Bytes
	for _, l := range doc.besides() {
		bytes += l.Bytes
	}
	for _, c := range doc.Checkpoints {
		bytes += c.Bytes
	}
	parts := gcParts(doc)
	what := join(parts) + ": " + size(bytes)
	switch {
	case len(parts) == 0:
		return "nothing to delete; the store has " + size(doc.After)
	case doc.Deleted:
		return fmt.Sprintf("deleted %s; the store had %s, and has %s", what, size(doc.Before), size(doc.After))
	}
	return fmt.Sprintf("to delete: %s, of a store of %s", what, size(doc.Before))
}
