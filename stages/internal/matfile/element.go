package matfile

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"io"
)

// stored is how the data of an element are stored ("mi" types of the format).
type stored uint32

const (
	miInt8       stored = 1
	miUint8      stored = 2
	miInt16      stored = 3
	miUint16     stored = 4
	miInt32      stored = 5
	miUint32     stored = 6
	miSingle     stored = 7
	miDouble     stored = 9
	miInt64      stored = 12
	miUint64     stored = 13
	miMatrix     stored = 14
	miCompressed stored = 15
	miUTF8       stored = 16
	miUTF16      stored = 17
	miUTF32      stored = 18
)

// storage holds the name of each stored type and the size of its values, 0
// where it holds no plain values.
var storage = map[stored]struct {
	name string
	size int
}{
	miInt8: {"miINT8", 1}, miUint8: {"miUINT8", 1}, miInt16: {"miINT16", 2}, miUint16: {"miUINT16", 2},
	miInt32: {"miINT32", 4}, miUint32: {"miUINT32", 4}, miSingle: {"miSINGLE", 4}, miDouble: {"miDOUBLE", 8},
	miInt64: {"miINT64", 8}, miUint64: {"miUINT64", 8}, miMatrix: {"miMATRIX", 0}, miCompressed: {"miCOMPRESSED", 0},
	miUTF8: {"miUTF8", 1}, miUTF16: {"miUTF16", 2}, miUTF32: {"miUTF32", 4},
}

func (s stored) String() string {
	if known, ok := storage[s]; ok {
		return known.name
	}
	return fmt.Sprintf("unknown type %d", uint32(s))
}

// element is a piece of a file: a type and data.
type element struct {
	typ  stored
	data []byte
	at   int // offset of its tag
}

// cursor walks the elements of a piece of a file.
type cursor struct {
	b     []byte
	at    int // offset of b[0]
	order binary.ByteOrder
}

func (c *cursor) done() bool { return len(c.b) == 0 }

// next returns the next element and steps behind it and its padding.
func (c *cursor) next() (element, error) {
	if len(c.b) < 8 {
		return element{}, fmt.Errorf("truncated: an element needs at least 8 bytes at offset %d, there are %d", c.at, len(c.b))
	}
	e := element{at: c.at}
	word := c.order.Uint32(c.b)
	if n := word >> 16; n != 0 { // small element: type, size and up to 4 bytes of data in 8 bytes
		if n > 4 {
			return element{}, fmt.Errorf("small element at offset %d claims %d bytes; it has room for 4", c.at, n)
		}
		e.typ, e.data = stored(word&0xffff), c.b[4:4+n]
		c.skip(8)
		return e, nil
	}
	e.typ = stored(word)
	n := int64(c.order.Uint32(c.b[4:]))
	if n > int64(len(c.b)-8) {
		return element{}, fmt.Errorf("truncated: the %s element at offset %d claims %d bytes, there are %d", e.typ, c.at, n, len(c.b)-8)
	}
	e.data = c.b[8 : 8+n]
	end := 8 + int(n)
	if e.typ != miCompressed { // all but compressed elements are padded to 8 bytes
		end = min((end+7)&^7, len(c.b))
	}
	c.skip(end)
	return e, nil
}

func (c *cursor) skip(n int) {
	c.b = c.b[n:]
	c.at += n
}

// expect returns the next element and checks how it is stored. what names it
// in errors.
func (c *cursor) expect(what string, types ...stored) (element, error) {
	e, err := c.next()
	if err != nil {
		return e, fmt.Errorf("%s: %w", what, err)
	}
	for _, t := range types {
		if e.typ == t {
			return e, nil
		}
	}
	return e, fmt.Errorf("%s at offset %d is stored as %s; %s is expected", what, e.at, e.typ, types[0])
}

// reader reads arrays within a budget of memory.
type reader struct {
	order       binary.ByteOrder
	limit, left int64
}

// take spends n bytes of the budget.
func (r *reader) take(n int64) error {
	if n > r.left {
		return fmt.Errorf("its content takes more than the limit of %d MiB", r.limit>>20)
	}
	r.left -= n
	return nil
}

// variable reads one variable, plain or compressed.
func (r *reader) variable(c *cursor) (*Array, error) {
	e, err := c.expect("variable", miMatrix, miCompressed)
	if err != nil {
		return nil, err
	}
	if e.typ == miCompressed {
		if e, err = r.inflate(e); err != nil {
			return nil, err
		}
	}
	return r.matrix(e, 0)
}

// deflateRatio bounds what a byte of a zlib stream can inflate to: a match of 258
// bytes takes at least two bits.
const deflateRatio = 1032

// inflate returns the one element within a compressed element. The size in its
// tag is held against what the stream can hold and against the budget before
// memory is taken for it.
func (r *reader) inflate(e element) (element, error) {
	fail := func(err error) (element, error) {
		return element{}, fmt.Errorf("compressed element at offset %d: %w", e.at, err)
	}
	z, err := zlib.NewReader(bytes.NewReader(e.data))
	if err != nil {
		return fail(err)
	}
	tag := make([]byte, 8)
	if _, err := io.ReadFull(z, tag); err != nil {
		return fail(err)
	}
	typ, n := stored(r.order.Uint32(tag)), int64(r.order.Uint32(tag[4:]))
	if typ != miMatrix {
		return fail(fmt.Errorf("it holds %s; %s is expected", typ, miMatrix))
	}
	if most := deflateRatio * int64(len(e.data)); n > most {
		return fail(fmt.Errorf("truncated: it claims %d bytes, and %d compressed ones hold at most %d", n, len(e.data), most))
	}
	if err := r.take(n); err != nil {
		return fail(err)
	}
	in := element{typ: typ, data: make([]byte, n)}
	if _, err := io.ReadFull(z, in.data); err != nil {
		return fail(err)
	}
	// Reading on to the end checks zlib's checksum.
	if extra, err := io.Copy(io.Discard, io.LimitReader(z, 8)); err != nil {
		return fail(err)
	} else if extra > 0 {
		return fail(fmt.Errorf("content goes on after the variable of %d bytes", n))
	}
	return in, nil
}
