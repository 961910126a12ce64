package artifacts

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Numbers of Arrow's format that the check looks at.
const (
	headerSchema     = 1 // of a message
	headerDictionary = 2
	headerRecord     = 3

	blockBytes = 24 // where a message is, in the footer

	typeTimestamp = 10 // of a field
	typeUnion     = 14

	schemaDepth = 16 // how deep lists may lie in lists
)

var arrowMagic = []byte("ARROW1")

// checkArrow follows each length that an Arrow file states before Arrow's reader
// believes it: that reader would ask for any amount of memory, or recurse without
// end, and neither can be recovered from.
func checkArrow(b []byte) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("a reference leads out of the file (%v)", r)
		}
	}()
	footer, err := checkFooter(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return err
	}
	c := arrowCheck{b: b, stored: int64(len(b)), decoded: newBudget(len(b))}
	for _, header := range []byte{headerDictionary, headerRecord} {
		at, n := footer.vector(int(header), blockBytes) // the footer's fields have the same numbers
		for i := range n {
			if err := c.block(footer.b[at+blockBytes*i:][:blockBytes], header); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkFooter reads the end of a file, and checks the schema in it.
func checkFooter(from io.ReaderAt, size int64) (footer flatTable, err error) {
	end := size - int64(len(arrowMagic)) - 4
	tail := make([]byte, len(arrowMagic)+4)
	if end < int64(len(arrowMagic)) {
		return footer, errors.New("it is too short for an Arrow file")
	}
	if _, err := from.ReadAt(tail, end); err != nil {
		return footer, err
	}
	if !bytes.Equal(tail[4:], arrowMagic) {
		if _, err := from.ReadAt(tail[:4], 0); err == nil && bytes.Equal(tail[:4], []byte("\xff\xff\xff\xff")) {
			return footer, errors.New("it is a stream of Arrow, and a file is read: in Python, pyarrow.ipc.new_file or pyarrow.feather.write_feather write one")
		}
		return footer, errors.New("it does not end as an Arrow file does")
	}
	n := int64(u32(tail, 0))
	if n > end-int64(len(arrowMagic)) {
		return footer, fmt.Errorf("its footer of %d bytes is longer than the file", n)
	}
	b := make([]byte, n)
	if _, err := from.ReadAt(b, end-n); err != nil {
		return footer, err
	}
	footer = flatRoot(b)
	schema, ok := footer.table(1)
	if !ok {
		return footer, errors.New("it has no schema")
	}
	return footer, checkSchema(schema)
}

// checkSchema walks a schema's fields. One part may be referred to many times in
// a small file, so what is read is counted, each time.
func checkSchema(schema flatTable) error {
	if schema.byte(0) != 0 {
		return errors.New("its numbers are big-endian, which is not read")
	}
	left := 16*len(schema.b) + 1024
	if err := countMetadata(schema, 2, &left); err != nil {
		return err
	}
	for _, f := range schema.tables(1) {
		if err := checkField(f, 0, &left); err != nil {
			return err
		}
	}
	return nil
}

func checkField(f flatTable, depth int, left *int) error {
	name := f.text(0)
	*left -= 4 + len(name)
	if depth > schemaDepth || *left < 0 {
		return errors.New("its schema is nested too deeply, or refers to itself")
	}
	typ, _ := f.table(3)
	switch f.byte(2) {
	case typeUnion:
		return fmt.Errorf("column %q is a union, which tables do not hold", name)
	case typeTimestamp:
		_, length := typ.vector(1, 1)
		*left -= length
	}
	if err := countMetadata(f, 6, left); err != nil {
		return err
	}
	for _, child := range f.tables(5) {
		if err := checkField(child, depth+1, left); err != nil {
			return err
		}
	}
	return nil
}

func countMetadata(t flatTable, slot int, left *int) error {
	for _, pair := range t.tables(slot) {
		_, key := pair.vector(0, 1)
		_, value := pair.vector(1, 1)
		if *left -= 4 + key + value; *left < 0 {
			return errors.New("its metadata repeats itself")
		}
	}
	return nil
}

// arrowCheck counts what the blocks of a file hold, as stored and decoded.
type arrowCheck struct {
	b       []byte
	stored  int64
	decoded *budget
}

// block checks a message, which lies where the footer says, and its body.
func (c *arrowCheck) block(block []byte, header byte) error {
	offset, meta, body := int64(u64(block, 0)), int64(int32(u32(block, 8))), int64(u64(block, 16))
	size := int64(len(c.b))
	if offset < 0 || meta < 8 || body < 0 || offset > size || meta > size || body > size || offset+meta+body > size {
		return fmt.Errorf("a block at byte %d, %d and %d bytes long, leads out of the file", offset, meta, body)
	}
	if c.stored -= meta + body; c.stored < 0 {
		return errors.New("its blocks overlap")
	}
	message := flatRoot(messageOf(c.b[offset : offset+meta]))
	if message.byte(1) != header {
		return fmt.Errorf("the block at byte %d is no message of the kind that the footer says", offset)
	}
	batch, ok := message.table(2)
	if ok && header == headerDictionary {
		batch, ok = batch.table(1)
	}
	if !ok {
		return fmt.Errorf("the block at byte %d is empty", offset)
	}
	return c.batch(batch, c.b[offset+meta:offset+meta+body])
}

// messageOf leaves out what stands before a message: its length, and since
// version 0.15 a mark.
func messageOf(b []byte) []byte {
	switch binary.LittleEndian.Uint32(b) {
	case 0:
		return b
	case 0xFFFFFFFF:
		return b[8:]
	}
	return b[4:]
}

func (c *arrowCheck) batch(batch flatTable, body []byte) error {
	most := c.decoded.limit
	if n := batch.int64(0); n < 0 || n > most {
		return fmt.Errorf("a batch states %d rows", n)
	}
	nodes, n := batch.vector(1, 16)
	for i := range n {
		length, nulls := int64(u64(batch.b, nodes+16*i)), int64(u64(batch.b, nodes+16*i+8))
		if length < 0 || length > most || nulls < 0 || nulls > length {
			return fmt.Errorf("a column states %d values and %d nulls", length, nulls)
		}
	}
	_, compressed := batch.table(3)
	buffers, n := batch.vector(2, 16)
	for i := range n {
		offset, length := int64(u64(batch.b, buffers+16*i)), int64(u64(batch.b, buffers+16*i+8))
		if offset < 0 || length < 0 || offset > int64(len(body)) || length > int64(len(body))-offset {
			return fmt.Errorf("a buffer of %d bytes leads out of its batch", length)
		}
		if compressed && length > 0 {
			if length = int64(u64(body, int(offset))); length == -1 { // not worth compressing
				length = 0
			}
		}
		if err := c.decoded.take(length); err != nil {
			return err
		}
	}
	variadic, views := batch.vector(4, 8)
	for i := range views {
		if v := int64(u64(batch.b, variadic+8*i)); v < 0 || v > int64(n) {
			return fmt.Errorf("a column of text states %d buffers", v)
		}
	}
	return nil
}
