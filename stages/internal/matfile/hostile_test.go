package matfile

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func contains(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error; one with %q was expected", parts)
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("error %q does not say %q", err, p)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	w := little
	version := w.file()
	binary.LittleEndian.PutUint16(version[124:], 0x0200)
	flags := w.element(miUint32, make([]byte, 8))
	long := strings.Repeat("x", 300)
	for name, c := range map[string]struct {
		file []byte
		want []string
	}{
		"empty":        {nil, []string{"it has 0 bytes"}},
		"other bytes":  {make([]byte, 4096), []string{"no MATLAB level-5 file", "bytes 126 and 127"}},
		"version":      {version, []string{"version is 0x0200"}},
		"7.3":          {append([]byte("MATLAB 7.3 MAT-file"), make([]byte, 500)...), []string{"7.3", "HDF5"}},
		"HDF5":         {[]byte("\x89HDF\r\n\x1a\n"), []string{"7.3", "HDF5"}},
		"HDF5 at 512":  {append(make([]byte, 512), "\x89HDF\r\n\x1a\n more"...), []string{"7.3", "HDF5"}},
		"not a matrix": {w.file(w.element(miDouble, w.floats(1))), []string{"variable 1", "miDOUBLE; miMATRIX is expected"}},
		"sparse":       {w.file(w.matrix(Sparse, 0, "q", []int32{1, 1})), []string{"q: arrays of class sparse are not read"}},
		"function":     {w.file(w.matrix(Function, 0, "q", []int32{1, 1})), []string{"class function handle"}},
		"too few numbers": {w.file(w.matrix(Double, 0, "q", []int32{2, 2}, w.element(miDouble, w.floats(1)))),
			[]string{"q: numbers", "4 numbers stored as miDOUBLE take 32 bytes, there are 8"}},
		"negative dimension": {w.file(w.matrix(Double, 0, "q", []int32{-1, 2})), []string{"include -1"}},
		"huge dimensions":    {w.file(w.matrix(Double, 0, "q", []int32{1 << 30, 1 << 30, 1 << 30})), []string{"more than 2147483647 elements"}},
		"one dimension":      {w.file(w.matrix(Double, 0, "q", []int32{1})), []string{"dimensions at offset"}},
		"many cells":         {w.file(w.matrix(Cell, 0, "q", []int32{1 << 20, 1 << 10})), []string{"q: truncated: 1073741824 arrays are declared"}},
		"many fieldless":     {w.file(w.matrix(Struct, 0, "q", []int32{1 << 20, 1}, w.small(miInt32, w.ints(1)), w.element(miInt8, nil))), []string{"no fields"}},
		"field names": {w.file(w.matrix(Struct, 0, "q", []int32{1, 1}, w.small(miInt32, w.ints(0)), w.element(miInt8, []byte("ab")))),
			[]string{"field names", "no names of 0"}},
		"place in a cell": {w.file(w.cell("q", w.structure("", []string{"gamma"}, w.matrix(Sparse, 0, "", []int32{1, 1})))),
			[]string{"q: cell 1: field gamma: arrays of class sparse"}},
		"short text":    {w.file(w.matrix(Char, 0, "q", []int32{1, 9}, w.small(miUTF8, []byte("abc")))), []string{"has 3 characters, its dimensions say 9"}},
		"big integer":   {w.file(w.matrix(Int64, 0, "q", []int32{1, 1}, w.element(miInt64, w.floats(-1)))), []string{"2^53"}},
		"long name":     {w.file(w.double(long, 1)), []string{"name at offset", "300 bytes"}},
		"small element": {w.file(append([]byte{1, 0, 5, 0}, make([]byte, 4)...)), []string{"claims 5 bytes"}},
		"no dimensions": {w.file(w.element(miMatrix, flags)), []string{"dimensions: truncated"}},
		"no zlib":       {w.file(w.element(miCompressed, []byte("not zlib"))), []string{"compressed element at offset 128"}},
		"no content":    {w.file(w.compress(w.element(miDouble, w.floats(1)))), []string{"holds miDOUBLE; miMATRIX is expected"}},
		"two in one":    {w.file(w.compress(append(w.double("a", 1), w.double("b", 1)...))), []string{"content goes on"}},
	} {
		t.Run(name, func(t *testing.T) {
			vars, err := Read(c.file, mib)
			contains(t, err, c.want...)
			if vars != nil {
				t.Errorf("arrays beside the error: %v", vars)
			}
		})
	}
}

// Every truncation of a good file is an error that mentions truncation or the
// zlib stream, but for cuts between two variables.
func TestReadTruncated(t *testing.T) {
	b := little.sample()
	whole, err := Read(b, mib)
	if err != nil {
		t.Fatal(err)
	}
	good := 0
	for n := range b {
		if vars, err := Read(b[:n], mib); err == nil {
			good++
			if len(vars) >= len(whole) {
				t.Errorf("the first %d of %d bytes give all variables", n, len(b))
			}
		}
	}
	if good != len(whole) { // after the header, and after each variable but the last
		t.Errorf("%d truncations were read without an error, want %d", good, len(whole))
	}
}

func TestReadChecksum(t *testing.T) {
	b := little.file(little.compress(little.double("d", 1, 2, 3)))
	b[len(b)-1] ^= 1 // zlib's checksum
	_, err := Read(b, mib)
	contains(t, err, "checksum")
}

func TestReadDeepNesting(t *testing.T) {
	inner := little.double("", 1)
	for range maxDepth {
		inner = little.cell("", inner)
	}
	if _, err := Read(little.file(inner), 64*mib); err != nil {
		t.Errorf("%d levels: %v", maxDepth, err)
	}
	_, err := Read(little.file(little.cell("", inner)), 64*mib)
	contains(t, err, "nest deeper than 64")
}

// A small file that inflates to much is refused before memory is taken for it.
func TestReadBomb(t *testing.T) {
	zeros := little.matrix(Uint8, 0, "zeros", []int32{64 * mib, 1}, little.element(miUint8, make([]byte, 64*mib)))
	bomb := little.file(little.compress(zeros))
	if len(bomb) > mib {
		t.Fatalf("the bomb itself has %d bytes", len(bomb))
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := Read(bomb, 4*mib)
	runtime.ReadMemStats(&after)
	contains(t, err, "more than the limit of 4 MiB")
	if took := after.TotalAlloc - before.TotalAlloc; took > 8*mib {
		t.Errorf("refusing took %d MiB", took>>20)
	}
	// Inflated it fits, decoded it does not.
	_, err = Read(bomb, 100*mib)
	contains(t, err, "more than the limit of 100 MiB")
	// Many small variables share one limit.
	one := little.compress(little.double("d", make([]float64, 20000)...))
	if _, err := Read(little.file(one), mib); err != nil {
		t.Error(err)
	}
	_, err = Read(little.file(one, one, one, one), mib)
	contains(t, err, "variable 4", "more than the limit")
}

func TestReadRecordings(t *testing.T) {
	for name, want := range map[string]struct{ neurons, trials int }{
		"T176_2018_05_03.mat": {76, 664}, "T212_2019_08_21.mat": {58, 588}, "T274_2020_12_09.mat": {12, 296},
	} {
		b, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "shared", "data", name))
		if err != nil {
			t.Skipf("recording %s is not beside the repository: %v", name, err)
		}
		vars, err := Read(b, 256*mib)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		neurons, err := Find(vars, "neurons")
		if err != nil {
			t.Fatal(err)
		}
		trials, err := Find(vars, "trials")
		if err != nil {
			t.Fatal(err)
		}
		if len(neurons.Elems) != want.neurons || len(trials.Elems) != want.trials {
			t.Errorf("%s: %s, %s", name, neurons, trials)
		}
		_, err = Read(b[:len(b)/2], 256*mib)
		contains(t, err, "truncated")
	}
}

// FuzzRead: whatever the bytes, no panic, and no more memory than the limit lets.
func FuzzRead(f *testing.F) {
	f.Add(little.sample())
	f.Add(writer{binary.BigEndian}.sample())
	f.Add(little.file(little.cell("c", little.cell("", little.double("", 1)), little.element(miMatrix, nil))))
	f.Add(little.file(little.compress(little.matrix(Struct, 0, "s", []int32{2, 1}, little.small(miInt32, little.ints(2)),
		little.element(miInt8, []byte("a\x00")), little.double("", 1), little.double("", 2)))))
	f.Fuzz(func(t *testing.T, b []byte) {
		vars, err := Read(b, mib)
		if err != nil && vars != nil {
			t.Error("arrays beside an error")
		}
		for _, v := range vars {
			walk(t, v)
		}
	})
}

// walk checks that what was read is consistent.
func walk(t *testing.T, a *Array) {
	n := 1
	for _, d := range a.Dims {
		n *= d
	}
	switch a.Class {
	case Cell:
		if len(a.Elems) != n {
			t.Errorf("%s has %d elements", a, len(a.Elems))
		}
	case Struct:
		if len(a.Elems) != n*len(a.Fields) {
			t.Errorf("%s of %d fields has %d elements", a, len(a.Fields), len(a.Elems))
		}
	case Char:
	default:
		if len(a.Numbers) != n {
			t.Errorf("%s has %d numbers", a, len(a.Numbers))
		}
	}
	for _, e := range a.Elems {
		walk(t, e)
	}
}
