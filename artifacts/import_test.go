package artifacts

import (
	"archive/zip"
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/float16"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// arrowFile writes columns as an Arrow file, as another program would.
func arrowFile(t testing.TB, names []string, columns ...arrow.Array) []byte {
	t.Helper()
	var fields []arrow.Field
	for i, c := range columns {
		fields = append(fields, arrow.Field{Name: names[i], Type: c.DataType(), Nullable: true})
	}
	schema := arrow.NewSchema(fields, nil)
	var b seekBuffer
	w, err := ipc.NewFileWriter(&b, ipc.WithSchema(schema))
	if err != nil {
		t.Fatal(err)
	}
	rec := array.NewRecord(schema, columns, int64(columns[0].Len()))
	for range 2 { // two batches
		if err := w.Write(rec); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.b
}

// fromJSON makes an array of a type from JSON.
func fromJSON(t testing.TB, typ arrow.DataType, text string) arrow.Array {
	t.Helper()
	a, _, err := array.FromJSON(memory.DefaultAllocator, typ, strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestForeignTypes reads the types that others write into the four there are.
func TestForeignTypes(t *testing.T) {
	half := array.NewFloat16Builder(memory.DefaultAllocator)
	half.AppendValues([]float16.Num{float16.New(1.5), float16.New(-2)}, nil)
	for _, c := range []struct {
		array arrow.Array
		want  string
	}{
		{fromJSON(t, arrow.PrimitiveTypes.Int8, `[-1, 2]`), "int64 [-1 2 -1 2]"},
		{fromJSON(t, arrow.PrimitiveTypes.Int16, `[-1, 2]`), "int64 [-1 2 -1 2]"},
		{fromJSON(t, arrow.PrimitiveTypes.Int32, `[-1, 2]`), "int64 [-1 2 -1 2]"},
		{fromJSON(t, arrow.PrimitiveTypes.Uint8, `[1, 255]`), "uint8 [1 255 1 255]"},
		{fromJSON(t, arrow.PrimitiveTypes.Uint16, `[1, 2]`), "int64 [1 2 1 2]"},
		{fromJSON(t, arrow.PrimitiveTypes.Uint32, `[1, 2]`), "int64 [1 2 1 2]"},
		{fromJSON(t, arrow.PrimitiveTypes.Uint64, `[1, 2]`), "int64 [1 2 1 2]"},
		{fromJSON(t, arrow.PrimitiveTypes.Float32, `[0.5, null]`), "float64 [0.5 NaN 0.5 NaN]"},
		{half.NewArray(), "float64 [1.5 -2 1.5 -2]"},
		{fromJSON(t, arrow.FixedWidthTypes.Boolean, `[true, false]`), "uint8 [1 0 1 0]"},
		{fromJSON(t, arrow.BinaryTypes.LargeString, `["a", "é"]`), "string [a é a é]"},
		{fromJSON(t, arrow.FixedWidthTypes.Timestamp_ms, `[1, 2]`), "int64 [1 2 1 2] ms since 1970-01-01"},
		{fromJSON(t, arrow.FixedWidthTypes.Date32, `[1, 2]`), "int64 [1 2 1 2] d since 1970-01-01"},
		{fromJSON(t, arrow.FixedWidthTypes.Date64, `[86400000, 0]`), "int64 [86400000 0 86400000 0] ms since 1970-01-01"},
		{fromJSON(t, arrow.FixedWidthTypes.Duration_us, `[1, 2]`), "int64 [1 2 1 2] us"},
		{fromJSON(t, arrow.FixedWidthTypes.Time32s, `[1, 2]`), "int64 [1 2 1 2] s"},
		{fromJSON(t, arrow.FixedWidthTypes.Time64ns, `[1, 2]`), "int64 [1 2 1 2] ns"},
		{fromJSON(t, &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String}, `["b", "a"]`), "string [b a b a]"},
		{fromJSON(t, &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.PrimitiveTypes.Float64}, `[2.5, null]`), "float64 [2.5 NaN 2.5 NaN]"},
		{fromJSON(t, arrow.ListOf(arrow.PrimitiveTypes.Int64), `[[1, 2], [3, 4]]`), "int64 [1 2 3 4 1 2 3 4]"},
		{fromJSON(t, arrow.FixedSizeListOf(1, arrow.FixedSizeListOf(2, arrow.PrimitiveTypes.Float64)), `[[[1, 2]], [[3, null]]]`), "float64 [1 2 3 NaN 1 2 3 NaN]"},
	} {
		table, err := Import("t", "arrow", arrowFile(t, []string{"x"}, c.array))
		if err != nil {
			t.Errorf("%s: %v", c.array.DataType(), err)
			continue
		}
		x := table.Columns[0]
		if got := strings.TrimSpace(fmt.Sprint(x.Type(), " ", x.values, " ", x.Unit)); got != c.want || table.Len() != 4 {
			t.Errorf("%s: %d rows of %s, not %s", c.array.DataType(), table.Len(), got, c.want)
		}
	}
}

// TestForeignRefused wants an error that names the column, and the row where there is one.
func TestForeignRefused(t *testing.T) {
	for want, a := range map[string]arrow.Array{
		`column "x", row 1 has a null`:     fromJSON(t, arrow.PrimitiveTypes.Int64, `[1, null]`),
		`column "x", row 0 has a null`:     fromJSON(t, arrow.BinaryTypes.String, `[null, "a"]`),
		`column "x" has the type struct`:   fromJSON(t, arrow.StructOf(arrow.Field{Name: "a", Type: arrow.PrimitiveTypes.Int64}), `[{"a": 1}, {"a": 2}]`),
		`column "x" has the type binary`:   fromJSON(t, arrow.BinaryTypes.Binary, `["YQ==", "YQ=="]`),
		`column "x" has lists of text`:     fromJSON(t, arrow.ListOf(arrow.BinaryTypes.String), `[["a"], ["b"]]`),
		`column "x", row 1`:                fromJSON(t, arrow.ListOf(arrow.PrimitiveTypes.Int64), `[[1], [1, 2]]`),
		`column "x", row 0 has a null, wh`: fromJSON(t, arrow.ListOf(arrow.PrimitiveTypes.Int64), `[null, [1]]`),
		`column "x", row 1 `:               fromJSON(t, arrow.PrimitiveTypes.Uint64, `[1, 18446744073709551615]`),
	} {
		if _, err := Import("t", "arrow", arrowFile(t, []string{"x"}, a)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: the error is %v, and it should say %s", a.DataType(), err, want)
		}
	}
	twice := fromJSON(t, arrow.PrimitiveTypes.Int64, `[1, 2]`)
	if _, err := Import("t", "arrow", arrowFile(t, []string{"x", "x"}, twice, twice)); err == nil {
		t.Error("two columns of one name are taken")
	}
}

func TestImportCSV(t *testing.T) {
	table, err := Import("t", "csv", []byte("\ufeffn,x,word,empty\n1,0.5,a,\n-2,,\"b, \"\"c\"\"\",\n3,Inf,é,\n"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range table.Columns {
		got = append(got, fmt.Sprintf("%s %v", c.Type(), c.values))
	}
	if want := `int64 [1 -2 3], float64 [0.5 NaN +Inf], string [a b, "c" é], float64 [NaN NaN NaN]`; strings.Join(got, ", ") != want {
		t.Errorf("read as %s", strings.Join(got, ", "))
	}
	for text, want := range map[string]string{
		"":              "it is empty",
		"a,a\n1,2\n":    `two columns are named "a"`,
		"a,\n1,2\n":     "column 2 has no name",
		"a,b\n1\n":      "line 2 has 1 fields, the header has 2",
		"a\n\"1\n":      "line",
		"a\nx\n\xff\n":  "UTF-8",
		"a\n1\n1e999\n": `column "a", row 1 has 1e999, which is too large for a number of 64 bits`,
	} {
		if _, err := Import("t", "csv", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: the error is %v, and it should say %s", text, err, want)
		}
	}
}

// npz makes an archive of arrays in .npy's format.
func npz(t testing.TB, arrays map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, content := range arrays {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func npy(descr, shape, data string) string {
	head := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': %s, }\n", descr, shape)
	return "\x93NUMPY\x01\x00" + string([]byte{byte(len(head)), byte(len(head) >> 8)}) + head + data
}

func TestImportNPZ(t *testing.T) {
	table, err := Import("t", "npz", npz(t, map[string]string{"x.npy": npy(">i2", "(2,)", "\x00\x01\xff\xff"), "s.npy": npy("|b1", "(2, 1)", "\x01\x00")}))
	if err != nil {
		t.Fatal(err)
	}
	if x, err := table.Ints("x"); err != nil || x[0] != 1 || x[1] != -1 {
		t.Errorf("big-endian integers are %v: %v", x, err)
	}
	for want, arrays := range map[string]map[string]string{
		`"x"`:             {"x.npy": npy("|O", "(1,)", "x")},
		"x":               {"x.npy": npy("<f8", "()", "12345678")},
		"y":               {"x.npy": npy("|u1", "(2,)", "ab"), "y.npy": npy("|u1", "(3,)", "abc")},
		"9223372036854":   {"x.npy": npy("<f8", "(9223372036854775807, 2)", "12345678")},
		"is no .npy":      {"x.npy": "hello"},
		"longer than":     {"x.npy": "\x93NUMPY\x01\x00\xff\xffx"},
		"no arrays":       {},
		"shape":           {"x.npy": npy("<f8", "(1, 1", "12345678")},
		"16 bytes":        {"x.npy": npy("<f8", "(2,)", "12345678")},
		"is no .npy file": {"x.txt": "hello"},
	} {
		if _, err := Import("t", "npz", npz(t, arrays)); err == nil {
			t.Errorf("%v is taken", arrays)
		} else if !strings.Contains(err.Error(), want) {
			t.Logf("%v: %v", want, err)
		}
	}
}

// TestDifference wants the place of the first difference in words.
func TestDifference(t *testing.T) {
	of := func(change func(*Artifact, *Table)) *Artifact {
		table := NewTable("t", Dim{"row", 2}, Floats("m", "s", []float64{1, 2, 3, 4, 5, 6, 7, 8}, Dim{"neuron", 2}, Dim{"latent", 2}),
			Ints("n", "", []int64{1, 2}), Bytes("b", "", []uint8{1, 2}), Strings("s", []string{"a", "b"}))
		a := New(table)
		a.SetMetric("loss", 0.5)
		a.SetFile("fig.png", []byte("abc"))
		change(a, table)
		return a
	}
	same := of(func(*Artifact, *Table) {})
	for want, change := range map[string]func(*Artifact, *Table){
		"": func(*Artifact, *Table) {},
		`table "t", column "m", row 1, neuron 0, latent 1: 6 and 6.000000000000001`: func(_ *Artifact, t *Table) {
			t.Columns[0].values.([]float64)[5] = math.Nextafter(6, 7)
		},
		`table "t", column "n", row 1: 2 and 3`:                                 func(_ *Artifact, t *Table) { t.Columns[1].values.([]int64)[1] = 3 },
		`table "t", column "b", row 0: 1 and 0`:                                 func(_ *Artifact, t *Table) { t.Columns[2].values.([]uint8)[0] = 0 },
		`table "t", column "s", row 0: "a" and "A"`:                             func(_ *Artifact, t *Table) { t.Columns[3].values.([]string)[0] = "A" },
		`table "t", column "m", unit: "s" and "ms"`:                             func(_ *Artifact, t *Table) { t.Columns[0].Unit = "ms" },
		`table "t", column "n" is in the first alone`:                           func(_ *Artifact, t *Table) { t.Columns = append(t.Columns[:1], t.Columns[2:]...) },
		`table "t", column 1: "n" and "b", in another order`:                    func(_ *Artifact, t *Table) { t.Columns[1], t.Columns[2] = t.Columns[2], t.Columns[1] },
		`table "t", column "n", type: int64 and string`:                         func(_ *Artifact, t *Table) { t.Columns[1].values = []string{"1", "2"} },
		`table "t", rows: row:2 and trial:2`:                                    func(_ *Artifact, t *Table) { t.Rows = []Dim{{"trial", 2}} },
		`table "t", column "m", dimensions: (neuron:2,latent:2) and (neuron:4)`: func(_ *Artifact, t *Table) { t.Columns[0].Cell = []Dim{{"neuron", 4}} },
		`metric "loss": 0.5 and 0.25`:                                           func(a *Artifact, _ *Table) { a.SetMetric("loss", 0.25) },
		`metric "more" is in the second alone`:                                  func(a *Artifact, _ *Table) { a.SetMetric("more", 1) },
		`file "fig.png", byte 1: 0x62 and 0x64`:                                 func(a *Artifact, _ *Table) { a.SetFile("fig.png", []byte("adc")) },
		`file "fig.png": 3 and 2 bytes, equal up to byte 2`:                     func(a *Artifact, _ *Table) { a.SetFile("fig.png", []byte("ab")) },
		`file "new" is in the second alone`:                                     func(a *Artifact, _ *Table) { a.SetFile("new", nil) },
	} {
		if got, err := Difference(same, of(change)); got != want || err != nil {
			t.Errorf("the difference is %q (%v), not %q", got, err, want)
		}
	}
}
