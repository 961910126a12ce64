package main

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"reprise/artifacts"
	"reprise/internal/lacks"
)

// python runs a script with numpy and pyarrow, in a folder.
func python(t *testing.T, folder, script string) string {
	t.Helper()
	if out, err := exec.Command("python3", "-c", "import numpy, pyarrow").CombinedOutput(); err != nil {
		lacks.Skip(t, "it needs python3 with pyarrow and numpy: %v\n%s", err, out)
	}
	cmd := exec.Command("python3", "-c", script)
	cmd.Dir = folder
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

// TestOthersReadWhatWeWrite has numpy and pyarrow read a table in each format.
func TestOthersReadWhatWeWrite(t *testing.T) {
	dir := t.TempDir()
	table := artifacts.NewTable("t", artifacts.Dim{Name: "trial", Size: 3},
		artifacts.Floats("x", "s", []float64{0.5, math.NaN(), -2}), artifacts.Ints("n", "", []int64{1, -2, 1 << 60}),
		artifacts.Strings("name", []string{"a", "", "é\n\""}),
		artifacts.Bytes("counts", "", []uint8{0, 1, 2, 3, 4, 255}, artifacts.Dim{Name: "neuron", Size: 2}),
		artifacts.Floats("m", "", []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, artifacts.Dim{Name: "neuron", Size: 2}, artifacts.Dim{Name: "latent", Size: 2}))
	for _, format := range []string{"arrow", "parquet", "npz"} {
		var b bytes.Buffer
		if err := artifacts.Export(&b, format, table); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "t."+format), b.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	python(t, dir, `
import math, numpy, pyarrow.feather, pyarrow.parquet
for table in pyarrow.feather.read_table("t.arrow"), pyarrow.parquet.read_table("t.parquet"):
    rows = table.to_pydict()
    assert rows["x"][0] == 0.5 and math.isnan(rows["x"][1]) and rows["n"] == [1, -2, 1 << 60], rows
    assert rows["name"] == ["a", "", 'é\n"'] and rows["counts"] == [[0, 1], [2, 3], [4, 255]], rows
    assert numpy.array(rows["m"]).reshape(3, 2, 2)[2, 0, 1] == 10, rows
    assert table.schema.field("x").metadata[b"unit"] == b"s", table.schema
t = numpy.load("t.npz")
assert t["m"].shape == (3, 2, 2) and t["m"][2, 0, 1] == 10 and t["counts"].dtype == numpy.uint8, t["m"]
assert list(t["name"]) == ["a", "", 'é\n"'] and math.isnan(t["x"][1]) and t["n"][2] == 1 << 60
`)
}

// TestWeReadWhatOthersWrite reads what pyarrow and numpy write of many types.
func TestWeReadWhatOthersWrite(t *testing.T) {
	dir := t.TempDir()
	python(t, dir, `
import numpy, pyarrow as pa, pyarrow.feather, pyarrow.parquet
n = 1000
whole = list(range(n))
table = pa.table({
    "i32": pa.array(whole, pa.int32()),
    "u16": pa.array(whole, pa.uint16()),
    "f32": pa.array([x / 4 if x % 10 else None for x in whole], pa.float32()),
    "flag": pa.array([x % 3 == 0 for x in whole]),
    "word": pa.array(["w%d" % (x % 7) for x in whole]).dictionary_encode(),
    "large": pa.array(["é%d" % x for x in whole], pa.large_string()),
    "when": pa.array(whole, pa.timestamp("ms")),
    "list": pa.array([[x, x + 1, x + 2] for x in whole], pa.list_(pa.float64())),
    "fixed": pa.array([[[x, 1], [2, 3]] for x in whole], pa.list_(pa.list_(pa.int64(), 2), 2)),
})
pyarrow.feather.write_feather(table, "t.arrow", compression="uncompressed", chunksize=300)
for codec in "none", "snappy", "gzip", "zstd", "brotli", "lz4":
    pyarrow.parquet.write_table(table, codec + ".parquet", compression=codec, row_group_size=400, data_page_version="2.0" if codec == "zstd" else "1.0")
pyarrow.parquet.write_table(table.drop_columns(["list", "fixed"]), "plain.parquet", use_dictionary=False, store_schema=False)
pyarrow.parquet.write_table(table.select(["i32"]), "delta.parquet", use_dictionary=False, column_encoding={"i32": "DELTA_BINARY_PACKED"})
numpy.savez_compressed("t.npz", i32=numpy.arange(n, dtype=">i4"), f32=numpy.asfortranarray(numpy.arange(2.0 * n).reshape(2, n).T), large=numpy.array(["é%d" % x for x in whole]))
pyarrow.parquet.write_table(pa.table({"x": pa.array([1, None])}), "null.parquet")
pyarrow.parquet.write_table(pa.table({"s": pa.array([{"a": 1}])}), "struct.parquet")
pyarrow.feather.write_feather(pa.table({"l": [[1], [1, 2]]}), "ragged.arrow", compression="uncompressed")
`)
	read := func(name string) (*artifacts.Table, error) {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return artifacts.Import("t", artifacts.FormatOf(name), b)
	}
	want := map[string]string{"i32": "int64 999", "u16": "int64 999", "f32": "float64 249.75", "flag": "uint8 1", "word": "string w5", "large": "string é999", "when": "int64 999"}
	for _, name := range []string{"t.arrow", "none.parquet", "snappy.parquet", "gzip.parquet", "zstd.parquet", "brotli.parquet", "lz4.parquet", "plain.parquet"} {
		table, err := read(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for column, last := range want {
			c, err := table.Column(column)
			if err != nil || c.Len() != 1000 {
				t.Errorf("%s: column %s of %d: %v", name, column, c.Len(), err)
				continue
			}
			if got := fmt.Sprint(c.Type(), " ", c.Value(999)); got != last {
				t.Errorf("%s: column %s ends with %s, not %s", name, column, got, last)
			}
		}
		if f, err := table.Floats("f32"); err == nil && !math.IsNaN(f[10]) {
			t.Errorf("%s: a null is %g", name, f[10])
		}
		if name == "plain.parquet" {
			continue
		}
		for column, last := range map[string]float64{"list": 1001, "fixed": 3} {
			c, err := table.Column(column)
			if err != nil || fmt.Sprint(c.Value(c.Len()-1)) != fmt.Sprint(last) || len(c.Cell) == 0 {
				t.Errorf("%s: column %s, cells %v: %v", name, column, c.Cell, err)
			}
		}
	}
	table, err := read("t.npz")
	if err != nil {
		t.Fatal(err)
	}
	if c, err := table.Column("f32"); err != nil || c.Value(3) != 1001.0 || c.Value(2) != 1.0 {
		t.Errorf("Fortran order is read as %v %v: %v", c.Value(2), c.Value(3), err)
	}
	for name, say := range map[string]string{"null.parquet": `column "x", row 1 has a null`, "struct.parquet": `"s"`, "delta.parquet": "write it with plain or dictionary encoding", "ragged.arrow": `column "l"`} {
		if _, err := read(name); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%s: the error is %v, and it should say %s", name, err, say)
		}
	}
}
