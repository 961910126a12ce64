package cli

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"reprise/runner"
	"reprise/spec"
)

// reports are what a run writes for others to read: a CI server, and people who
// see its pages.
type reports struct{ junit, summary string }

func (r *reports) flags(c *cobra.Command) {
	c.Flags().StringVar(&r.junit, "junit", "", "write checks and failed tasks as JUnit XML to `path`")
	c.Flags().StringVar(&r.summary, "summary", "", "write a summary in Markdown to `path`")
}

// forget removes the reports of an earlier run, so that they do not pass for those
// of one that comes to nothing.
func (r reports) forget() {
	for _, path := range []string{r.junit, r.summary} {
		if info, err := os.Lstat(path); err == nil && info.Mode().IsRegular() {
			_ = os.Remove(path) // where it cannot be removed, writing it says why
		}
	}
}

// report writes the reports that were asked for, and those that GitHub's
// environment asks for. It returns the exit status: that of the run, or 1 where
// all was well but a report could not be written.
func (a *app) report(to reports, o *outcome) int {
	var errs []error
	if to.junit != "" {
		errs = append(errs, writeContent(to.junit, junitXML(o)))
	}
	if to.summary != "" {
		errs = append(errs, writeContent(to.summary, []byte(markdown(o))))
	}
	if path := os.Getenv("GITHUB_STEP_SUMMARY"); path != "" {
		errs = append(errs, appendTo(path, markdown(o)))
	}
	a.annotate(annotations(o))
	if err := errors.Join(errs...); err != nil {
		a.ui.error(fmt.Errorf("a report cannot be written: %w", err))
		if o.sum.Exit == runner.ExitDone {
			return runner.ExitFailed
		}
	}
	return o.sum.Exit
}

func appendTo(path, text string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// failedTasks are those of the run that failed, by address in the experiment's order.
func (o *outcome) failedTasks() (failed []*spec.Task) {
	for _, t := range o.from.x.Tasks {
		if o.state(t) == runner.Failed {
			failed = append(failed, t)
		}
	}
	return failed
}

// whereChecks are the checks' places in the source, by name.
func (o *outcome) whereChecks() map[string]string {
	where := map[string]string{}
	for _, c := range o.from.x.Checks {
		where[c.Name] = c.Where
	}
	return where
}

// place splits file:line.
func place(where string) (file string, line int) {
	at := strings.LastIndexByte(where, ':')
	if at < 0 {
		return where, 0
	}
	line, err := strconv.Atoi(where[at+1:])
	if err != nil {
		return where, 0
	}
	return where[:at], line
}
