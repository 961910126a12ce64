package matfile

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

// numbers reads n numbers, in whatever type they are stored: MATLAB stores an
// array of class double as miUINT8 where its values allow that.
func (r *reader) numbers(c *cursor, n int) ([]float64, error) {
	if n == 0 && c.done() {
		return nil, nil
	}
	e, err := c.expect("numbers", miDouble, miSingle, miInt8, miUint8, miInt16, miUint16, miInt32, miUint32, miInt64, miUint64)
	if err != nil {
		return nil, err
	}
	if size := storage[e.typ].size; len(e.data) != n*size {
		return nil, fmt.Errorf("numbers at offset %d: %d numbers stored as %s take %d bytes, there are %d", e.at, n, e.typ, n*size, len(e.data))
	}
	if err := r.take(8 * int64(n)); err != nil {
		return nil, err
	}
	out := make([]float64, n)
	if !decode(out, e, c.order) {
		return nil, fmt.Errorf("numbers at offset %d: a whole number beyond ±2^53 does not fit a float64", e.at)
	}
	return out, nil
}

// decode fills out with the numbers of e, and tells whether all of them fit.
func decode(out []float64, e element, order binary.ByteOrder) bool {
	const exact = 1 << 53
	b, size := e.data, storage[e.typ].size
	for i := range out {
		p := b[i*size:]
		switch e.typ {
		case miInt8:
			out[i] = float64(int8(p[0]))
		case miUint8:
			out[i] = float64(p[0])
		case miInt16:
			out[i] = float64(int16(order.Uint16(p)))
		case miUint16:
			out[i] = float64(order.Uint16(p))
		case miInt32:
			out[i] = float64(int32(order.Uint32(p)))
		case miUint32:
			out[i] = float64(order.Uint32(p))
		case miSingle:
			out[i] = float64(math.Float32frombits(order.Uint32(p)))
		case miDouble:
			out[i] = math.Float64frombits(order.Uint64(p))
		case miInt64:
			v := int64(order.Uint64(p))
			if v > exact || v < -exact {
				return false
			}
			out[i] = float64(v)
		case miUint64:
			v := order.Uint64(p)
			if v > exact {
				return false
			}
			out[i] = float64(v)
		}
	}
	return true
}

// text reads a char array of n characters. n counts UTF-16 units, MATLAB's characters.
func (r *reader) text(c *cursor, n int) (string, error) {
	if n == 0 && c.done() {
		return "", nil
	}
	e, err := c.expect("text", miUTF8, miUTF16, miUTF32, miUint16, miUint8, miInt8)
	if err != nil {
		return "", err
	}
	if size := storage[e.typ].size; len(e.data)%size != 0 {
		return "", fmt.Errorf("text at offset %d: %d bytes are no whole number of %s", e.at, len(e.data), e.typ)
	}
	// Four bytes a rune, and at most four more in the string.
	if err := r.take(8 * int64(len(e.data))); err != nil {
		return "", err
	}
	text := runes(e, c.order)
	units := 0
	for i, x := range text {
		if x < 0 || x > utf8.MaxRune {
			text[i] = utf8.RuneError
		}
		units += max(1, utf16.RuneLen(text[i]))
	}
	if units != n {
		return "", fmt.Errorf("text at offset %d has %d characters, its dimensions say %d", e.at, units, n)
	}
	return string(text), nil
}

// runes decodes characters; invalid ones become U+FFFD.
func runes(e element, order binary.ByteOrder) []rune {
	switch e.typ {
	case miUTF8:
		return []rune(string(e.data))
	case miUTF16, miUint16:
		units := make([]uint16, len(e.data)/2)
		for i := range units {
			units[i] = order.Uint16(e.data[2*i:])
		}
		return utf16.Decode(units)
	case miUTF32:
		out := make([]rune, len(e.data)/4)
		for i := range out {
			out[i] = rune(order.Uint32(e.data[4*i:]))
		}
		return out
	}
	out := make([]rune, len(e.data))
	for i, x := range e.data {
		out[i] = rune(x)
	}
	return slices.Clip(out)
}
