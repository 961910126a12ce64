package artifacts

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
)

// importNPZ reads numpy's .npz: arrays with one first dimension become columns.
func (r *reading) importNPZ(content []byte) (*Table, error) {
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, err
	}
	var columns []*values
	var fields []arrow.Field
	var leading []int
	for _, f := range archive.File {
		name, ok := strings.CutSuffix(f.Name, ".npy")
		if !ok {
			return nil, fmt.Errorf("%q in it is no array of numpy (.npy)", f.Name)
		}
		a, err := r.npzEntry(f)
		if err != nil {
			return nil, fmt.Errorf("array %q %w", name, err)
		}
		if leading == nil {
			leading = a.shape
		}
		columns = append(columns, &values{column: Column{Name: name}, budget: r.budget})
		fields = append(fields, arrow.Field{Name: name, Type: arrow.Null, Metadata: arrow.MetadataFrom(comments(f.Comment))})
		rows := r.npzRows(archive.Comment, leading)
		if err := columns[len(columns)-1].npy(a, rows); err != nil {
			return nil, err
		}
	}
	meta := arrow.MetadataFrom(comments(archive.Comment))
	r.schema = arrow.NewSchema(fields, &meta)
	return r.table(columns)
}

// npzEntry unpacks one array, not more bytes than its entry states.
func (r *reading) npzEntry(f *zip.File) (*npyArray, error) {
	if f.UncompressedSize64 > 1<<62 {
		return nil, fmt.Errorf("states a size of %d bytes", f.UncompressedSize64)
	}
	if err := r.budget.take(int64(f.UncompressedSize64)); err != nil {
		return nil, fmt.Errorf("is too large: %w", err)
	}
	in, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	b, err := io.ReadAll(io.LimitReader(in, int64(f.UncompressedSize64)+1))
	if err != nil {
		return nil, fmt.Errorf("cannot be unpacked: %w", err)
	}
	return parseNpy(b)
}

// comments reads what writeNPZ keeps beside the arrays, a line each.
func comments(text string) map[string]string {
	out := map[string]string{}
	for line := range strings.SplitSeq(text, "\n") {
		if key, value, ok := strings.Cut(line, "="); ok {
			out[key] = value
		}
	}
	return out
}

// npzRows is how many leading dimensions are the rows: one, or those that
// reprise wrote.
func (r *reading) npzRows(comment string, shape []int) []int {
	dims, err := parseDims(comments(comment)[metaRows])
	if err != nil || len(dims) > len(shape) {
		return shape[:1]
	}
	for i, d := range dims {
		if d.Size != shape[i] {
			return shape[:1]
		}
	}
	return shape[:len(dims)]
}

// npy appends an array whose first dimensions are the rows.
func (v *values) npy(a *npyArray, rows []int) error {
	for i, n := range rows {
		if i >= len(a.shape) || a.shape[i] != n {
			return fmt.Errorf("column %q has the shape %v, which does not begin with %v as those before it do", v.column.Name, a.shape, rows)
		}
	}
	v.cell = a.shape[len(rows):]
	if (a.kind == 'U' || a.kind == 'S') && len(v.cell) > 0 {
		return fmt.Errorf("column %q is text of shape %v; only numbers can have more dimensions than the rows", v.column.Name, a.shape)
	}
	for _, n := range v.cell {
		if n == 0 {
			return fmt.Errorf("column %q has the shape %v, with nothing in a row", v.column.Name, a.shape)
		}
	}
	switch a.kind {
	case 'f':
		v.column.values = []float64{}
		return a.places(func(b []byte) error { return addNumbers(v, []float64{a.float(b)}, nil) })
	case 'U', 'S':
		v.column.values = []string{}
		return a.places(func(b []byte) error {
			s, err := a.text(b)
			if err != nil {
				return v.at(err)
			}
			return v.addText(s, false)
		})
	case 'u':
		if a.bytes > 1 {
			v.column.values = []int64{}
			return a.places(func(b []byte) error { return addNumbers(v, []uint64{a.whole(b)}, nil) })
		}
		fallthrough
	case 'b':
		v.column.values = []uint8{}
		return a.places(func(b []byte) error { return addNumbers(v, b, nil) })
	case 'M', 'm':
		v.column.Unit = a.unit
		if a.kind == 'M' {
			v.column.Unit += " since 1970-01-01"
		}
	}
	v.column.values = []int64{}
	return a.places(func(b []byte) error { return addNumbers(v, []int64{a.signed(b)}, nil) })
}
