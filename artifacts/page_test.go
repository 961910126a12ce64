package artifacts

import (
	"bytes"
	"fmt"
	"io"
	"testing"
)

// counted counts what is read of a file.
type counted struct {
	io.ReaderAt
	n int
}

// ReadAt reads and counts.
func (c *counted) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.ReaderAt.ReadAt(p, off)
	c.n += n
	return n, err
}

// TestPages reads a table of several batches a page at a time, and no more of it
// than a batch for each.
func TestPages(t *testing.T) {
	const rows = 700_000
	ints, floats, texts := make([]int64, rows), make([]float64, 2*rows), make([]string, rows)
	for i := range rows {
		ints[i], floats[2*i], floats[2*i+1], texts[i] = int64(i), float64(i), -float64(i), fmt.Sprint("row ", i)
	}
	table := NewTable("t", Dim{"trial", rows}, Ints("i", "", ints), Floats("xy", "m", floats, Dim{"axis", 2}), Strings("name", texts))
	b, err := EncodeTable(table)
	if err != nil {
		t.Fatal(err)
	}
	from := &counted{ReaderAt: bytes.NewReader(b)}
	f, err := OpenTable("t", from, int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	if h := f.Head(); h.Len() != rows || len(h.Columns) != 3 || h.Columns[1].Unit != "m" || h.Columns[1].Cell[0].Size != 2 {
		t.Errorf("head %+v", h)
	}
	step := table.batchRows()
	for _, c := range []struct{ from, n, want int }{
		{0, 100, 100}, {step - 10, 100, 10}, {step, 100, 100}, {rows - 7, 100, 7}, {rows, 100, 0}, {-1, 100, 0},
	} {
		from.n = 0
		page, err := f.Page(c.from, c.n)
		if err != nil {
			t.Fatal(err)
		}
		if page.Len() != c.want {
			t.Errorf("from %d: %d rows, not %d", c.from, page.Len(), c.want)
		}
		for i := range page.Len() {
			row := c.from + i
			if page.Columns[0].Value(i) != int64(row) || page.Columns[1].Value(2*i+1) != -float64(row) || page.Columns[2].Value(i) != fmt.Sprint("row ", row) {
				t.Fatalf("from %d, row %d: %v %v %v", c.from, i, page.Columns[0].Value(i), page.Columns[1].Value(2*i+1), page.Columns[2].Value(i))
			}
		}
		if from.n > 3*batchBytes {
			t.Errorf("from %d: %d bytes are read of %d", c.from, from.n, len(b))
		}
	}
}

// TestPagesOfDamage flips bytes: a page is then an error or what it may be, never a panic.
func TestPagesOfDamage(t *testing.T) {
	b, err := EncodeTable(NewTable("t", Dim{"row", 3}, Floats("x", "", []float64{1, 2, 3}), Strings("s", []string{"a", "b", "c"})))
	if err != nil {
		t.Fatal(err)
	}
	failed := 0
	for at := range b {
		damaged := bytes.Clone(b)
		damaged[at] ^= 0x55
		f, err := OpenTable("t", bytes.NewReader(damaged), int64(len(damaged)))
		if err == nil {
			_, err = f.Page(0, 3)
		}
		if err != nil {
			failed++
		}
	}
	if failed == 0 {
		t.Error("no damage was noticed")
	}
}
