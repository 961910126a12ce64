package artifacts

import (
	"bytes"
	"encoding/csv"
	"math"
	"strconv"
	"strings"
	"testing"
)

func TestWriteCSV(t *testing.T) {
	table := NewTable("t", Dim{"trial", 2},
		Strings("name", []string{`a "quoted", name`, "line\nbreak"}),
		Ints("n", "", []int64{-1, math.MaxInt64}),
		Floats("x", "s", []float64{0.1, math.NaN()}),
		Bytes("counts", "", []uint8{0, 1, 2, 253, 254, 255}, Dim{"neuron", 3}),
		Floats("m", "", []float64{1, 2, 3, 4, 5, 6, 7, 8}, Dim{"row", 2}, Dim{"column", 2}),
	)
	var b bytes.Buffer
	if err := WriteCSV(&b, table); err != nil {
		t.Fatal(err)
	}
	want := `name,n,x,counts_0,counts_1,counts_2,m_0_0,m_0_1,m_1_0,m_1_1
"a ""quoted"", name",-1,0.1,0,1,2,1,2,3,4
"line
break",9223372036854775807,NaN,253,254,255,5,6,7,8
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

// Every float64 must read back from its text as itself.
func TestCSVKeepsDigits(t *testing.T) {
	values := []float64{math.Pi, 1.0 / 3, 5e-324, math.MaxFloat64, -0.1, 1e21, 123456789.123456789}
	var b bytes.Buffer
	if err := WriteCSV(&b, NewTable("t", Dim{"row", len(values)}, Floats("x", "", values))); err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) != len(values)+1 {
		t.Fatalf("%d lines for %d values", len(lines), len(values))
	}
	for i, v := range values {
		if got, err := strconv.ParseFloat(lines[i+1][0], 64); err != nil || got != v {
			t.Errorf("%v reads back as %v (%v)", v, got, err)
		}
	}
}

func TestCSVWithoutRows(t *testing.T) {
	var b bytes.Buffer
	if err := WriteCSV(&b, NewTable("t", Dim{"row", 0}, Floats("x", "", nil), Ints("y", "", nil))); err != nil {
		t.Fatal(err)
	}
	if b.String() != "x,y\n" {
		t.Errorf("got %q", b.String())
	}
}

// A header with one name twice would make the columns indistinguishable.
func TestCSVRefusesEqualNames(t *testing.T) {
	table := NewTable("t", Dim{"row", 1}, Floats("m_1", "", []float64{0}), Floats("m", "", []float64{1, 2}, Dim{"latent", 2}))
	err := WriteCSV(&bytes.Buffer{}, table)
	if err == nil || !strings.Contains(err.Error(), `"m_1"`) {
		t.Errorf("got %v, want a complaint about m_1", err)
	}
}
