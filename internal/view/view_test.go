package view

import (
	"reflect"
	"testing"

	"reprise/artifacts"
	"reprise/internal/graphsvg"
	"reprise/runner"
)

func TestMetricsOfASweepAreMeans(t *testing.T) {
	value := func(v float64) *float64 { return &v }
	task := func(old, now *float64) runner.TaskDiff {
		return runner.TaskDiff{Metrics: []runner.MetricDiff{{Name: "loss", Old: old, New: now}}}
	}
	got := metricChanges([]runner.TaskDiff{task(value(1), value(2)), task(value(3), nil), task(value(5), value(4)), task(value(3), value(9))})
	want := []MetricChange{{Name: "loss", Of: 3, Old: value(3), New: value(5)}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, old %g, new %g", got, *got[0].Old, *got[0].New)
	}
	if got := metricChanges([]runner.TaskDiff{task(nil, value(2))}); got[0].Old != nil || *got[0].New != 2 {
		t.Errorf("%+v", got)
	}
}

// TestSharedItems holds that what all tasks of a stage have in common is told once,
// and that a task whose key is not known has no say in it.
func TestSharedItems(t *testing.T) {
	item := func(name, value string) Item { return Item{Item: runner.Item{What: "set", Name: name, Value: value}} }
	s := &Stage{Tasks: []*Task{{Items: []Item{item("rank", "2"), item("seed", "0")}}, {}, {Items: []Item{item("rank", "2"), item("seed", "1")}}}}
	s.share()
	if !reflect.DeepEqual(s.Shared, []Item{item("rank", "2")}) || !reflect.DeepEqual(s.Tasks[2].Items, []Item{item("seed", "1")}) {
		t.Errorf("shared %v, left %v", s.Shared, s.Tasks[2].Items)
	}
}

func TestFiguresOfATask(t *testing.T) {
	entry := func(name string) Content { return Content{Entry: artifacts.Entry{Name: name}} }
	task := &Task{Address: "stage.portrait", Contents: []Content{entry("b.PNG"), {Entry: artifacts.Entry{Name: "t.svg"}, Table: true}, entry("figure.png"), entry("figure.svg"), entry("notes.txt")}}
	got := figures(&Stage{Shared: []Item{{Item: runner.Item{What: "set", Name: "figure", Value: `"phase_portrait"`}}, {Item: runner.Item{What: "set", Name: "title", Value: `""`}}}}, task)
	if len(got) != 2 || got[0].File != "b" || got[1].File != "figure" || len(got[1].Forms) != 2 || got[1].Title != "phase portrait" {
		t.Errorf("%+v", got)
	}
}

func TestPictureOfANode(t *testing.T) {
	for _, c := range []struct {
		node Node
		want graphsvg.Node
	}{
		{Node{Address: "stage.fit", Kind: "fit_lrrnn", Tasks: 3, States: map[string]int{Current: 1, None: 2}, Seconds: 2},
			graphsvg.Node{Address: "stage.fit", Title: "fit", Caption: "fit_lrrnn × 3", Note: "2.0 s", States: []graphsvg.Share{{State: None, Tasks: 2}, {State: Current, Tasks: 1}}}},
		{Node{Address: `module.rat.stage.fit["seed=1"]`, Module: "module.rat", Kind: "fit_lrrnn", Tasks: 1, States: map[string]int{Failed: 1}},
			graphsvg.Node{Address: `module.rat.stage.fit["seed=1"]`, Over: "rat", Title: "fit", Caption: "seed=1", States: []graphsvg.Share{{State: Failed, Tasks: 1}}}},
	} {
		if got := c.node.picture(); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%+v\nnot %+v", got, c.want)
		}
	}
}
