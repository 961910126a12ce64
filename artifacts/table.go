package artifacts

import (
	"fmt"
	"slices"
	"strings"
)

// Dim is a named dimension and its size.
type Dim struct {
	Name string
	Size int
}

// Column is one quantity of a table: for each row a number or a string, or,
// where Cell is not empty, a small array of numbers with named dimensions.
// Values lie row by row, each cell row-major.
type Column struct {
	Name string
	Unit string // "" where there is none
	Cell []Dim  // dimensions within a row, outermost first; all of size >= 1

	values any // []float64, []int64, []uint8 or []string
}

// Floats is a column of 64-bit floating-point numbers.
func Floats(name, unit string, values []float64, cell ...Dim) Column {
	return Column{Name: name, Unit: unit, Cell: cell, values: values}
}

// Ints is a column of 64-bit integers.
func Ints(name, unit string, values []int64, cell ...Dim) Column {
	return Column{Name: name, Unit: unit, Cell: cell, values: values}
}

// Bytes is a column of small counts, 0 to 255.
func Bytes(name, unit string, values []uint8, cell ...Dim) Column {
	return Column{Name: name, Unit: unit, Cell: cell, values: values}
}

// Strings is a column of text.
func Strings(name string, values []string) Column {
	return Column{Name: name, values: values}
}

// Type names the column's element type: float64, int64, uint8 or string.
func (c Column) Type() string {
	switch c.values.(type) {
	case []float64:
		return "float64"
	case []int64:
		return "int64"
	case []uint8:
		return "uint8"
	default:
		return "string"
	}
}

// Len is the number of values: rows times the size of a cell.
func (c Column) Len() int {
	switch v := c.values.(type) {
	case []float64:
		return len(v)
	case []int64:
		return len(v)
	case []uint8:
		return len(v)
	case []string:
		return len(v)
	}
	return 0
}

// Value returns the i-th value as a float64, int64, uint8 or string.
func (c Column) Value(i int) any {
	switch v := c.values.(type) {
	case []float64:
		return v[i]
	case []int64:
		return v[i]
	case []uint8:
		return v[i]
	case []string:
		return v[i]
	}
	return nil
}

// cellSize is the number of values in one row.
func (c Column) cellSize() int { return size(c.Cell) }

func size(dims []Dim) int {
	n := 1
	for _, d := range dims {
		n *= d.Size
	}
	return n
}

// Table is columns that share their rows. Rows are usually one dimension
// ("trial"); a table on a grid has several, outermost first.
type Table struct {
	Name    string
	Rows    []Dim
	Columns []Column
}

// NewTable makes a table with one row dimension. It panics where a column's
// length does not fit, which is a fault of the program.
func NewTable(name string, rows Dim, columns ...Column) *Table {
	return NewGrid(name, []Dim{rows}, columns...)
}

// NewGrid is NewTable for several row dimensions.
func NewGrid(name string, rows []Dim, columns ...Column) *Table {
	t := &Table{Name: name, Rows: rows, Columns: columns}
	if err := t.validate(); err != nil {
		panic("artifacts: " + err.Error())
	}
	return t
}

func (t *Table) validate() error {
	seen := map[string]bool{}
	for _, c := range t.Columns {
		switch {
		case c.Name == "" || seen[c.Name]:
			return fmt.Errorf("table %q has no name or twice the name %q for a column", t.Name, c.Name)
		case c.cellSize() < 1:
			return fmt.Errorf("column %q of table %q has a dimension of size 0; leave such a column out", c.Name, t.Name)
		case c.Len() != t.Len()*c.cellSize():
			return fmt.Errorf("column %q of table %q has %d values; %d rows of %d make %d", c.Name, t.Name, c.Len(), t.Len(), c.cellSize(), t.Len()*c.cellSize())
		}
		if c.Type() == "string" && len(c.Cell) > 0 {
			return fmt.Errorf("column %q of table %q: text has no dimensions within a cell", c.Name, t.Name)
		}
		seen[c.Name] = true
	}
	return nil
}

// Len is the number of rows.
func (t *Table) Len() int { return size(t.Rows) }

// Has tells whether the table has the column.
func (t *Table) Has(column string) bool {
	return slices.ContainsFunc(t.Columns, func(c Column) bool { return c.Name == column })
}

// Column returns a column by name, or an error that lists the columns there are.
func (t *Table) Column(name string) (Column, error) {
	var names []string
	for _, c := range t.Columns {
		if c.Name == name {
			return c, nil
		}
		names = append(names, c.Name)
	}
	return Column{}, fmt.Errorf("table %q has no column %q; it has %s", t.Name, name, strings.Join(names, ", "))
}

// Array is an n-dimensional array of numbers with named dimensions, row-major:
// what numerics work on. Its dimensions are a table's rows, then the cell's.
type Array struct {
	Dims []Dim
	Unit string
	Data []float64
}

// Size returns the size of the named dimension, 0 where there is none.
func (a Array) Size(dim string) int {
	for _, d := range a.Dims {
		if d.Name == dim {
			return d.Size
		}
	}
	return 0
}

// Array returns a numeric column as an array, whatever number type it is stored
// as. The names of its dimensions must be dims, in that order.
func (t *Table) Array(column string, dims ...string) (Array, error) {
	c, err := t.Column(column)
	if err != nil {
		return Array{}, err
	}
	a := Array{Dims: append(slices.Clone(t.Rows), c.Cell...), Unit: c.Unit}
	var names []string
	for _, d := range a.Dims {
		names = append(names, d.Name)
	}
	if !slices.Equal(names, dims) {
		hint := ""
		if len(t.Rows) == 1 && t.Rows[0].Name == unnamedRow {
			hint = "; where a program wrote it, rows and tables of its stage name them"
		}
		return Array{}, fmt.Errorf("column %q of table %q has dimensions (%s), not (%s)%s", column, t.Name, strings.Join(names, ", "), strings.Join(dims, ", "), hint)
	}
	a.Data, err = c.floats(t.Name)
	return a, err
}

// Floats returns a numeric column's values in storage order. A float64 column
// is returned as it is stored and must not be written to.
func (t *Table) Floats(column string) ([]float64, error) {
	c, err := t.Column(column)
	if err != nil {
		return nil, err
	}
	return c.floats(t.Name)
}

func (c Column) floats(table string) ([]float64, error) {
	switch v := c.values.(type) {
	case []float64:
		return v, nil
	case []int64:
		return convert[int64, float64](v), nil
	case []uint8:
		return convert[uint8, float64](v), nil
	}
	return nil, fmt.Errorf("column %q of table %q holds text, not numbers", c.Name, table)
}

func convert[A, B int64 | uint8 | float64](in []A) []B {
	out := make([]B, len(in))
	for i, x := range in {
		out[i] = B(x)
	}
	return out
}

// Ints returns an integer column's values; float64 columns are refused.
func (t *Table) Ints(column string) ([]int64, error) {
	c, err := t.Column(column)
	if err != nil {
		return nil, err
	}
	switch v := c.values.(type) {
	case []int64:
		return v, nil
	case []uint8:
		return convert[uint8, int64](v), nil
	}
	return nil, fmt.Errorf("column %q of table %q holds %s, not integers", column, t.Name, c.Type())
}

// Bytes returns the values of a column of small counts, of integers where all
// are such.
func (t *Table) Bytes(column string) ([]uint8, error) {
	c, err := t.Column(column)
	if err != nil {
		return nil, err
	}
	switch v := c.values.(type) {
	case []uint8:
		return v, nil
	case []int64:
		if slices.ContainsFunc(v, func(x int64) bool { return x < 0 || x > 255 }) {
			return nil, fmt.Errorf("column %q of table %q holds a number that is not from 0 to 255", column, t.Name)
		}
		return convert[int64, uint8](v), nil
	}
	return nil, fmt.Errorf("column %q of table %q holds %s, not uint8", column, t.Name, c.Type())
}

// Strings returns a text column's values.
func (t *Table) Strings(column string) ([]string, error) {
	c, err := t.Column(column)
	if err != nil {
		return nil, err
	}
	if v, ok := c.values.([]string); ok {
		return v, nil
	}
	return nil, fmt.Errorf("column %q of table %q holds %s, not text", column, t.Name, c.Type())
}
