package artifacts

import (
	"bytes"
	"testing"
)

// TestExportImport holds that a table comes back the same from each format that
// keeps all of it, and that the same table gives the same bytes.
func TestExportImport(t *testing.T) {
	tables := []*Table{
		sample(),
		NewTable("empty", Dim{"row", 0}, Floats("x", "", nil), Strings("s", nil), Bytes("b", "", nil, Dim{"a", 2})),
		NewGrid("grid", []Dim{{"x", 2}, {"y", 3}}, Floats("F", "1/s", []float64{1, 2, 3, 4, 5, 6}), Ints("n", "", make([]int64, 24), Dim{"a", 2}, Dim{"b", 2})),
		NewTable("large", Dim{"row", 300_000}, Floats("x", "", make([]float64, 1_200_000), Dim{"a", 2}, Dim{"b", 2})),
	}
	for _, want := range tables {
		b, err := EncodeTable(want)
		if err != nil {
			t.Fatal(err)
		}
		for _, format := range []string{"arrow", "parquet", "npz"} {
			var first, second bytes.Buffer
			for _, w := range []*bytes.Buffer{&first, &second} {
				if err := Export(w, format, want); err != nil {
					t.Fatalf("%s as %s: %v", want.Name, format, err)
				}
			}
			if !bytes.Equal(first.Bytes(), second.Bytes()) {
				t.Errorf("%s as %s: two exports differ", want.Name, format)
			}
			got, err := Import(want.Name, format, first.Bytes())
			if err != nil {
				t.Errorf("%s as %s: %v", want.Name, format, err)
				continue
			}
			if again, err := EncodeTable(got); err != nil || !bytes.Equal(again, b) {
				d, _ := Difference(New(want), New(got))
				t.Errorf("%s as %s comes back another (%v): %s", want.Name, format, err, d)
			}
		}
	}
}
