package web

import (
	"html/template"

	"reprise/internal/graphsvg"
	"reprise/internal/view"
	"reprise/runner"
)

// looks are the states of the graph that tasks' states in a run look like.
var looks = map[string]string{runner.Failed: view.Failed, runner.Started: view.Running, runner.Done: view.Current, runner.Cached: view.Current,
	waiting: view.None, runner.Cancelled: view.None, runner.Skipped: view.None}

// graph draws the stages of a run; nothing where the log does not tell of all what
// needs what.
func graph(r *run, rows []stageRow) template.HTML {
	if len(r.Log.Start.Stages) == 0 || r.Log.Aside > 0 {
		return ""
	}
	g := &view.Graph{Experiment: r.Experiment()}
	leads := map[string]string{}
	for i, st := range r.Stages {
		n := view.Node{Address: st.Address, Module: view.ModuleOf(st.Address), Kind: st.Kind, Tasks: st.Stage.Tasks, States: map[string]int{}}
		for state, k := range r.counts(st) {
			n.States[looks[state]] += k
		}
		g.Nodes = append(g.Nodes, n)
		leads[st.Address] = rows[i].URL
	}
	for _, st := range r.Stages {
		for _, need := range st.Needs {
			if leads[need.Address] != "" { // --only may have left it out
				g.Edges = append(g.Edges, view.Edge{From: need.Address, To: st.Address, What: need.What})
			}
		}
	}
	return template.HTML(graphsvg.Inline(g.Picture(func(address string) string { return leads[address] }))) // which escapes what is in it
}

// counts are how many tasks of a stage are in each state.
func (r *run) counts(st *stage) map[string]int {
	counts := map[string]int{}
	for _, t := range st.Tasks {
		counts[t.State]++
	}
	if missing := st.Stage.Tasks - len(st.Tasks); r.Live && missing > 0 {
		counts[waiting] += missing
	}
	return counts
}
