package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"reprise/internal/runlog"
	"reprise/runner"
	"reprise/spec"
)

// Pages that change while they are looked at are told by server-sent events:
//
//	rows    [{"id", "html"}]: elements to put in place of those with the same id
//	reload  an address: the page is another now
//
// They come from the logs of runs, which are files; the store is not asked.

// tellEvery is how often a page is told.
const tellEvery = 500 * time.Millisecond

type element struct {
	ID   string `json:"id"`
	HTML string `json:"html"`
}

// readingTakes is the longest that a browser may take to read an event.
const readingTakes = 30 * time.Second

// stream sends what next gives, until it ends or the page is closed; of an error it
// tells the page.
func stream(w http.ResponseWriter, r *http.Request, next func(send func(event string, data any) error) (more bool, err error)) {
	w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(w)
	send := func(event string, data any) error {
		b, err := json.Marshal(data)
		if err != nil {
			return err
		}
		_ = out.SetWriteDeadline(time.Now().Add(readingTakes)) // of a browser that reads no more
		if _, err = fmt.Fprintf(w, "event: %s\ndata: %s\n\n", event, b); err != nil {
			return err
		}
		return out.Flush()
	}
	if _, err := fmt.Fprint(w, "retry: 2000\n\n"); err != nil || out.Flush() != nil {
		return
	}
	tick := time.NewTicker(tellEvery)
	defer tick.Stop()
	for {
		more, err := next(send)
		if err != nil {
			_ = send("broken", err.Error())
		}
		if err != nil || !more {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-tick.C:
		}
	}
}

// blocks renders elements whose ids are the names of their templates.
func blocks(names []string, data any) (out []element, err error) {
	for _, name := range names {
		b, err := render(name, data)
		if err != nil {
			return nil, err
		}
		out = append(out, element{name, string(b)})
	}
	return out, nil
}

// rows renders elements of one template.
func rows[T any](template string, all []T, id func(T) string) (out []element, err error) {
	for _, row := range all {
		b, err := render(template, row)
		if err != nil {
			return nil, err
		}
		out = append(out, element{id(row), string(b)})
	}
	return out, nil
}

// mark tells two states of the list of runs apart: which go on, and when a log
// was last made or named.
func (s *Server) mark() string {
	mark := strings.Join(s.live(), ",")
	if info, err := os.Stat(s.Logs); err == nil {
		mark += info.ModTime().Format(" 150405.000000000")
	}
	return mark
}

// runsEvents tells the page of runs how far those are that go on, and when one
// begins or ends.
func (s *Server) runsEvents(w http.ResponseWriter, r *http.Request) {
	followed := map[string]*runlog.Follower{}
	defer func() {
		for _, f := range followed {
			f.Close()
		}
	}()
	told := map[string]string{}
	stream(w, r, func(send func(string, any) error) (bool, error) {
		if s.mark() != r.URL.Query().Get("mark") {
			return false, send("reload", "")
		}
		var fresh []runRow
		for _, name := range s.live() {
			row, ok := followedRow(s.Logs, name, followed)
			if ok && told[name] != row.Outcome {
				told[name] = row.Outcome
				fresh = append(fresh, row)
			}
		}
		if len(fresh) == 0 {
			return true, nil
		}
		elements, err := rows("live-row", fresh, func(r runRow) string { return r.ID })
		if err != nil {
			return false, err
		}
		return true, send("rows", elements)
	})
}

// followedRow is the row of a run that goes on, by a log that is read on from
// where it was.
func followedRow(logs, name string, followed map[string]*runlog.Follower) (row runRow, ok bool) {
	f := followed[name]
	if f == nil {
		var err error
		if f, err = runlog.Follow(logs, name); err != nil {
			return row, false // it has just ended
		}
		followed[name] = f
	}
	if _, err := f.Next(); err != nil {
		return row, false
	}
	return liveRow(name, f.Record), true
}

// followRun tells a page of a run what is new in its log; where the run is over,
// that the page is another now.
func (s *Server) followRun(w http.ResponseWriter, r *http.Request, over func(run string) string, tell func(*runlog.Record, []*runlog.Task, func(string, any) error) (bool, error)) {
	name := r.PathValue("id")
	f, err := runlog.Follow(s.Logs, name)
	if err != nil {
		stream(w, r, func(send func(string, any) error) (bool, error) { return false, send("reload", "/") })
		return
	}
	defer f.Close()
	stream(w, r, func(send func(string, any) error) (bool, error) {
		alive := s.Store.Alive(runlog.OwnerOf(name)) // before reading, so that all was read when it is not
		changed, err := f.Next()
		switch sum := f.Record.Summary; {
		case err != nil:
			return false, err
		case !alive && sum != nil && sum.Run != "":
			return false, send("reload", over("/run/"+sum.Run))
		case !alive:
			return false, send("reload", "")
		}
		return tell(f.Record, changed, send)
	})
}

// runEvents tells the page of a run what changed, and at the end where its record is.
func (s *Server) runEvents(w http.ResponseWriter, r *http.Request) {
	drawn := ""
	s.followRun(w, r, func(run string) string { return run }, func(log *runlog.Record, changed []*runlog.Task, send func(string, any) error) (bool, error) {
		if len(changed) == 0 {
			return true, nil
		}
		return true, s.sendChanged(&run{ID: r.PathValue("id"), Live: true, Log: log}, changed, &drawn, send)
	})
}

// askEvery is how often the store is asked what a task wrote; a run puts it there
// every two seconds.
const askEvery = 2 * time.Second

// taskEvents tells the page of a task how far it is and what it wrote; the page is
// another when its state is.
func (s *Server) taskEvents(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	at := func(run string) string { return address(run+"/task", "address", q.Get("address")) }
	var asked time.Time
	s.followRun(w, r, at, func(log *runlog.Record, changed []*runlog.Task, send func(string, any) error) (bool, error) {
		l := log.Task(q.Get("address"))
		if l == nil {
			return true, nil
		}
		t := liveTask(l)
		if t.State != q.Get("state") {
			return false, send("reload", "")
		}
		d := &taskData{task: t, Run: &run{ID: r.PathValue("id")}, Progress: t.progress(), Metrics: s.metrics("", t)}
		var names []string
		if slices.Contains(changed, l) {
			names = append(names, "task-metrics")
		}
		if t.State == runner.Started && time.Since(asked) > askEvery {
			asked = time.Now()
			if err := s.log(d, new(string)); err != nil {
				return false, err
			}
			names = append(names, "task-log")
		}
		if len(names) == 0 {
			return true, nil
		}
		elements, err := blocks(names, d)
		if err != nil {
			return false, err
		}
		return true, send("rows", elements)
	})
}

// sendChanged sends the rows of the stages of tasks that changed, how far the run
// is, and the graph where the states in it are not those that are drawn.
func (s *Server) sendChanged(r *run, changed []*runlog.Task, drawn *string, send func(string, any) error) error {
	r.gather()
	stages := map[string]bool{}
	for _, t := range changed {
		stages[spec.SweepAddress(t.Address)] = true
	}
	var all, fresh []stageRow
	for i, st := range r.Stages {
		row := s.stageRow(r, i)
		all = append(all, row)
		if stages[st.Address] {
			fresh = append(fresh, row)
		}
	}
	elements, err := rows("stage-row", fresh, func(r stageRow) string { return r.ID })
	if err != nil {
		return err
	}
	others, err := blocks([]string{"progress"}, r.progress())
	if err != nil {
		return err
	}
	states := ""
	for _, row := range all {
		states += row.State + " "
	}
	if states != *drawn { // laying it out takes longer than all the rest
		*drawn = states
		drawing, err := blocks([]string{"graph"}, graph(r, all))
		if err != nil {
			return err
		}
		others = append(others, drawing...)
	}
	return send("rows", append(elements, others...))
}
