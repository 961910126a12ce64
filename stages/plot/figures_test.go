package plot

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"

	"reprise/artifacts"
	"reprise/spec"
)

// TestEveryFigure draws each figure of what the kinds make: the same bytes from
// any number of threads, one or two columns wide, on white, and nothing cut off.
func TestEveryFigure(t *testing.T) {
	all := drawings(t)
	if !slices.Equal(slices.Sorted(maps.Keys(all)), slices.Sorted(maps.Keys(figures))) {
		t.Fatalf("figures %v, drawn %v", slices.Sorted(maps.Keys(figures)), slices.Sorted(maps.Keys(all)))
	}
	for name, d := range all {
		d.plot.Figure = name
		if err := d.plot.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		names := map[string][]string{}
		for attribute := range d.in {
			names[attribute] = nil
		}
		if err := d.plot.CheckNames(names, nil); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var digests []artifacts.Digest
		for _, threads := range []int{1, 1, 4} {
			a, err := d.plot.Run(context.Background(), spec.NewEnv(spec.EnvConfig{Threads: threads, Inputs: d.in}))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			m, _, err := a.Encode()
			if err != nil {
				t.Fatal(err)
			}
			digests = append(digests, m.Digest())
			if len(digests) == 1 {
				looksRight(t, name, a)
			}
		}
		if digests[0] != digests[1] || digests[0] != digests[2] {
			t.Errorf("%s: other bytes another time", name)
		}
	}
}

// looksRight holds a figure to what all have in common.
func looksRight(t *testing.T, name string, a *artifacts.Artifact) {
	t.Helper()
	img := picture(t, a)
	size := img.Bounds()
	pixels := func(w vg.Length) int { return int(float64(w)*dotsPerInch/72 + 0.5) }
	if w := size.Dx(); w != pixels(single) && w != pixels(double) {
		t.Errorf("%s: %d pixels wide, not %d or %d", name, w, pixels(single), pixels(double))
	}
	dark := 0
	for y := range size.Dy() {
		for x := range size.Dx() {
			c := img.RGBAAt(x, y)
			if c != (color.RGBA{255, 255, 255, 255}) {
				dark++
			}
			if edge := x < 2 || y < 2 || x >= size.Dx()-2 || y >= size.Dy()-2; edge && c != (color.RGBA{255, 255, 255, 255}) {
				t.Fatalf("%s: something is cut off at %v", name, image.Pt(x, y))
			}
		}
	}
	if dark < size.Dx()*size.Dy()/100 {
		t.Errorf("%s: %d pixels are not white", name, dark)
	}
	svg, err := a.File("figure.svg")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(svg, []byte("<text")) || bytes.Contains(svg, []byte("NaN")) || !bytes.Contains(svg, []byte("fill:#FFFFFF")) {
		t.Errorf("%s: SVG has text, or a coordinate that is no number, or no white ground", name)
	}
}

// TestManyAndLong holds figures of very many and very long names to the same.
func TestManyAndLong(t *testing.T) {
	name := strings.Repeat("a long name ", 20)
	p := &Plot{Figure: "sweep", XLabel: name, YLabel: name, Title: name, LogX: true}
	for g := range mostSeries {
		for x := range 5 {
			p.X, p.Y = append(p.X, math.Pow(10, float64(x-7))), append(p.Y, -1e9*float64(g*x))
			p.Groups = append(p.Groups, fmt.Sprint(name, g))
		}
	}
	if err := p.Check(); err != nil {
		t.Fatal(err)
	}
	looksRight(t, "sweep", given(t, p, nil))
	for _, n := range []int{1, 40} {
		d, f, groups := make([]float64, n*n), make([]float64, n), make([]string, n)
		for i := range groups {
			groups[i] = fmt.Sprint(name, i)
			d[i*n] = float64(i)
		}
		d[n-1] = math.NaN()
		laws := artifacts.NewTable("laws", artifacts.Dim{Name: "law", Size: n}, artifacts.Floats("floor", "", f), artifacts.Strings("group", groups),
			artifacts.Floats("distance", "", d, artifacts.Dim{Name: "other", Size: n}))
		looksRight(t, "dissimilarity", given(t, &Plot{Figure: "dissimilarity"}, inputs{"comparison": {artifacts.New(laws)}}))
		runs, gap := make([]*artifacts.Artifact, n), math.NaN()
		for i := range runs {
			runs[i] = history([]float64{1, gap, math.Inf(1), 0.5, 0.1}, []float64{gap, gap, gap, 0.1, 0.2})
		}
		looksRight(t, "loss", given(t, &Plot{Figure: "loss", Groups: groups, LogY: true}, inputs{"runs": runs}))
		looksRight(t, "loss", given(t, &Plot{Figure: "loss"}, inputs{"runs": runs}))
	}
	for rank := 1; rank <= 4; rank++ {
		looksRight(t, "connectivity", given(t, &Plot{Figure: "connectivity"}, inputs{"network": {newExample(rank, 1).states()}}))
	}
	many := make([]int, mostNeurons)
	looksRight(t, "psth", given(t, &Plot{Figure: "psth", Neurons: many}, inputs{"score": {makeAll(t).score}}))
}

func history(loss, score []float64) *artifacts.Artifact {
	return artifacts.New(artifacts.NewTable("history", artifacts.Dim{Name: "epoch", Size: len(loss)},
		artifacts.Floats("loss", "", loss), artifacts.Floats("r_squared", "", score), artifacts.Floats("validation_r_squared", "", score)))
}

// TestWithoutTables takes each table away that a figure needs.
func TestWithoutTables(t *testing.T) {
	all := drawings(t)
	for _, c := range []struct{ figure, input, table, want string }{
		{"psth", "score", "psth", "no table psth"},
		{"raster", "trials", "steps", "no table steps"},
		{"raster", "trials", "trials", `no table "trials"`},
		{"singular_values", "subspace", "spectrum", `no table "spectrum"`},
		{"connectivity", "network", "network", `no table "network"`},
		{"connectivity", "subspace", "neurons", `no table "neurons"`},
		{"connectivity", "law", "law", `no table "law"`},
		{"connectivity", "law", "samples", `no table "samples"`},
		{"loss", "runs", "history", "neither a table history"},
		{"error_against_n", "networks", "draws", `no table "draws"`},
		{"error_against_n", "networks", "network", `no table "network"`},
	} {
		in := maps.Clone(all[c.figure].in)
		in[c.input] = append([]*artifacts.Artifact{without(t, in[c.input][0], c.table)}, in[c.input][1:]...)
		refusesToDraw(t, &Plot{Figure: c.figure, Neurons: all[c.figure].plot.Neurons}, in, c.want)
	}
	both := without(t, without(t, all["dissimilarity"].in["comparison"][0], "pairs"), "laws")
	refusesToDraw(t, &Plot{Figure: "dissimilarity"}, inputs{"comparison": {both}}, "neither of the tables laws and pairs")
}

// without is an artifact without a table; metrics stay.
func without(t *testing.T, a *artifacts.Artifact, drop string) *artifacts.Artifact {
	t.Helper()
	var kept []*artifacts.Table
	for _, name := range a.Tables() {
		table, err := a.Table(name)
		if err != nil {
			t.Fatal(err)
		}
		if name != drop {
			kept = append(kept, table)
		}
	}
	out := artifacts.New(kept...)
	for name, value := range a.Metrics() {
		out.SetMetric(name, value)
	}
	return out
}

func refusesToDraw(t *testing.T, p *Plot, in inputs, want string) {
	t.Helper()
	_, err := p.Run(context.Background(), spec.NewEnv(spec.EnvConfig{Threads: 1, Inputs: in}))
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%s: error %v, want %q", p.Figure, err, want)
	}
}

// TestNothingToDraw holds that empty tables are errors that say so.
func TestNothingToDraw(t *testing.T) {
	none := func(name string, columns ...artifacts.Column) *artifacts.Artifact {
		return artifacts.New(artifacts.NewTable(name, artifacts.Dim{Name: "row"}, columns...))
	}
	refusesToDraw(t, &Plot{Figure: "loss"}, inputs{"runs": {history(nil, nil)}}, "empty")
	refusesToDraw(t, &Plot{Figure: "loss"}, inputs{"runs": {history([]float64{math.NaN()}, []float64{1})}}, "no value")
	refusesToDraw(t, &Plot{Figure: "loss"}, inputs{}, "nothing to draw")
	refusesToDraw(t, &Plot{Figure: "error_against_n"}, inputs{}, "nothing to draw")
	refusesToDraw(t, &Plot{Figure: "singular_values"}, inputs{"subspace": {none("spectrum", artifacts.Floats("singular_value", "", nil))}}, "nothing to draw")
	refusesToDraw(t, &Plot{Figure: "dissimilarity"}, inputs{"comparison": {none("pairs", artifacts.Ints("first", "", nil), artifacts.Ints("second", "", nil), artifacts.Floats("distance", "", nil))}}, "nothing to draw")
	refusesToDraw(t, &Plot{Figure: "psth", Neurons: []int{16}}, inputs{"score": {makeAll(t).score}}, "16")
	refusesToDraw(t, &Plot{Figure: "raster"}, inputs{"trials": {makeAll(t).mean}}, "continuous")
	refusesToDraw(t, &Plot{Figure: "connectivity"}, inputs{"network": {makeAll(t).fit}, "law": {makeAll(t).law}}, "belong together")
}

// TestAttributes holds that attributes that a figure has no use for, or lacks, are
// refused before anything runs.
func TestAttributes(t *testing.T) {
	step := 0.0
	for _, c := range []struct {
		plot  Plot
		given []string
		want  string
	}{
		{Plot{Figure: "psth"}, nil, `figure "psth" needs score`},
		{Plot{Figure: "psth"}, []string{"score", "field"}, `field has no use in figure "psth", which takes score, neurons, step`},
		{Plot{Figure: "psth", LogX: true}, []string{"score"}, "log_x has no use"},
		{Plot{Figure: "psth", Step: &step}, []string{"score"}, "step is a time above 0"},
		{Plot{Figure: "psth", Neurons: []int{-1}}, []string{"score"}, "counted from 0"},
		{Plot{Figure: "psth", Neurons: make([]int, 25)}, []string{"score"}, "room for 24"},
		{Plot{Figure: "sweep"}, nil, `figure "sweep" needs x`},
		{Plot{Figure: "sweep", X: []float64{1}, Y: []float64{1, 2}}, nil, "x has 1 numbers and y has 2"},
		{Plot{Figure: "sweep", X: []float64{0}, Y: []float64{1}, LogX: true}, nil, "log_x needs"},
		{Plot{Figure: "sweep", X: []float64{1}, Y: []float64{1}, Groups: []string{"a", "b"}}, nil, "groups has 2 names for 1"},
		{Plot{Figure: "connectivity"}, nil, "needs network or law"},
		{Plot{Figure: "connectivity"}, []string{"law", "subspace"}, "give network too"},
	} {
		names := map[string][]string{}
		for _, name := range c.given {
			names[name] = nil
		}
		text := fmt.Sprint(c.plot.Check(), c.plot.CheckNames(names, nil))
		if !strings.Contains(text, c.want) {
			t.Errorf("%+v with %v: %q, want %q", c.plot, c.given, text, c.want)
		}
	}
}
