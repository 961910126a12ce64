package artifacts

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// NameRows names the rows of a table whose file had no name for them. It refuses
// those that are named otherwise.
func (t *Table) NameRows(name string) error {
	if len(t.Rows) != 1 || t.Rows[0].Name != name && t.Rows[0].Name != unnamedRow {
		return fmt.Errorf("its rows are (%s), not (%s)", namesOf(t.Rows), name)
	}
	t.Rows = []Dim{{name, t.Rows[0].Size}}
	return nil
}

// NameCell names the dimensions within the cells of a column whose file had no
// names for them, and refuses those that are named otherwise. A column that is
// not there is made of those that [WriteCSV] writes it as, which CSV has to:
// x_0, x_1, … or x_0_0, x_0_1, …, all of them, in any order.
func (t *Table) NameCell(column string, dims ...string) error {
	if !t.Has(column) {
		if err := t.gather(column, dims); err != nil {
			return err
		}
	}
	i := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == column })
	c := &t.Columns[i]
	has := c.Cell
	if len(has) == 1 && len(dims) > 1 || len(has) != len(dims) {
		return fmt.Errorf("column %s has %d dimensions within a row, and (%s) are %d", column, len(has), strings.Join(dims, ", "), len(dims))
	}
	var named []Dim
	for k, d := range has {
		if d.Name != dims[k] && d.Name != cellOf(column, "", make([]int, len(has)))[k].Name {
			return fmt.Errorf("column %s has the dimensions (%s) within a row, not (%s)", column, namesOf(has), strings.Join(dims, ", "))
		}
		named = append(named, Dim{dims[k], d.Size})
	}
	c.Cell = named
	return nil
}

func namesOf(dims []Dim) string {
	var names []string
	for _, d := range dims {
		names = append(names, d.Name)
	}
	return strings.Join(names, ", ")
}

// part is one of the columns that a column with cells is written as.
type part struct {
	column Column
	at     []int // its place in the cell
}

// gather puts the parts of a column together, in the place of the first.
func (t *Table) gather(column string, dims []string) error {
	sizes, first := make([]int, len(dims)), -1
	var parts []part
	var rest []Column
	for _, c := range t.Columns {
		at, ok := places(strings.TrimPrefix(c.Name, column+"_"), len(dims))
		if !ok || !strings.HasPrefix(c.Name, column+"_") || len(c.Cell) > 0 {
			rest = append(rest, c)
			continue
		}
		if first < 0 {
			first = len(rest)
		}
		parts = append(parts, part{c, at})
		for k, i := range at {
			sizes[k] = max(sizes[k], i+1)
		}
	}
	cell := cellOf(column, "", sizes)
	switch {
	case len(parts) == 0:
		return fmt.Errorf("it has no column %s and none that begins with %s_; it has %s", column, column, strings.Join(t.names(), ", "))
	case !fill(sizes, len(parts)):
		return fmt.Errorf("it has %d columns of those that make up %s[%s], and the last of them is %s, so that some are missing", len(parts), column, strings.Join(dims, ", "), lastName(column, sizes))
	}
	whole, err := joined(column, cell, parts, t.Len())
	if err != nil {
		return err
	}
	t.Columns = slices.Insert(rest, first, whole)
	return t.validate()
}

// fill tells whether so many parts fill a cell of these sizes, whose product
// may be too large for a number.
func fill(sizes []int, parts int) bool {
	n := 1
	for _, size := range sizes {
		if n *= size; n > parts {
			return false
		}
	}
	return n == parts
}

// lastName is the name of the last part of a cell.
func lastName(column string, sizes []int) string {
	for _, size := range sizes {
		column += "_" + strconv.Itoa(size-1)
	}
	return column
}

func (t *Table) names() (names []string) {
	for _, c := range t.Columns {
		names = append(names, c.Name)
	}
	return names
}

// places reads the indices behind a column's name: so many, without leading zeros.
func places(text string, n int) (at []int, ok bool) {
	for word := range strings.SplitSeq(text, "_") {
		i, err := strconv.Atoi(word)
		if err != nil || i < 0 || i >= 1<<20 || strconv.Itoa(i) != word {
			return nil, false
		}
		at = append(at, i)
	}
	return at, len(at) == n
}

// joined makes one column of parts, of the type that holds them all.
func joined(name string, cell []Dim, parts []part, rows int) (Column, error) {
	types := map[string]bool{}
	for _, p := range parts {
		if types[p.column.Type()] = true; p.column.Type() == "string" {
			return Column{}, fmt.Errorf("column %s holds text, and only numbers can be cells", p.column.Name)
		}
	}
	width := size(cell)
	place := func(p part) int {
		at := 0
		for k, i := range p.at {
			at = at*cell[k].Size + i
		}
		return at
	}
	c := Column{Name: name, Cell: cell}
	switch {
	case types["float64"]:
		c.values = spread(parts, place, width, make([]float64, rows*width))
	case types["int64"]:
		c.values = spread(parts, place, width, make([]int64, rows*width))
	default:
		c.values = spread(parts, place, width, make([]uint8, rows*width))
	}
	return c, nil
}

func spread[T float64 | int64 | uint8](parts []part, place func(part) int, width int, out []T) []T {
	for _, p := range parts {
		at := place(p)
		for row := range p.column.Len() {
			switch v := p.column.Value(row).(type) {
			case float64:
				out[row*width+at] = T(v)
			case int64:
				out[row*width+at] = T(v)
			case uint8:
				out[row*width+at] = T(v)
			}
		}
	}
	return out
}
