package spec

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// inParts compares a source that is cut at every place with the whole; parted
// tells whether its parts parse by themselves.
func inParts(t *testing.T, src string) (parted bool) {
	t.Helper()
	whole, diags := hclsyntax.ParseConfig([]byte(src), "x.hcl", hcl.InitialPos)
	got := parseParts([]byte(src), "x.hcl", 1)
	if got == nil {
		return false
	}
	if len(diags) > 0 {
		t.Errorf("parts of %q parse, and the whole does not: %v", src, diags)
	} else if !reflect.DeepEqual(got, whole) {
		t.Errorf("%q is another file in parts", src)
	}
	return true
}

func TestPartsAreTheWhole(t *testing.T) {
	files, err := filepath.Glob("testdata/*/*.hcl")
	if err != nil || len(files) < 10 {
		t.Fatal(files, err)
	}
	parted := 0
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if inParts(t, string(b)) {
			parted++
		}
	}
	if parted < len(files)/2 {
		t.Errorf("%d of %d files parse in parts", parted, len(files))
	}
	const block = "a \"b\" {\n  c = 1\n}\n"
	for src, want := range map[string]bool{
		"":                                    true,
		block:                                 true,
		block + block + "\n# end\n" + block:   true,
		"# }\n" + block + block + "é {}\n":    true,
		block + "a = 1\n" + block + "a = 2\n": false,
		block + "a {\n  t = <<EOT\n}\nb {\n}\nEOT\n}\n": false,
		block + "a {\n/*\n}\nb {\n}\n*/\n}\n":           false,
		block + "a {\n  t = \"${f({\n}\nb)}\"\n}\n":     false,
		block + "/*\n}\nb {\n}\n*/\n":                   false,
		block + "a {\n":                                 false,
		strings.ReplaceAll(block+block, "\n", "\r\n"):   true,
		"\ufeff" + block + block:                        true,
		block + "a { b = " + strings.Repeat("[", 400) + "}\n}\nc { d = " + strings.Repeat("[", 400): false,
	} {
		if got := inParts(t, src); got != want {
			t.Errorf("%q: parsed in parts: %v", src, got)
		}
	}
	if got := len(cut([]byte(block+block+block), 1)); got != 3 {
		t.Errorf("cut into %d parts", got)
	}
}

// What nests too deeply is found wherever a source is cut.
func TestPartsNestNoDeeper(t *testing.T) {
	deep := func(n int) string { return "a {\n  b = " + strings.Repeat("[", n) + strings.Repeat("]", n) + "\n}\n" }
	for n, want := range map[int]bool{maxNesting - 10: true, maxNesting + 10: false, 2 * maxMarks: false} {
		src := deep(10) + deep(n) + deep(10)
		if got := parseParts([]byte(src), "x.hcl", partBytes) != nil; got != want {
			t.Errorf("%d brackets: parsed %v", n, got)
		}
	}
	if got := parseParts([]byte(deep(3)+strings.Repeat(deep(100), 3*maxMarks/100)), "x.hcl", 1<<30); got == nil {
		t.Error("many brackets one after the other are none within each other")
	}
}

func TestPartsKeepTheirPlaces(t *testing.T) {
	var b strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&b, "stage \"const\" \"s%d\" {\n  value = %d\n}\n", i, i)
	}
	b.WriteString("stage \"const\" \"last\" {\n  value = var.none\n}\n")
	_, diags := parse([]string{"x.hcl"}, map[string][]byte{"x.hcl": []byte(b.String())}, ".", Values{}, toyKinds(), newReads())
	var text strings.Builder
	if err := diags.Write(&text, 100, false); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text.String(), "x.hcl line 15002, in stage \"const\" \"last\"") {
		t.Errorf("%.300s", text.String())
	}
}
