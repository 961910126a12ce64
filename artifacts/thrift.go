package artifacts

import (
	"encoding/binary"
	"errors"
)

// Types of Thrift's compact protocol, the encoding of Parquet's metadata.
const (
	thriftTrue   = 1
	thriftFalse  = 2
	thriftByte   = 3
	thriftInt32  = 5
	thriftInt64  = 6
	thriftDouble = 7
	thriftText   = 8
	thriftList   = 9
	thriftSet    = 10
	thriftMap    = 11
	thriftStruct = 12

	thriftDepth = 32 // how deep structures may lie in structures
)

var errThrift = errors.New("its metadata cannot be read")

// thrift reads metadata from front to back, and so takes no more time or memory
// than its length allows. It panics where that is damaged.
type thrift struct {
	b     []byte
	at    int
	depth int
}

func (t *thrift) uvarint() uint64 {
	x, n := binary.Uvarint(t.b[t.at:])
	if n <= 0 {
		panic(errThrift)
	}
	t.at += n
	return x
}

// int reads an integer of type typ.
func (t *thrift) int(typ byte) int64 {
	switch typ {
	case thriftTrue, thriftFalse:
		return int64(thriftFalse - typ)
	case thriftByte:
		t.at++
		return int64(int8(t.b[t.at-1]))
	}
	x := t.uvarint()
	return int64(x>>1) ^ -int64(x&1)
}

// bytes reads a text or bytes, without a copy.
func (t *thrift) bytes() []byte {
	n := t.uvarint()
	if n > uint64(len(t.b)-t.at) {
		panic(errThrift)
	}
	t.at += int(n)
	return t.b[t.at-int(n) : t.at]
}

// fields reads a structure: call reads the field's value, or returns false for
// one that it does not want.
func (t *thrift) fields(call func(id int, typ byte) bool) {
	if t.depth++; t.depth > thriftDepth {
		panic(errThrift)
	}
	id := 0
	for {
		head := t.b[t.at]
		t.at++
		if head == 0 {
			break
		}
		if delta := int(head >> 4); delta > 0 {
			id += delta
		} else {
			id = int(t.int(thriftInt32))
		}
		if typ := head & 15; !call(id, typ) {
			t.skip(typ)
		}
	}
	t.depth--
}

// list reads a list's head: the type of its elements and how many there are.
func (t *thrift) list() (typ byte, n int) {
	head := t.b[t.at]
	t.at++
	size := uint64(head >> 4)
	if size == 15 {
		size = t.uvarint()
	}
	if size > uint64(len(t.b)-t.at) { // an element has at least one byte
		panic(errThrift)
	}
	return head & 15, int(size)
}

// structs reads a list of structures.
func (t *thrift) structs(each func()) {
	typ, n := t.list()
	for range n {
		if typ != thriftStruct {
			t.element(typ)
			continue
		}
		each()
	}
}

// skip passes over a value.
func (t *thrift) skip(typ byte) {
	switch typ {
	case thriftTrue, thriftFalse:
	case thriftDouble:
		t.at += 8
	case thriftText:
		t.bytes()
	case thriftList, thriftSet:
		element, n := t.list()
		if t.depth++; t.depth > thriftDepth {
			panic(errThrift)
		}
		for range n {
			t.element(element)
		}
		t.depth--
	case thriftMap:
		panic(errThrift) // Parquet's metadata has none
	case thriftStruct:
		t.fields(func(int, byte) bool { return false })
	default:
		t.int(typ)
	}
}

// element passes over a list's element; a truth value takes a byte there.
func (t *thrift) element(typ byte) {
	if typ == thriftTrue || typ == thriftFalse {
		typ = thriftByte
	}
	t.skip(typ)
}
