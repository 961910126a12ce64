package artifacts

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"hash/crc32"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
)

var update = flag.Bool("update", false, "write testdata/exchange.txt anew")

// TestExchange holds what Export writes and what Import reads to golden digests.
// Stages that run programs have none of this code in their keys but the number
// Exchange: where a digest here is another, raise it, and then run
// go test ./artifacts -run TestExchange -update.
func TestExchange(t *testing.T) {
	var got strings.Builder
	fmt.Fprintf(&got, "exchange %d\n", Exchange)
	table := NewGrid("t", []Dim{{"x", 2}, {"y", 2}},
		Floats("f", "Hz", []float64{1, math.NaN(), -0.1, math.Inf(1)}), Ints("n", "", []int64{1, -2, math.MaxInt64, 0}),
		Bytes("counts", "spikes", []uint8{0, 1, 2, 3, 4, 5, 6, 7}, Dim{"neuron", 2}), Strings("name", []string{"a", "é", "", "1,2"}))
	imported := func(name, format string, content []byte) {
		back, err := Import("t", format, content)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		b, err := EncodeTable(back)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		fmt.Fprintf(&got, "import %s %s\n", name, DigestOf(b))
	}
	for _, format := range []string{"arrow", "parquet", "csv", "npz"} {
		var b bytes.Buffer
		if err := Export(&b, format, table); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&got, "export %s %s\n", format, DigestOf(b.Bytes()))
		imported(format, format, b.Bytes())
	}
	for _, csv := range []string{"a\n1\n-2\n", "a\n1\n2.5\n\n", "a,b\n1,\n,2\n", "a\n007\n12\n", "a\n9007199254740993\n1\n", "a\n9007199254740993\n0.5\n", "a\n1e999\nx\n", "a\n1e3\n+5\n", "a\nNaN\ninf\n", "a,b\n0,00\n"} {
		imported(fmt.Sprintf("csv %q", csv), "csv", []byte(csv))
	}
	for i, a := range []arrow.Array{
		fromJSON(t, arrow.PrimitiveTypes.Float32, `[0.1, null]`), fromJSON(t, arrow.FixedWidthTypes.Boolean, `[true, false]`), fromJSON(t, arrow.FixedWidthTypes.Timestamp_ms, `[1, 2]`),
		fromJSON(t, arrow.PrimitiveTypes.Uint32, `[1, 4294967295]`), fromJSON(t, arrow.ListOf(arrow.PrimitiveTypes.Int64), `[[1, 2], [3, 4]]`),
		fromJSON(t, &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String}, `["b", "a"]`),
	} {
		imported(fmt.Sprintf("arrow %d %s", i, a.DataType()), "arrow", arrowFile(t, []string{"x"}, a))
	}
	imported("npz big-endian", "npz", npz(t, map[string]string{"x.npy": npy(">i2", "(2,)", "\x00\x01\xff\xff")}))
	imported("npz matrix", "npz", npz(t, map[string]string{"x.npy": npy("|b1", "(2, 1)", "\x01\x00")}))
	cells, err := Import("t", "csv", []byte("m_1,m_0,b\n1,2,3\n4,5.5,6\n"))
	if err != nil {
		t.Fatal(err)
	}
	if err := cells.NameRows("trial"); err != nil {
		t.Fatal(err)
	}
	if err := cells.NameCell("m", "neuron"); err != nil {
		t.Fatal(err)
	}
	b, err := EncodeTable(cells)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&got, "named %s\n", DigestOf(b))

	const path = "testdata/exchange.txt"
	if *update {
		if err := os.WriteFile(path, []byte(got.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, now := strings.Split(string(want), "\n"), strings.Split(got.String(), "\n")
	for i := range max(len(before), len(now)) {
		if i >= len(before) || i >= len(now) || before[i] != now[i] {
			t.Fatalf("line %d of %s is another now; raise Exchange, then -update\n%s", i+1, path, got.String())
		}
	}
}

// TestPageChecksum reads headers of pages with and without a checksum, which
// writers may leave out.
func TestPageChecksum(t *testing.T) {
	body := []byte("abc")
	sum := binary.AppendVarint(nil, int64(int32(crc32.ChecksumIEEE(body)))) // zigzag, as Thrift has it
	values := "\x15\x02\x15\x00\x15\x06\x15\x06\x00\x00"                    // one value, plain
	with := &thrift{b: []byte("\x15\x00\x15\x06\x15\x06\x15" + string(sum) + "\x1c" + values)}
	without := &thrift{b: []byte("\x15\x00\x15\x06\x15\x06\x2c" + values)}
	p := with.parquetPage()
	if !p.hasSum || p.stored != 3 || p.values != 1 || !p.sound(body) || p.sound([]byte("abd")) {
		t.Errorf("with a checksum: %+v", p)
	}
	if p := without.parquetPage(); p.hasSum || p.stored != 3 || p.values != 1 || !p.sound([]byte("abd")) {
		t.Errorf("without: %+v", p)
	}
}

// TestMessages holds errors that once said the wrong thing, or it twice.
func TestMessages(t *testing.T) {
	stream := append([]byte("\xff\xff\xff\xff"), make([]byte, 100)...)
	if _, err := Import("t", "arrow", stream); err == nil || !strings.Contains(err.Error(), "it is a stream of Arrow, and a file is read") {
		t.Error(err)
	}
}
