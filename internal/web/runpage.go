package web

import (
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strings"

	"reprise/runner"
)

// runData is what the page of a run shows.
type runData struct {
	*run
	State, Outcome string
	Command        string
	Variables      []variable
	Graph          template.HTML
	Rows           []stageRow
	Earlier        string // ID of the run before it of the same experiment
}

type variable struct {
	Name, Value string
	Given       bool
}

func (s *Server) runPage(r *http.Request) (*page, error) {
	run, err := s.findRun(r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	p := &page{Title: run.Title(), Crumbs: []link{{"Runs", "/"}}, name: "run", Data: s.runData(run)}
	if run.Live {
		p.Events = run.Path() + "/events"
	}
	return p, nil
}

func (s *Server) runData(r *run) runData {
	d := runData{run: r, State: runner.Started, Outcome: r.progress()}
	command, given, variables := r.Log.Start.Command, r.Log.Start.Given, r.Log.Start.Variables
	if e := r.Recorded; e != nil {
		d.State, d.Outcome = outcome(e.Exit)
		command, given, variables = e.Command, e.Given, e.Variables
		d.Earlier = s.earlier(r)
	} else if !r.Live {
		d.State, d.Outcome = runner.Failed, "it broke off: its process is gone"
	}
	d.Command = commandText(command)
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		d.Variables = append(d.Variables, variable{name, variables[name], slices.Contains(given, name)})
	}
	for i := range r.Stages {
		d.Rows = append(d.Rows, s.stageRow(r, i))
	}
	d.Graph = graph(r, d.Rows)
	return d
}

// commandText is a command line as a shell takes it.
func commandText(command []string) string {
	var words []string
	for i, w := range command {
		if i == 0 {
			w = w[strings.LastIndexByte(w, '/')+1:]
		}
		words = append(words, runner.ShellWord(w))
	}
	return strings.Join(words, " ")
}

// earlier is the run of the same experiment before a recorded one.
func (s *Server) earlier(r *run) string {
	runs, err := s.Store.Runs()
	if err != nil {
		return ""
	}
	for _, e := range runs {
		if e.Experiment == r.Recorded.Experiment && e.Started.Before(r.Recorded.Started) {
			return e.ID
		}
	}
	return ""
}
