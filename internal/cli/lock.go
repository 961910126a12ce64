package cli

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

	"github.com/spf13/cobra"

	"reprise/cache"
	"reprise/internal/view"
	"reprise/runner"
	"reprise/spec"
)

// lockFile is the file beside an experiment that its lock is in.
const lockFile = view.LockName

// lockDocument is what lock writes with --json.
type lockDocument struct {
	Type    string             `json:"type"` // "lock_file"
	Path    string             `json:"path"`
	Tasks   int                `json:"tasks"`
	Written bool               `json:"written"` // false: the file was like that already
	Changes []runner.LockEvent `json:"changes"` // against the file that was there
}

func (a *app) lockCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "lock FILE",
		Short: "Write down what every task gave, in a file for git",
		Long: `Writes FILE's lock, such as rat.lock.json for rat.hcl, or lock.json in the folder
where FILE is one: key, digests and metrics of every task, architecture,
toolchain, and the variables that are not their defaults. All tasks must have a
result. Those with cache = false are not locked. Says what is other than in the lock that was there. gc keeps what a lock
names.

reprise run FILE --locked fails where a result is not what the lock says.

With --json one object: {type: "lock_file", path, tasks, written, changes:
[{address, verdict, by, message}]}.`,
		Args: takes("FILE"),
		RunE: func(c *cobra.Command, args []string) error { return a.lock(c.Context(), args[0]) },
	}
	a.variableFlags(c)
	return c
}

func (a *app) lock(ctx context.Context, path string) error {
	from, err := a.open(path)
	if err != nil {
		return err
	}
	lock, err := newLock(ctx, from)
	if err := errors.Join(err, from.close()); err != nil {
		return err
	}
	doc := lockDocument{Type: "lock_file", Path: from.x.Beside(lockFile), Tasks: len(lock.Tasks)}
	for _, t := range from.x.Tasks {
		if !t.Cache {
			a.ui.note("%s is not locked: cache = false", t.Address)
		}
	}
	old, err := runner.ReadLock(doc.Path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		a.ui.note("%s, so it is replaced", err)
	}
	doc.Changes = lock.Since(old)
	if doc.Written, err = writeLock(doc.Path, lock); err != nil {
		return err
	}
	if err := a.keepLocked(from, doc.Path, lock); err != nil {
		return err
	}
	a.ui.object(doc)
	a.ui.lockChanges(doc, old != nil)
	return nil
}

// newLock makes a lock of the results there are, or says what to run.
func newLock(ctx context.Context, from *opened) (*runner.Lock, error) {
	steps, err := from.look(ctx)
	if err != nil {
		return nil, err
	}
	var lacking []string
	for _, s := range steps {
		if s.Action != runner.ActionCached {
			lacking = append(lacking, s.Task.Address+" ("+join(s.Reasons)+")")
		}
	}
	if len(lacking) > 0 {
		shown := lacking[:min(3, len(lacking))]
		more := ""
		if n := len(lacking) - len(shown); n > 0 {
			more = " and " + strconv.Itoa(n) + " more"
		}
		return nil, fmt.Errorf("no result for %s%s; run first: %s", join(shown), more, from.command("run"))
	}
	return runner.NewLock(from.x, from.store, steps)
}

// writeLock writes the file as a whole or not at all, where it would change.
func writeLock(path string, lock *runner.Lock) (written bool, err error) {
	text, err := lock.Encode()
	if err != nil {
		return false, err
	}
	if now, err := os.ReadFile(path); err == nil && string(now) == string(text) {
		return false, nil
	}
	return true, writeContent(path, text)
}

// keepLocked has gc keep what the lock names.
func (a *app) keepLocked(from *opened, path string, lock *runner.Lock) error {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	if real, err := filepath.EvalSymlinks(absolute); err == nil { // the link may go, and the lock stay
		absolute = real
	}
	store, err := cache.Open(from.store.Path())
	if err != nil {
		return err
	}
	return errors.Join(store.PutRoot(cache.LockRoot(absolute), lock.Keys()), store.Close())
}

func (u *ui) lockChanges(doc lockDocument, before bool) {
	if before {
		u.lockTable(doc.Changes)
	}
	line := fmt.Sprintf("%s locked in %s", count(doc.Tasks, "task"), doc.Path)
	if !doc.Written {
		line += ", which said so already"
	}
	u.print("%s", line)
}

// lockFor reads the lock that a run is held to.
func (a *app) lockFor(path string, x *spec.Experiment) (*runner.Lock, error) {
	lock, err := runner.ReadLock(x.Beside(lockFile))
	command := "reprise lock " + quoted(path) + runner.VariableFlags(x.Given()) + a.storeFlag()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = fmt.Errorf("there is no %s to hold the run to; write it: %s", x.Beside(lockFile), command)
	case err != nil:
		err = fmt.Errorf("%w; write it anew: %s", err, command)
	default:
		return lock, nil
	}
	return nil, &exitError{runner.ExitCheck, err}
}

// lockTable prints what a lock and results have that is not the same; remarks
// on tasks that do not differ only with -v.
func (u *ui) lockTable(events []runner.LockEvent) {
	var rows [][]string
	hidden := 0
	for _, e := range events {
		remark := e.Verdict == runner.LockSame || e.Verdict == runner.LockNote && e.By != ""
		switch {
		case remark && (e.Message == "" || !u.verbose):
			continue
		case len(rows) >= manyRows && !u.verbose:
			hidden++
			continue
		}
		color := yellow
		if e.Verdict == runner.LockDiffers {
			color = red
		}
		rows = append(rows, []string{"lock " + e.Address, u.outLook.paint(color, e.Verdict), e.Message})
	}
	u.table([]column{{}, {}, {wrap: true}}, rows)
	if hidden > 0 {
		u.print("%s", u.outLook.paint(faint, "not shown: "+count(hidden, "task")+" (all with -v)"))
	}
}

// lockEvents are how tasks compare with the lock, by address.
func (o *outcome) lockEvents() (events []runner.LockEvent) {
	for _, address := range slices.Sorted(maps.Keys(o.locked)) {
		events = append(events, o.locked[address])
	}
	return events
}

// lockDiffers are those that are not what the lock says, with their places in
// the source where the experiment has them.
func (o *outcome) lockDiffers() (events []runner.LockEvent, where map[string]string) {
	where = map[string]string{}
	for _, t := range o.from.x.Tasks {
		where[t.Address] = t.Where
	}
	return slices.DeleteFunc(o.lockEvents(), func(e runner.LockEvent) bool { return e.Verdict != runner.LockDiffers }), where
}

// lockVerdicts prints how a run's results compare with the lock: what differs,
// and how many tasks were compared in which way.
func (u *ui) lockVerdicts(o *outcome) {
	if len(o.locked) == 0 {
		return
	}
	same, not := map[string]int{}, 0
	for _, e := range o.locked {
		switch {
		case e.Verdict == runner.LockSame:
			same[e.By]++
		case e.Verdict == runner.LockNote && e.By != "":
			not++
		}
	}
	u.lockTable(o.lockEvents())
	var parts []string
	if n := same[runner.ByDigests]; n > 0 {
		parts = append(parts, count(n, "task")+" the same, by digests")
	}
	if n := same[runner.ByMetrics]; n > 0 {
		parts = append(parts, count(n, "task")+" the same, by metrics within a tolerance, as the machines differ")
	}
	if not > 0 {
		parts = append(parts, count(not, "task")+" not compared, for want of metrics")
	}
	if n := o.sum.LockDiffers; n > 0 {
		parts = append(parts, count(n, "task")+" not what the lock says")
	}
	if len(parts) == 0 {
		parts = append(parts, "it has no task to compare with")
	}
	u.print("lock: %s", join(parts))
}
