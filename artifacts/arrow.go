package artifacts

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// Format is the number of the encoding of artifacts. It is part of every key:
// a change of encoding changes every digest.
const Format = 1

// batchBytes bounds the values in one Arrow record batch.
const batchBytes = 8 << 20

// The schema's metadata: rows of the table, unit and cell of each column.
const (
	metaRows = "reprise.rows" // "trial:664", or "x:41,y:41"
	metaUnit = "unit"
	metaCell = "reprise.cell" // "neuron:76"
)

// EncodeTable writes a table as an Arrow IPC file.
func EncodeTable(t *Table) ([]byte, error) { return encode(t, memory.NewGoAllocator()) }

func encode(t *Table, memory memory.Allocator) ([]byte, error) {
	if err := t.validate(); err != nil {
		return nil, err
	}
	schema := t.schema()
	out := &seekBuffer{}
	w, err := ipc.NewFileWriter(out, ipc.WithSchema(schema), ipc.WithAllocator(memory))
	if err != nil {
		return nil, fmt.Errorf("encode table %q: %w", t.Name, err)
	}
	step := t.batchRows()
	for lo := 0; lo < t.Len(); lo += step {
		hi := min(lo+step, t.Len())
		rec := t.record(memory, schema, lo, hi)
		err := w.Write(rec)
		rec.Release()
		if err != nil {
			return nil, fmt.Errorf("encode table %q: %w", t.Name, err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("encode table %q: %w", t.Name, err)
	}
	return out.b, nil
}

// batchRows is how many rows a record batch of the table has, but for the last.
func (t *Table) batchRows() int {
	rowBytes := 1
	for _, c := range t.Columns {
		rowBytes += 8 * c.cellSize()
	}
	return max(1, batchBytes/rowBytes)
}

// seekBuffer is the memory that the file writer writes to; it only asks where it is.
type seekBuffer struct{ b []byte }

func (s *seekBuffer) Write(p []byte) (int, error) { s.b = append(s.b, p...); return len(p), nil }

func (s *seekBuffer) Seek(offset int64, whence int) (int64, error) {
	if offset != 0 || whence == 0 {
		return 0, fmt.Errorf("artifacts: seek is not supported")
	}
	return int64(len(s.b)), nil
}

func (t *Table) schema() *arrow.Schema {
	var fields []arrow.Field
	for _, c := range t.Columns {
		keys, values := []string{metaUnit}, []string{c.Unit}
		typ := elementType(c.Type())
		if len(c.Cell) > 0 {
			keys, values = append(keys, metaCell), append(values, dimText(c.Cell))
			typ = arrow.FixedSizeListOfField(int32(c.cellSize()), arrow.Field{Name: "item", Type: typ})
		}
		fields = append(fields, arrow.Field{Name: c.Name, Type: typ, Metadata: arrow.NewMetadata(keys, values)})
	}
	meta := arrow.NewMetadata([]string{metaRows}, []string{dimText(t.Rows)})
	return arrow.NewSchema(fields, &meta)
}

func elementType(name string) arrow.DataType {
	switch name {
	case "float64":
		return arrow.PrimitiveTypes.Float64
	case "int64":
		return arrow.PrimitiveTypes.Int64
	case "uint8":
		return arrow.PrimitiveTypes.Uint8
	}
	return arrow.BinaryTypes.String
}

func dimText(dims []Dim) string {
	var parts []string
	for _, d := range dims {
		parts = append(parts, d.Name+":"+strconv.Itoa(d.Size))
	}
	return strings.Join(parts, ",")
}

func (t *Table) record(memory memory.Allocator, schema *arrow.Schema, lo, hi int) arrow.Record {
	b := array.NewRecordBuilder(memory, schema)
	defer b.Release()
	for i, c := range t.Columns {
		field := b.Field(i)
		if list, ok := field.(*array.FixedSizeListBuilder); ok {
			for range hi - lo {
				list.Append(true)
			}
			field = list.ValueBuilder()
		}
		n := c.cellSize()
		switch v := c.values.(type) {
		case []float64:
			field.(*array.Float64Builder).AppendValues(v[lo*n:hi*n], nil)
		case []int64:
			field.(*array.Int64Builder).AppendValues(v[lo*n:hi*n], nil)
		case []uint8:
			field.(*array.Uint8Builder).AppendValues(v[lo*n:hi*n], nil)
		case []string:
			field.(*array.StringBuilder).AppendValues(v[lo*n:hi*n], nil)
		}
	}
	return b.NewRecord()
}

// DecodeTable reads an Arrow IPC file that EncodeTable wrote. Any bytes may be
// given: those that are no such file, or a damaged one, give an error, and the
// memory used is bounded as for [Import].
func DecodeTable(name string, b []byte) (t *Table, err error) {
	defer func() {
		// The Arrow reader panics on damage.
		if r := recover(); r != nil {
			t, err = nil, fmt.Errorf("table %q is not an Arrow file that can be read: %v", name, r)
		}
	}()
	r, err := openArrow(b)
	if err != nil {
		return nil, fmt.Errorf("table %q is not an Arrow file that can be read: %w", name, err)
	}
	defer r.Close()
	return decode(name, r)
}

func decode(name string, r *ipc.FileReader) (*Table, error) {
	t, err := tableHead(name, r.Schema())
	if err != nil {
		return nil, err
	}
	for i := range r.NumRecords() {
		rec, err := r.Record(i)
		if err != nil {
			return nil, fmt.Errorf("table %q, batch %d: %w", name, i, err)
		}
		if err := t.take(rec); err != nil {
			return nil, err
		}
	}
	if err := t.validate(); err != nil {
		return nil, err
	}
	return t, nil
}

// tableHead is a table of that schema, its columns without values yet.
func tableHead(name string, schema *arrow.Schema) (*Table, error) {
	t := &Table{Name: name}
	rows, _ := schema.Metadata().GetValue(metaRows)
	var err error
	if t.Rows, err = parseDims(rows); err != nil || len(t.Rows) == 0 {
		return nil, fmt.Errorf("table %q has no %s in its schema, so reprise did not write it", name, metaRows)
	}
	for _, f := range schema.Fields() {
		c := Column{Name: f.Name}
		c.Unit, _ = f.Metadata.GetValue(metaUnit)
		typ := f.Type
		if list, ok := typ.(*arrow.FixedSizeListType); ok {
			cell, _ := f.Metadata.GetValue(metaCell)
			if c.Cell, err = parseDims(cell); err != nil || int(list.Len()) != size(c.Cell) {
				return nil, fmt.Errorf("column %q of table %q: its cell %q does not fit a list of %d", f.Name, name, cell, list.Len())
			}
			typ = list.Elem()
		}
		switch typ.ID() {
		case arrow.FLOAT64:
			c.values = []float64{}
		case arrow.INT64:
			c.values = []int64{}
		case arrow.UINT8:
			c.values = []uint8{}
		case arrow.STRING:
			c.values = []string{}
		default:
			return nil, fmt.Errorf("column %q of table %q has type %s, which artifacts do not use", f.Name, name, f.Type)
		}
		t.Columns = append(t.Columns, c)
	}
	return t, nil
}

// take appends the rows of a record.
func (t *Table) take(rec arrow.Record) error {
	for j := range t.Columns {
		if hasNulls(rec.Column(j)) {
			return fmt.Errorf("column %q of table %q has nulls, so reprise did not write it", t.Columns[j].Name, t.Name)
		}
		t.Columns[j].append(rec.Column(j))
	}
	return nil
}

func hasNulls(a arrow.Array) bool {
	list, ok := a.(*array.FixedSizeList)
	return a.NullN() > 0 || ok && list.ListValues().NullN() > 0
}

func (c *Column) append(a arrow.Array) {
	if list, ok := a.(*array.FixedSizeList); ok {
		lo, _ := list.ValueOffsets(0)
		n := int64(list.Len() * c.cellSize())
		a = array.NewSlice(list.ListValues(), lo, lo+n)
	}
	switch a := a.(type) {
	case *array.Float64:
		c.values = append(c.values.([]float64), a.Float64Values()...)
	case *array.Int64:
		c.values = append(c.values.([]int64), a.Int64Values()...)
	case *array.Uint8:
		c.values = append(c.values.([]uint8), a.Uint8Values()...)
	case *array.String:
		v := c.values.([]string)
		for i := range a.Len() {
			v = append(v, strings.Clone(a.Value(i)))
		}
		c.values = v
	}
}

func parseDims(s string) ([]Dim, error) {
	var dims []Dim
	total := 1
	for part := range strings.SplitSeq(s, ",") {
		name, text, ok := strings.Cut(part, ":")
		n, err := strconv.Atoi(text)
		if !ok || err != nil || n < 0 || (n > 0 && total > 1<<40/n) {
			return nil, fmt.Errorf("%q is no list of dimensions such as trial:664", s)
		}
		total *= max(n, 1)
		dims = append(dims, Dim{Name: name, Size: n})
	}
	return dims, nil
}
