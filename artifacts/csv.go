package artifacts

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
)

// WriteCSV writes a table as CSV: a header, then a line a row. A column with
// dimensions within a cell becomes one column a value, name_0, name_1 and so on,
// name_0_0 for two dimensions. The rows of a grid begin with their place in it,
// from 0, one column a dimension. Numbers have the digits that read back the same.
func WriteCSV(w io.Writer, t *Table) error {
	if err := t.validate(); err != nil {
		return err
	}
	header, err := t.csvHeader()
	if err != nil {
		return err
	}
	buffered := bufio.NewWriterSize(w, 1<<16)
	out := csv.NewWriter(buffered)
	if err := out.Write(header); err != nil {
		return err
	}
	line := make([]string, len(header))
	for row := range t.Len() {
		at := copy(line, t.csvIndex(row))
		for _, c := range t.Columns {
			n := c.cellSize()
			for i := range n {
				line[at] = c.text(row*n + i)
				at++
			}
		}
		if err := out.Write(line); err != nil {
			return err
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return err
	}
	return buffered.Flush()
}

func (t *Table) csvHeader() ([]string, error) {
	var header []string
	seen := map[string]bool{}
	if len(t.Rows) > 1 {
		for _, d := range t.Rows {
			seen[d.Name] = true
			header = append(header, d.Name)
		}
	}
	for _, c := range t.Columns {
		for _, suffix := range suffixes(c.Cell) {
			name := c.Name + suffix
			if seen[name] {
				return nil, fmt.Errorf("table %q would have two columns %q as CSV", t.Name, name)
			}
			seen[name] = true
			header = append(header, name)
		}
	}
	return header, nil
}

// csvIndex is the place of a row in a grid; nothing for a table with one row dimension.
func (t *Table) csvIndex(row int) []string {
	if len(t.Rows) < 2 {
		return nil
	}
	place := make([]string, len(t.Rows))
	for i := len(t.Rows) - 1; i >= 0; i-- {
		place[i] = strconv.Itoa(row % t.Rows[i].Size)
		row /= t.Rows[i].Size
	}
	return place
}

// suffixes names the values of a cell, row-major: _0_0, _0_1, and so on.
func suffixes(cell []Dim) []string {
	if len(cell) == 0 {
		return []string{""}
	}
	var out []string
	inner := suffixes(cell[1:])
	for i := range cell[0].Size {
		for _, s := range inner {
			out = append(out, "_"+strconv.Itoa(i)+s)
		}
	}
	return out
}

func (c Column) text(i int) string {
	switch v := c.values.(type) {
	case []float64:
		return strconv.FormatFloat(v[i], 'g', -1, 64)
	case []int64:
		return strconv.FormatInt(v[i], 10)
	case []uint8:
		return strconv.Itoa(int(v[i]))
	case []string:
		return v[i]
	}
	return ""
}
