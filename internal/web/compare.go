package web

import (
	"net/http"

	"reprise/cache"
	"reprise/internal/words"
	"reprise/runner"
)

// compareData is what the page of two runs shows.
type compareData struct {
	Old, New string
	Recent   []*cache.Run // to choose from
	Diff     *runner.RunDiff
	Groups   []words.Group // that changed
	Same     int           // tasks that did not
}

func (s *Server) comparePage(r *http.Request) (*page, error) {
	d := compareData{Old: r.URL.Query().Get("old"), New: r.URL.Query().Get("new")}
	p := &page{Title: "Compare two runs", Crumbs: []link{{"Runs", "/"}}, name: "compare"}
	runs, err := s.Store.Runs()
	if err != nil {
		return nil, err
	}
	d.Recent = runs[:min(len(runs), runsShown)]
	if d.Old != "" && d.New != "" {
		if err := s.diff(&d); err != nil {
			return nil, err
		}
	}
	p.Data = d
	return p, nil
}

func (s *Server) diff(d *compareData) error {
	old, err := s.Store.FindRun(d.Old, "")
	if err != nil {
		return missing(err.Error())
	}
	now, err := s.Store.FindRun(d.New, "")
	if err != nil {
		return missing(err.Error())
	}
	d.Old, d.New = old.ID, now.ID
	if d.Diff, err = runner.Diff(s.Store, old, now); err != nil {
		return err
	}
	for _, g := range words.Groups(d.Diff.Tasks, false) {
		if g.Change == runner.DiffSame {
			d.Same += len(g.Tasks)
		} else {
			d.Groups = append(d.Groups, g)
		}
	}
	return nil
}

// option is a run to choose from.
type option struct {
	ID, Text string
	Chosen   bool
}

// options are the runs to choose from, with the one that is chosen, recent or not.
func options(recent []*cache.Run, chosen string) (out []option) {
	found := false
	for _, r := range recent {
		text := r.ID + " " + r.Experiment
		if r.Tag != "" {
			text += " (" + r.Tag + ")"
		}
		out = append(out, option{r.ID, text, r.ID == chosen})
		found = found || r.ID == chosen
	}
	if !found && chosen != "" {
		out = append(out, option{chosen, chosen, true})
	}
	return out
}
