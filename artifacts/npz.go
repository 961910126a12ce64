package artifacts

import (
	"archive/zip"
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"
)

// writeNPZ writes a table as numpy's .npz: an array a column, whose shape is the
// table's rows and then the cell's dimensions, text as fixed-width Unicode. What
// numpy has no place for stands in comments of the archive: the names of
// dimensions, and units.
func writeNPZ(w io.Writer, t *Table) error {
	if err := t.validate(); err != nil {
		return err
	}
	out := zip.NewWriter(w)
	if err := out.SetComment(metaRows + "=" + dimText(t.Rows)); err != nil {
		return err
	}
	for _, c := range t.Columns {
		descr, width, err := c.npyType()
		if err != nil {
			return err
		}
		f, err := out.CreateHeader(&zip.FileHeader{Name: c.Name + ".npy", Method: zip.Store, Comment: metaUnit + "=" + c.Unit + "\n" + metaCell + "=" + dimText(c.Cell)})
		if err != nil {
			return err
		}
		buffered := bufio.NewWriterSize(f, 1<<16)
		buffered.WriteString(npyHeader(descr, append(append([]Dim{}, t.Rows...), c.Cell...)))
		c.npyValues(buffered, width)
		if err := buffered.Flush(); err != nil {
			return err
		}
	}
	return out.Close()
}

// npyType is numpy's name for the type, and for text the number of characters.
func (c Column) npyType() (descr string, width int, err error) {
	switch v := c.values.(type) {
	case []float64:
		return "<f8", 0, nil
	case []int64:
		return "<i8", 0, nil
	case []uint8:
		return "|u1", 0, nil
	case []string:
		for i, s := range v {
			if !utf8.ValidString(s) || strings.HasSuffix(s, "\x00") {
				return "", 0, fmt.Errorf("column %q, row %d: %q is no text that numpy can hold", c.Name, i, s)
			}
			width = max(width, utf8.RuneCountInString(s))
		}
		if total := 4 * width * len(v); total > decodedCeil {
			return "", 0, fmt.Errorf("column %q would take %d MiB in numpy's fixed-width text; export Arrow or Parquet", c.Name, total>>20)
		}
	}
	return fmt.Sprintf("<U%d", width), width, nil
}

// npyHeader is what comes before the values: a Python dictionary, padded so that
// they start at a multiple of 64 bytes.
func npyHeader(descr string, dims []Dim) string {
	shape := ""
	for _, d := range dims {
		shape += fmt.Sprintf("%d, ", d.Size)
	}
	if len(dims) > 1 {
		shape = strings.TrimSuffix(shape, ", ")
	} else {
		shape = strings.TrimSuffix(shape, " ")
	}
	text := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, shape)
	text += strings.Repeat(" ", 63-(10+len(text))%64) + "\n"
	size := binary.LittleEndian.AppendUint16(nil, uint16(len(text)))
	return string(npyMagic) + "\x01\x00" + string(size) + text
}

// npyValues writes the values; an error stays in the writer until it is flushed.
func (c Column) npyValues(w *bufio.Writer, width int) {
	var b [8]byte
	switch v := c.values.(type) {
	case []float64:
		for _, x := range v {
			w.Write(binary.LittleEndian.AppendUint64(b[:0], math.Float64bits(x)))
		}
	case []int64:
		for _, x := range v {
			w.Write(binary.LittleEndian.AppendUint64(b[:0], uint64(x)))
		}
	case []uint8:
		w.Write(v)
	case []string:
		for _, s := range v {
			left := width
			for _, r := range s {
				w.Write(binary.LittleEndian.AppendUint32(b[:0], uint32(r)))
				left--
			}
			for range left {
				w.Write([]byte{0, 0, 0, 0})
			}
		}
	}
}
