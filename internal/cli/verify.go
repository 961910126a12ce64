package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"reprise/cache"
	"reprise/runner"
)

// verifyDocument is what verify writes with --json: tasks where FILE was given,
// else faults and the results that they hit. Where the structure of the store is
// damaged there are faults alone.
type verifyDocument struct {
	Type    string            `json:"type"` // "verify"
	Store   string            `json:"store"`
	Rebuild bool              `json:"rebuild"`
	Tasks   []runner.Verified `json:"tasks"`
	Faults  []string          `json:"faults"`
	Hit     []hitResult       `json:"hit"`
	Exit    int               `json:"exit"`

	structure bool // what is at fault is that of the whole file
}

// hitResult is a stored result whose bytes are damaged.
type hitResult struct {
	Experiment string    `json:"experiment"`
	Address    string    `json:"address"`
	Key        cache.Key `json:"key"`
	Earlier    bool      `json:"earlier"` // the task has another result by now
}

func (a *app) verifyCommand() *cobra.Command {
	var room slots
	rebuild, o := false, runner.Options{}
	c := &cobra.Command{
		Use:   "verify [FILE]",
		Short: "Compare stored bytes with their digests, or run again and compare",
		Long: `Reads every byte of the store and compares it with its digest; with FILE, those
of its tasks' results. With --rebuild each task of FILE also runs again from its
stored inputs, twice: with one thread and with several, in an order that varies.
What it gives is compared with what is stored, and nothing is stored. Tasks with
cache = false do not run again. A task that has no result, so that it cannot be
verified, is no success, and neither is a FILE of which nothing was verified.

With --json one object: {type: "verify", store, rebuild, tasks: [{address,
verdict: whole|same|differs|damaged|failed|not verified, threads, message,
seconds}], faults, hit: [{experiment, address, key, earlier}], exit}; faults and
hit are those of the store without FILE, earlier ones of tasks that have another
result by now. Where the structure of the store is damaged, faults say so and
nothing else is looked at: what can still be read can be exported, and every
write would lose more.

Exit status: 0 nothing is wrong, 1 a task failed when it ran again, 3 bytes are
damaged or differ or a task is not verified, 130 interrupted.`,
		Args: takes("[FILE] [ADDRESS...]"),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				if rebuild || len(o.Only) > 0 {
					return &runner.UsageError{Message: "--rebuild and --only need FILE: reprise verify FILE"}
				}
				return a.verifyStore(c.Context())
			}
			only := limits{only: o.Only}
			if err := only.rest(args[1:]); err != nil {
				return err
			}
			o.Only = only.only
			if err := room.set(&o); err != nil {
				return err
			}
			return a.verify(c.Context(), args[0], o, rebuild)
		},
	}
	a.variableFlags(c)
	c.Flags().BoolVar(&rebuild, "rebuild", false, "run each task again from its stored inputs, and compare")
	c.Flags().StringArrayVar(&o.Only, "only", nil, "limit to `address...`")
	room.flags(c)
	return c
}

func (a *app) verify(ctx context.Context, path string, o runner.Options, rebuild bool) error {
	from, err := a.open(path)
	if err != nil {
		return err
	}
	defer from.close()
	doc := verifyDocument{Type: "verify", Store: from.store.Path(), Rebuild: rebuild, Tasks: []runner.Verified{}, Faults: []string{}, Hit: []hitResult{}}
	if err := from.store.CheckStructure(); errors.Is(err, cache.ErrStructure) {
		doc.fault(err)
		a.ui.object(doc)
		a.ui.storeVerified(doc, a.storeFlag())
		return said(doc.Exit)
	} else if err != nil {
		return err
	}
	a.working.Store(true)
	live := a.ui.progress(from.x, o.Jobs)
	o.Watch = live.event
	found, err := runner.Verify(ctx, from.x, from.store, from.files, o, rebuild)
	live.stop()
	if err != nil && ctx.Err() == nil {
		return err
	}
	doc.Tasks, doc.Exit = append(doc.Tasks, found...), verifyExit(ctx, found)
	a.ui.object(doc)
	a.ui.verified(doc)
	for _, v := range found {
		if v.Verdict == runner.VerifiedDamaged {
			a.ui.error(fmt.Errorf("%s is damaged; make it again: %s", v.Address, from.command("run", "--rerun", v.Address)))
		}
	}
	return said(doc.Exit)
}

func verifyExit(ctx context.Context, found []runner.Verified) int {
	verdict := func(verdicts ...string) bool {
		return slices.ContainsFunc(found, func(v runner.Verified) bool { return slices.Contains(verdicts, v.Verdict) })
	}
	switch {
	case ctx.Err() != nil:
		return runner.ExitInterrupted
	case verdict(runner.VerifiedFailed):
		return runner.ExitFailed
	case verdict(runner.VerifiedDamaged, runner.VerifiedDiffers):
		return runner.ExitCheck
	case slices.ContainsFunc(found, func(v runner.Verified) bool { return v.Verdict == runner.NotVerified && !v.Excused }),
		!verdict(runner.VerifiedWhole, runner.VerifiedSame): // nothing was verified
		return runner.ExitCheck
	}
	return runner.ExitDone
}

// verified prints what was found: every task where it was run again or is not
// in order, and counts.
func (u *ui) verified(doc verifyDocument) {
	var rows [][]string
	counts := map[string]int{}
	colors := map[string]string{runner.VerifiedSame: green, runner.VerifiedWhole: green, runner.NotVerified: yellow}
	for _, v := range doc.Tasks {
		counts[v.Verdict]++
		if v.Verdict == runner.VerifiedWhole && !u.verbose {
			continue
		}
		color, took := colors[v.Verdict], ""
		if color == "" {
			color = red
		}
		if len(v.Threads) > 0 {
			took = seconds(v.Seconds)
		}
		if v.Verdict == runner.VerifiedSame {
			v.Message = "with " + runner.ThreadCounts(v.Threads)
		}
		rows = append(rows, []string{v.Address, u.outLook.paint(color, v.Verdict), took, v.Message})
	}
	if len(rows) > 0 {
		u.table([]column{{name: "task"}, {name: "verdict"}, {name: "time", right: true}, {wrap: true}}, rows)
		u.print("")
	}
	var parts []string
	for _, verdict := range []string{runner.VerifiedWhole, runner.VerifiedSame, runner.VerifiedDiffers, runner.VerifiedDamaged, runner.VerifiedFailed, runner.NotVerified} {
		if n := counts[verdict]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, verdict))
		}
	}
	line := strings.TrimSuffix(count(len(doc.Tasks), "task")+": "+join(parts), ": ")
	if doc.Exit == runner.ExitInterrupted {
		line = "interrupted after " + line
	}
	u.print("%s", line)
}

// verifyStore looks at the store as a whole.
func (a *app) verifyStore(ctx context.Context) error {
	at, err := a.storePath()
	if err != nil {
		return err
	}
	if _, err := os.Stat(at); err != nil {
		return fmt.Errorf("there is no store %s: %w", at, err)
	}
	store, err := cache.OpenExisting(at)
	if err != nil {
		return err
	}
	a.ui.note("reading %s", store.Path())
	doc := verifyDocument{Type: "verify", Store: store.Path(), Tasks: []runner.Verified{}, Faults: []string{}, Hit: []hitResult{}}
	done := make(chan error, 1)
	go func() { done <- doc.look(ctx, store) }()
	select {
	case err = <-done:
	case <-ctx.Done(): // reading changes nothing, so it may end anywhere
		return ctx.Err()
	}
	defer store.Close()
	if err != nil {
		return err
	}
	a.ui.object(doc)
	a.ui.storeVerified(doc, a.storeFlag())
	return said(doc.Exit)
}

// look reads the whole store, and finds which results are hit where it has faults.
func (doc *verifyDocument) look(ctx context.Context, store *cache.Store) error {
	for _, fault := range store.Check() {
		doc.fault(fault)
	}
	if len(doc.Faults) == 0 || doc.structure {
		return nil
	}
	return store.EachResult(func(r *cache.Result) bool {
		if _, err := store.VerifyResult(r.Key); err != nil && !errors.Is(err, cache.ErrMissing) {
			latest, err := store.Latest(r.Experiment, r.Address)
			doc.Hit = append(doc.Hit, hitResult{r.Experiment, r.Address, r.Key, err == nil && latest.Key != r.Key})
		}
		return ctx.Err() == nil
	})
}

func (doc *verifyDocument) fault(err error) {
	doc.Faults, doc.Exit = append(doc.Faults, err.Error()), runner.ExitCheck
	doc.structure = doc.structure || errors.Is(err, cache.ErrStructure)
}

func (u *ui) storeVerified(doc verifyDocument, flags string) {
	for _, fault := range doc.Faults {
		u.print("%s", fault)
	}
	if len(doc.Faults) == 0 {
		u.print("every byte in %s is what was stored", doc.Store)
		return
	}
	if doc.structure {
		u.error(fmt.Errorf("the structure of %s is damaged; export what can still be read: reprise export FILE ADDRESS --to PATH%s; then move the file away, and run again", doc.Store, flags))
		return
	}
	for _, h := range doc.Hit {
		if h.Earlier {
			u.error(fmt.Errorf("an earlier result of %s of experiment %s is damaged, which its latest is not: let it go with all that nobody needs: reprise gc --keep 0s --delete%s", h.Address, h.Experiment, flags))
			continue
		}
		u.error(fmt.Errorf("%s of experiment %s is damaged; make it again: reprise run FILE --rerun %s%s", h.Address, h.Experiment, quoted(h.Address), flags))
	}
	if len(doc.Hit) == 0 {
		u.error(errors.New("no result is hit; drop what is damaged: reprise gc --delete" + flags))
	}
	u.error(fmt.Errorf("%s in %s", count(len(doc.Faults), "fault"), doc.Store))
}
