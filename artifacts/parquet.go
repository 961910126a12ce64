package artifacts

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"

	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/compress"
	"github.com/apache/arrow/go/v17/parquet/file"
	"github.com/apache/arrow/go/v17/parquet/metadata"
	"github.com/apache/arrow/go/v17/parquet/schema"
)

// writeParquet writes a table as Parquet, compressed with snappy. Cells are
// lists, and the schema of Arrow lies beside, as other writers of Parquet from
// Arrow keep it: with it, lists are of fixed size again for those who know it.
func writeParquet(w io.Writer, t *Table) error {
	if err := t.validate(); err != nil {
		return err
	}
	var fields schema.FieldList
	for _, c := range t.Columns {
		node, err := c.parquetNode()
		if err != nil {
			return fmt.Errorf("column %q of table %q: %w", c.Name, t.Name, err)
		}
		fields = append(fields, node)
	}
	root, err := schema.NewGroupNode("schema", parquet.Repetitions.Required, fields, -1)
	if err != nil {
		return err
	}
	arrowSchema, err := t.parquetArrow()
	if err != nil {
		return err
	}
	meta := metadata.NewKeyValueMetadata()
	if err := meta.Append("ARROW:schema", arrowSchema); err != nil {
		return err
	}
	props := parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Snappy), parquet.WithCreatedBy("reprise"))
	out := file.NewParquetWriter(w, root, file.WithWriterProps(props), file.WithWriteMetadata(meta))
	rowBytes := 1
	for _, c := range t.Columns {
		rowBytes += 8 * c.cellSize()
	}
	step := max(1, batchBytes/rowBytes)
	for lo := 0; lo < t.Len(); lo += step {
		if err := t.parquetGroup(out.AppendRowGroup(), lo, min(lo+step, t.Len())); err != nil {
			return fmt.Errorf("table %q as Parquet: %w", t.Name, err)
		}
	}
	return out.Close()
}

// parquetArrow is the table's Arrow schema as text.
func (t *Table) parquetArrow() (string, error) {
	var b bytes.Buffer
	w := ipc.NewWriter(&b, ipc.WithSchema(t.schema()))
	if err := w.Close(); err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(b.Bytes()), nil
}

// parquetNode is the column's type; values are never null.
func (c Column) parquetNode() (schema.Node, error) {
	name := c.Name
	if len(c.Cell) > 0 {
		name = "element"
	}
	required := parquet.Repetitions.Required
	var leaf schema.Node
	var err error
	switch c.Type() {
	case "float64":
		leaf = schema.NewFloat64Node(name, required, -1)
	case "int64":
		leaf = schema.NewInt64Node(name, required, -1)
	case "uint8":
		leaf, err = schema.NewPrimitiveNodeLogical(name, required, schema.NewIntLogicalType(8, false), parquet.Types.Int32, 0, -1)
	default:
		leaf, err = schema.NewPrimitiveNodeLogical(name, required, schema.StringLogicalType{}, parquet.Types.ByteArray, 0, -1)
	}
	if err != nil || len(c.Cell) == 0 {
		return leaf, err
	}
	return schema.ListOfWithName(c.Name, leaf, required, -1)
}

// parquetGroup writes some rows.
func (t *Table) parquetGroup(group file.SerialRowGroupWriter, lo, hi int) error {
	for _, c := range t.Columns {
		chunk, err := group.NextColumn()
		if err != nil {
			return err
		}
		n := c.cellSize()
		if err := c.parquetValues(chunk, lo*n, hi*n, c.parquetLevels(hi-lo)); err != nil {
			return err
		}
		if err := chunk.Close(); err != nil {
			return err
		}
	}
	return group.Close()
}

// parquetLevels says for each value whether it begins a row, 0, or goes on, 1;
// and that it is there, 1. Both are nil without a cell.
func (c Column) parquetLevels(rows int) (levels struct{ rep, def []int16 }) {
	if len(c.Cell) == 0 {
		return levels
	}
	n := rows * c.cellSize()
	levels.rep, levels.def = make([]int16, n), make([]int16, n)
	for i := range n {
		levels.def[i] = 1
		if i%c.cellSize() > 0 {
			levels.rep[i] = 1
		}
	}
	return levels
}

func (c Column) parquetValues(chunk file.ColumnChunkWriter, lo, hi int, levels struct{ rep, def []int16 }) (err error) {
	switch v := c.values.(type) {
	case []float64:
		_, err = chunk.(*file.Float64ColumnChunkWriter).WriteBatch(v[lo:hi], levels.def, levels.rep)
	case []int64:
		_, err = chunk.(*file.Int64ColumnChunkWriter).WriteBatch(v[lo:hi], levels.def, levels.rep)
	case []uint8:
		wide := each(hi-lo, func(i int) int32 { return int32(v[lo+i]) })
		_, err = chunk.(*file.Int32ColumnChunkWriter).WriteBatch(wide, levels.def, levels.rep)
	case []string:
		texts := each(hi-lo, func(i int) parquet.ByteArray { return parquet.ByteArray(v[lo+i]) })
		_, err = chunk.(*file.ByteArrayColumnChunkWriter).WriteBatch(texts, levels.def, levels.rep)
	}
	return err
}
