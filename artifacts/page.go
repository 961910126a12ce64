package artifacts

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// TableFile is a table that lies in a file and is read a page at a time, however
// many rows it has.
type TableFile struct {
	head *Table
	from *io.SectionReader
}

// OpenTable reads what a table is: the schema of an Arrow file that EncodeTable wrote.
func OpenTable(name string, from io.ReaderAt, size int64) (*TableFile, error) {
	f := &TableFile{from: io.NewSectionReader(from, 0, size)}
	err := f.read(name, -1, func(r *ipc.FileReader) (err error) {
		f.head, err = tableHead(name, r.Schema())
		return err
	})
	return f, err
}

// Head is the table without its values.
func (f *TableFile) Head() *Table { return f.head }

// Page returns rows from on, at most n of them and no further than the batch
// of the file in which they begin, so that never more than that is in memory.
func (f *TableFile) Page(from, n int) (*Table, error) {
	t := &Table{Name: f.head.Name, Columns: slices.Clone(f.head.Columns)}
	step, total := f.head.batchRows(), f.head.Len()
	if from < 0 || from >= total {
		t.Rows = []Dim{{Name: unnamedRow}}
		return t, nil
	}
	at := from % step
	batch := min(step, total-from+at)
	n = min(n, batch-at)
	t.Rows = []Dim{{Name: unnamedRow, Size: n}}
	err := f.read(t.Name, from/step, func(r *ipc.FileReader) error {
		rec, err := r.Record(from / step)
		if err != nil {
			return err
		}
		if rec.NumRows() != int64(batch) {
			return fmt.Errorf("a batch has %d rows, not %d", rec.NumRows(), batch)
		}
		part := rec.NewSlice(int64(at), int64(at+n))
		defer part.Release()
		if err := t.take(part); err != nil {
			return err
		}
		return t.validate()
	})
	return t, err
}

// read opens the file for fn, which may read one batch of it. What is wrong with
// it is an error.
func (f *TableFile) read(name string, batch int, fn func(*ipc.FileReader) error) (err error) {
	defer func() {
		// The Arrow reader panics on damage.
		if p := recover(); p != nil {
			err = fmt.Errorf("table %q is not an Arrow file that can be read: %v", name, p)
		}
	}()
	if err = f.check(batch); err != nil {
		return fmt.Errorf("table %q cannot be read: %w", name, err)
	}
	bounded := &boundedAllocator{memory.NewGoAllocator(), newBudget(0)}
	r, err := ipc.NewFileReader(f.from, ipc.WithAllocator(bounded))
	if err == nil {
		defer r.Close()
		err = fn(r)
	}
	if err != nil {
		return fmt.Errorf("table %q cannot be read: %w", name, err)
	}
	return nil
}

// check is checkArrow for the footer and one batch; for none where it is negative.
func (f *TableFile) check(batch int) error {
	footer, err := checkFooter(f.from, f.from.Size())
	if err != nil {
		return err
	}
	if _, n := footer.vector(headerDictionary, blockBytes); n > 0 {
		return errors.New("it has dictionaries, so reprise did not write it")
	}
	if batch < 0 {
		return nil
	}
	at, n := footer.vector(headerRecord, blockBytes)
	if batch >= n {
		return fmt.Errorf("it has %d batches, and ends before number %d", n, batch)
	}
	block := bytes.Clone(footer.b[at+blockBytes*batch:][:blockBytes])
	offset, meta, body := int64(u64(block, 0)), int64(int32(u32(block, 8))), int64(u64(block, 16))
	if offset < 0 || meta < 0 || body < 0 || offset > f.from.Size() || body > decodedFloor || meta+body > min(f.from.Size()-offset, decodedFloor) {
		return fmt.Errorf("batch %d leads out of the file, or is larger than %d MiB", batch, decodedFloor>>20)
	}
	b := make([]byte, meta+body)
	if _, err := f.from.ReadAt(b, offset); err != nil {
		return err
	}
	clear(block[:8]) // b begins where the block does
	c := arrowCheck{b: b, stored: int64(len(b)), decoded: newBudget(len(b))}
	return c.block(block, headerRecord)
}
