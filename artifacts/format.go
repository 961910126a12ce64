package artifacts

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// Exchange is the number of what Export writes and Import makes of files. It is
// part of the keys of stages whose programs exchange tables with the outside, so
// whoever changes either raises it; testdata/exchange.txt tells.
const Exchange = 1

// FormatOf names the format of a table's file by the ending of its path: arrow,
// parquet, csv or npz; "" for any other.
func FormatOf(path string) string {
	switch format := strings.TrimPrefix(filepath.Ext(path), "."); format {
	case "arrow", "parquet", "csv", "npz":
		return format
	}
	return ""
}

// Export writes a table in a format that FormatOf names. The same table gives
// the same bytes. Arrow, Parquet and NPZ keep all of a table, so that [Import]
// gives it back; CSV loses units, names of dimensions and types.
func Export(w io.Writer, format string, t *Table) error {
	switch format {
	case "arrow":
		b, err := EncodeTable(t)
		if err != nil {
			return err
		}
		_, err = w.Write(b)
		return err
	case "parquet":
		return writeParquet(w, t)
	case "csv":
		return WriteCSV(w, t)
	case "npz":
		return writeNPZ(w, t)
	}
	return fmt.Errorf("table %q: there is no format %q; a table is written as arrow, parquet, csv or npz", t.Name, format)
}

// Import reads a table that any program wrote in a format that FormatOf names.
//
//   - Integers become int64 (uint8 stays), floating-point numbers float64, truth
//     values uint8 (0 and 1), all sorts of text strings.
//   - Times become int64 with a unit such as "ns since 1970-01-01".
//   - Lists of one length, nested ones too, become cells.
//   - A null is NaN in a column of floating-point numbers, elsewhere an error.
//   - A column of CSV is int64 where each field is a whole number, float64 where
//     each is a number or empty (NaN), else text. A field with a leading zero, as
//     007, is text, and so is a column in which float64 would round a whole number.
//   - What tables do not hold is refused by the column's name.
//
// A table that [Export] wrote comes back the same, except from CSV.
//
// Content may be hostile. A damaged file gives an error; n bytes decode to at
// most 1024 n bytes or 256 MiB, whichever is more, and never to more than 4 GiB.
func Import(name, format string, content []byte) (t *Table, err error) {
	r := &reading{name: name, budget: newBudget(len(content))}
	defer func() {
		// Reading damage may run out of a slice, here or in a library.
		if p := recover(); p != nil {
			t, err = nil, fmt.Errorf("table %q is damaged %s: %v", name, format, p)
		}
	}()
	switch format {
	case "arrow":
		t, err = r.importArrow(content)
	case "parquet":
		t, err = r.importParquet(content)
	case "csv":
		t, err = r.importCSV(content)
	case "npz":
		t, err = r.importNPZ(content)
	default:
		err = fmt.Errorf("there is no format %q; arrow, parquet, csv and npz are read", format)
	}
	if err != nil {
		return nil, fmt.Errorf("table %q: %w", name, err)
	}
	return t, nil
}
