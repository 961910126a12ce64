package artifacts

import (
	"bytes"
	"math"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/compress"
	"github.com/apache/arrow/go/v17/parquet/pqarrow"
)

var nan = math.NaN()

// foreignParquet is a file of many types as another program writes it: with
// nulls, dictionaries, lists, and pages of version 2 where asked for.
func foreignParquet(t testing.TB, codec compress.Compression, version parquet.DataPageVersion, dictionary bool) []byte {
	t.Helper()
	names := []string{"i", "u", "f", "d", "b", "s", "when", "day", "l", "n"}
	columns := []arrow.Array{
		fromJSON(t, arrow.PrimitiveTypes.Int32, `[1, -2, 3]`),
		fromJSON(t, arrow.PrimitiveTypes.Uint8, `[1, 2, 255]`),
		fromJSON(t, arrow.PrimitiveTypes.Float32, `[0.5, null, 2]`),
		fromJSON(t, arrow.PrimitiveTypes.Float64, `[null, 1, 1]`),
		fromJSON(t, arrow.FixedWidthTypes.Boolean, `[true, false, true]`),
		fromJSON(t, arrow.BinaryTypes.String, `["a", "é", "a"]`),
		fromJSON(t, arrow.FixedWidthTypes.Timestamp_us, `[1, 2, 3]`),
		fromJSON(t, arrow.FixedWidthTypes.Date32, `[1, 2, 3]`),
		fromJSON(t, arrow.ListOf(arrow.PrimitiveTypes.Float64), `[[1, 2], [3, null], [5, 6]]`),
		fromJSON(t, arrow.ListOf(arrow.ListOf(arrow.PrimitiveTypes.Int64)), `[[[1], [2]], [[3], [4]], [[5], [6]]]`),
	}
	var fields []arrow.Field
	for i, c := range columns {
		fields = append(fields, arrow.Field{Name: names[i], Type: c.DataType(), Nullable: true})
	}
	schema := arrow.NewSchema(fields, nil)
	table := array.NewTableFromRecords(schema, []arrow.Record{array.NewRecord(schema, columns, 3)})
	var b bytes.Buffer
	props := parquet.NewWriterProperties(parquet.WithCompression(codec), parquet.WithDataPageVersion(version), parquet.WithDictionaryDefault(dictionary))
	if err := pqarrow.WriteTable(table, &b, 2, props, pqarrow.DefaultWriterProps()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestForeignParquet reads pages of both versions, compressed or not, with and
// without dictionaries.
func TestForeignParquet(t *testing.T) {
	for _, codec := range []compress.Compression{compress.Codecs.Uncompressed, compress.Codecs.Snappy, compress.Codecs.Gzip, compress.Codecs.Brotli, compress.Codecs.Zstd} {
		for _, version := range []parquet.DataPageVersion{parquet.DataPageV1, parquet.DataPageV2} {
			for _, dictionary := range []bool{false, true} {
				table, err := Import("t", "parquet", foreignParquet(t, codec, version, dictionary))
				if err != nil {
					t.Errorf("%v, version %v, dictionary %v: %v", codec, version, dictionary, err)
					continue
				}
				want := NewTable("t", Dim{"row", 3}, Ints("i", "", []int64{1, -2, 3}), Bytes("u", "", []uint8{1, 2, 255}),
					Floats("f", "", []float64{0.5, nan, 2}), Floats("d", "", []float64{nan, 1, 1}), Bytes("b", "", []uint8{1, 0, 1}),
					Strings("s", []string{"a", "é", "a"}), Ints("when", "us since 1970-01-01", []int64{1, 2, 3}), Ints("day", "d since 1970-01-01", []int64{1, 2, 3}),
					Floats("l", "", []float64{1, 2, 3, nan, 5, 6}, table.Columns[8].Cell...), Ints("n", "", []int64{1, 2, 3, 4, 5, 6}, table.Columns[9].Cell...))
				if d, err := Difference(New(want), New(table)); d != "" || err != nil {
					t.Errorf("%v, version %v, dictionary %v: %s (%v)", codec, version, dictionary, d, err)
				}
			}
		}
	}
}

// samples are good files of each format.
func samples(t testing.TB) map[string][][]byte {
	t.Helper()
	files := map[string][][]byte{
		"parquet": {foreignParquet(t, compress.Codecs.Snappy, parquet.DataPageV1, true), foreignParquet(t, compress.Codecs.Uncompressed, parquet.DataPageV2, false)},
		"arrow":   {arrowFile(t, []string{"l"}, fromJSON(t, arrow.ListOf(arrow.PrimitiveTypes.Float64), `[[1, null], [3, 4]]`))},
		"csv":     {[]byte("a,b\n1,x\n2.5,\n")},
		"npz":     {npz(t, map[string]string{"x.npy": npy(">i2", "(2,)", "\x00\x01\xff\xff"), "s.npy": npy("<U1", "(2,)", "a\x00\x00\x00b\x00\x00\x00")})},
	}
	for format := range files {
		var b bytes.Buffer
		if err := Export(&b, format, sample()); err != nil {
			t.Fatal(err)
		}
		files[format] = append(files[format], b.Bytes())
	}
	return files
}

// TestDamagedFiles changes every byte of a file in turn, in two ways, and cuts it
// off at every place: the reader gives a table or an error, and never panics, runs
// on or asks for memory without bound, each of which would end the test.
func TestDamagedFiles(t *testing.T) {
	for format, files := range samples(t) {
		for _, good := range files {
			if _, err := Import("t", format, good); err != nil {
				t.Errorf("%s: %v", format, err)
			}
			for i := range good {
				for _, bits := range []byte{0xff, 0x01} {
					bad := bytes.Clone(good)
					bad[i] ^= bits
					tried(t, format, bad)
				}
				tried(t, format, good[:i])
			}
		}
	}
}

// tried reads a file; a table that comes of it is whole.
func tried(t testing.TB, format string, content []byte) {
	t.Helper()
	table, err := Import("t", format, content)
	if err == nil {
		err = table.validate()
	} else if table != nil {
		t.Errorf("%s: a table and the error %v", format, err)
	}
	if err == nil {
		if _, err := EncodeTable(table); err != nil {
			t.Errorf("%s: a table that cannot be encoded: %v", format, err)
		}
	}
}

func fuzz(f *testing.F, format string) {
	for _, file := range samples(f)[format] {
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, content []byte) { tried(t, format, content) })
}

func FuzzImportArrow(f *testing.F)   { fuzz(f, "arrow") }
func FuzzImportParquet(f *testing.F) { fuzz(f, "parquet") }
func FuzzImportCSV(f *testing.F)     { fuzz(f, "csv") }
func FuzzImportNPZ(f *testing.F)     { fuzz(f, "npz") }

// FuzzDecodeTable reads what the store may hold.
func FuzzDecodeTable(f *testing.F) {
	for _, table := range []*Table{sample(), NewTable("empty", Dim{"row", 0}, Ints("n", "", nil))} {
		b, err := EncodeTable(table)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		table, err := DecodeTable("t", b)
		if err != nil {
			return
		}
		again, err := EncodeTable(table)
		if err != nil {
			t.Fatal(err)
		}
		back, err := DecodeTable("t", again)
		if err != nil {
			t.Fatal(err)
		}
		if d, err := Difference(New(table), New(back)); d != "" || err != nil {
			t.Errorf("%s (%v)", d, err)
		}
	})
}

// FuzzManifest holds that a manifest which is read is written the same.
func FuzzManifest(f *testing.F) {
	d := DigestOf(nil)
	f.Add((&Manifest{Tables: []Entry{{"t", d, 0}}, Files: []Entry{{"../\"x", d, 1}}, Metrics: []Metric{{"m", 1e308}}}).Text())
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := ParseManifest(text)
		if err != nil {
			return
		}
		back, err := ParseManifest(m.Text())
		if err != nil || back.Digest() != m.Digest() {
			t.Errorf("%v: %q", err, m.Text())
		}
	})
}
