package cli

import (
	"cmp"
	"context"
	"errors"
	"os"
	"runtime"

	"github.com/spf13/cobra"

	"reprise/internal/runlog"
	"reprise/runner"
	"reprise/spec"
)

func (a *app) runCommand() *cobra.Command {
	var l limits
	var room slots
	locked, failFast := false, false
	to := reports{}
	o := runner.Options{KeepGoing: true}
	c := &cobra.Command{
		Use:   "run FILE",
		Short: "Run what has no result yet, and check",
		Long: `Plans, runs what is needed, decides the checks, and sums up. A task that was
stopped goes on from where it last kept its state, if its kind does that; with
--rerun it starts anew.

With --json: events, one a line, of type plan (what is done with a task, and
why), task, resume (a task goes on from a checkpoint), metric (with a step while
a task runs), check, output, and last summary. With --locked also lock {address, verdict: same|note|differs, by:
digests|metrics, message}, one a task. Where tasks took different contents of a
file, since it changed meanwhile, mixed_files of the summary names it.

Exit status: 0 done, 1 a task failed, 2 the experiment or the command line is
wrong, 3 a check did not pass or a lock differs, 130 interrupted.`,
		Args: takes("FILE [ADDRESS...]"),
		RunE: func(c *cobra.Command, args []string) error {
			to.forget()
			return a.summed(c.Context(), func() (none runner.SummaryEvent, err error) {
				if err := l.rest(args[1:]); err != nil {
					return none, err
				}
				if err := room.set(&o); err != nil {
					return none, err
				}
				if failFast && o.KeepGoing && c.Flags().Changed("keep-going") {
					return none, &runner.UsageError{Message: "--fail-fast and --keep-going are each other's opposite"}
				}
				o.Rerun, o.Only, o.KeepGoing = l.rerun, l.only, o.KeepGoing && !failFast
				return a.run(c.Context(), args[0], o, locked, to)
			})
		},
	}
	a.variableFlags(c)
	a.rehashFlag(c)
	l.flags(c)
	to.flags(c)
	room.flags(c)
	c.Flags().BoolVar(&locked, "locked", false, "compare every result with the experiment's lock; see reprise lock")
	c.Flags().StringVar(&o.Tag, "tag", "", "give the run a `name`, and keep its results until another run has it")
	c.Flags().BoolVar(&failFast, "fail-fast", false, "after a failure start nothing more")
	c.Flags().BoolVar(&o.KeepGoing, "keep-going", true, "after a failure go on with what does not need it, as is done anyway")
	return c
}

func (a *app) run(ctx context.Context, path string, o runner.Options, locked bool, to reports) (sum runner.SummaryEvent, err error) {
	if err := checkTag(o.Tag); err != nil {
		return sum, err
	}
	usual := !locked && to == reports{}
	var from *opened
	if usual {
		known, err := a.recall(ctx, path, o)
		if known.spared {
			return known.sum, err
		}
		from, o.Part = known.from, known.part
	}
	var torn *runner.PartError
	if o.Part != nil {
		if sum, err = a.runOpened(ctx, from, o, to, usual); errors.As(err, &torn) {
			o.Part, o.Run = nil, torn.Run
		}
	}
	if o.Part == nil {
		if from, err = a.openFor(path, from, &o, locked); err != nil {
			return sum, err
		}
		sum, err = a.runOpened(ctx, from, o, to, usual)
	}
	if fault := from.close(); fault != nil {
		a.ui.error(fault)
		err = cmp.Or(err, said(runner.ExitFailed))
	}
	return sum, err
}

func (a *app) runOpened(ctx context.Context, from *opened, o runner.Options, to reports, usual bool) (runner.SummaryEvent, error) {
	log, err := runlog.Create(from.files.Logs, from.store.Owner())
	if err != nil {
		a.ui.note("this run keeps no log: %s", err)
	}
	log.Start(runlog.StartOf(from.x, os.Args))
	ended := newOutcome(from)
	live := a.ui.progress(from.x, o.Jobs)
	o.Estimate = a.ui.changes()
	o.Version, o.Command, o.Flags = a.version, os.Args, from.flags
	asking := askingForMore(from.x, o.Jobs)
	o.Watch = func(e runner.Event) {
		if t, ok := e.(runner.TaskEvent); ok && t.State == runner.Started && asking[t.Address] > 0 {
			a.ui.note("%s asks for %d cpus, and takes all that this run has", t.Address, asking[t.Address])
		}
		switch e.(type) {
		case runner.AheadEvent, runner.SummaryEvent:
		default:
			log.Event(e)
		}
		ended.event(e)
		live.event(e)
		a.ui.event(e)
	}
	if usual {
		remember, wait := a.remember(from.path, o, from, ended)
		defer wait()
		o.Remember = remember
	}
	a.working.Store(true)
	sum, err := runner.Run(ctx, from.x, from.store, from.files, o)
	live.stop()
	if sum.Run == "" { // it did not take place
		log.Drop()
		return sum, err
	}
	defer log.Close(sum.Run)
	if sum.Exit != runner.ExitInterrupted {
		for _, out := range ended.outputs() {
			a.ui.object(out)
		}
	}
	a.ui.summary(ended)
	if err != nil {
		a.ui.error(err)
	}
	for _, path := range sum.Mixed {
		a.ui.note("%s changed while the run went on, and tasks took different contents of it: run again for results of one", path)
	}
	if sum.TagFrom != "" {
		a.ui.note("the tag %s moved here from run %s", sum.Tag, sum.TagFrom)
	}
	sum.Exit = a.report(to, ended)
	log.Event(sum)
	return sum, said(sum.Exit)
}

// askingForMore are the CPUs of the tasks that ask for more than a run has.
func askingForMore(x *spec.Experiment, jobs int) map[string]int {
	if jobs < 1 {
		jobs = runtime.GOMAXPROCS(0)
	}
	asking := map[string]int{}
	for _, t := range x.Tasks {
		if t.Resources.CPUs > jobs {
			asking[t.Address] = t.Resources.CPUs
		}
	}
	return asking
}

// openFor opens what a run is about; the store is made last, when nothing else
// stands in the way, unless it is there and open.
func (a *app) openFor(path string, from *opened, o *runner.Options, locked bool) (_ *opened, err error) {
	defer func() {
		if err != nil && from != nil {
			_ = from.close() // there is something worse to say
		}
	}()
	x, err := a.load(path)
	if err != nil {
		return nil, err
	}
	if err := runner.CheckAddresses(x, *o); err != nil {
		return nil, err
	}
	if locked {
		if o.Locked, err = a.lockFor(path, x); err != nil {
			return nil, err
		}
	}
	if from != nil {
		from.x = x
		return from, nil
	}
	return a.openStore(path, x, true)
}

// event writes an event as JSON, but for the summary, which comes last of all.
func (u *ui) event(e runner.Event) {
	switch e.(type) {
	case runner.ProgressEvent, runner.AheadEvent, runner.SummaryEvent:
	default:
		u.object(e)
	}
}
