package matfile

import (
	"encoding/binary"
	"math"
	"reflect"
	"testing"
)

const mib = 1 << 20

// sample is a file with one of everything that is read.
func (w writer) sample() []byte {
	number := func(typ stored, class Class, data []byte, n int32) []byte {
		return w.matrix(class, 0, "", []int32{1, n}, w.element(typ, data))
	}
	return w.file(
		w.compress(w.double("d", 1.5, math.Inf(-1), math.NaN())),
		w.cell("stored",
			w.matrix(Double, 0, "", []int32{1, 3}, w.small(miUint8, []byte{7, 200, 3})), // compact, within its tag
			number(miInt8, Double, []byte{0xff}, 1),
			number(miInt16, Int16, w.order.AppendUint16(nil, 0xfffe), 1),
			number(miUint16, Uint16, w.order.AppendUint16(nil, 65000), 1),
			number(miInt32, Int32, w.ints(-3), 1),
			number(miUint32, Uint32, w.ints(-1), 1),
			number(miSingle, Single, w.order.AppendUint32(nil, math.Float32bits(0.25)), 1),
			number(miInt64, Int64, w.order.AppendUint64(nil, 1<<63|(1<<63-5)), 1),
			number(miUint64, Uint64, w.order.AppendUint64(nil, 1<<53), 1),
		),
		w.matrix(Uint8, 0x200, "flag", []int32{2, 1}, w.small(miUint8, []byte{0, 1})),
		w.matrix(Double, 0x800, "z", []int32{1, 1}, w.element(miDouble, w.floats(1)), w.element(miDouble, w.floats(-2))),
		w.compress(w.structure("s", []string{"area", "inner", "unset"},
			w.matrix(Char, 0, "", []int32{1, 4}, w.small(miUTF8, []byte("dmFC"))),
			w.structure("", []string{"x"}, w.double("", 4)),
			w.element(miMatrix, nil))),
		w.matrix(Char, 0, "wide", []int32{1, 2}, w.small(miUTF16, w.order.AppendUint16(w.order.AppendUint16(nil, 0xe9), 0x3ba))),
		w.matrix(Double, 0, "nothing", []int32{0, 0}, w.element(miDouble, nil)),
	)
}

func TestReadEverything(t *testing.T) {
	for _, w := range []writer{little, {binary.BigEndian}} {
		vars, err := Read(w.sample(), mib)
		if err != nil {
			t.Fatalf("%s: %v", w.order, err)
		}
		get := func(name string) *Array {
			a, err := Find(vars, name)
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		d := get("d")
		if d.String() != "1x3 double" || d.Numbers[0] != 1.5 || !math.IsInf(d.Numbers[1], -1) || !math.IsNaN(d.Numbers[2]) {
			t.Errorf("d is %s %v", d, d.Numbers)
		}
		want := [][]float64{{7, 200, 3}, {-1}, {-2}, {65000}, {-3}, {1<<32 - 1}, {.25}, {-5}, {1 << 53}}
		for i, e := range get("stored").Elems {
			if !reflect.DeepEqual(e.Numbers, want[i]) {
				t.Errorf("stored{%d} is %v, want %v", i+1, e.Numbers, want[i])
			}
		}
		if f := get("flag"); !f.Logical || f.String() != "2x1 logical" || !reflect.DeepEqual(f.Numbers, []float64{0, 1}) {
			t.Errorf("flag is %s %v", f, f.Numbers)
		}
		if z := get("z"); z.Numbers[0] != 1 || z.Imag[0] != -2 {
			t.Errorf("z is %v + i %v", z.Numbers, z.Imag)
		}
		checkStruct(t, get("s"))
		if s := get("wide").Text; s != "éκ" {
			t.Errorf("wide is %q", s)
		}
		if n := get("nothing"); len(n.Numbers) != 0 || !reflect.DeepEqual(n.Dims, []int{0, 0}) {
			t.Errorf("nothing is %s", n)
		}
	}
}

func checkStruct(t *testing.T, s *Array) {
	t.Helper()
	area, err := s.Field("area")
	if err != nil || area.Text != "dmFC" {
		t.Errorf("s.area is %v, %v", area, err)
	}
	inner, err := s.Field("inner")
	if err != nil {
		t.Fatal(err)
	}
	x, err := inner.Field("x")
	if err != nil {
		t.Fatal(err)
	}
	if v, err := x.Scalar(); v != 4 || err != nil {
		t.Errorf("s.inner.x is %v, %v", v, err)
	}
	unset, err := s.Field("unset")
	if err != nil || len(unset.Numbers) != 0 {
		t.Errorf("s.unset is %v, %v", unset, err)
	}
}

func TestAccessSaysWhatIsThere(t *testing.T) {
	vars, err := Read(little.file(little.structure("s", []string{"x"}, little.double("", 1, 2))), mib)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Find(vars, "trials")
	contains(t, err, `no variable "trials"`, "it has s")
	_, err = vars[0].Field("y")
	contains(t, err, `no field "y"`, "it has x")
	x, _ := vars[0].Field("x")
	_, err = x.Scalar()
	contains(t, err, "one real number is expected, not 1x2 double")
	_, err = x.Cells()
	contains(t, err, "a cell array is expected, not 1x2 double")
	_, err = x.Field("z")
	contains(t, err, "a struct of one element is expected, not 1x2 double")
	_, err = vars[0].Vector()
	contains(t, err, "real numbers are expected, not 1x1 struct")
}
