package web

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"

	"reprise/internal/report"
)

func sweepOf(rows ...[3]any) *report.Sweep {
	t := &report.Sweep{Stage: "stage.s", Attributes: []string{"rank", "name"}, Metrics: []string{"loss"}}
	for i, r := range rows {
		row := &report.Row{Address: fmt.Sprintf("stage.s[%d]", i), Attributes: map[string]json.RawMessage{}, Metrics: map[string]float64{"loss": r[2].(float64)}}
		for j, name := range t.Attributes {
			b, _ := json.Marshal(r[j])
			row.Attributes[name] = b
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// TestScatter holds that points lie in the order of their figures, inside the
// frame, with a tick at each whole number, and that what is no figure is told.
func TestScatter(t *testing.T) {
	sweep := sweepOf([3]any{1, "b", 0.5}, [3]any{2, "a", 0.25}, [3]any{3, "b", -0.25}, [3]any{2, "b", math.NaN()})
	c := choose(sweep, "", "", "")
	if c.X != "rank" || c.Y != "loss" || c.By != "name" {
		t.Errorf("chosen are %+v", c)
	}
	s := newScatter(sweep, c, func(i int) string { return fmt.Sprint("/", i) })
	if len(s.Points) != 3 || s.Undrawn != 1 {
		t.Fatalf("%d points, %d not drawn", len(s.Points), s.Undrawn)
	}
	p := s.Points
	if !(p[0].X < p[1].X && p[1].X < p[2].X && p[0].Y < p[1].Y && p[1].Y < p[2].Y) {
		t.Errorf("points %+v", p)
	}
	for _, p := range p {
		if p.X < s.Left || p.X > s.Right || p.Y < s.Top || p.Y > s.Bottom {
			t.Errorf("%+v lies outside", p)
		}
	}
	if p[0].Class != 1 || p[1].Class != 0 || p[1].URL != "/1" || len(s.Legend) != 2 || s.Legend[0].Label != "a" {
		t.Errorf("classes %+v of %+v", p, s.Legend)
	}
	if got := fmt.Sprint(s.XTicks); len(s.XTicks) != 3 || s.XTicks[1].At != p[1].X || s.XTicks[0].Label != "1" {
		t.Errorf("ticks %s", got)
	}
	near := newScatter(sweepOf([3]any{1, "a", 0.070012}, [3]any{2, "a", 0.070018}), c, func(int) string { return "" })
	labels := map[string]bool{}
	for _, tick := range near.YTicks {
		labels[tick.Label] = true
	}
	if len(near.YTicks) < 3 || len(labels) != len(near.YTicks) {
		t.Errorf("ticks between close figures are %+v", near.YTicks)
	}
	byName := newScatter(sweep, choose(sweep, "name", "loss", "none"), func(int) string { return "" })
	if len(byName.XTicks) != 2 || byName.Points[1].X >= byName.Points[0].X || len(byName.Legend) != 0 {
		t.Errorf("by name: %+v", byName)
	}
	if newScatter(sweepOf([3]any{1, "a", 1.0}), c, nil) != nil {
		t.Error("one point is drawn")
	}
}

func TestTickLabels(t *testing.T) {
	for _, c := range []struct {
		v, step float64
		want    string
	}{{50, 50, "50"}, {150, 50, "150"}, {0, 0.1, "0.0"}, {0.25, 0.05, "0.25"}, {-2, 1, "-2"}, {0.070012, 0.000002, "0.070012"}, {3e7, 1e7, "3e+07"}, {12e6, 2e6, "1.2e+07"}, {2e-5, 1e-5, "2e-05"}} {
		if got := tickLabel(c.v, c.step); got != c.want {
			t.Errorf("%g by %g: %s, not %s", c.v, c.step, got, c.want)
		}
	}
}
