package spec

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

func TestFormat(t *testing.T) {
	for _, c := range []struct{ name, src, want string }{
		{"empty", "", ""},
		{"layout", "locals{\na=1\n  long = [1,2 ,3]  # why\n}", "locals {\n  a    = 1\n  long = [1, 2, 3] # why\n}\n"},
		{"heredoc", "locals {\ntext = <<-EOT\n      as   it\n   is\n  EOT\n}\n", "locals {\n  text = <<-EOT\n      as   it\n   is\n  EOT\n}\n"},
		{"a fault that is none of syntax", "stage \"x\"  {\n  y=var.none\n}\n", "stage \"x\" {\n  y = var.none\n}\n"},
	} {
		got, diags := Format("x.hcl", []byte(c.src))
		if diags.HasErrors() || string(got) != c.want {
			t.Errorf("%s: got %q, want %q (%v)", c.name, got, c.want, diags)
		}
	}
	for _, src := range []string{"locals {", "a = \x00", "x = 1e999", "a = \xff"} {
		if got, diags := Format("x.hcl", []byte(src)); !diags.HasErrors() || got != nil {
			t.Errorf("%q: got %q and no diagnostics", src, got)
		}
	}
}

// TestFormatChangesLayoutOnly formats every experiment of the tests, with and
// without its spaces at the beginning of lines: the tokens stay, and what is
// formatted stays as it is.
func TestFormatChangesLayoutOnly(t *testing.T) {
	formatted := 0
	for _, pattern := range []string{"testdata/good/*.hcl", "testdata/good/*/*.hcl", "testdata/bad/*.hcl", "../experiments/*/*.hcl"} {
		names, _ := filepath.Glob(pattern)
		for _, name := range names {
			src, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if stayed(t, name, src) {
				formatted++
			}
		}
	}
	if formatted < 15 {
		t.Errorf("only %d files were formatted", formatted)
	}
}

// TestExperimentsAreFormatted holds that what people read first is laid out well.
func TestExperimentsAreFormatted(t *testing.T) {
	tested := 0
	for _, root := range []string{"../experiments", "../internal/cli/template"} {
		err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(name) != ".hcl" {
				return err
			}
			tested++
			src, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			if formatted, diags := Format(name, src); diags.HasErrors() || !bytes.Equal(src, formatted) {
				t.Errorf("%s is not formatted: run reprise fmt on its folder", name)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if tested < 3 {
		t.Errorf("only %d experiments", tested)
	}
}

func FuzzFormat(f *testing.F) {
	names, _ := filepath.Glob("testdata/good/*.hcl")
	for _, name := range names {
		src, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src []byte) { stayed(t, "fuzz.hcl", src) })
}

// stayed formats a source, and complains where that changed more than its layout.
func stayed(t *testing.T, name string, src []byte) bool {
	once, diags := Format(name, src)
	if diags.HasErrors() {
		return false
	}
	if twice, diags := Format(name, once); diags.HasErrors() || !bytes.Equal(once, twice) {
		t.Errorf("%s: formatted twice it is not what it is formatted once:\n%s\n%s", name, once, twice)
	}
	before, after := words(name, src), words(name, once)
	if len(before) != len(after) {
		t.Fatalf("%s: %d tokens became %d:\n%s", name, len(before), len(after), once)
	}
	for i := range before {
		if before[i] != after[i] {
			t.Fatalf("%s: %q became %q", name, before[i], after[i])
		}
	}
	return true
}

// words are the tokens of a source but for ends of lines.
func words(name string, src []byte) []string {
	tokens, _ := hclsyntax.LexConfig(src, name, hcl.InitialPos)
	var out []string
	for _, token := range tokens {
		if text := string(bytes.TrimRight(token.Bytes, " \t\r\n")); text != "" {
			out = append(out, text)
		}
	}
	return out
}
