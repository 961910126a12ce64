package cli

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"reprise/cache"
	"reprise/internal/view"
	"reprise/runner"
)

// logDocument is what logs writes with --json.
type logDocument struct {
	Type    string `json:"type"` // "log"
	Address string `json:"address"`
	State   string `json:"state"` // running, ended, outdated (the last attempt's, of another key), none
	Run     string `json:"run"`
	Log     string `json:"log"`
	Error   string `json:"error,omitempty"` // how the last attempt failed

	// Given are, of an outdated log, the variables that did not have their defaults.
	Given []string `json:"given,omitempty"`
}

// States of a log; the others are those of a result.
const (
	running = "running"
	ended   = "ended"
)

func (a *app) logsCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "logs FILE ADDRESS",
		Short: "Print what a task wrote when it last ran, failed or not",
		Long: `Prints what a task wrote, and how it failed if it did: while it runs what it
wrote so far, a few seconds late. Where it has not run as the experiment is now,
the log is that of the last attempt at it, whatever the variables were. Logs go
by key, so that a stage that was renamed has them still.

With --json one object: {type: "log", address, state, run, log, error, given},
where state is running, ended, outdated or none, and given are the variables of
an outdated log that did not have their defaults.`,
		Args: takes("FILE ADDRESS"),
		RunE: func(c *cobra.Command, args []string) error { return a.logs(c.Context(), args[0], args[1]) },
	}
	a.variableFlags(c)
	return c
}

func (a *app) logs(ctx context.Context, path, address string) error {
	from, err := a.open(path)
	if err != nil {
		return err
	}
	defer from.close()
	s, _, err := from.task(ctx, address, true)
	if err != nil {
		return err
	}
	doc, err := from.log(s)
	if err != nil {
		return err
	}
	a.ui.object(doc)
	a.ui.logText(doc)
	return nil
}

// log finds what a task wrote under its key, or else under that of its last result.
func (o *opened) log(s *runner.Step) (logDocument, error) {
	doc := logDocument{Type: "log", Address: s.Task.Address, State: view.None}
	if s.KeyText != "" {
		if err := o.readLog(&doc, s.Key); err != nil {
			return doc, err
		}
		isCached := s.Action == runner.ActionCached
		switch {
		case !isCached && o.store.Claimed(s.Key):
			doc.State = running
			return doc, nil
		case doc.Run != "" || isCached:
			doc.State = ended
		}
	}
	if doc.State == view.None {
		if err := o.lastAttempt(&doc); err != nil || doc.State != view.None {
			return doc, err
		}
	}
	if s.Result == nil {
		return doc, nil
	}
	if doc.State == view.None {
		doc.State = view.Outdated
		if err := o.readLog(&doc, s.Result.Key); err != nil {
			return doc, err
		}
	}
	if doc.Run == "" {
		doc.Run = s.Result.Run
	}
	return doc, nil
}

// lastAttempt finds what the task wrote in the newest run that tried it, whatever
// the experiment and its variables were then.
func (o *opened) lastAttempt(doc *logDocument) error {
	runs, err := o.store.Runs()
	if err != nil {
		return err
	}
	for _, r := range runs {
		if r.Experiment != o.x.Name {
			continue
		}
		if r, err = o.store.RunByID(r.ID); err != nil {
			return err
		}
		for _, t := range r.Tasks {
			tried := t.State == runner.Done || t.State == runner.Failed || t.State == runner.Cancelled
			if t.Address != doc.Address || !tried || t.Key == (cache.Key{}) {
				continue
			}
			if err := o.readLog(doc, t.Key); err != nil || doc.Run == "" {
				return err
			}
			doc.State = view.Outdated
			for _, name := range r.Given {
				doc.Given = append(doc.Given, name+"="+r.Variables[name])
			}
			return nil
		}
	}
	return nil
}

// readLog reads the log and the failure of a key, where it has them.
func (o *opened) readLog(doc *logDocument, key cache.Key) error {
	run, log, err := o.store.Log(key)
	if err != nil && !errors.Is(err, cache.ErrMissing) {
		return err
	}
	doc.Run, doc.Log = run, string(log)
	failure, err := o.store.Failure(key)
	switch {
	case err == nil:
		doc.Error = failure.Error
		if doc.Run == "" {
			doc.Run = failure.Run
		}
	case !errors.Is(err, cache.ErrMissing):
		return err
	}
	return nil
}

func (u *ui) logText(doc logDocument) {
	wrote := doc.Log != "" || doc.Error != ""
	switch {
	case doc.State == view.None:
		u.note("%s has never run here, or was killed before it left anything", doc.Address)
	case doc.State == running && wrote:
		u.note("%s is running; what it wrote so far, in run %s:", doc.Address, doc.Run)
	case doc.State == running:
		u.note("%s is running, and wrote nothing so far", doc.Address)
	case !wrote:
		u.note("%s wrote nothing in run %s", doc.Address, doc.Run)
	case doc.State == view.Outdated:
		with := ""
		if len(doc.Given) > 0 {
			with = " with " + join(doc.Given)
		}
		u.note("%s has not run as the experiment is now; this is of the last attempt, run %s%s:", doc.Address, doc.Run, with)
	default:
		u.note("run %s:", doc.Run)
	}
	u.raw([]byte(doc.Log))
	if doc.Log != "" && !strings.HasSuffix(doc.Log, "\n") {
		u.print("")
	}
	if doc.Error != "" && !strings.Contains(doc.Log, doc.Error) {
		u.print("failed: %s", strings.TrimRight(doc.Error, "\n"))
	}
}
