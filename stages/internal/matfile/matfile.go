// Package matfile reads MATLAB level-5 files (written by save -v5, -v6 or -v7)
// that are already in memory.
//
// It reads numeric, logical, char, cell and struct arrays, nested in any way,
// in either byte order, plain or compressed. It refuses sparse arrays, objects
// and function handles by name, and files of version 7.3, which are HDF5.
//
// Files are taken as hostile: memory is bounded by an explicit limit, nesting
// by a constant, counts by the bytes that are there; whatever the bytes are,
// the answer is arrays or an error that says what was expected and where.
//
// Offsets in errors count from the beginning of the file, or within a
// compressed variable from the beginning of its inflated content.
//
// Source of the format: "MAT-File Format", The MathWorks, chapter 1.
package matfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// Array is one MATLAB array. Values lie in MATLAB's order, the first dimension
// fastest. Arrays of no elements may be shared: do not write to an Array.
type Array struct {
	Name    string // of a variable; "" within cells and structs
	Class   Class
	Logical bool  // a numeric array of truth values
	Dims    []int // at least two; none negative

	Numbers []float64 // numeric: the values, real parts where Imag is set
	Imag    []float64 // imaginary parts of a complex array, else nil
	Text    string    // char: its characters
	Fields  []string  // struct: names of the fields
	Elems   []*Array  // cell: its elements; struct: the fields of the first element, then of the next
}

// Class is the class that MATLAB shows for an array, which says nothing about
// how its numbers are stored.
type Class uint8

// The classes of MATLAB; those from Object to Opaque that hold no plain values are refused.
const (
	Cell     Class = 1
	Struct   Class = 2
	Object   Class = 3
	Char     Class = 4
	Sparse   Class = 5
	Double   Class = 6
	Single   Class = 7
	Int8     Class = 8
	Uint8    Class = 9
	Int16    Class = 10
	Uint16   Class = 11
	Int32    Class = 12
	Uint32   Class = 13
	Int64    Class = 14
	Uint64   Class = 15
	Function Class = 16
	Opaque   Class = 17
)

var classNames = [...]string{"no class", "cell", "struct", "object", "char", "sparse", "double", "single",
	"int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "function handle", "opaque"}

// String is MATLAB's name for the class.
func (c Class) String() string {
	if int(c) < len(classNames) {
		return classNames[c]
	}
	return fmt.Sprintf("unknown class %d", uint8(c))
}

// headerSize is the length of the text, version and byte order in front of the variables.
const headerSize = 128

// Read returns the variables of a file in their order. limit bounds the bytes
// of memory that reading may take in total, inflated content and decoded arrays
// together; a file that needs more is an error.
func Read(b []byte, limit int64) ([]*Array, error) {
	order, err := readHeader(b)
	if err != nil {
		return nil, err
	}
	r := &reader{order: order, limit: limit, left: limit}
	c := &cursor{b: b[headerSize:], at: headerSize, order: order}
	var vars []*Array
	for !c.done() {
		a, err := r.variable(c)
		if err != nil {
			return nil, fmt.Errorf("MATLAB file, variable %d: %w", len(vars)+1, err)
		}
		vars = append(vars, a)
	}
	return vars, nil
}

// readHeader checks that this is a level-5 file and returns its byte order.
func readHeader(b []byte) (binary.ByteOrder, error) {
	hdf5 := []byte("\x89HDF\r\n\x1a\n")
	if bytes.HasPrefix(b, []byte("MATLAB 7.3")) || bytes.HasPrefix(b, hdf5) || (len(b) > 520 && bytes.HasPrefix(b[512:], hdf5)) {
		return nil, errors.New("this is a MATLAB file of version 7.3 (HDF5), which is not read; save it in MATLAB with -v7")
	}
	if len(b) < headerSize {
		return nil, fmt.Errorf("no MATLAB file: it has %d bytes, a header alone has %d", len(b), headerSize)
	}
	var order binary.ByteOrder
	switch mark := string(b[126:128]); mark {
	case "IM":
		order = binary.LittleEndian
	case "MI":
		order = binary.BigEndian
	default:
		return nil, fmt.Errorf("no MATLAB level-5 file: bytes 126 and 127 are %q, not \"IM\" or \"MI\"", mark)
	}
	if v := order.Uint16(b[124:]); v != 0x0100 {
		return nil, fmt.Errorf("no MATLAB level-5 file: its version is %#04x, not 0x0100", v)
	}
	return order, nil
}
