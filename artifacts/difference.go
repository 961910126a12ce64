package artifacts

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
)

// Difference tells in words where two artifacts first differ, "" where they are
// equal: a table, its column, row and place in the cell, counted from 0, with
// both values in full; a metric; or a file and its byte. The value of a comes
// first.
func Difference(a, b *Artifact) (string, error) {
	if d := differentNames("table", a.Tables(), b.Tables()); d != "" {
		return d, nil
	}
	for _, name := range a.Tables() {
		ta, err := a.Table(name)
		if err != nil {
			return "", err
		}
		tb, err := b.Table(name)
		if err != nil {
			return "", err
		}
		if d := differentTables(ta, tb); d != "" {
			return fmt.Sprintf("table %q, %s", name, d), nil
		}
	}
	if d := differentMetrics(a.Metrics(), b.Metrics()); d != "" {
		return d, nil
	}
	return differentFiles(a, b)
}

// differentNames tells which name only one of two sorted lists has.
func differentNames(what string, a, b []string) string {
	for _, name := range a {
		if !slices.Contains(b, name) {
			return fmt.Sprintf("%s %q is in the first alone", what, name)
		}
	}
	for _, name := range b {
		if !slices.Contains(a, name) {
			return fmt.Sprintf("%s %q is in the second alone", what, name)
		}
	}
	return ""
}

func differentMetrics(a, b map[string]float64) string {
	namesA, namesB := slices.Sorted(maps.Keys(a)), slices.Sorted(maps.Keys(b))
	if d := differentNames("metric", namesA, namesB); d != "" {
		return d
	}
	for _, name := range namesA {
		if math.Float64bits(a[name]) != math.Float64bits(b[name]) {
			return fmt.Sprintf("metric %q: %s and %s", name, fullText(a[name]), fullText(b[name]))
		}
	}
	return ""
}

func differentFiles(a, b *Artifact) (string, error) {
	if d := differentNames("file", a.Files(), b.Files()); d != "" {
		return d, nil
	}
	for _, name := range a.Files() {
		ca, err := a.File(name)
		if err != nil {
			return "", err
		}
		cb, err := b.File(name)
		if err != nil {
			return "", err
		}
		n := min(len(ca), len(cb))
		for i := range n {
			if ca[i] != cb[i] {
				return fmt.Sprintf("file %q, byte %d: %#02x and %#02x", name, i, ca[i], cb[i]), nil
			}
		}
		if len(ca) != len(cb) {
			return fmt.Sprintf("file %q: %d and %d bytes, equal up to byte %d", name, len(ca), len(cb), n), nil
		}
	}
	return "", nil
}

func differentTables(a, b *Table) string {
	if !slices.Equal(a.Rows, b.Rows) {
		return fmt.Sprintf("rows: %s and %s", dimText(a.Rows), dimText(b.Rows))
	}
	if d := differentNames("column", columnNames(a), columnNames(b)); d != "" {
		return d
	}
	for i, ca := range a.Columns {
		cb := b.Columns[i]
		switch {
		case ca.Name != cb.Name:
			return fmt.Sprintf("column %d: %q and %q, in another order", i, ca.Name, cb.Name)
		case ca.Type() != cb.Type():
			return fmt.Sprintf("column %q, type: %s and %s", ca.Name, ca.Type(), cb.Type())
		case ca.Unit != cb.Unit:
			return fmt.Sprintf("column %q, unit: %q and %q", ca.Name, ca.Unit, cb.Unit)
		case !slices.Equal(ca.Cell, cb.Cell):
			return fmt.Sprintf("column %q, dimensions: (%s) and (%s)", ca.Name, dimText(ca.Cell), dimText(cb.Cell))
		}
		if d := differentValues(ca, cb); d != "" {
			return fmt.Sprintf("column %q, %s", ca.Name, d)
		}
	}
	return ""
}

func columnNames(t *Table) []string {
	var names []string
	for _, c := range t.Columns {
		names = append(names, c.Name)
	}
	return names
}

// differentValues finds the first value that differs; a NaN equals the same NaN,
// as it does in bytes, and 0 is not -0.
func differentValues(a, b Column) string {
	i := -1
	switch va := a.values.(type) {
	case []float64:
		i = firstUnequal(va, b.values.([]float64), func(x, y float64) bool { return math.Float64bits(x) == math.Float64bits(y) })
	case []int64:
		i = firstUnequal(va, b.values.([]int64), same[int64])
	case []uint8:
		i = firstUnequal(va, b.values.([]uint8), same[uint8])
	case []string:
		i = firstUnequal(va, b.values.([]string), same[string])
	}
	if i < 0 {
		return ""
	}
	place := fmt.Sprintf("row %d", i/a.cellSize())
	rest := i % a.cellSize()
	for d, dim := range a.Cell {
		below := size(a.Cell[d+1:])
		place += fmt.Sprintf(", %s %d", dim.Name, rest/below)
		rest %= below
	}
	return fmt.Sprintf("%s: %s and %s", place, fullText(a.Value(i)), fullText(b.Value(i)))
}

// firstUnequal is where two slices of one length first differ, -1 nowhere.
func firstUnequal[T any](a, b []T, equal func(T, T) bool) int {
	for i := range a {
		if !equal(a[i], b[i]) {
			return i
		}
	}
	return -1
}

func same[T comparable](x, y T) bool { return x == y }

// fullText writes a value so that another one has another text.
func fullText(v any) string {
	switch v := v.(type) {
	case float64:
		if math.IsNaN(v) {
			return fmt.Sprintf("NaN (bits %016x)", math.Float64bits(v))
		}
		return strconv.FormatFloat(v, 'g', -1, 64)
	case string:
		return strconv.Quote(v)
	}
	return fmt.Sprint(v)
}
