package web

import (
	"strings"

	"fmt"
	"slices"

	"reprise/internal/report"
	"reprise/internal/view"
	"reprise/internal/words"
	"reprise/runner"
)

// stageRow is a stage in the table of a run, as its template shows it.
type stageRow struct {
	ID      string // of its element
	Address string
	URL     string
	Kind    string
	State   string // the gravest of its tasks'
	Tasks   string
	Time    string
	Done    float64 // how far the tasks that run are, 0 to 1; negative where nobody says
	Note    string  // how far in words, or why it ran, or how it failed
	Metrics []metric
	More    int // metrics that are left out
}

// fewMetrics is how many metrics a row shows.
const fewMetrics = 6

type metric struct {
	Name  string
	Value float64
	Doc   string
}

// gravest are the states in the order in which they speak for a stage.
var gravest = []string{runner.Failed, runner.Started, waiting, runner.Cancelled, runner.Skipped, runner.Done, runner.Cached}

// stageRow makes the row of a stage.
func (s *Server) stageRow(r *run, i int) stageRow {
	st := r.Stages[i]
	row := stageRow{ID: fmt.Sprintf("stage-%d", i), Address: st.Address, Kind: st.Kind, Done: -1}
	counts := r.counts(st)
	total, seconds, done := 0, 0.0, 0.0
	for _, n := range counts {
		total += n
	}
	for _, t := range st.Tasks {
		seconds += t.Seconds
		if p := t.progress(); p != nil {
			done += p.Share
			row.Note = p.Text
		}
	}
	row.State = gravest[slices.IndexFunc(append(gravest, ""), func(state string) bool { return counts[state] > 0 || state == "" })%len(gravest)]
	if row.State == runner.Started && row.Note != "" {
		row.Done = done / float64(counts[runner.Started])
	}
	row.Tasks = fmt.Sprint(total)
	if total > 1 {
		row.Note = countsText(counts)
	}
	if seconds > 0 {
		row.Time = words.Seconds(seconds)
	}
	row.URL = address(r.Path()+"/stage", "name", st.Address)
	if total == 1 && len(st.Tasks) == 1 {
		s.single(r, st.Tasks[0], &row)
	}
	return row
}

// single adds what there is to say of a stage's only task.
func (s *Server) single(r *run, t *task, row *stageRow) {
	row.URL = address(r.Path()+"/task", "address", t.Address)
	all := s.metrics(row.Kind, t)
	row.Metrics = all[:min(len(all), fewMetrics)]
	row.More = len(all) - len(row.Metrics)
	if t.Logged == nil || row.Note != "" {
		return
	}
	if t.Logged.Error != "" {
		row.Note = firstLine(t.Logged.Error)
	} else if len(t.Logged.Reasons) > 0 && t.State != runner.Cached {
		row.Note = t.Logged.Reasons[0]
		if row.Note == runner.WhyNever.String() && t.State == runner.Done {
			row.Note = "had never run" // before: it has now
		}
	}
}

// metrics are those of a task, in the order of its kind's documentation: from the
// log, or else from the store.
func (s *Server) metrics(kind string, t *task) (out []metric) {
	var values map[string]float64
	if t.Logged != nil {
		values = t.Logged.Metrics
	}
	if len(values) == 0 && t.State != runner.Started && t.State != waiting {
		if r := s.result(t); r != nil {
			values, kind = r.Metrics, r.Kind
		}
	}
	gives := s.gives(kind)
	for _, name := range report.DocumentedOrder(gives.Metrics, values) {
		out = append(out, metric{name, values[name], view.DocOf(gives.Metrics, name)})
	}
	return out
}

// countsText says how many tasks are in each state.
func countsText(counts map[string]int) string {
	text := ""
	for _, state := range gravest {
		if n := counts[state]; n > 0 {
			if text != "" {
				text += ", "
			}
			text += fmt.Sprintf("%d %s", n, stateWord(state))
		}
	}
	return text
}

// stateWord is a state as people say it.
func stateWord(state string) string {
	if state == runner.Started {
		return "running"
	}
	return state
}

// errorShown is how much of an error a row shows; the page of the task has all of it.
const errorShown = 240

// firstLine is the beginning of an error: how, which it says first.
func firstLine(text string) string {
	text, _, _ = strings.Cut(text, "\n")
	if all := []rune(text); len(all) > errorShown {
		return string(all[:errorShown-1]) + "…"
	}
	return text
}
