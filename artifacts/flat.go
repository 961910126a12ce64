package artifacts

import "encoding/binary"

// flatTable is one table of a flatbuffer, the encoding of Arrow's metadata. It
// reads with integers that cannot wrap around, where the generated code uses 32
// bits, and so follows no reference backwards, which ends each walk. A
// reference out of the buffer panics; checkArrow makes that an error.
type flatTable struct {
	b  []byte
	at int
}

func flatRoot(b []byte) flatTable { return flatTable{b, int(u32(b, 0))} }

func u32(b []byte, at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }
func u64(b []byte, at int) uint64 { return binary.LittleEndian.Uint64(b[at:]) }

// field is where the n-th field lies, 0 where it is absent.
func (t flatTable) field(n int) int {
	vtable := t.at - int(int32(u32(t.b, t.at)))
	place := 4 + 2*n
	if place >= int(binary.LittleEndian.Uint16(t.b[vtable:])) {
		return 0
	}
	offset := int(binary.LittleEndian.Uint16(t.b[vtable+place:]))
	if offset == 0 {
		return 0
	}
	return t.at + offset
}

func (t flatTable) byte(n int) byte {
	if at := t.field(n); at != 0 {
		return t.b[at]
	}
	return 0
}

func (t flatTable) int64(n int) int64 {
	if at := t.field(n); at != 0 {
		return int64(u64(t.b, at))
	}
	return 0
}

// table is the table that the n-th field refers to.
func (t flatTable) table(n int) (flatTable, bool) {
	at := t.field(n)
	if at == 0 {
		return flatTable{}, false
	}
	return flatTable{t.b, at + int(u32(t.b, at))}, true
}

// vector is the place and length of a vector whose elements have so many bytes.
func (t flatTable) vector(n, bytes int) (at, length int) {
	at = t.field(n)
	if at == 0 {
		return 0, 0
	}
	at += int(u32(t.b, at))
	length = int(u32(t.b, at))
	at += 4
	_ = t.b[at : at+length*bytes]
	return at, length
}

// tables are the tables of a vector of references.
func (t flatTable) tables(n int) []flatTable {
	at, length := t.vector(n, 4)
	var out []flatTable
	for range length {
		out = append(out, flatTable{t.b, at + int(u32(t.b, at))})
		at += 4
	}
	return out
}

// text is the string of the n-th field.
func (t flatTable) text(n int) string {
	at, length := t.vector(n, 1)
	return string(t.b[at : at+length])
}
