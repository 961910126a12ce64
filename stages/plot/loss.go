package plot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"reprise/artifacts"
	"reprise/spec"
)

// validationDashes are the dashes of what validation trials score.
var validationDashes = []vg.Length{2, 1.5}

// course is one line of a training: values against passes or steps.
type course struct {
	run    int
	x, y   []float64
	second bool // of the validation trials: dashed
}

// training is a panel of courses.
type training struct {
	title, x, y string
	log         bool
	courses     []course
}

// loss is the figure of that name.
func loss(_ context.Context, env *spec.Env, p *Plot) (*figure, error) {
	runs := env.Inputs("runs")
	if len(p.Groups) > 0 && len(p.Groups) != len(runs) {
		return nil, fmt.Errorf("groups has %d names for %d runs", len(p.Groups), len(runs))
	}
	panels, err := readTrainings(runs, p.LogY)
	if err != nil {
		return nil, err
	}
	looks, entries := runLooks(len(runs), p.Groups)
	l := sheet{columns: len(panels), left: 46, gap: 46, height: 120, below: 30, above: 18}
	return l.fitted(columnsWide(len(panels))).figure(len(panels), append(entries, validationEntry(panels)...), func(panel func(i int, x, y span) *panel) {
		for i, t := range panels {
			var x, y [][]float64
			for _, c := range t.courses {
				x, y = append(x, c.x), append(y, c.y)
			}
			ySpan := spanOf(0.05, y...)
			if t.log {
				ySpan = logSpanOf(0.05, y...)
			}
			at := panel(i, spanOf(0.02, x...), ySpan)
			at.ticked = slices.MaxFunc(x, func(a, b []float64) int { return len(a) - len(b) })
			for _, c := range t.courses {
				style := looks[c.run]
				if c.second {
					style.Dashes = validationDashes
				}
				at.curve(style, c.x, c.y)
				if len(c.x) == 1 { // a line of one point is none
					at.marks(draw.GlyphStyle{Color: style.Color, Radius: 1.8, Shape: draw.CircleGlyph{}}, c.x, c.y)
				}
			}
			at.axes(t.title, t.x, t.y)
		}
	}), nil
}

// readTrainings reads the panels that there is something for.
func readTrainings(runs []*artifacts.Artifact, log bool) ([]training, error) {
	fits := training{title: "fit", x: "epoch", y: "loss a step", log: log}
	scores := training{title: "score of the fit", x: "epoch"}
	flows := training{title: "flow", x: "training step", y: "loss", log: log}
	for i, in := range runs {
		var err error
		switch {
		case in.Has("history"):
			err = readHistory(in, i, &fits, &scores)
		case in.Has("training"):
			err = flows.add(in, i, "training", "step", "loss", false)
		default:
			err = fmt.Errorf("run %d has neither a table history, of a fit, nor a table training, of a flow", i)
		}
		if err != nil {
			return nil, err
		}
	}
	var out []training
	for _, t := range []training{fits, scores, flows} {
		if len(t.courses) > 0 {
			if _, _, ok := extent(valuesOf(t.courses)...); !ok {
				return nil, fmt.Errorf("%s: no value of %s is finite", t.title, t.y)
			}
			out = append(out, t)
		}
	}
	if len(out) == 0 {
		return nil, errors.New("runs has no training: there is nothing to draw")
	}
	return out, nil
}

func valuesOf(courses []course) [][]float64 {
	var out [][]float64
	for _, c := range courses {
		out = append(out, c.y)
	}
	return out
}

// readHistory adds the history of a fit: its loss, its score, and that of
// validation trials.
func readHistory(in *artifacts.Artifact, run int, fits, scores *training) error {
	if err := fits.add(in, run, "history", "", "loss", false); err != nil {
		return err
	}
	t, err := in.Table("history")
	if err != nil {
		return err
	}
	for _, name := range []string{"bits_per_spike", "r_squared", "nats_per_value"} {
		if !t.Has(name) {
			continue
		}
		label := map[string]string{"bits_per_spike": "bits a spike", "r_squared": "R²", "nats_per_value": "nats a value"}[name]
		if scores.y != "" && scores.y != label {
			return fmt.Errorf("runs have scores in %s and in %s: draw them in two figures", scores.y, label)
		}
		scores.y = label
		if err := scores.add(in, run, "history", "", name, false); err != nil {
			return err
		}
		if t.Has("validation_" + name) {
			return scores.add(in, run, "history", "", "validation_"+name, true)
		}
	}
	return nil
}

// add adds a column as a course, against another or, without one, its rows from 1.
func (t *training) add(in *artifacts.Artifact, run int, table, x, y string, second bool) error {
	from, err := in.Table(table)
	if err != nil {
		return err
	}
	c := course{run: run, second: second}
	if c.y, err = from.Floats(y); err != nil {
		return err
	}
	if len(c.y) == 0 {
		return fmt.Errorf("table %s of run %d is empty", table, run)
	}
	for i := range c.y {
		c.x = append(c.x, float64(i+1))
	}
	if x != "" {
		steps, err := from.Ints(x)
		if err != nil {
			return err
		}
		for i, s := range steps {
			c.x[i] = float64(s)
		}
	}
	t.courses = append(t.courses, c)
	return nil
}

// runLooks are the lines of runs: of one look where they share a group, and thin
// and all alike where there are too many to tell apart.
func runLooks(runs int, groups []string) ([]draw.LineStyle, []entry) {
	names, place := distinct(groups)
	out := make([]draw.LineStyle, runs)
	if groups == nil || len(names) > mostSeries {
		for i := range out {
			out[i] = line(faded(blue, 150), 0.9)
		}
		return out, []entry{lineEntry(strings.TrimSuffix(fmt.Sprintf("%d runs", runs), map[bool]string{true: "s"}[runs == 1]), out[0])}
	}
	var entries []entry
	for i, name := range names {
		style, _ := series(i)
		entries = append(entries, lineEntry(name, style))
	}
	for i := range out {
		out[i], _ = series(place[i])
	}
	return out, entries
}

// distinct are the names in the order in which they first come, and the place of
// each of the names among them.
func distinct(names []string) (all []string, place []int) {
	at := map[string]int{}
	for _, name := range names {
		if _, ok := at[name]; !ok {
			at[name] = len(all)
			all = append(all, name)
		}
		place = append(place, at[name])
	}
	return all, place
}

// validationEntry explains dashed lines, where there are any.
func validationEntry(panels []training) []entry {
	for _, t := range panels {
		for _, c := range t.courses {
			if c.second {
				return []entry{lineEntry("validation trials", line(ink, 1.1, validationDashes...))}
			}
		}
	}
	return nil
}
