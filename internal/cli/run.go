package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"

	"reprise/cache"
	"reprise/runner"
	"reprise/spec"
)

func (a *app) runCommand() *cobra.Command {
	var l limits
	var room slots
	locked := false
	to := reports{}
	o := runner.Options{KeepGoing: true}
	c := &cobra.Command{
		Use:   "run FILE",
		Short: "Run what has no result yet, and check",
		Long: `Plans, runs what is needed, decides the checks, and sums up.

With --json: events, one a line, of type plan (what is done with a task, and
why), task, metric (with a step while a task runs), check, output, and last
summary. With --locked also lock {address, verdict: same|note|differs, by:
digests|metrics, message}, one a task.

Exit status: 0 done, 1 a task failed, 2 the experiment or the command line is
wrong, 3 a check did not pass or a lock differs, 130 interrupted.`,
		Args: takes("FILE [ADDRESS...]"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := l.rest(args[1:]); err != nil {
				return err
			}
			if err := room.set(&o); err != nil {
				return a.abandoned(err)
			}
			o.Rerun, o.Only = l.rerun, l.only
			return a.run(c.Context(), args[0], o, locked, to)
		},
	}
	a.variableFlags(c)
	l.flags(c)
	to.flags(c)
	room.flags(c)
	c.Flags().BoolVar(&locked, "locked", false, "compare every result with the experiment's lock; see reprise lock")
	c.Flags().StringVar(&o.Tag, "tag", "", "give the run a `name`, and keep its results until another run has it")
	c.Flags().BoolVar(&o.KeepGoing, "keep-going", true, "after a failure go on with what does not need it")
	return c
}

func (a *app) run(ctx context.Context, path string, o runner.Options, locked bool, to reports) (err error) {
	if err := checkTag(o.Tag); err != nil {
		return err
	}
	from, err := a.openFor(path, &o, locked)
	if err != nil {
		return a.abandoned(err)
	}
	defer func() { err = errors.Join(err, from.close()) }()
	log, err := startLog(filepath.Join(filepath.Dir(from.store.Path()), "logs"))
	if err != nil {
		a.ui.note("this run keeps no log: %s", err)
	}
	ended := newOutcome(from)
	live := a.ui.progress()
	o.Version, o.Command = a.version, os.Args
	asking := askingForMore(from.x, o.Jobs)
	o.Watch = func(e runner.Event) {
		if t, ok := e.(runner.TaskEvent); ok && t.State == runner.Started && asking[t.Address] > 0 {
			a.ui.note("%s asks for %d cpus, and takes all that this run has", t.Address, asking[t.Address])
		}
		log.event(e)
		ended.event(e)
		live.event(e)
		a.ui.event(e, ended)
	}
	a.working.Store(true)
	sum, err := runner.Run(ctx, from.x, from.store, from.files, o)
	live.stop()
	log.close(sum.Run)
	if err != nil {
		return a.abandoned(err)
	}
	a.ui.summary(ended)
	return said(a.report(to, ended))
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
// stands in the way.
func (a *app) openFor(path string, o *runner.Options, locked bool) (*opened, error) {
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
	return a.openStore(path, x, cache.Open)
}

// abandoned ends the events of a run or plan that did not come to pass.
func (a *app) abandoned(err error) error {
	a.ui.object(runner.SummaryEvent{Type: "summary", Exit: statusOf(err)})
	return err
}

// event writes an event as JSON. The experiment's outputs come before the summary.
func (u *ui) event(e runner.Event, o *outcome) {
	switch e := e.(type) {
	case runner.ProgressEvent:
	case runner.SummaryEvent:
		if e.Exit != runner.ExitInterrupted {
			for _, out := range o.outputs() {
				u.object(out)
			}
		}
		u.object(e)
	default:
		u.object(e)
	}
}
