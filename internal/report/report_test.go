package report

import (
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// table is a sweep of two ranks by three seeds, with a metric of rank + seed.
func table() *Sweep {
	t := &Sweep{Stage: "stage.fit", Attributes: []string{"rank", "fit.seed", "data"}, Metrics: []string{"loss"}}
	for _, rank := range []string{"10", "2"} {
		for i, seed := range []string{"0", "1", "2"} {
			r := &Row{Instance: "rank=" + rank + ",seed=" + seed, Metrics: map[string]float64{"loss": float64(len(rank) + i)},
				Attributes: map[string]json.RawMessage{"rank": json.RawMessage(rank), "fit.seed": json.RawMessage(seed), "data": json.RawMessage(`"` + rank + `.csv"`)}}
			t.Rows = append(t.Rows, r)
		}
	}
	return t
}

func column(t *Sweep, name string) (cells []string) {
	for _, r := range t.Rows {
		cells = append(cells, r.Cell(name))
	}
	return cells
}

// Rows are ordered by their columns as numbers, or by one that is named.
func TestApplySorts(t *testing.T) {
	for sort, want := range map[string]string{"": "2 2 2 10 10 10", "-loss": "10 2 10 2 10 2", "seed": "2 10 2 10 2 10"} {
		all, err := Form{Sort: sort}.Apply([]*Sweep{table()})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(column(all[0], "rank"), " "); got != want {
			t.Errorf("by %q the ranks are %s, not %s", sort, got, want)
		}
	}
	if _, err := (Form{Sort: "lss"}).Apply([]*Sweep{table()}); err == nil || !strings.Contains(err.Error(), "there is rank, fit.seed, data, loss") {
		t.Errorf("a column that there is not: %v", err)
	}
}

// Over seeds, a row is a rank, with what goes with it, mean and standard error.
func TestApplyAverages(t *testing.T) {
	all, err := Form{Over: []string{"seed"}}.Apply([]*Sweep{table()})
	if err != nil {
		t.Fatal(err)
	}
	one := all[0]
	if !slices.Equal(one.Attributes, []string{"rank", "data"}) || !slices.Equal(column(one, "rank"), []string{"2", "10"}) {
		t.Fatalf("%v of %v", one.Attributes, column(one, "rank"))
	}
	r := one.Rows[1]
	if r.Of != 3 || r.Metrics["loss"] != 3 || math.Abs(r.Errors["loss"]-1/math.Sqrt(3)) > 1e-15 || r.Cell("data") != "10.csv" {
		t.Errorf("%+v", r)
	}
	if _, err := (Form{Over: []string{"sed"}}).Apply([]*Sweep{table()}); err == nil || !strings.Contains(err.Error(), "--over sed") {
		t.Errorf("an attribute that there is not: %v", err)
	}
}

func TestMeanAndVariance(t *testing.T) {
	for _, c := range []struct{ values, want []float64 }{
		{[]float64{3}, []float64{3, 0}},
		{[]float64{0.1, 0.1, 0.1}, []float64{0.10000000000000002, 0}},
		{[]float64{1, 2, 3, 6}, []float64{3, 14.0 / 3}},
	} {
		mean, variance := MeanAndVariance(c.values)
		if got := []float64{mean, variance}; !reflect.DeepEqual(got, c.want) {
			t.Errorf("%v: %v, not %v", c.values, got, c.want)
		}
	}
}

// A column is one that varies, says nothing again, and is no list.
func TestTakeColumns(t *testing.T) {
	one := &Sweep{}
	for range 3 {
		one.Rows = append(one.Rows, &Row{Attributes: map[string]json.RawMessage{}})
	}
	c := &candidates{values: map[string][]string{}, rows: 3}
	for name, values := range map[string][]string{"varies": {"1", "2", "2"}, "same": {"1", "1", "1"}, "list": {"[1]", "[2]", "[3]"}, "partly": {"", "4", "5"}, "once": {"", "4", ""}} {
		for i, v := range values {
			c.set(i, name, v)
		}
	}
	for i, v := range []string{"1", "2", "2"} {
		c.set(i, "varies again", v)
	}
	slices.Sort(c.order)
	one.takeColumns(c)
	if !slices.Equal(one.Attributes, []string{"partly", "varies"}) {
		t.Errorf("columns %q", one.Attributes)
	}
}

// Of the keys of modules and stages, each that has parts gives its columns.
func TestColumnsOfKeys(t *testing.T) {
	for _, c := range []struct {
		addresses []string
		want      string
	}{
		{[]string{`stage.fit["r=1,s=x"]`, `stage.fit["r=2,s=x"]`}, "r: 1 2, s: x x"},
		{[]string{`stage.fit["a"]`, `stage.fit["b"]`}, ""},
		{[]string{`stage.fit["r=1"]`, `stage.fit["s=1"]`}, ""},
		{[]string{`stage.fit["r=1,s=1"]`, `stage.fit["r=1"]`}, ""},
		{[]string{`module.m["r=1,s=x"].stage.fit["p"]`, `module.m["r=2,s=x"].stage.fit["q"]`}, "r: 1 2, s: x x, key: p q"},
		{[]string{`module.m["a"].module.n["b"].stage.fit["r=1"]`}, "r: 1, key: a,b"},
		{[]string{`module.m["r=1"].stage.fit["r=2"]`, `module.m["r=2"].stage.fit["r=1"]`}, "r: 1 2, key: r=2 r=1"},
		{[]string{"stage.fit"}, ""},
	} {
		var tasks []Task
		for _, address := range c.addresses {
			tasks = append(tasks, Task{Address: address})
		}
		found := columnsOf(tasks)
		var columns []string
		for _, name := range found.order {
			text := name + ":"
			for _, value := range found.values[name] {
				text += " " + Plain(value)
			}
			columns = append(columns, text)
		}
		if got := strings.Join(columns, ", "); got != c.want {
			t.Errorf("%s: %s, not %s", c.addresses, got, c.want)
		}
	}
}
