package web

import (
	"net/http"
	"slices"
	"strconv"

	"reprise/cache"
	"reprise/internal/runlog"
	"reprise/runner"
)

// runsShown is how many runs a page lists.
const runsShown = 50

// runsData is what the page of runs shows.
type runsData struct {
	Store       string
	Experiments []string // all that have runs
	Experiment  string   // the one asked for, or ""
	Live        []runRow
	Runs        []runRow
	From, Total int
	Newer       string // address of the page before this; "" where there is none
	Older       string
}

// runRow is a run in a table.
type runRow struct {
	*cache.Run
	ID      string // of its element
	URL     string
	State   string
	Outcome string
	Given   []string // variables that do not have their defaults
	Before  string   // ID of the run before it of the same experiment, to compare with
}

func (s *Server) runsPage(r *http.Request) (*page, error) {
	q := r.URL.Query()
	d := runsData{Store: s.Store.Path(), Experiment: q.Get("experiment")}
	d.From, _ = strconv.Atoi(q.Get("from"))
	mark := s.mark() // before what it is of is read
	all, err := s.Store.Runs()
	if err != nil {
		return nil, err
	}
	var runs []*cache.Run
	for _, run := range all {
		if !slices.Contains(d.Experiments, run.Experiment) {
			d.Experiments = append(d.Experiments, run.Experiment)
		}
		if d.Experiment == "" || run.Experiment == d.Experiment {
			runs = append(runs, run)
		}
	}
	slices.Sort(d.Experiments)
	d.Total = len(runs)
	d.From = max(0, min(d.From, d.Total-1))
	for i := d.From; i < min(d.From+runsShown, d.Total); i++ {
		d.Runs = append(d.Runs, recordedRow(runs, i))
	}
	if d.From > 0 {
		d.Newer = address("/", "experiment", d.Experiment, "from", strconv.Itoa(max(0, d.From-runsShown)))
	}
	if d.From+runsShown < d.Total {
		d.Older = address("/", "experiment", d.Experiment, "from", strconv.Itoa(d.From+runsShown))
	}
	for _, name := range s.live() {
		log, err := runlog.Read(s.Logs, name)
		if err == nil && (d.Experiment == "" || log.Start.Experiment == d.Experiment) {
			d.Live = append(d.Live, liveRow(name, log))
		}
	}
	return &page{Title: "Runs", Events: address("/events", "mark", mark), name: "runs", Data: d}, nil
}

// live are the names of the logs of runs that go on.
func (s *Server) live() []string { return runlog.Live(s.Logs, s.Store.Alive) }

func recordedRow(runs []*cache.Run, i int) runRow {
	run := runs[i]
	row := runRow{Run: run, ID: "run-" + run.ID, URL: "/run/" + run.ID, Given: givenText(run.Given, run.Variables)}
	row.State, row.Outcome = outcome(run.Exit)
	for _, e := range runs[i+1:] {
		if e.Experiment == run.Experiment {
			row.Before = e.ID
			break
		}
	}
	return row
}

// outcome says how a run ended.
func outcome(exit int) (state, text string) {
	switch exit {
	case runner.ExitDone:
		return runner.Done, "done"
	case runner.ExitCheck:
		return runner.Failed, "a check did not pass"
	case runner.ExitInterrupted:
		return runner.Cancelled, "interrupted"
	}
	return runner.Failed, "failed"
}

func givenText(given []string, variables map[string]string) (out []string) {
	for _, name := range given {
		out = append(out, name+" = "+variables[name])
	}
	return out
}

// liveRow is the row of a run that goes on.
func liveRow(name string, log *runlog.Record) runRow {
	r := &run{ID: name, Live: true, Log: log}
	r.gather()
	return runRow{Run: &cache.Run{ID: name, Experiment: log.Start.Experiment, Started: r.Began}, ID: "run-" + name, URL: r.Path(),
		State: runner.Started, Outcome: r.progress(), Given: givenText(log.Start.Given, log.Start.Variables)}
}

// progress says how far a run is.
func (r *run) progress() string {
	counts := map[string]int{}
	if r.Log.Aside > 0 {
		counts[runner.Cached] = r.Log.Aside
	}
	for _, s := range r.Stages {
		for state, n := range r.counts(s) {
			counts[state] += n
		}
	}
	if len(counts) == 0 {
		return "begins"
	}
	return countsText(counts)
}
