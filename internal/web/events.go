package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"reprise/internal/runlog"
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

// stream sends what next gives, until it ends or the page is closed.
func stream(w http.ResponseWriter, r *http.Request, next func(send func(event string, data any) error) (more bool, err error)) {
	w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(w)
	send := func(event string, data any) error {
		b, err := json.Marshal(data)
		if err != nil {
			return err
		}
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
		if more, err := next(send); err != nil || !more {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-tick.C:
		}
	}
}

// rowsOf renders rows by their template.
func rowsOf[T any](template string, rows []T, id func(T) string) ([]element, error) {
	var out []element
	for _, row := range rows {
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
		var rows []runRow
		for _, name := range s.live() {
			row, ok := followedRow(s.Logs, name, followed)
			if ok && told[name] != row.Outcome {
				told[name] = row.Outcome
				rows = append(rows, row)
			}
		}
		if len(rows) == 0 {
			return true, nil
		}
		elements, err := rowsOf("live-row", rows, func(r runRow) string { return r.ID })
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

// runEvents tells the page of a run what changed, and at the end where its record is.
func (s *Server) runEvents(w http.ResponseWriter, r *http.Request) {
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
		if err != nil {
			return false, err
		}
		if sum := f.Record.Summary; !alive && sum != nil && sum.Run != "" {
			return false, send("reload", "/run/"+sum.Run)
		}
		if !alive {
			return false, send("reload", "")
		}
		if len(changed) == 0 {
			return true, nil
		}
		return true, s.sendChanged(&run{ID: name, Live: true, Log: f.Record}, changed, send)
	})
}

// sendChanged sends the rows of the stages of tasks that changed.
func (s *Server) sendChanged(r *run, changed []*runlog.Task, send func(string, any) error) error {
	r.gather()
	stages := map[string]bool{}
	for _, t := range changed {
		stages[spec.SweepAddress(t.Address)] = true
	}
	var rows []stageRow
	for i, st := range r.Stages {
		if stages[st.Address] {
			rows = append(rows, s.stageRow(r, i))
		}
	}
	elements, err := rowsOf("stage-row", rows, func(r stageRow) string { return r.ID })
	if err != nil {
		return err
	}
	b, err := render("progress", r.progress())
	if err != nil {
		return err
	}
	return send("rows", append(elements, element{"progress", string(b)}))
}
