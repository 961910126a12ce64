package web

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"reprise/internal/report"
	"reprise/internal/words"
)

// scatter is a drawing of a metric against a parameter, in units of its view box.
type scatter struct {
	Width, Height            float64
	Left, Right, Top, Bottom float64 // of the frame
	X, Y                     string
	XTicks, YTicks           []tick
	Points                   []point
	Legend                   []legendEntry
	By                       string
	Undrawn                  int // points that have no figure to be drawn at
}

type tick struct {
	At    float64
	Label string
}

type point struct {
	X, Y  float64
	Class int // of the legend, from 0
	Title string
	URL   string
}

type legendEntry struct {
	Class int
	Label string
}

// scatterChoice is what is drawn, and what could be.
type scatterChoice struct {
	X, Y, By   string
	Attributes []string
	Metrics    []string
}

const (
	mostPoints  = 5000 // that a browser draws at once
	mostClasses = 8    // colours that can be told apart
)

// choose takes what was asked for, or else the first attribute, the first metric,
// and for the colour the first other attribute with few values.
func choose(t *report.Sweep, x, y, by string) scatterChoice {
	c := scatterChoice{Attributes: t.Attributes, Metrics: t.Metrics}
	first := func(name string, from ...string) string {
		if slices.Contains(from, name) || len(from) == 0 {
			return name
		}
		return from[0]
	}
	c.X = first(x, slices.Concat(t.Attributes, t.Metrics)...)
	c.Y = first(y, t.Metrics...)
	if c.Y == c.X && y == "" && len(t.Metrics) > 1 {
		c.Y = t.Metrics[1] // of a sweep in which no attribute varies
	}
	if slices.Contains(t.Attributes, by) || by == "none" {
		c.By = by
		return c
	}
	for _, name := range t.Attributes {
		if name != c.X && len(valuesOf(t, name)) <= mostClasses {
			c.By = name
			break
		}
	}
	return c
}

// valuesOf are the values of a column, each once, in order.
func valuesOf(t *report.Sweep, name string) (values []string) {
	seen := map[string]bool{}
	for _, r := range t.Rows {
		if v := r.Cell(name); !seen[v] {
			seen[v] = true
			values = append(values, v)
		}
	}
	slices.SortFunc(values, func(a, b string) int {
		x, errX := strconv.ParseFloat(a, 64)
		y, errY := strconv.ParseFloat(b, 64)
		if errX == nil && errY == nil && x != y {
			return map[bool]int{true: -1, false: 1}[x < y]
		}
		return strings.Compare(a, b)
	})
	return values
}

// newScatter draws; nil where there is nothing to draw.
func newScatter(t *report.Sweep, c scatterChoice, url func(row int) string) *scatter {
	if len(t.Rows) < 2 || c.X == "" || !slices.Contains(t.Metrics, c.Y) {
		return nil
	}
	s := &scatter{Width: 720, Height: 400, Left: 84, Right: 704, Top: 16, Bottom: 344, X: c.X, Y: c.Y, By: c.By}
	x, y := newAxis(t, c.X), newAxis(t, c.Y)
	s.XTicks, s.YTicks = x.ticks(s.Left, s.Right), y.ticks(s.Bottom, s.Top)
	classes := []string{}
	if slices.Contains(t.Attributes, c.By) {
		classes = valuesOf(t, c.By)
	}
	if len(classes) > mostClasses {
		classes, s.By = nil, ""
	}
	for i, v := range classes {
		s.Legend = append(s.Legend, legendEntry{i, words.Shortened(v)})
	}
	for i, r := range t.Rows {
		px, okX := x.place(r, s.Left, s.Right)
		py, okY := y.place(r, s.Bottom, s.Top)
		if !okX || !okY || len(s.Points) == mostPoints {
			s.Undrawn++
			continue
		}
		p := point{X: px, Y: py, URL: url(i), Class: max(0, slices.Index(classes, r.Cell(c.By)))}
		p.Title = fmt.Sprintf("%s: %s %s, %s %s", r.Address, c.X, r.Cell(c.X), c.Y, cellText(r, c.Y))
		s.Points = append(s.Points, p)
	}
	return s
}

// axis is the span of a column: of figures, or of texts, one beside the other.
type axis struct {
	name   string
	texts  []string
	lo, hi float64
	whole  bool // all are whole numbers
}

func newAxis(t *report.Sweep, name string) axis {
	a := axis{name: name, lo: math.Inf(1), hi: math.Inf(-1), whole: true}
	if !slices.Contains(t.Metrics, name) && !t.IsNumeric(name) {
		a.texts = valuesOf(t, name)
		a.lo, a.hi = -0.5, float64(len(a.texts))-0.5
		return a
	}
	for _, r := range t.Rows {
		if v, ok := a.value(r); ok {
			a.lo, a.hi = min(a.lo, v), max(a.hi, v)
			a.whole = a.whole && v == math.Trunc(v)
		}
	}
	if a.lo > a.hi {
		a.lo, a.hi = 0, 1
	}
	margin := (a.hi - a.lo) * 0.05
	if margin == 0 {
		margin = max(math.Abs(a.hi)*0.05, 0.5)
	}
	a.lo, a.hi = a.lo-margin, a.hi+margin
	return a
}

// value is where a row lies on the axis.
func (a *axis) value(r *report.Row) (float64, bool) {
	cell := r.Cell(a.name)
	if a.texts != nil {
		return float64(slices.Index(a.texts, cell)), true
	}
	v, err := strconv.ParseFloat(cell, 64)
	return v, err == nil && !math.IsNaN(v) && !math.IsInf(v, 0)
}

func (a *axis) place(r *report.Row, from, to float64) (float64, bool) {
	v, ok := a.value(r)
	return a.at(v, from, to), ok
}

func (a *axis) at(v, from, to float64) float64 {
	return math.Round((from+(v-a.lo)/(a.hi-a.lo)*(to-from))*10) / 10
}

// ticks are at round figures, or at the texts, as many as there is room for.
func (a *axis) ticks(from, to float64) (out []tick) {
	const most = 10
	if a.texts != nil {
		for i := 0; i < len(a.texts); i += 1 + len(a.texts)/most {
			out = append(out, tick{a.at(float64(i), from, to), words.Shortened(a.texts[i])})
		}
		return out
	}
	step := roundStep((a.hi - a.lo) / 5)
	if a.whole {
		step = max(step, 1)
	}
	for i := math.Ceil(a.lo / step); i*step <= a.hi && len(out) < 2*most; i++ {
		v := i*step + 0 // no -0
		out = append(out, tick{a.at(v, from, to), tickLabel(v, step)})
	}
	return out
}

// tickLabel is a figure in as many digits as tell it from what lies a step beside it.
func tickLabel(v, step float64) string {
	power := int(math.Floor(math.Log10(step)))
	if most := math.Abs(v) + step; most >= 1e6 || most < 1e-3 {
		digits := 0
		if v != 0 {
			digits = int(math.Floor(math.Log10(math.Abs(v)))) - power
		}
		return strconv.FormatFloat(v, 'e', max(0, digits), 64)
	}
	return strconv.FormatFloat(v, 'f', max(0, -power), 64)
}

// roundStep is 1, 2 or 5 times a power of ten, not under v.
func roundStep(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= v {
			return m * power
		}
	}
	return 10 * power
}
