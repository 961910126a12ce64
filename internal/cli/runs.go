package cli

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"reprise/internal/runlog"
	"reprise/runner"
)

// fewRuns is how many runs are listed unless more are asked for.
const fewRuns = 20

// runsDocument is what runs writes with --json.
type runsDocument struct {
	Type  string        `json:"type"` // "runs"
	Store string        `json:"store"`
	Total int           `json:"total"` // in the store, of the experiment where one was given
	Runs  []runDocument `json:"runs"`  // newest first

	Unrecorded []unrecordedRun `json:"unrecorded"` // those that go on first, each sort newest first
}

// unrecordedRun is one that goes on, or was killed.
type unrecordedRun struct {
	State      string    `json:"state"` // running or killed
	Experiment string    `json:"experiment"`
	Started    time.Time `json:"started"`
	Log        string    `json:"log"` // its path
}

// runDocument is one run.
type runDocument struct {
	Run        string            `json:"run"`
	Experiment string            `json:"experiment"`
	Tag        string            `json:"tag,omitempty"`
	Started    time.Time         `json:"started"`
	Seconds    float64           `json:"seconds"`
	Executed   int               `json:"executed"`
	Cached     int               `json:"cached"`
	Failed     int               `json:"failed"`
	Skipped    int               `json:"skipped"`
	Cancelled  int               `json:"cancelled"`
	Exit       int               `json:"exit"`
	Variables  map[string]string `json:"variables"` // as JSON text
	Given      []string          `json:"given"`     // names of those that do not have their default
	Command    []string          `json:"command"`
}

func (a *app) runsCommand() *cobra.Command {
	limit := fewRuns
	c := &cobra.Command{
		Use:   "runs [FILE]",
		Short: "List the runs, newest first",
		Long: `Lists the runs in the store, newest first, or those of one experiment. Other
commands take a run by its ID, the beginning of its ID, its tag, "last", or
"last~1" for the one before the last.

With --json one object: {type: "runs", store, total, runs: [{run, experiment,
tag, started, seconds, executed, cached, failed, skipped, cancelled, exit,
variables, given, command}], unrecorded: [{state: running|killed, experiment,
started, log}]}; given names the variables that do not have their default.`,
		Args: takes("[FILE]"),
		RunE: func(_ *cobra.Command, args []string) error {
			if limit < 1 {
				return &runner.UsageError{Message: "--limit is at least 1"}
			}
			if a.ui.verbose {
				limit = 0
			}
			return a.runs(args, limit)
		},
	}
	c.Flags().IntVarP(&limit, "limit", "n", fewRuns, "list so many `runs` (-v: all)")
	a.variableFlags(c)
	return c
}

func (a *app) runs(args []string, limit int) error {
	open := func() (*opened, error) { return a.openStore("", nil, false) }
	if len(args) > 0 {
		open = func() (*opened, error) { return a.open(args[0]) }
	}
	from, err := open()
	if err != nil {
		return err
	}
	defer from.close()
	all, err := from.store.Runs()
	if err != nil {
		return err
	}
	others, newest := map[string]bool{}, map[string]time.Time{}
	doc := runsDocument{Type: "runs", Store: from.store.Path(), Runs: []runDocument{}, Unrecorded: []unrecordedRun{}}
	for _, r := range all {
		if r.Started.After(newest[r.Experiment]) {
			newest[r.Experiment] = r.Started
		}
		if from.x != nil && r.Experiment != from.x.Name {
			others[r.Experiment] = true
			continue
		}
		doc.Total++
		if limit == 0 || doc.Total <= limit {
			doc.Runs = append(doc.Runs, runDocument{r.ID, r.Experiment, r.Tag, r.Started, r.Seconds, r.Counts[runner.Done], r.Counts[runner.Cached],
				r.Counts[runner.Failed], r.Counts[runner.Skipped], r.Counts[runner.Cancelled], r.Exit, r.Variables, append([]string{}, r.Given...), r.Command})
		}
	}
	doc.take(from, "running", runlog.Live(from.files.Logs, from.store.Alive), nil)
	doc.take(from, "killed", runlog.Killed(from.files.Logs, from.store.Alive), newest)
	a.ui.object(doc)
	a.ui.runsTable(doc)
	if doc.Total == 0 && len(others) > 0 {
		a.ui.note("of experiment %s; there are runs of %s. A file without an experiment block is called what its name says", from.x.Name, join(slices.Sorted(maps.Keys(others))))
	}
	return nil
}

// take takes in runs that have logs of these names and no record, unless another run
// of their experiment began since.
func (doc *runsDocument) take(from *opened, state string, names []string, since map[string]time.Time) {
	for _, name := range names {
		log, err := runlog.Read(from.files.Logs, name)
		if err == nil && (from.x == nil || log.Start.Experiment == from.x.Name) && log.Began.After(since[log.Start.Experiment]) {
			doc.Unrecorded = append(doc.Unrecorded, unrecordedRun{state, log.Start.Experiment, log.Began, runlog.Path(from.files.Logs, name)})
		}
	}
}

func (u *ui) runsTable(doc runsDocument) {
	var rows [][]string
	for _, r := range doc.Runs {
		var given []string
		for _, name := range r.Given {
			given = append(given, name+"="+r.Variables[name])
		}
		exit := strconv.Itoa(r.Exit)
		if r.Exit != runner.ExitDone {
			exit = u.outLook.paint(red, exit)
		}
		rows = append(rows, []string{r.Run, r.Experiment, r.Started.Local().Format("2006-01-02 15:04:05"), seconds(r.Seconds), strconv.Itoa(r.Executed), strconv.Itoa(r.Cached),
			strconv.Itoa(r.Failed), exit, r.Tag, strings.Join(given, " ")})
	}
	u.table([]column{{name: "run"}, {name: "experiment", least: true}, {name: "when", least: true}, {name: "took", right: true}, {name: "run", right: true}, {name: "cached", right: true},
		{name: "failed", right: true, least: true}, {name: "exit", right: true}, {name: "tag"}, {name: "variables", wrap: true}}, rows)
	switch more := doc.Total - len(doc.Runs); {
	case doc.Total == 0:
		u.note("there is no run in %s", doc.Store)
	case more > 0:
		u.note("and %s before these; -v lists all", count(more, "run"))
	}
	for _, r := range doc.Unrecorded {
		what := "goes on"
		if r.State == "killed" {
			what = "was killed; it got as far as " + r.Log + " says"
		}
		u.note("a run of %s that began at %s %s", r.Experiment, r.Started.Local().Format("2006-01-02 15:04:05"), what)
	}
}

var (
	tagForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/+-]*$`) })
	runForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^last$|^[0-9]{8}T`) }) // what else names a run
)

// checkTag refuses a tag that could not be told from other names of runs, or that
// a shell would not take as one word.
func checkTag(tag string) error {
	switch {
	case tag == "":
		return nil
	case len(tag) > 100 || !tagForm().MatchString(tag):
		return &runner.UsageError{Message: fmt.Sprintf("--tag %q is no name: it has at most 100 letters, digits and . _ / + -, and begins with a letter or digit", tag)}
	case runForm().MatchString(tag):
		return &runner.UsageError{Message: fmt.Sprintf("--tag %s would be taken for another run; choose another name", tag)}
	}
	return nil
}
