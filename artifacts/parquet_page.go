package artifacts

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/apache/arrow/go/v17/parquet/compress"
	"github.com/golang/snappy"
	"github.com/pierrec/lz4/v4"
)

// parquetPage is the header of a page and where its parts lie.
type parquetPage struct {
	kind, decoded, stored int64
	values, encoding      int64
	defSize, repSize      int64 // of levels, in a page of version 2
	compressed            bool
	sum                   int64 // CRC-32 of what is stored
	hasSum                bool  // which writers may leave out
}

const (
	pageData       = 0
	pageDictionary = 2
	pageDataV2     = 3
)

// noSum is no checksum, which has 32 bits.
const noSum = 1 << 40

func (t *thrift) parquetPage() parquetPage {
	v := [5]int64{4: noSum}
	p := parquetPage{compressed: true}
	t.ints(v[:], func(id int) {
		if id != 5 && id != 7 && id != 8 {
			t.skip(thriftStruct)
			return
		}
		var h [8]int64
		h[7] = 1
		t.ints(h[:], nil)
		p.values, p.encoding = h[1], h[2]
		if id == 8 {
			p.encoding, p.defSize, p.repSize, p.compressed = h[4], h[5], h[6], h[7] != 0
		}
	})
	p.kind, p.decoded, p.stored = v[1], v[2], v[3]
	p.sum, p.hasSum = v[4], v[4] != noSum
	return p
}

// sound tells whether stored bytes are those that the page's checksum is of.
func (p parquetPage) sound(body []byte) bool {
	return !p.hasSum || crc32.ChecksumIEEE(body) == uint32(p.sum)
}

// pages reads a column's values in one group of rows.
func (c *parquetColumn) pages(content []byte) error {
	at := c.chunk.data
	if d := c.chunk.dictionary; d > 0 && d < at {
		at = d
	}
	if size := int64(len(content)); at < 0 || at > size || c.chunk.size > size-at {
		return fmt.Errorf("column %q leads out of the file", c.column.Name)
	}
	t := &thrift{b: content[at : at+c.chunk.size]}
	for seen := int64(0); seen < c.chunk.values; {
		p := t.parquetPage()
		if p.decoded < 0 || p.stored < 0 || p.values < 0 || p.stored > int64(len(t.b)-t.at) {
			return fmt.Errorf("column %q has a damaged page", c.column.Name)
		}
		body := t.b[t.at : t.at+int(p.stored)]
		t.at += int(p.stored)
		if err := c.budget.take(p.decoded); err != nil {
			return err
		}
		var err error
		if !p.sound(body) {
			return fmt.Errorf("column %q has a page whose checksum is another than that of its bytes: the file is damaged", c.column.Name)
		}
		switch p.kind {
		case pageDictionary:
			err = c.readDictionary(p, body)
		case pageData, pageDataV2:
			seen += p.values
			err = c.readPage(p, body)
		}
		if told := (placed{}); errors.As(err, &told) {
			return err
		}
		if err != nil {
			return fmt.Errorf("column %q: %w", c.column.Name, err)
		}
	}
	return nil
}

func (c *parquetColumn) readDictionary(p parquetPage, body []byte) error {
	b, err := unpack(c.chunk.codec, body, int(p.decoded))
	if err != nil {
		return err
	}
	c.dictionary, err = c.plain(b, int(p.values))
	return err
}

// readPage reads a page of values: how deep in lists each lies and whether it is
// there, then those that are.
func (c *parquetColumn) readPage(p parquetPage, body []byte) error {
	n := int(p.values)
	if err := c.budget.takeEach(p.values, 2); err != nil {
		return err
	}
	var rep, def []byte
	if p.kind == pageDataV2 {
		if p.repSize < 0 || p.defSize < 0 || p.repSize > int64(len(body)) || p.defSize > int64(len(body))-p.repSize {
			return errors.New("a page is shorter than its levels")
		}
		levels := int(p.repSize + p.defSize)
		rep, def, body = body[:p.repSize], body[p.repSize:levels], body[levels:]
		p.decoded -= int64(levels)
	}
	if p.decoded < 0 {
		return errors.New("a page is shorter than its levels")
	}
	codec := c.chunk.codec
	if !p.compressed {
		codec = 0
	}
	body, err := unpack(codec, body, int(p.decoded))
	if err != nil {
		return err
	}
	if p.kind == pageData {
		rep, body = cutLevels(body, c.maxRep)
		def, body = cutLevels(body, c.maxDef)
	}
	reps, err := levels(rep, c.maxRep, n)
	if err != nil {
		return err
	}
	defs, err := levels(def, c.maxDef, n)
	if err != nil {
		return err
	}
	there := n
	if c.maxDef > 0 {
		there = bytes.Count(defs, []byte{byte(c.maxDef)})
	}
	found, err := c.decode(p.encoding, body, there)
	if err != nil {
		return err
	}
	return c.append(found, reps, defs)
}

// cutLevels takes the levels off a page of version 1, which says how long they are.
func cutLevels(b []byte, most int) (levels, rest []byte) {
	if most == 0 {
		return nil, b
	}
	n := int(u32(b, 0))
	return b[4 : 4+n], b[4+n:]
}

// unpack decompresses a page to the size that its header states, and never more.
func unpack(codec int64, b []byte, size int) ([]byte, error) {
	wrong := fmt.Errorf("a page does not decompress to the %d bytes that it states", size)
	switch c := compress.Compression(codec); c {
	case compress.Codecs.Uncompressed:
		if len(b) != size {
			return nil, wrong
		}
		return b, nil
	case compress.Codecs.Snappy:
		if n, err := snappy.DecodedLen(b); err != nil || n != size {
			return nil, wrong
		}
		return snappy.Decode(nil, b)
	case compress.Codecs.Gzip, compress.Codecs.Brotli, compress.Codecs.Zstd:
		codec, err := compress.GetCodec(c)
		if err != nil {
			return nil, err
		}
		in := codec.NewReader(bytes.NewReader(b))
		defer in.Close()
		out := make([]byte, size)
		if _, err := io.ReadFull(in, out); err != nil {
			return nil, wrong
		}
		return out, nil
	case 7: // LZ4 without frames, which Arrow's library has no codec for
		out := make([]byte, size)
		if n, err := lz4.UncompressBlock(b, out); err != nil || n != size {
			return nil, wrong
		}
		return out, nil
	default:
		return nil, fmt.Errorf("it is compressed with %s, which is not read; use snappy, zstd or gzip", c)
	}
}
