package artifacts

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/apache/arrow/go/v17/arrow"
)

// reading is a table being read from a file that any program may have written.
type reading struct {
	name   string
	budget *budget
	schema *arrow.Schema // what reprise, or Arrow, wrote beside the values; nil where there is none
}

// values collects those of one column.
type values struct {
	column Column
	cell   []int // the sizes of lists within a row; 0 where none was seen
	budget *budget

	words   *values // what the last dictionary holds
	wordsOf arrow.ArrayData
}

// elements is how many values make a row: 1 until lists are seen.
func (v *values) elements() int {
	n := 1
	for _, size := range v.cell {
		n *= max(size, 1)
	}
	return n
}

// errNull is a value that is missing where there is no way to say so.
var errNull = errors.New("has a null, which only columns of floating-point numbers can hold (as NaN); fill or drop it")

// placed is an error that tells its column.
type placed struct{ error }

// at adds where in the file an error is: the column, and the row from 0.
func (v *values) at(err error) error { return v.atRow(0, err) }

// atRow is at for a row that follows so many behind those read so far.
func (v *values) atRow(ahead int, err error) error {
	return placed{fmt.Errorf("column %q, row %d %w", v.column.Name, v.column.Len()/v.elements()+ahead, err)}
}

// number is what numeric columns of files hold.
type number interface {
	~int8 | ~int16 | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~float32 | ~float64
}

// addNumbers appends numbers as the column's type; isNull is nil where none is null.
func addNumbers[T number](v *values, in []T, isNull func(int) bool) error {
	width := int64(8)
	if v.column.Type() == "uint8" {
		width = 1
	}
	if err := v.budget.takeEach(int64(len(in)), width); err != nil {
		return err
	}
	switch out := v.column.values.(type) {
	case []float64:
		out = slices.Grow(out, len(in))
		for i, x := range in {
			if isNull != nil && isNull(i) {
				out = append(out, math.NaN())
			} else {
				out = append(out, float64(x))
			}
		}
		v.column.values = out
	case []int64:
		return addWhole(v, out, in, isNull)
	case []uint8:
		return addWhole(v, out, in, isNull)
	}
	return nil
}

func addWhole[T number, U int64 | uint8](v *values, out []U, in []T, isNull func(int) bool) error {
	out = slices.Grow(out, len(in))
	for i, x := range in {
		missing := isNull != nil && isNull(i)
		if missing || uint64(x) > math.MaxInt64 && x > 0 {
			v.column.values = out
			if missing {
				return v.at(errNull)
			}
			return v.at(fmt.Errorf("has %v, more than 64-bit integers hold", x))
		}
		out = append(out, U(x))
	}
	v.column.values = out
	return nil
}

// addText appends a string, or refuses a null.
func (v *values) addText(s string, isNull bool) error {
	if isNull {
		return v.at(errNull)
	}
	if !utf8.ValidString(s) {
		return v.at(errors.New("has text that is not in UTF-8"))
	}
	if err := v.budget.take(int64(len(s)) + 16); err != nil {
		return err
	}
	v.column.values = append(v.column.values.([]string), s)
	return nil
}

// list checks that a list, so many rows ahead, has the length of those before it
// at the same depth.
func (v *values) list(ahead, depth, length int) error {
	switch {
	case length == 0:
		return v.atRow(ahead, errors.New("has an empty list; the lists of a column must have one length, at least 1"))
	case v.cell[depth] == 0:
		v.cell[depth] = length
	case v.cell[depth] != length:
		return v.atRow(ahead, fmt.Errorf("has a list of %d, those before it have %d; the lists of a column must have one length", length, v.cell[depth]))
	}
	return nil
}

// table puts columns together, with the names of dimensions and the units that
// the schema gives as far as they still fit.
func (r *reading) table(columns []*values) (*Table, error) {
	if len(columns) == 0 {
		return nil, errors.New("it has no columns")
	}
	t := &Table{Name: r.name}
	rows := columns[0].column.Len() / columns[0].elements()
	for _, v := range columns {
		unit, known := r.hint(v.column.Name, metaUnit)
		if known {
			v.column.Unit = unit
		}
		text, _ := r.hint(v.column.Name, metaCell)
		v.column.Cell = cellOf(v.column.Name, text, v.cell)
		t.Columns = append(t.Columns, v.column)
	}
	t.Rows = r.rows(rows)
	return t, t.validate()
}

// rows names the rows: as reprise wrote them, unless another program has taken
// some away since.
func (r *reading) rows(n int) []Dim {
	if r.schema != nil {
		text, _ := r.schema.Metadata().GetValue(metaRows)
		dims, err := parseDims(text)
		if err == nil && size(dims) == n {
			return dims
		}
		if err == nil && len(dims) == 1 {
			return []Dim{{dims[0].Name, n}}
		}
	}
	return []Dim{{unnamedRow, n}}
}

// unnamedRow is the name of rows that their file has none for.
const unnamedRow = "row"

// hint is a column's metadata in the schema.
func (r *reading) hint(column, key string) (string, bool) {
	if r.schema == nil {
		return "", false
	}
	fields, _ := r.schema.FieldsByName(column)
	if len(fields) != 1 {
		return "", false
	}
	return fields[0].Metadata.GetValue(key)
}

// cellOf names the dimensions within a cell: as text says where its sizes are
// these, else after the column.
func cellOf(column, text string, sizes []int) []Dim {
	if len(sizes) == 0 {
		return nil
	}
	var dims []Dim
	for i, n := range sizes {
		dims = append(dims, Dim{column + "_" + strconv.Itoa(i), max(n, 1)})
	}
	if len(dims) == 1 {
		dims[0].Name = column
	}
	if named, err := parseDims(text); err == nil && size(named) == size(dims) {
		return named
	}
	return dims
}
