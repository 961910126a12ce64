package stages

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func fingerprintOf(t *testing.T, files map[string]string, folder string) map[string]string {
	t.Helper()
	source := fstest.MapFS{}
	for name, text := range files {
		source[name] = &fstest.MapFile{Data: []byte(text)}
	}
	f := newFingerprints(source)
	f.modules["gonum.org/v1/gonum"] = "v0.17.0"
	code, err := f.of(folder)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, c := range code {
		out[c.Package] = c.Version
	}
	return out
}

const kindSource = `// Package fit fits.
package fit

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"reprise/stages/internal/rnn"
)

// F is a function.
func F(a, b float64) float64 {
	x := []float64{a, b}
	_ = mat.NewDense
	return math.Sqrt(x[0]) + rnn.G(x[1])
}
`

func base() map[string]string {
	return map[string]string{
		"fit/fit.go":          kindSource,
		"fit/fit_test.go":     "package fit\n",
		"internal/rnn/rnn.go": "package rnn\n\nfunc G(x float64) float64 { return x }\n",
		"internal/rnn/k.s":    "TEXT k\n",
		"other/other.go":      "package other\n",
	}
}

func TestFingerprintCoversWhatItShould(t *testing.T) {
	want := fingerprintOf(t, base(), "fit")
	if len(want) != 3 || want["stages/fit"] == "" || want["stages/internal/rnn"] == "" || want["gonum.org/v1/gonum"] != "v0.17.0" {
		t.Fatalf("the fingerprint covers %v", want)
	}
	edits := []struct {
		name, file, text string
		changes          string // the package whose version must change; "" for none
	}{
		{"comment", "fit/fit.go", "// A comment.\n" + kindSource, ""},
		{"comment at a line's end", "internal/rnn/rnn.go", "package rnn\n\nfunc G(x float64) float64 { return x } // the same\n", ""},
		{"layout", "internal/rnn/rnn.go", "package rnn\n\nfunc G(\n\tx float64,\n) float64 {\n\treturn x\n}\n", ""},
		{"test", "fit/fit_test.go", "package fit\n\nvar x = 1\n", ""},
		{"another kind", "other/other.go", "package other\n\nvar x = 1\n", ""},
		{"statement", "internal/rnn/rnn.go", "package rnn\n\nfunc G(x float64) float64 { return x + 1 }\n", "stages/internal/rnn"},
		{"number", "fit/fit.go", kindSource + "\nconst c = 2\n", "stages/fit"},
		{"string", "fit/fit.go", kindSource + "\nconst c = `a // b`\n", "stages/fit"},
		{"assembly", "internal/rnn/k.s", "TEXT l\n", "stages/internal/rnn"},
		{"directive", "fit/fit.go", "//go:build amd64\n\n" + kindSource, "stages/fit"},
	}
	for _, e := range edits {
		files := base()
		files[e.file] = e.text
		got := fingerprintOf(t, files, "fit")
		for name := range want {
			if changed := got[name] != want[name]; changed != (name == e.changes) {
				t.Errorf("%s: the version of %s changed: %v", e.name, name, changed)
			}
		}
	}
}

func TestFingerprintTellsStringsApart(t *testing.T) {
	a, _ := normalize([]byte("package x\nvar s = \"a,\"\n"))
	b, _ := normalize([]byte("package x\nvar s = \"a\"\n"))
	if string(a) == string(b) {
		t.Error("two programs have the same text")
	}
}

// TestBuiltinCode holds that the real kinds have a fingerprint of real source,
// and that modules are seen in it.
func TestBuiltinCode(t *testing.T) {
	kinds := Builtin()
	for _, name := range kinds.Names() {
		code := kinds.Get(name).Code()
		if len(code) < 1 || len(code[0].Version) == 0 {
			t.Errorf("%s has the code %v", name, code)
		}
	}
}

// TestFunctionsNameWhatChanged edits a package and looks at which names differ.
func TestFunctionsNameWhatChanged(t *testing.T) {
	const source = `package fit

import "math"

// Fit fits.
type Fit[T any] struct{ Rank int }

func (f *Fit[T]) step(x float64) float64 { return math.Sqrt(x) }

func (Fit[T]) done() {}

const (
	first = iota
	second
)

var a, b = 1, 2
`
	functions := func(text, assembly string) map[string]string {
		f := newFingerprints(fstest.MapFS{
			"fit/fit.go":      &fstest.MapFile{Data: []byte(text)},
			"fit/fit_test.go": &fstest.MapFile{Data: []byte("package fit\nfunc test() {}\n")},
			"fit/k.s":         &fstest.MapFile{Data: []byte(assembly)},
		})
		code, err := f.of("fit")
		if err != nil {
			t.Fatal(err)
		}
		return code[0].Functions()
	}
	base := functions(source, "TEXT k")
	edits := []struct{ name, old, new, want string }{
		{"comment", "// Fit fits.", "// Fit does.", ""},
		{"layout", "return math.Sqrt(x) }", "\n\treturn math.Sqrt(x)\n}", ""},
		{"method", "math.Sqrt(x)", "math.Sqrt(2 * x)", "func (*Fit).step"},
		{"type", "Rank int", "Rank, Seed int", "type Fit"},
		{"value method", "done() {}", "done() { _ = 1 }", "func Fit.done"},
		{"variables", "= 1, 2", "= 1, 3", "var a, b"},
		{"import", `"math"`, `"math/cmplx"`, `import "math" import "math/cmplx"`},
		{"directive", "func (Fit[T])", "//go:noinline\nfunc (Fit[T])", "func Fit.done"},
		{"order of constants", "first = iota\n\tsecond", "zeroth = iota\n\tfirst\n\tsecond", "const first const second const zeroth"},
	}
	for _, e := range edits {
		got := differing(base, functions(strings.Replace(source, e.old, e.new, 1), "TEXT k"))
		if got != e.want {
			t.Errorf("%s: %q differ, not %q", e.name, got, e.want)
		}
	}
	if got := differing(base, functions(source, "TEXT l")); got != "file k.s" {
		t.Errorf("assembly: %q differ", got)
	}
}

func differing(a, b map[string]string) string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	var names []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if a[name] != b[name] {
			names = append(names, name)
		}
	}
	return strings.Join(names, " ")
}
