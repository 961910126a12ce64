package matfile

import (
	"bytes"
	"fmt"
	"math"
	"unsafe"
)

const (
	maxDepth = 64  // how deep cells and structs may nest
	maxName  = 255 // bytes of a variable's or field's name; MATLAB itself allows 63
)

// What the budget counts: a pointer in Elems, a string header in Fields, an Array.
const (
	pointerBytes = int64(unsafe.Sizeof(uintptr(0)))
	stringBytes  = int64(unsafe.Sizeof(""))
	arrayBytes   = int64(unsafe.Sizeof(Array{}))
)

// empty stands for an element of a cell or a field that was never assigned.
var empty = &Array{Class: Double, Dims: []int{0, 0}}

// matrix reads one array from the data of a miMATRIX element.
func (r *reader) matrix(e element, depth int) (*Array, error) {
	if len(e.data) == 0 {
		return empty, nil
	}
	if depth > maxDepth {
		return nil, fmt.Errorf("arrays at offset %d nest deeper than %d", e.at, maxDepth)
	}
	if err := r.take(arrayBytes); err != nil {
		return nil, err
	}
	a := &Array{}
	c := &cursor{b: e.data, at: e.at + 8, order: r.order}
	isComplex, err := a.readFlags(c)
	if err != nil {
		return nil, err
	}
	n, err := r.dims(c, a)
	if err != nil {
		return nil, err
	}
	name, err := c.expect("name", miInt8, miUint8, miUTF8)
	if err != nil {
		return nil, err
	}
	if len(name.data) > maxName {
		return nil, fmt.Errorf("name at offset %d has %d bytes; at most %d are expected", name.at, len(name.data), maxName)
	}
	a.Name = string(name.data)
	if err := r.content(c, a, n, isComplex, depth); err != nil {
		if a.Name != "" {
			return nil, fmt.Errorf("%s: %w", a.Name, err)
		}
		return nil, err
	}
	return a, nil
}

// content reads what follows the name of an array of n elements.
func (r *reader) content(c *cursor, a *Array, n int, isComplex bool, depth int) (err error) {
	switch {
	case a.Class == Cell:
		a.Elems, err = r.elements(c, n, depth, func(i int) string { return fmt.Sprintf("cell %d", i+1) })
	case a.Class == Struct:
		err = r.structure(c, a, n, depth)
	case a.Class == Char:
		a.Text, err = r.text(c, n)
	case a.Class >= Double && a.Class <= Uint64:
		if a.Numbers, err = r.numbers(c, n); err == nil && isComplex {
			a.Imag, err = r.numbers(c, n)
		}
	default:
		err = fmt.Errorf("arrays of class %s are not read; numeric, logical, char, cell and struct arrays are", a.Class)
	}
	return err
}

// readFlags reads the class and flags, and returns whether the array is complex.
func (a *Array) readFlags(c *cursor) (isComplex bool, err error) {
	e, err := c.expect("array flags", miUint32)
	if err != nil {
		return false, err
	}
	if len(e.data) != 8 {
		return false, fmt.Errorf("array flags at offset %d have %d bytes, not 8", e.at, len(e.data))
	}
	w := c.order.Uint32(e.data)
	a.Class = Class(w & 0xff)
	a.Logical = w&0x200 != 0
	return w&0x800 != 0, nil
}

// dims reads the dimensions and returns their product.
func (r *reader) dims(c *cursor, a *Array) (int, error) {
	e, err := c.expect("dimensions", miInt32)
	if err != nil {
		return 0, err
	}
	if len(e.data) < 8 || len(e.data)%4 != 0 {
		return 0, fmt.Errorf("dimensions at offset %d have %d bytes; two or more numbers of 4 bytes are expected", e.at, len(e.data))
	}
	if err := r.take(2 * int64(len(e.data))); err != nil {
		return 0, err
	}
	n := int64(1)
	a.Dims = make([]int, 0, len(e.data)/4)
	for b := e.data; len(b) > 0; b = b[4:] {
		k := int64(int32(c.order.Uint32(b)))
		if k < 0 {
			return 0, fmt.Errorf("dimensions at offset %d include %d", e.at, k)
		}
		if n *= k; n > math.MaxInt32 {
			return 0, fmt.Errorf("dimensions at offset %d make more than %d elements", e.at, math.MaxInt32)
		}
		a.Dims = append(a.Dims, int(k))
	}
	return int(n), nil
}

// elements reads n arrays that follow one another; name tells the i-th in errors.
func (r *reader) elements(c *cursor, n, depth int, name func(i int) string) ([]*Array, error) {
	if n > len(c.b)/8 {
		return nil, fmt.Errorf("truncated: %d arrays are declared at offset %d, %d bytes hold at most %d", n, c.at, len(c.b), len(c.b)/8)
	}
	if err := r.take(int64(n) * pointerBytes); err != nil {
		return nil, err
	}
	out := make([]*Array, n)
	for i := range out {
		e, err := c.expect("array", miMatrix)
		if err == nil {
			out[i], err = r.matrix(e, depth+1)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name(i), err)
		}
	}
	return out, nil
}

// structure reads the fields of a struct array of n elements.
func (r *reader) structure(c *cursor, a *Array, n, depth int) error {
	e, err := c.expect("length of field names", miInt32)
	if err != nil {
		return err
	}
	if len(e.data) != 4 {
		return fmt.Errorf("length of field names at offset %d has %d bytes, not 4", e.at, len(e.data))
	}
	size := int(int32(c.order.Uint32(e.data)))
	names, err := c.expect("field names", miInt8)
	if err != nil {
		return err
	}
	if size < 1 || size > maxName || len(names.data)%size != 0 {
		return fmt.Errorf("field names at offset %d have %d bytes, which are no names of %d (at most %d)", names.at, len(names.data), size, maxName)
	}
	fields := len(names.data) / size
	if err := r.take(int64(fields)*stringBytes + int64(len(names.data))); err != nil {
		return err
	}
	for b := names.data; len(b) > 0; b = b[size:] {
		name, _, _ := bytes.Cut(b[:size], []byte{0})
		a.Fields = append(a.Fields, string(name))
	}
	if fields == 0 && n > 1 {
		return fmt.Errorf("a struct array of %d elements has no fields", n)
	}
	if int64(n)*int64(fields) > math.MaxInt32 {
		return fmt.Errorf("a struct array of %d elements has %d fields each: too many", n, fields)
	}
	a.Elems, err = r.elements(c, n*fields, depth, func(i int) string {
		if n == 1 {
			return "field " + a.Fields[i]
		}
		return fmt.Sprintf("element %d, field %s", i/fields+1, a.Fields[i%fields])
	})
	return err
}
