// Package cli is the command line: one file a command. It reads flags, calls
// spec and runner, and prints through ui.go; it decides nothing itself.
package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"reprise/runner"
	"reprise/spec"
)

// app is one invocation: what there is to run, and the flags that all commands have.
type app struct {
	kinds   spec.Kinds
	version string
	ui      *ui
	store   string      // --store
	given   spec.Values // --var, --var-file, and the environment
	rehash  bool        // --rehash

	// working is set while there is something to stop in order: tasks that run,
	// or a file that is written.
	working atomic.Bool
}

// patience is how long a command that only looks may take to end when it is told to.
const patience = 200 * time.Millisecond

// Main runs the command line in os.Args with these kinds and returns the exit
// status. version is that of the build; empty where none was given to it.
func Main(kinds spec.Kinds, version string) int {
	restCollector()
	a := &app{kinds: kinds, version: versionOr(version), ui: newUI(os.Stdout, os.Stderr), given: spec.Values{Environ: os.Environ()}}
	ctx := a.interruptible()
	args := singleDashes(os.Args[1:])
	root, begun := a.root(args)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err != nil && !*begun {
		// What cobra finds wrong before a command begins is the command line.
		err = &runner.UsageError{Message: usageText(err) + "; see reprise help"}
	}
	return a.exit(ctx, err)
}

var (
	suggestions = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\n+Did you mean this\?\n`) })
	numberFault = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`: strconv\.\w+: parsing .*$`) })
)

// usageText says in one line what cobra finds wrong with a command line.
func usageText(err error) string {
	text := numberFault().ReplaceAllString(err.Error(), ": it takes a whole number")
	what, names, ok := strings.Cut(suggestions().ReplaceAllString(text, "\x00"), "\x00")
	if ok {
		what += " (did you mean " + strings.Join(strings.Fields(names), " or ") + "?)"
	}
	return what
}

// Root returns the tree of commands, for the reference.
func Root(kinds spec.Kinds) *cobra.Command {
	root, _ := (&app{kinds: kinds, ui: newUI(os.Stdout, os.Stderr)}).root(nil)
	return root
}

// root is the command with those below it that a command line may need; begun tells
// whether one of them got as far as running.
func (a *app) root(line []string) (root *cobra.Command, begun *bool) {
	begun = new(bool)
	root = &cobra.Command{
		Use:   "reprise",
		Short: "Run scientific experiments written as HCL files, and compute only what changed",
		Long: `Runs scientific experiments written as HCL files, and computes only what changed.

Commands that need the keys of a FILE's tasks, such as plan, status, why, graph,
metrics, show and logs, run the commands that tools of its exec stages name, each
once. Of a stranger's FILE, validate alone runs nothing.`,
		SilenceErrors:    true,
		SilenceUsage:     true,
		PersistentPreRun: func(*cobra.Command, []string) { *begun = true },
	}
	f := root.PersistentFlags()
	f.StringVar(&a.store, "store", "", "`path` of the store (default: REPRISE_STORE, or the nearest .reprise/store.db going up)")
	f.BoolVar(&a.ui.json, "json", false, "write one JSON object a line to standard output, and nothing else there")
	f.BoolVarP(&a.ui.quiet, "quiet", "q", false, "print results and errors only")
	f.BoolVarP(&a.ui.verbose, "verbose", "v", false, "print more: every cached task, whole digests")
	a.addCommands(root, line)
	illustrate(root)
	a.complete(root)
	root.SetOut(a.ui.out)
	root.SetErr(a.ui.err)
	return root, begun
}

// interruptible returns a context that the first Ctrl-C (or SIGTERM, or SIGHUP where
// that is not ignored, as nohup has it) cancels. A second one ends the process at
// once, and so does the first where there is nothing to stop in order: HCL's
// evaluation cannot be interrupted.
func (a *app) interruptible() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	stopping := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		stopping = append(stopping, syscall.SIGHUP)
	}
	signal.Notify(signals, stopping...)
	go func() {
		if <-signals == syscall.SIGHUP {
			signal.Ignore(syscall.SIGPIPE) // who reads what is said may be gone with the terminal
		}
		cancel()
		if !a.working.Load() {
			time.Sleep(patience)
			os.Exit(runner.ExitInterrupted)
		}
		a.ui.note("stopping; what is done stays done, and once more stops at once")
		for <-signals == syscall.SIGHUP { // the kernel and the shell may send it both
		}
		os.Exit(runner.ExitInterrupted)
	}()
	return ctx
}

// exitError is an error with its exit status. Where it wraps none, all has been
// said already.
type exitError struct {
	status int
	err    error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit status %d", e.status)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// said is an exit status after which nothing is left to say; 0 is no error.
func said(status int) error {
	if status == runner.ExitDone {
		return nil
	}
	return &exitError{status: status}
}

// exit prints what went wrong, if anything, and returns the status that goes with it.
func (a *app) exit(ctx context.Context, err error) int {
	var withStatus *exitError
	switch {
	case err == nil:
	case errors.As(err, &withStatus):
		if withStatus.err != nil {
			a.ui.error(withStatus.err)
		}
	case interrupted(ctx, err): // which has been said
	default:
		a.ui.error(err)
	}
	if unwritten := a.ui.unwritten(); unwritten != nil {
		a.ui.error(fmt.Errorf("standard output is cut off: %w; make room, or send it elsewhere, and call again", unwritten))
	}
	return a.exitStatus(ctx, err)
}

// exitStatus is the exit status that goes with an error, or with none, and with what
// became of standard output.
func (a *app) exitStatus(ctx context.Context, err error) int {
	status := statusOf(ctx, err)
	if a.ui.unwritten() != nil && (status == runner.ExitDone || status == runner.ExitCheck) {
		return runner.ExitFailed
	}
	return status
}

// statusOf is the exit status that goes with an error, or with none.
func statusOf(ctx context.Context, err error) int {
	var (
		withStatus *exitError
		usage      *runner.UsageError
	)
	switch {
	case err == nil:
		return runner.ExitDone
	case errors.As(err, &withStatus):
		return withStatus.status
	case interrupted(ctx, err):
		return runner.ExitInterrupted
	case errors.As(err, &usage):
		return runner.ExitInvalid
	}
	return runner.ExitFailed
}

func interrupted(ctx context.Context, err error) bool {
	return ctx.Err() != nil && errors.Is(err, context.Canceled)
}

// summed does what ends with a summary, and writes it last, whatever came to
// pass: its exit is that of the process.
func (a *app) summed(ctx context.Context, do func() (runner.SummaryEvent, error)) error {
	sum, err := do()
	sum.Type, sum.Exit = "summary", a.exitStatus(ctx, err)
	a.ui.object(sum)
	return err
}
