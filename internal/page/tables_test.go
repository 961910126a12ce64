package page

import (
	"encoding/json"
	"fmt"
	"testing"

	"reprise/internal/report"
	"reprise/internal/view"
	"reprise/runner"
	"reprise/spec"
)

// TestRowsOfASweep holds that tasks without results have rows too, and that those
// which are too many are counted.
func TestRowsOfASweep(t *testing.T) {
	s := &view.Stage{Address: "stage.fit", Sweep: &report.Sweep{Attributes: []string{"seed"}, Metrics: []string{"loss"}}}
	for i := range mostRows + 7 {
		address := fmt.Sprintf(`stage.fit["seed=%d"]`, i)
		s.Tasks = append(s.Tasks, &view.Task{Address: address, State: view.None})
		if i != 1 {
			s.Sweep.Rows = append(s.Sweep.Rows, &report.Row{Address: address, Attributes: map[string]json.RawMessage{"seed": json.RawMessage(fmt.Sprint(i))}, Metrics: map[string]float64{"loss": float64(i)}})
		}
	}
	got := newTable(s)
	if len(got.Rows) != mostRows || got.Left != 7 || !got.Named() {
		t.Errorf("%d rows, %d left, named: %v", len(got.Rows), got.Left, got.Named())
	}
	if r := got.Rows[1]; r.Name != "seed=1" || r.Cells[0] != "" || r.Attributes[0] != "" {
		t.Errorf("the task without a result: %+v", r)
	}
	if r := got.Rows[2]; r.Name != "" || r.Cells[0] != "2" || r.Attributes[0] != "2" {
		t.Errorf("a task with one: %+v", r)
	}
}

// TestTroubles holds that of many failures a few are told, and the others counted.
func TestTroubles(t *testing.T) {
	s := &view.Stage{Address: "stage.fit"}
	for i := range mostFailed + 3 {
		failed := &view.Task{Address: fmt.Sprint(i), State: view.Failed, Error: fmt.Sprint(i), Log: fmt.Sprint("failed: ", i)}
		s.Tasks = append(s.Tasks, failed, &view.Task{State: view.Outdated}, &view.Task{State: view.Failed, Error: "0", Log: "more"})
	}
	got := troublesOf(s)
	if len(got.Tasks) != mostFailed || got.Left != 3 || got.Tasks[0].Alike != mostFailed+3 || got.Tasks[0].Wrote() != "" || got.Tasks[1].Alike != 0 {
		t.Errorf("%d tasks, %d left, the first: %+v", len(got.Tasks), got.Left, got.Tasks[0])
	}
	single := &view.Stage{Address: "stage.fit", Tasks: []*view.Task{{Address: "stage.fit", State: view.Outdated}}}
	if got := troublesOf(single); len(got.Tasks) != 1 {
		t.Errorf("an outdated single task is not told")
	}
}

// TestHistories holds that tasks of a sweep that ran for the same reason are one.
func TestHistories(t *testing.T) {
	task := func(instance, reason string) *view.Task {
		address := `stage.fit["` + instance + `"]`
		return &view.Task{Address: address, Chain: []runner.Link{{Address: "stage.data", Reason: "rank: 1 -> 2"}, {Address: address, Reason: reason}}}
	}
	got := chains(&view.Stage{Tasks: []*view.Task{task("a", "input"), task("b", "input"), task("c", "never run")}})
	if len(got) != 2 || len(got[0].Tasks) != 2 || got[0].Links[1].Address != "stage.fit[*]" {
		t.Errorf("%+v", got)
	}
}

func TestPartsOfAnOutput(t *testing.T) {
	for value, want := range map[string]string{`0.123456789`: "[{ 0.12346}]", `"text"`: "[{ text}]", `{"b": 2, "a": "x"}`: "[{a x} {b 2}]", `[1, 2]`: "[{ [1, 2]}]", `null`: "[{ null}]", `{}`: "[{ {}}]"} {
		if got := fmt.Sprint(parts(json.RawMessage(value))); got != want {
			t.Errorf("%s: %s", value, got)
		}
	}
}

// TestWrong holds that what failed stands at the top, and what waits does not.
func TestWrong(t *testing.T) {
	stages := []*view.Stage{
		{Address: "stage.a", Tasks: []*view.Task{{Address: "stage.a", State: view.Current}}},
		{Address: "stage.b", Tasks: []*view.Task{{Address: `stage.b["x"]`, State: view.Failed, Error: "no"}, {Address: `stage.b["y"]`, State: view.Failed, Error: "no"}, {Address: `stage.b["z"]`, State: view.None}}},
	}
	checks := []view.Check{{CheckEvent: runner.CheckEvent{Name: "open", Verdict: spec.Inconclusive}}, {CheckEvent: runner.CheckEvent{Name: "bad", Verdict: spec.Fail}}, {CheckEvent: runner.CheckEvent{Name: "good", Verdict: spec.Pass}}}
	w := wrongIn(stages, checks, false)
	if w == nil || len(w.Stages) != 1 || w.Stages[0].Address != "stage.b" || len(w.Stages[0].Troubles.Tasks) != 1 || w.Stages[0].Troubles.Tasks[0].Alike != 1 || len(w.Checks) != 1 || w.Checks[0].Name != "bad" {
		t.Errorf("%+v", w)
	}
	if w = wrongIn(stages[:1], checks[:1], true); w == nil || len(w.Checks) != 1 {
		t.Errorf("a check that is inconclusive though all results are there is not wrong: %+v", w)
	}
	if w = wrongIn(stages[:1], checks[:1], false); w != nil {
		t.Errorf("what waits is wrong: %+v", w)
	}
}
