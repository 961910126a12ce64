package artifacts

import (
	"bytes"
	"errors"
)

// Numbers of Parquet's format.
const (
	parquetBool, parquetInt32, parquetInt64, parquetFloat, parquetDouble, parquetBytes = 0, 1, 2, 4, 5, 6 // physical types

	parquetOptional, parquetRepeated = 1, 2

	logicalString, logicalMap, logicalList, logicalEnum, logicalDecimal, logicalDate, logicalTime, logicalTimestamp, logicalInteger, logicalJSON = 1, 2, 3, 4, 5, 6, 7, 8, 10, 12
)

// converted gives the logical type that an older annotation stands for, with its
// unit of time or, for unsigned integers, its width.
var converted = map[int64]parquetLogical{
	0: {kind: logicalString}, 1: {kind: logicalMap}, 2: {kind: logicalMap}, 3: {kind: logicalList}, 4: {kind: logicalEnum}, 5: {kind: logicalDecimal},
	6: {kind: logicalDate}, 7: {kind: logicalTime, unit: 1}, 8: {kind: logicalTime, unit: 2}, 9: {kind: logicalTimestamp, unit: 1}, 10: {kind: logicalTimestamp, unit: 2},
	11: {kind: logicalInteger, unsigned: 8}, 12: {kind: logicalInteger, unsigned: 16}, 13: {kind: logicalInteger, unsigned: 32}, 14: {kind: logicalInteger, unsigned: 64}, 19: {kind: logicalJSON},
}

// parquetLogical is what values of a physical type mean.
type parquetLogical struct {
	kind     int
	unit     int // 1 ms, 2 us, 3 ns
	unsigned int // the width of an unsigned integer
}

// parquetElement is a node of the schema; nodes come depth first.
type parquetElement struct {
	name       string
	physical   int64 // -1 for a group
	repetition int64
	children   int64
	logical    parquetLogical
}

// parquetChunk is a column's values in one group of rows.
type parquetChunk struct {
	codec, values, size int64
	data, dictionary    int64 // offsets
}

// parquetMeta is the part of a file's footer that is used.
type parquetMeta struct {
	schema []parquetElement
	groups [][]parquetChunk
	keys   map[string]string
}

// parseParquet reads the footer.
func parseParquet(b []byte) (*parquetMeta, error) {
	end := len(b) - 8
	if end < 4 || !bytes.Equal(b[end+4:], []byte("PAR1")) {
		if end >= 4 && bytes.Equal(b[end+4:], []byte("PARE")) {
			return nil, errors.New("it is encrypted")
		}
		return nil, errors.New("it does not end as a Parquet file does")
	}
	size := int(u32(b, end))
	if size > end-4 {
		return nil, errors.New("its footer is longer than the file")
	}
	t := &thrift{b: b[end-size : end]}
	m := &parquetMeta{keys: map[string]string{}}
	t.fields(func(id int, typ byte) bool {
		if typ != thriftList {
			return false
		}
		switch id {
		case 2:
			t.structs(func() { m.schema = append(m.schema, t.parquetElement()) })
		case 4:
			t.structs(func() { m.groups = append(m.groups, t.parquetGroup()) })
		case 5:
			t.structs(func() {
				var pair [3]string
				t.texts(pair[:])
				m.keys[pair[1]] = pair[2]
			})
		default:
			return false
		}
		return true
	})
	return m, nil
}

// texts reads a structure's texts by the numbers of their fields.
func (t *thrift) texts(into []string) {
	t.fields(func(id int, typ byte) bool {
		if typ != thriftText || id < 0 || id >= len(into) {
			return false
		}
		into[id] = string(t.bytes())
		return true
	})
}

// ints reads a structure's integers and truth values by the numbers of their
// fields, and calls other for structures.
func (t *thrift) ints(into []int64, other func(id int)) {
	t.fields(func(id int, typ byte) bool {
		switch {
		case typ == thriftStruct && other != nil:
			other(id)
			return true
		case typ > thriftInt64 || id < 0 || id >= len(into):
			return false
		}
		into[id] = t.int(typ)
		return true
	})
}

func (t *thrift) parquetElement() parquetElement {
	e := parquetElement{physical: -1}
	old := int64(-1)
	t.fields(func(id int, typ byte) bool {
		switch {
		case id == 1 && typ == thriftInt32:
			e.physical = t.int(typ)
		case id == 3 && typ == thriftInt32:
			e.repetition = t.int(typ)
		case id == 4 && typ == thriftText:
			e.name = string(t.bytes())
		case id == 5 && typ == thriftInt32:
			e.children = t.int(typ)
		case id == 6 && typ == thriftInt32:
			old = t.int(typ)
		case id == 10 && typ == thriftStruct:
			t.parquetLogical(&e.logical)
		default:
			return false
		}
		return true
	})
	if e.logical.kind == 0 {
		e.logical = converted[old]
	}
	return e
}

func (t *thrift) parquetLogical(l *parquetLogical) {
	t.fields(func(kind int, typ byte) bool {
		if typ != thriftStruct {
			return false
		}
		l.kind = kind
		var v [3]int64 // an integer's width and whether it has a sign
		t.ints(v[:], func(int) { t.fields(func(id int, _ byte) bool { l.unit = id; return false }) })
		if kind == logicalInteger && v[2] == 0 {
			l.unsigned = int(v[1])
		}
		return true
	})
}

func (t *thrift) parquetGroup() []parquetChunk {
	var chunks []parquetChunk
	t.fields(func(id int, typ byte) bool {
		if id != 1 || typ != thriftList {
			return false
		}
		t.structs(func() {
			var v [12]int64
			t.ints(nil, func(id int) {
				into := v[:]
				if id != 3 { // encryption
					into = nil
				}
				t.ints(into, nil)
			})
			chunks = append(chunks, parquetChunk{codec: v[4], values: v[5], size: v[7], data: v[9], dictionary: v[11]})
		})
		return true
	})
	return chunks
}
