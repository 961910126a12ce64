package artifacts

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
)

// Encodings of values in pages.
const (
	encodingPlain           = 0
	encodingPlainDictionary = 2
	encodingRuns            = 3
	encodingDictionary      = 8
)

var errShort = errors.New("a page holds fewer values than it states")

// decode reads n values: []int32, []int64, []float32, []float64, []uint8 or []string.
func (c *parquetColumn) decode(encoding int64, b []byte, n int) (any, error) {
	switch encoding {
	case encodingPlain:
		return c.plain(b, n)
	case encodingRuns:
		if c.leaf.physical == parquetBool {
			return runs[uint8](b[4:], 1, n)
		}
	case encodingPlainDictionary, encodingDictionary:
		if n == 0 {
			return c.plain(nil, 0)
		}
		if err := c.budget.takeEach(int64(n), 4); err != nil {
			return nil, err
		}
		at, err := runs[uint32](b[1:], int(b[0]), n)
		if err != nil {
			return nil, err
		}
		return c.lookUp(at)
	}
	return nil, fmt.Errorf("its values are encoded in a way that is not read (number %d of Parquet's encodings); write it with plain or dictionary encoding", encoding)
}

// plain reads values that lie one after another. There are as many bytes as that
// takes, or it fails before it asks for memory.
func (c *parquetColumn) plain(b []byte, n int) (any, error) {
	width := map[int64]int{parquetInt32: 4, parquetFloat: 4, parquetBytes: 4, parquetInt64: 8, parquetDouble: 8}[c.leaf.physical]
	if n < 0 || width*n > len(b) || width == 0 && n > 8*len(b) {
		return nil, errShort
	}
	switch c.leaf.physical {
	case parquetInt32:
		return each(n, func(i int) int32 { return int32(u32(b, 4*i)) }), nil
	case parquetInt64:
		return each(n, func(i int) int64 { return int64(u64(b, 8*i)) }), nil
	case parquetFloat:
		return each(n, func(i int) float32 { return math.Float32frombits(u32(b, 4*i)) }), nil
	case parquetDouble:
		return each(n, func(i int) float64 { return math.Float64frombits(u64(b, 8*i)) }), nil
	case parquetBool:
		return each(n, func(i int) uint8 { return b[i/8] >> (i % 8) & 1 }), nil
	}
	text, at := string(b), 0 // the values share it
	return each(n, func(int) string {
		from := at + 4
		at = from + int(u32(b, at))
		return text[from:at]
	}), nil
}

func each[T any](n int, value func(int) T) []T {
	out := make([]T, n)
	for i := range out {
		out[i] = value(i)
	}
	return out
}

// lookUp gives the values of the dictionary that the indices stand for.
func (c *parquetColumn) lookUp(at []uint32) (any, error) {
	switch d := c.dictionary.(type) {
	case []int32:
		return pick(d, at), nil
	case []int64:
		return pick(d, at), nil
	case []float32:
		return pick(d, at), nil
	case []float64:
		return pick(d, at), nil
	case []string:
		return pick(d, at), nil
	}
	return nil, errors.New("a page refers to a dictionary that is not there")
}

func pick[T any](words []T, at []uint32) []T {
	return each(len(at), func(i int) T { return words[at[i]] })
}

// levels reads numbers from 0 to most, one for each of n values.
func levels(b []byte, most, n int) ([]uint8, error) {
	if most == 0 {
		return nil, nil
	}
	return runs[uint8](b, bits.Len(uint(most)), n)
}

// runs reads n numbers of width bits in Parquet's mix of repeated and packed ones.
func runs[T uint8 | uint32](b []byte, width, n int) ([]T, error) {
	if width > 32 {
		return nil, errShort
	}
	var out []T
	t := &thrift{b: b}
	for len(out) < n {
		if t.at >= len(b) {
			return nil, errShort
		}
		head := t.uvarint()
		count := min(head>>1, uint64(n-len(out)))
		if head&1 == 0 {
			var v uint32
			for i := range (width + 7) / 8 {
				v |= uint32(b[t.at+i]) << (8 * i)
			}
			t.at += (width + 7) / 8
			for range count {
				out = append(out, T(v))
			}
			continue
		}
		count = min(head>>1*8, uint64(n-len(out)))
		for i := range int(count) {
			out = append(out, T(packed(b[t.at:], i*width, width)))
		}
		t.at += int(min(head>>1, uint64(len(b)))) * width
	}
	return out, nil
}

// packed is the number of width bits at a bit, the lowest bits first.
func packed(b []byte, bit, width int) uint32 {
	var v uint64
	for i := range (bit%8 + width + 7) / 8 {
		v |= uint64(b[bit/8+i]) << (8 * i)
	}
	return uint32(v >> (bit % 8) & (1<<width - 1))
}

// append adds a page's values to the column, nulls between them, and follows
// where lists begin and end.
func (c *parquetColumn) append(found any, reps, defs []uint8) error {
	if err := c.lists(reps, defs); err != nil {
		return err
	}
	switch v := found.(type) {
	case []int32:
		switch c.leaf.logical.unsigned {
		case 8:
			return addSpread(c, each(len(v), func(i int) uint8 { return uint8(v[i]) }), defs)
		case 32:
			return addSpread(c, each(len(v), func(i int) uint32 { return uint32(v[i]) }), defs)
		}
		return addSpread(c, v, defs)
	case []int64:
		if c.leaf.logical.unsigned == 64 {
			return addSpread(c, each(len(v), func(i int) uint64 { return uint64(v[i]) }), defs)
		}
		return addSpread(c, v, defs)
	case []float32:
		return addSpread(c, v, defs)
	case []float64:
		return addSpread(c, v, defs)
	case []uint8:
		return addSpread(c, v, defs)
	}
	texts, next := found.([]string), 0
	for i := range max(len(texts), len(defs)) {
		if len(defs) > 0 && int(defs[i]) < c.maxDef {
			return c.at(errNull)
		}
		if err := c.addText(texts[next], false); err != nil {
			return err
		}
		next++
	}
	return nil
}

// addSpread appends the values that are there, with nulls where none is.
func addSpread[T number](c *parquetColumn, found []T, defs []uint8) error {
	if len(defs) == 0 || len(found) == len(defs) {
		return addNumbers(c.values, found, nil)
	}
	spread, next := make([]T, len(defs)), 0
	for i, d := range defs {
		if int(d) == c.maxDef {
			spread[i] = found[next]
			next++
		}
	}
	return addNumbers(c.values, spread, func(i int) bool { return int(defs[i]) < c.maxDef })
}

// lists follows the repetition levels: 0 begins a row, a larger one an element of
// the list at that depth.
func (c *parquetColumn) lists(reps, defs []uint8) error {
	if c.maxRep == 0 {
		return nil
	}
	least := c.maxDef
	if c.leaf.repetition == parquetOptional {
		least--
	}
	for i, rep := range reps {
		if int(rep) > c.maxRep || c.counts == nil && rep > 0 {
			return errors.New("a page has levels that its schema does not allow")
		}
		if int(defs[i]) < least {
			return c.at(errors.New("has a null or an empty list; the lists of a column must have one length, at least 1"))
		}
		if err := c.endLists(int(rep)); err != nil {
			return err
		}
	}
	return nil
}

// endLists ends the lists deeper than a level and begins new ones with one element.
func (c *parquetColumn) endLists(level int) error {
	if c.counts == nil {
		c.counts = make([]int, c.maxRep)
	} else {
		for d := c.maxRep - 1; d >= level; d-- {
			if err := c.list(0, d, c.counts[d]); err != nil {
				return err
			}
		}
	}
	for d := level; d < c.maxRep; d++ {
		c.counts[d] = 1
	}
	if level > 0 {
		c.counts[level-1]++
	}
	return nil
}

// endRow ends the lists of the last row.
func (c *parquetColumn) endRow() error {
	if c.counts == nil {
		return nil
	}
	return c.endLists(0)
}
