package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"reprise/artifacts"
	"reprise/cache"
	"reprise/internal/report"
	"reprise/internal/runlog"
	"reprise/internal/view"
	"reprise/internal/words"
	"reprise/runner"
	"reprise/spec"
)

// sweepData is what the page of a stage shows: its tasks, what varies over them,
// and what came out.
type sweepData struct {
	Run    *run
	Stage  *stage
	Doc    string // what the kind does
	All    bool   // with results of other runs of the experiment
	Others int    // runs that are looked through for them

	Heads          []sweepHead
	Rows           []sweepRow
	From, To       int // rows from 1
	Total          int
	Previous, Next string

	Unfinished []stageRow // tasks without a result, the first of them
	Left       int        // more of them

	Choice  scatterChoice
	Scatter *scatter
}

type sweepHead struct {
	Name, Doc string
	Number    bool
	SortURL   string
	Sorted    string // as aria-sort has it; "" where it is not by this
}

type sweepRow struct {
	Address, URL string
	State, Time  string
	Run          string // where it is of another one
	Cells        []string
}

// sweepTask is a task of the table: of which run it is.
type sweepTask struct {
	*task
	run string
}

func (s *Server) stagePage(r *http.Request) (*page, error) {
	q := r.URL.Query()
	run, err := s.findRun(r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(run.Stages, func(st *stage) bool { return st.Address == q.Get("name") })
	if i < 0 {
		return nil, missing("There is no stage " + q.Get("name") + " in this run.")
	}
	d := &sweepData{Run: run, Stage: run.Stages[i], All: q.Get("runs") == "all"}
	tasks, table, err := s.sweep(d)
	if err != nil {
		return nil, err
	}
	if k := s.Kinds.Get(d.Stage.Kind); k != nil {
		d.Doc = k.Doc
	}
	d.Choice = choose(table, q.Get("x"), q.Get("y"), q.Get("by"))
	d.Scatter = newScatter(table, d.Choice, func(i int) string { return d.taskURL(tasks[i]) })
	if err := d.fill(table, tasks, q.Get("sort"), q.Get("from")); err != nil {
		return nil, err
	}
	return &page{Title: d.Stage.Address, Crumbs: crumbs(run), name: "stage", Data: d}, nil
}

func (d *sweepData) taskURL(t sweepTask) string {
	return address("/run/"+t.run+"/task", "address", t.Address)
}

// sweep makes the table of the stage's tasks that have results, and behind them of
// those in other runs where they are asked for.
func (s *Server) sweep(d *sweepData) ([]sweepTask, *report.Sweep, error) {
	var (
		tasks []sweepTask
		found []report.Task
		seen  = map[cache.Key]bool{}
	)
	results := map[cache.Key]*cache.Result{}
	peek := func(key cache.Key) (*cache.Result, error) {
		if r, ok := results[key]; ok {
			return r, nil
		}
		r, err := s.Store.Peek(key)
		if err == nil {
			results[key] = r
		}
		return r, err
	}
	add := func(r *run, st *stage) {
		rec := report.NewRecorded(&cache.Run{Tasks: r.record(peek)}, peek)
		for _, t := range st.Tasks {
			if got, ok := rec.Task(t.record(peek)); ok && !seen[t.Key] {
				seen[t.Key] = true
				tasks, found = append(tasks, sweepTask{t, r.ID}), append(found, got)
				if d.Stage.Kind == "" {
					d.Stage.Kind = results[t.Key].Kind
				}
			} else if !ok && r == d.Run {
				d.unfinished(t)
			}
		}
	}
	add(d.Run, d.Stage)
	if d.All {
		others, err := s.otherRuns(d.Run)
		if err != nil {
			return nil, nil, err
		}
		d.Others = len(others)
		for _, o := range others {
			for _, st := range o.Stages {
				if st.Address == d.Stage.Address {
					add(o, st)
				}
			}
		}
	}
	return tasks, report.SweepOf(d.Stage.Address, s.gives(d.Stage.Kind).Metrics, found), nil
}

// unfinished lists a task that has no result to show.
func (d *sweepData) unfinished(t *task) {
	if len(d.Unfinished) == rowsShown {
		d.Left++
		return
	}
	row := stageRow{Address: t.Address, URL: d.taskURL(sweepTask{t, d.Run.ID}), State: t.State}
	p := t.progress()
	switch {
	case t.Logged != nil && t.Logged.Error != "":
		row.Note = firstLine(t.Logged.Error)
	case p != nil:
		row.Note = p.Text
	case t.State == runner.Done || t.State == runner.Cached:
		row.Note = "the store has its result no more"
	}
	d.Unfinished = append(d.Unfinished, row)
}

// record is the task as runs record it. Where the run goes on, its log does not
// tell the artifact, and the result of its key does.
func (t *task) record(peek func(cache.Key) (*cache.Result, error)) cache.RunTask {
	out := cache.RunTask{Address: t.Address, Key: t.Key, State: t.State, Seconds: t.Seconds, Artifact: t.Artifact}
	if t.Logged != nil && out.Artifact == (artifacts.Digest{}) && (t.State == runner.Done || t.State == runner.Cached) {
		if r, err := peek(t.Key); err == nil {
			out.Artifact = r.Artifact
		}
	}
	return out
}

// record are the tasks of a run.
func (r *run) record(peek func(cache.Key) (*cache.Result, error)) (out []cache.RunTask) {
	for _, st := range r.Stages {
		for _, t := range st.Tasks {
			out = append(out, t.record(peek))
		}
	}
	return out
}

// otherRuns are recent runs of the same experiment.
func (s *Server) otherRuns(r *run) (out []*run, err error) {
	runs, err := s.Store.Runs()
	if err != nil {
		return nil, err
	}
	for _, e := range runs {
		if e.Experiment != r.Experiment() || e.ID == r.ID || len(out) == runsShown {
			continue
		}
		if e, err = s.Store.RunByID(e.ID); err != nil {
			return nil, err
		}
		o := &run{ID: e.ID, Recorded: e, Log: &runlog.Record{}}
		o.gather()
		out = append(out, o)
	}
	return out, nil
}

// fill sorts the rows and takes those of the page.
func (d *sweepData) fill(table *report.Sweep, tasks []sweepTask, sort, from string) error {
	of := map[*report.Row]sweepTask{}
	for i, row := range table.Rows {
		of[row] = tasks[i]
	}
	if _, err := (report.Form{Sort: sort}).Apply([]*report.Sweep{table}); err != nil {
		return missing(err.Error())
	}
	columns := slices.Concat(table.Attributes, table.Metrics)
	for i, name := range columns {
		d.Heads = append(d.Heads, d.head(name, i >= len(table.Attributes) || table.IsNumeric(name), view.DocOf(table.Gives, strings.TrimPrefix(name, "metrics.")), sort))
	}
	d.Total = len(table.Rows)
	d.From, _ = strconv.Atoi(from)
	d.From = max(1, min(d.From, d.Total))
	d.To = min(d.From-1+rowsShown, d.Total)
	for i := d.From - 1; i < d.To; i++ {
		row := table.Rows[i]
		t := of[row]
		out := sweepRow{Address: t.Address, URL: d.taskURL(t), State: t.State, Time: words.Seconds(t.Seconds)}
		if keys := spec.InstanceKeys(t.Address); len(keys) > 0 {
			out.Address = strings.Join(keys, ", ")
		}
		if t.run != d.Run.ID {
			out.Run = t.run
		}
		for _, name := range columns {
			out.Cells = append(out.Cells, cellText(row, name))
		}
		d.Rows = append(d.Rows, out)
	}
	if d.From > 1 {
		d.Previous = d.url("sort", sort, "from", strconv.Itoa(max(1, d.From-rowsShown)))
	}
	if d.To < d.Total {
		d.Next = d.url("sort", sort, "from", strconv.Itoa(d.To+1))
	}
	return nil
}

func cellText(row *report.Row, name string) string {
	if v, ok := row.Metrics[name]; ok {
		return words.Figure(v)
	}
	return words.Shortened(row.Cell(name))
}

// url is this page with other parameters.
func (d *sweepData) url(parameters ...string) string {
	all := ""
	if d.All {
		all = "all"
	}
	return address(d.Run.Path()+"/stage", append([]string{"name", d.Stage.Address, "runs", all, "x", d.Choice.X, "y", d.Choice.Y, "by", d.Choice.By}, parameters...)...)
}

// head is that of a column, which sorts by it, and the other way where it does.
func (d *sweepData) head(name string, number bool, doc, sort string) sweepHead {
	h := sweepHead{Name: name, Number: number, Doc: doc, SortURL: d.url("sort", name)}
	switch sort {
	case name:
		h.Sorted, h.SortURL = "ascending", d.url("sort", "-"+name)
	case "-" + name:
		h.Sorted = "descending"
	}
	return h
}
