package artifacts

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// importArrow reads an Arrow IPC file (Feather version 2) of any writer.
func (r *reading) importArrow(content []byte) (*Table, error) {
	file, err := openArrow(content)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	r.schema = file.Schema()
	var columns []*values
	for _, f := range r.schema.Fields() {
		v, err := r.arrowColumn(f)
		if err != nil {
			return nil, err
		}
		columns = append(columns, v)
	}
	for i := range file.NumRecords() {
		rec, err := file.Record(i)
		if err != nil {
			return nil, err
		}
		for j, v := range columns {
			if err := v.add(rec.Column(j), 0); err != nil {
				return nil, err
			}
		}
	}
	return r.table(columns)
}

// openArrow opens a file after each length in it was checked.
func openArrow(content []byte) (*ipc.FileReader, error) {
	if err := checkArrow(content); err != nil {
		return nil, err
	}
	bounded := &boundedAllocator{memory.NewGoAllocator(), newBudget(len(content))}
	return ipc.NewFileReader(bytes.NewReader(content), ipc.WithAllocator(bounded))
}

// arrowColumn makes the empty column that a field is read into.
func (r *reading) arrowColumn(f arrow.Field) (*values, error) {
	v := &values{column: Column{Name: f.Name}, budget: r.budget}
	typ := f.Type
	for {
		list, ok := typ.(arrow.ListLikeType)
		if !ok || typ.ID() == arrow.MAP || typ.ID() == arrow.LIST_VIEW || typ.ID() == arrow.LARGE_LIST_VIEW {
			break
		}
		n := 0
		if fixed, ok := typ.(*arrow.FixedSizeListType); ok {
			n = int(fixed.Len())
		}
		v.cell = append(v.cell, n)
		typ = list.Elem()
	}
	v.column.values, v.column.Unit = empty(typ)
	if v.column.values == nil {
		return nil, fmt.Errorf("column %q has the type %s, which tables do not hold; convert it to numbers or text, or leave it out", f.Name, f.Type)
	}
	if v.column.Type() == "string" && len(v.cell) > 0 {
		return nil, fmt.Errorf("column %q has lists of text; only lists of numbers can be cells", f.Name)
	}
	return v, nil
}

// empty is the values of a column that Arrow's type is read as, and its unit; nil
// where it is read as nothing.
func empty(typ arrow.DataType) (any, string) {
	switch typ := typ.(type) {
	case *arrow.Float16Type, *arrow.Float32Type, *arrow.Float64Type:
		return []float64{}, ""
	case *arrow.Int8Type, *arrow.Int16Type, *arrow.Int32Type, *arrow.Int64Type, *arrow.Uint16Type, *arrow.Uint32Type, *arrow.Uint64Type:
		return []int64{}, ""
	case *arrow.Uint8Type, *arrow.BooleanType:
		return []uint8{}, ""
	case *arrow.StringType, *arrow.LargeStringType, *arrow.StringViewType:
		return []string{}, ""
	case *arrow.TimestampType:
		return []int64{}, typ.Unit.String() + " since 1970-01-01"
	case *arrow.Date32Type:
		return []int64{}, "d since 1970-01-01"
	case *arrow.Date64Type:
		return []int64{}, "ms since 1970-01-01"
	case *arrow.DurationType:
		return []int64{}, typ.Unit.String()
	case *arrow.Time32Type:
		return []int64{}, typ.Unit.String()
	case *arrow.Time64Type:
		return []int64{}, typ.Unit.String()
	case *arrow.DictionaryType:
		return empty(typ.ValueType)
	}
	return nil, ""
}

// add appends an array of a batch; depth counts the lists that it lies in.
func (v *values) add(a arrow.Array, depth int) error {
	if list, ok := a.(array.ListLike); ok {
		return v.addLists(list, depth)
	}
	isNull := a.IsNull
	if a.NullN() == 0 {
		isNull = nil
	}
	switch a := a.(type) {
	case *array.Float64:
		return addNumbers(v, a.Float64Values(), isNull)
	case *array.Float32:
		return addNumbers(v, a.Float32Values(), isNull)
	case *array.Int8:
		return addNumbers(v, a.Int8Values(), isNull)
	case *array.Int16:
		return addNumbers(v, a.Int16Values(), isNull)
	case *array.Int32:
		return addNumbers(v, a.Int32Values(), isNull)
	case *array.Int64:
		return addNumbers(v, a.Int64Values(), isNull)
	case *array.Uint8:
		return addNumbers(v, a.Uint8Values(), isNull)
	case *array.Uint16:
		return addNumbers(v, a.Uint16Values(), isNull)
	case *array.Uint32:
		return addNumbers(v, a.Uint32Values(), isNull)
	case *array.Uint64:
		return addNumbers(v, a.Uint64Values(), isNull)
	case *array.Timestamp:
		return addNumbers(v, a.TimestampValues(), isNull)
	case *array.Duration:
		return addNumbers(v, a.DurationValues(), isNull)
	case *array.Date32:
		return addNumbers(v, a.Date32Values(), isNull)
	case *array.Date64:
		return addNumbers(v, a.Date64Values(), isNull)
	case *array.Time32:
		return addNumbers(v, a.Time32Values(), isNull)
	case *array.Time64:
		return addNumbers(v, a.Time64Values(), isNull)
	}
	return v.addEach(a)
}

// addEach appends the arrays whose values lie in bits or in pieces.
func (v *values) addEach(a arrow.Array) error {
	switch a := a.(type) {
	case *array.Boolean:
		for i := range a.Len() {
			x := uint8(0)
			if a.Value(i) {
				x = 1
			}
			if err := addNumbers(v, []uint8{x}, func(int) bool { return a.IsNull(i) }); err != nil {
				return err
			}
		}
	case *array.Float16:
		for i := range a.Len() {
			if err := addNumbers(v, []float32{a.Value(i).Float32()}, func(int) bool { return a.IsNull(i) }); err != nil {
				return err
			}
		}
	case array.StringLike:
		for i := range a.Len() {
			if err := v.addText(strings.Clone(a.Value(i)), a.IsNull(i)); err != nil {
				return err
			}
		}
	case *array.Dictionary:
		return v.addDictionary(a)
	default:
		return v.at(fmt.Errorf("has a value of type %s", a.DataType()))
	}
	return nil
}

// addLists checks the lengths of lists and appends what they hold.
func (v *values) addLists(a array.ListLike, depth int) error {
	if a.Len() == 0 {
		return nil
	}
	if depth >= len(v.cell) {
		return v.at(errors.New("has more lists in lists than its type says"))
	}
	perRow := 1
	for _, n := range v.cell[:depth] {
		perRow *= n
	}
	first, end := a.ValueOffsets(0)
	for i := range a.Len() {
		lo, hi := a.ValueOffsets(i)
		if a.IsNull(i) {
			return v.atRow(i/perRow, errNull)
		}
		if err := v.list(i/perRow, depth, int(hi-lo)); err != nil {
			return err
		}
		end = hi
	}
	part := array.NewSlice(a.ListValues(), first, end)
	defer part.Release()
	return v.add(part, depth+1)
}

// addDictionary appends the values that indices stand for.
func (v *values) addDictionary(a *array.Dictionary) error {
	if v.words == nil || v.wordsOf != a.Dictionary().Data() { // batches share it
		v.words, v.wordsOf = &values{column: v.column, budget: v.budget}, a.Dictionary().Data()
		v.words.column.values, _ = empty(a.Dictionary().DataType())
		if err := v.words.add(a.Dictionary(), 0); err != nil {
			return err
		}
	}
	for i := range a.Len() {
		index, isNull := 0, a.IsNull(i)
		if !isNull {
			index = a.GetValueIndex(i)
			if index < 0 || index >= v.words.column.Len() {
				return v.at(fmt.Errorf("has the index %d into a dictionary of %d", index, v.words.column.Len()))
			}
		}
		if err := v.addFrom(v.words.column.values, index, isNull); err != nil {
			return err
		}
	}
	return nil
}

// addFrom appends one value of a dictionary, or a null.
func (v *values) addFrom(words any, index int, isNull bool) error {
	null := func(int) bool { return isNull }
	switch words := words.(type) {
	case []string:
		if isNull {
			return v.addText("", true)
		}
		return v.addText(words[index], false)
	case []float64:
		return addNumbers(v, one(words, index, isNull), null)
	case []int64:
		return addNumbers(v, one(words, index, isNull), null)
	default:
		return addNumbers(v, one(words.([]uint8), index, isNull), null)
	}
}

// one is the value at index alone; any value for a null.
func one[T any](words []T, index int, isNull bool) []T {
	if isNull {
		return make([]T, 1)
	}
	return words[index : index+1]
}
