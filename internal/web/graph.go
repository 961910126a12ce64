package web

import (
	"fmt"
	"html/template"
	"strings"

	"reprise/internal/graphsvg"
	"reprise/runner"
)

// graphStates are the looks of states in a graph, in the order of their weight.
var graphStates = []struct{ state, look string }{
	{runner.Failed, "failed"}, {runner.Started, "running"}, {waiting, "none"}, {runner.Cancelled, "none"}, {runner.Skipped, "none"},
	{runner.Done, "current"}, {runner.Cached, "current"},
}

// graph draws the stages of a run; nothing where the log does not tell what
// needs what.
func graph(r *run, rows []stageRow) template.HTML {
	if len(r.Log.Start.Stages) == 0 {
		return ""
	}
	g := &graphsvg.Graph{Title: "The stages of " + r.Title() + ", each behind what it needs"}
	at := map[string]int{}
	for i, st := range r.Stages {
		at[st.Address] = i
		over, title := "", st.Address
		if j := strings.LastIndex(title, ".stage."); j > 0 {
			over, title = strings.TrimPrefix(title[:j], "module."), title[j+1:]
		}
		n := graphsvg.Node{Address: st.Address, Over: over, Title: strings.TrimPrefix(title, "stage."), Caption: st.Kind, Link: rows[i].URL}
		if st.Stage.Tasks > 1 {
			n.Caption = fmt.Sprintf("%s × %d", st.Kind, st.Stage.Tasks)
		}
		counts := r.counts(st)
		for _, s := range graphStates {
			k, last := counts[s.state], len(n.States)-1
			switch {
			case k == 0:
			case last >= 0 && n.States[last].State == s.look:
				n.States[last].Tasks += k
			default:
				n.States = append(n.States, graphsvg.Share{State: s.look, Tasks: k})
			}
		}
		g.Nodes = append(g.Nodes, n)
	}
	for i, st := range r.Stages {
		for _, need := range st.Needs {
			if from, ok := at[need.Address]; ok {
				g.Edges = append(g.Edges, graphsvg.Edge{From: from, To: i, What: need.What})
			}
		}
	}
	return template.HTML(graphsvg.Inline(g)) // which has escaped what is in it
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
