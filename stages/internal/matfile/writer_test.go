package matfile

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"math"
)

// writer makes small MATLAB files for the tests: pieces in a byte order.
type writer struct{ order binary.AppendByteOrder }

var little = writer{binary.LittleEndian}

func (w writer) file(variables ...[]byte) []byte {
	b := append([]byte("MATLAB 5.0 MAT-file, made by a test"), make([]byte, 89)...)
	b = w.order.AppendUint16(b[:124], 0x0100)
	if w.order.String() == "LittleEndian" {
		b = append(b, "IM"...)
	} else {
		b = append(b, "MI"...)
	}
	return append(b, bytes.Join(variables, nil)...)
}

// element is a tag and data, padded.
func (w writer) element(typ stored, data []byte) []byte {
	b := w.order.AppendUint32(nil, uint32(typ))
	b = w.order.AppendUint32(b, uint32(len(data)))
	b = append(b, data...)
	return append(b, make([]byte, -len(b)&7)...)
}

// small is an element of at most four bytes of data within its tag.
func (w writer) small(typ stored, data []byte) []byte {
	b := w.order.AppendUint32(nil, uint32(len(data))<<16|uint32(typ))
	b = append(b, data...)
	return append(b, make([]byte, 8-len(b))...)
}

func (w writer) ints(values ...int32) []byte {
	var b []byte
	for _, v := range values {
		b = w.order.AppendUint32(b, uint32(v))
	}
	return b
}

func (w writer) floats(values ...float64) []byte {
	var b []byte
	for _, v := range values {
		b = w.order.AppendUint64(b, math.Float64bits(v))
	}
	return b
}

// matrix is an array of any class: flags, dimensions, name, then the content.
func (w writer) matrix(class Class, flags uint32, name string, dims []int32, content ...[]byte) []byte {
	b := w.element(miUint32, w.order.AppendUint32(w.order.AppendUint32(nil, uint32(class)|flags), 0))
	b = append(b, w.element(miInt32, w.ints(dims...))...)
	b = append(b, w.element(miInt8, []byte(name))...)
	return w.element(miMatrix, append(b, bytes.Join(content, nil)...))
}

func (w writer) double(name string, values ...float64) []byte {
	return w.matrix(Double, 0, name, []int32{1, int32(len(values))}, w.element(miDouble, w.floats(values...)))
}

func (w writer) cell(name string, elements ...[]byte) []byte {
	return w.matrix(Cell, 0, name, []int32{int32(len(elements)), 1}, elements...)
}

// structure is a 1x1 struct: names of fields and their arrays.
func (w writer) structure(name string, fields []string, values ...[]byte) []byte {
	names := make([]byte, 32*len(fields))
	for i, f := range fields {
		copy(names[32*i:], f)
	}
	content := append([][]byte{w.small(miInt32, w.ints(32)), w.element(miInt8, names)}, values...)
	return w.matrix(Struct, 0, name, []int32{1, 1}, content...)
}

// compress wraps a variable as save -v7 does: not padded.
func (w writer) compress(variable []byte) []byte {
	var z bytes.Buffer
	zw := zlib.NewWriter(&z)
	if _, err := zw.Write(variable); err != nil {
		panic(err)
	}
	if err := zw.Close(); err != nil {
		panic(err)
	}
	b := w.order.AppendUint32(nil, uint32(miCompressed))
	b = w.order.AppendUint32(b, uint32(z.Len()))
	return append(b, z.Bytes()...)
}
