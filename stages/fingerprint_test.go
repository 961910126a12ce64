package stages

import (
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
