package artifacts

import (
	"bytes"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/memory"
)

// dirty is an allocator whose memory is full of garbage, as memory is that was
// used before.
type dirty struct{ rng *rand.Rand }

func (d dirty) Allocate(n int) []byte {
	b := memory.NewGoAllocator().Allocate(n)
	for i := range b {
		b[i] = byte(d.rng.Uint32())
	}
	return b
}

func (d dirty) Reallocate(n int, old []byte) []byte {
	b := d.Allocate(n)
	copy(b, old)
	return b
}

func (d dirty) Free([]byte) {}

func sample() *Table {
	return NewTable("neurons", Dim{"neuron", 3},
		Floats("m", "", []float64{1, 2, 3, 4, math.Inf(1), -0.5}, Dim{"latent", 2}),
		Ints("index", "", []int64{7, -8, 1 << 60}),
		Bytes("counts", "spikes", []uint8{0, 1, 2, 3, 4, 255, 6, 7, 8, 9, 10, 11, 12, 13, 14}, Dim{"bin", 5}),
		Strings("area", []string{"dmFC", "", "mPFC é"}),
		Floats("rate", "Hz", []float64{0, 0.1, 5e-324}),
	)
}

func TestRoundTrip(t *testing.T) {
	tables := []*Table{
		sample(),
		NewTable("empty", Dim{"row", 0}, Floats("x", "", nil), Strings("s", nil)),
		NewTable("no columns", Dim{"row", 4}),
		NewGrid("grid", []Dim{{"x", 2}, {"y", 3}}, Floats("F", "1/s", []float64{1, 2, 3, 4, 5, 6})),
		NewTable("large", Dim{"row", 300_000}, Floats("x", "", make([]float64, 1_200_000), Dim{"a", 2}, Dim{"b", 2})),
	}
	for _, want := range tables {
		b, err := EncodeTable(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := DecodeTable(want.Name, b)
		if err != nil {
			t.Fatalf("%s: %v", want.Name, err)
		}
		again, err := EncodeTable(got)
		if err != nil || !bytes.Equal(b, again) {
			t.Errorf("%s: what was decoded encodes to other bytes (%v)", want.Name, err)
		}
		if want.Name == "neurons" && !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v\nwant %+v", got, want)
		}
		if got.Len() != want.Len() || len(got.Columns) != len(want.Columns) {
			t.Errorf("%s: %d rows, %d columns", want.Name, got.Len(), len(got.Columns))
		}
	}
}

// TestSameBytes holds that bytes do not depend on what memory held before, and
// that the encoding is the one that keys speak of: where this digest changes,
// Format must be raised.
func TestSameBytes(t *testing.T) {
	want, err := EncodeTable(sample())
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(20) {
		got, err := encode(sample(), dirty{rand.New(rand.NewPCG(seed, 0))})
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("from a dirty allocator the table has other bytes (%v)", err)
		}
	}
	golden := filepath.Join("testdata", "neurons.arrow.sha256")
	text, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got := DigestOf(want).String(); got != strings.TrimSpace(string(text)) || Format != 1 {
		t.Errorf("format %d encodes to %s, pinned for format 1 is %s", Format, got, text)
	}
}

func TestFilesThatAreNone(t *testing.T) {
	whole, err := EncodeTable(sample())
	if err != nil {
		t.Fatal(err)
	}
	for n := range len(whole) {
		if _, err := DecodeTable("x", whole[:n]); err == nil {
			t.Fatalf("a file cut to %d of %d bytes is read without an error", n, len(whole))
		}
	}
	for _, b := range []string{"", "x", "ARROW1", "ARROW1\x00\x00ARROW1"} {
		if _, err := DecodeTable("x", []byte(b)); err == nil {
			t.Errorf("%q is read as a table", b)
		}
	}
}

func TestManifest(t *testing.T) {
	a := New(sample(), NewTable("other", Dim{"row", 1}, Ints("x", "", []int64{1})))
	a.SetMetric("loss", 0.1)
	a.SetMetric("a \"quoted\" name\n", -1e-300)
	a.SetFile("fig.svg", []byte("<svg/>"))
	m, content, err := a.Encode()
	if err != nil {
		t.Fatal(err)
	}
	back, err := ParseManifest(m.Text())
	if err != nil || !reflect.DeepEqual(back, m) {
		t.Fatalf("%v\ngot %+v\nwant %+v", err, back, m)
	}
	for d, c := range content {
		if DigestOf(all(t, c)) != d {
			t.Error("content does not have the digest that it is filed under")
		}
	}
	from := &shelf{content: content}
	opened := Open(back, from)
	if from.reads != 0 {
		t.Error("opening reads before it is asked")
	}
	for range 2 {
		if table, err := opened.Table("neurons"); err != nil || table.Len() != 3 {
			t.Error(table, err)
		}
	}
	if b, err := opened.File("fig.svg"); err != nil || string(b) != "<svg/>" || from.reads != 2 {
		t.Errorf("%q %v, %d reads", b, err, from.reads)
	}
	if _, err := opened.Table("nothing"); err == nil || !strings.Contains(err.Error(), "neurons, other") {
		t.Errorf("a missing table: %v", err)
	}
	if v := opened.Metrics()["loss"]; v != 0.1 {
		t.Errorf("loss is %g", v)
	}
	for _, text := range []string{"x", "table \"a", "table \"a\" sha256 zz 1", "metric \"a\" b", "table \"a\" sha256 " + DigestOf(nil).String() + " -1"} {
		if _, err := ParseManifest([]byte(text)); err == nil {
			t.Errorf("%q is read as a manifest", text)
		}
	}
	nan := New()
	nan.SetMetric("x", math.NaN())
	if _, _, err := nan.Encode(); err == nil || !strings.Contains(err.Error(), `"x"`) {
		t.Errorf("a metric of NaN: %v", err)
	}
}

func TestColumns(t *testing.T) {
	n := sample()
	if a, err := n.Array("counts", "neuron", "bin"); err != nil || a.Size("bin") != 5 || a.Data[5] != 255 || a.Unit != "spikes" {
		t.Errorf("%+v %v", a, err)
	}
	if _, err := n.Array("counts", "bin", "neuron"); err == nil || !strings.Contains(err.Error(), "(neuron, bin)") {
		t.Errorf("wrong dimensions: %v", err)
	}
	if v, err := n.Ints("counts"); err != nil || v[1] != 1 {
		t.Error(v, err)
	}
	if v, err := n.Strings("area"); err != nil || v[0] != "dmFC" {
		t.Error(v, err)
	}
	for name, read := range map[string]func(string) error{
		"area": func(c string) error { _, err := n.Floats(c); return err },
		"m":    func(c string) error { _, err := n.Ints(c); return err },
		"rate": func(c string) error { _, err := n.Bytes(c); return err },
		"index": func(c string) error {
			_, err := n.Strings(c)
			return err
		},
		"none": func(c string) error { _, err := n.Column(c); return err },
	} {
		if err := read(name); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("column %s read as another type: %v", name, err)
		}
	}
	for _, c := range n.Columns {
		if c.Value(0) == nil || c.Type() == "" {
			t.Errorf("column %s has no value", c.Name)
		}
	}
	for name, make := range map[string]func(){
		"length": func() { NewTable("t", Dim{"row", 2}, Ints("x", "", []int64{1})) },
		"twice":  func() { NewTable("t", Dim{"row", 1}, Ints("x", "", []int64{1}), Ints("x", "", []int64{1})) },
		"empty":  func() { NewTable("t", Dim{"row", 1}, Ints("x", "", nil, Dim{"none", 0})) },
		"tables": func() { New(sample(), sample()) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			make()
		})
	}
}

func TestParseDigest(t *testing.T) {
	d := DigestOf([]byte("x"))
	for _, s := range []string{d.String(), "sha256:" + d.String()} {
		if got, err := ParseDigest(s); err != nil || got != d {
			t.Error(got, err)
		}
	}
	var back Digest
	text, _ := d.MarshalText()
	if err := back.UnmarshalText(text); err != nil || back != d || len(d.Short()) != 12 {
		t.Error(back, err)
	}
	if _, err := ParseDigest("abc"); err == nil {
		t.Error("three digits are a digest")
	}
}

// shelf is a source that counts what is read.
type shelf struct {
	content map[Digest]Content
	reads   int
}

// Read returns a content.
func (c *shelf) Read(d Digest) ([]byte, error) {
	var b bytes.Buffer
	err := c.Copy(&b, d)
	return b.Bytes(), err
}

// Copy writes a content.
func (c *shelf) Copy(w io.Writer, d Digest) error {
	c.reads++
	_, err := io.Copy(w, io.NewSectionReader(c.content[d], 0, c.content[d].Size()))
	return err
}

func all(t *testing.T, c Content) []byte {
	t.Helper()
	b, err := io.ReadAll(io.NewSectionReader(c, 0, c.Size()))
	if err != nil {
		t.Fatal(err)
	}
	return b
}
