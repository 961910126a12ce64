package artifacts

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/ipc"
)

// parquetColumn is a column of the table being read from a Parquet file.
type parquetColumn struct {
	*values
	leaf           parquetElement
	maxDef, maxRep int
	counts         []int // how long the lists being read are so far, by depth; nil before the first
	chunk          parquetChunk
	dictionary     any
}

// importParquet reads a Parquet file of any writer. The pages are read here and
// not by Arrow's library: what that asks memory for, and where it loops, is for
// the file to say.
func (r *reading) importParquet(content []byte) (*Table, error) {
	meta, err := parseParquet(content)
	if err != nil {
		return nil, err
	}
	if text, ok := meta.keys["ARROW:schema"]; ok {
		if r.schema, err = parquetArrow(text); err != nil {
			return nil, err
		}
	}
	columns, err := r.parquetColumns(meta.schema)
	if err != nil {
		return nil, err
	}
	stored := int64(len(content))
	for _, chunks := range meta.groups {
		if len(chunks) != len(columns) {
			return nil, fmt.Errorf("a group of rows has %d columns, the schema %d", len(chunks), len(columns))
		}
		for i, c := range columns {
			c.chunk, c.dictionary = chunks[i], nil
			if stored -= c.chunk.size; c.chunk.size < 0 || stored < 0 {
				return nil, errors.New("its columns overlap")
			}
			if err := c.pages(content); err != nil {
				return nil, err
			}
		}
	}
	var out []*values
	for _, c := range columns {
		if err := c.endRow(); err != nil {
			return nil, err
		}
		out = append(out, c.values)
	}
	return r.table(out)
}

// parquetArrow reads the schema that Arrow's writers keep beside Parquet's own:
// units and the names of dimensions are there.
func parquetArrow(text string) (*arrow.Schema, error) {
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(b) < 8 {
		return nil, errors.New("its Arrow schema cannot be read")
	}
	message := messageOf(b)
	if size := int(u32(b, len(b)-len(message)-4)); size > len(message) {
		return nil, errors.New("its Arrow schema cannot be read")
	}
	root := flatRoot(message)
	schema, ok := root.table(2)
	if !ok || root.byte(1) != headerSchema || root.int64(3) != 0 {
		return nil, errors.New("its Arrow schema is no schema")
	}
	if err := checkSchema(schema); err != nil {
		return nil, err
	}
	in, err := ipc.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	defer in.Release()
	return in.Schema(), nil
}

// parquetColumns goes through the schema: each field of its root is a column.
func (r *reading) parquetColumns(schema []parquetElement) ([]*parquetColumn, error) {
	var columns []*parquetColumn
	for at := 1; at < len(schema); {
		c := &parquetColumn{values: &values{column: Column{Name: schema[at].name}, budget: r.budget}}
		for inList := false; ; at++ {
			if at == len(schema) {
				return nil, errors.New("its schema ends too early")
			}
			c.leaf = schema[at]
			switch c.leaf.repetition {
			case parquetRepeated:
				c.maxRep++
				c.cell = append(c.cell, 0)
				fallthrough
			case parquetOptional:
				c.maxDef++
			}
			if c.leaf.children == 0 {
				break
			}
			isList := c.leaf.logical.kind == logicalList || inList && c.leaf.repetition == parquetRepeated
			if c.leaf.children != 1 || !isList || c.maxDef > schemaDepth {
				return nil, fmt.Errorf("column %q is a structure or a map, which tables do not hold; take it apart or leave it out", c.column.Name)
			}
			inList = c.leaf.logical.kind == logicalList
		}
		at++
		if err := r.parquetType(c); err != nil {
			return nil, err
		}
		r.fixedSizes(c)
		columns = append(columns, c)
	}
	return columns, nil
}

// fixedSizes takes the sizes of lists from Arrow's schema: a table without rows
// has no lists to tell.
func (r *reading) fixedSizes(c *parquetColumn) {
	typ := r.arrowType(c.column.Name)
	for i := range c.cell {
		fixed, ok := typ.(*arrow.FixedSizeListType)
		if !ok {
			return
		}
		c.cell[i], typ = int(fixed.Len()), fixed.Elem()
	}
}

// arrowType is a column's type in Arrow's schema, nil where there is none.
func (r *reading) arrowType(column string) arrow.DataType {
	if r.schema == nil {
		return nil
	}
	if fields, _ := r.schema.FieldsByName(column); len(fields) == 1 {
		return fields[0].Type
	}
	return nil
}

// parquetUnits is how a column of times names its unit, by the number that Parquet has for it.
var parquetUnits = map[int]string{1: "ms", 2: "us", 3: "ns"}

// parquetType decides what a column is read as.
func (r *reading) parquetType(c *parquetColumn) error {
	logical := c.leaf.logical
	kind := logical.kind
	isText := kind == logicalString || kind == logicalEnum || kind == logicalJSON
	switch physical := c.leaf.physical; {
	case physical == parquetBool, physical == parquetInt32 && logical.unsigned == 8:
		c.column.values = []uint8{}
	case kind == logicalDecimal:
		return fmt.Errorf("column %q holds decimal numbers, which tables do not; convert it to floating-point numbers", c.column.Name)
	case physical == parquetInt32 || physical == parquetInt64:
		c.column.values = []int64{}
		c.column.Unit = r.parquetUnit(c)
	case physical == parquetFloat || physical == parquetDouble:
		c.column.values = []float64{}
	case physical == parquetBytes && isText && c.maxRep == 0:
		c.column.values = []string{}
	case physical == parquetBytes && isText:
		return fmt.Errorf("column %q has lists of text; only lists of numbers can be cells", c.column.Name)
	default:
		return fmt.Errorf("column %q holds bytes or times of 96 bits, which tables do not; convert it to text or numbers, or leave it out", c.column.Name)
	}
	return nil
}

func (r *reading) parquetUnit(c *parquetColumn) string {
	switch c.leaf.logical.kind {
	case logicalDate:
		return "d since 1970-01-01"
	case logicalTime:
		return parquetUnits[c.leaf.logical.unit]
	case logicalTimestamp:
		return parquetUnits[c.leaf.logical.unit] + " since 1970-01-01"
	}
	if d, ok := r.arrowType(c.column.Name).(*arrow.DurationType); ok {
		return d.Unit.String()
	}
	return ""
}
