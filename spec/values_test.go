package spec

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"
)

const valuesSource = `
variable "rank" {
  type    = number
  default = 2
}
variable "name" {
  type    = string
  default = "none"
}
variable "list" {
  type    = list(string)
  default = []
}
variable "any" {
  default = 1
}
variable "bounded" {
  default = 1
  validation {
    condition     = var.bounded < 9
    error_message = "bounded is below 9"
  }
}`

func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestValues gives variables in all ways; what is named first of flag, file,
// environment and default counts, and the last of several of one sort.
func TestValues(t *testing.T) {
	one := writeFile(t, "one.hcl", "rank = 5\nname = \"file\"\n")
	two := writeFile(t, "two.hcl", "rank = 6\nlist = [\"a\", \"b\"]\n")
	environ := []string{"PATH=/bin", "REPRISE_VAR_rank=3", "REPRISE_VAR_name=3", "REPRISE_VAR_unknown=1"}
	tests := []struct {
		name     string
		given    Values
		variable string
		want     string
	}{
		{"default", Values{}, "rank", "2"},
		{"environment", Values{Environ: environ}, "rank", "3"},
		{"text stays text", Values{Environ: environ}, "name", `"3"`},
		{"file", Values{Environ: environ, Files: []string{one}}, "rank", "5"},
		{"last file", Values{Environ: environ, Files: []string{one, two}}, "rank", "6"},
		{"other file", Values{Environ: environ, Files: []string{one, two}}, "name", `"file"`},
		{"flag", Values{Environ: environ, Files: []string{one}, Flags: []string{"rank=7"}}, "rank", "7"},
		{"last flag", Values{Flags: []string{"rank=7", "rank=8"}}, "rank", "8"},
		{"expression", Values{Flags: []string{"rank=2*3"}}, "rank", "6"},
		{"converted", Values{Flags: []string{`rank="4"`}}, "rank", "4"},
		{"list", Values{Flags: []string{`list=["x", 1]`}}, "list", `["x","1"]`},
		{"equal sign", Values{Flags: []string{`name=a=b`}}, "name", `"a=b"`},
		{"empty", Values{Flags: []string{`name=`}}, "name", `""`},
		{"spaces", Values{Flags: []string{` rank =4`}}, "rank", "4"},
		{"bare word", Values{Flags: []string{"any=T176_2018"}}, "any", `"T176_2018"`},
		{"any number", Values{Flags: []string{"any=3"}}, "any", "3"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := mustParse(t, valuesSource, test.given).Variables()[test.variable]; got != test.want {
				t.Errorf("%s = %s, want %s", test.variable, got, test.want)
			}
		})
	}
}

// TestGiven tells values from defaults, whatever their types and optional parts.
func TestGiven(t *testing.T) {
	const src = `
variable "number" {
  default = 1
}
variable "text" {
  type    = string
  default = 3
}
variable "options" {
  type    = object({ scale = optional(number, 2), name = optional(string) })
  default = {}
}
variable "needed" {
  type = list(object({ a = number, b = optional(bool, true) }))
}
variable "nothing" {
  default = null
}
`
	x := mustParse(t, src, Values{Flags: []string{"number=1", "text=3", "options={ scale = 2 }", "needed=[{ a = 1 }, { a = 2, b = false }]"}})
	want := map[string]string{"needed": `[{"a":1,"b":true},{"a":2,"b":false}]`}
	if got := x.Given(); !maps.Equal(got, want) {
		t.Errorf("given %v, want %v", got, want)
	}
	if got := x.Variables(); got["options"] != `{"name":null,"scale":2}` || got["nothing"] != "null" {
		t.Errorf("variables %v", got)
	}
	x = mustParse(t, src, Values{Flags: []string{"needed=[]", "options={ scale = 3 }", "nothing=null"}})
	if got := x.Given(); !maps.Equal(got, map[string]string{"needed": "[]", "options": `{"name":null,"scale":3}`}) {
		t.Errorf("given %v", got)
	}
	_, diags := parseText(t, src, Values{Flags: []string{"needed=[{}]", "options={ scale = \"x\" }"}})
	for _, part := range []string{`Variable "needed" takes a list of objects, and --var needed is a list without all of its parts: element 0: attribute "a" is required`, `Variable "options" takes an object, and ["scale"] in --var options is the string "x"`} {
		if !strings.Contains(diags.Error(), part) {
			t.Errorf("no %q in %s", part, diags.Error())
		}
	}
}

func TestBadValues(t *testing.T) {
	file := func(text string) Values { return Values{Files: []string{writeFile(t, "v.hcl", text)}} }
	flag := func(f ...string) Values { return Values{Flags: f} }
	tests := []struct {
		name  string
		given Values
		want  []string // "summary: part of the detail", in order
	}{
		{"undeclared", flag("rnk=1", "x=1"), []string{
			`No such variable: --var rnk=1: this experiment declares no variable called "rnk". Did you mean "rank"?`,
			`No such variable: --var x=1: this experiment declares no variable called "x". There is rank, name, list, any, bounded.`}},
		{"no value", flag("rank"), []string{`Invalid --var: --var takes name=value, not "rank".`}},
		{"word for number", flag("rank=two"), []string{`Wrong value for a variable: Variable "rank" takes a number, and --var rank is the string "two".`}},
		{"list for number", flag("rank=[1]"), []string{`Wrong value for a variable: Variable "rank" takes a number, and --var rank is a list.`}},
		{"text for list", flag("list=abc"), []string{`Wrong value for a variable: Variable "list" takes a list of strings, and --var list is the string "abc".`}},
		{"deep", flag("rank=" + strings.Repeat("(", 600) + "1" + strings.Repeat(")", 600)), []string{`Wrong value for a variable: Variable "rank" takes a number`}},
		{"extreme", flag("rank=1e999999999"), []string{`Wrong value for a variable: Variable "rank" takes a number, and --var rank is the string "1e999999999".`}},
		{"environment", Values{Environ: []string{"REPRISE_VAR_rank=x"}}, []string{`Wrong value for a variable: Variable "rank" takes a number, and REPRISE_VAR_rank is the string "x".`}},
		{"refused", flag("bounded=9"), []string{`Value refused: bounded is below 9; --var bounded gives 9.`}},
		{"file missing", Values{Files: []string{"testdata/none.hcl"}}, []string{`Cannot read --var-file: testdata/none.hcl: no such file or directory.`}},
		{"file a folder", Values{Files: []string{"testdata"}}, []string{`Cannot read --var-file: testdata: it is a folder.`}},
		{"file undeclared", file("rnk = 1\n"), []string{`No such variable: This experiment declares no variable called "rnk". Did you mean "rank"?`}},
		{"file refers", file("rank = var.any\nlist = range(3)\n"), []string{`Not a constant: The value of a variable is written out`, `Not a constant: The value`}},
		{"file of blocks", file("variable \"x\" {}\n"), []string{`Unknown block: A file of variables has lines such as name = value, and no blocks.`}},
		{"file no HCL", file("rank = = 1\n"), []string{`Invalid expression: Expected the start of an expression`}},
		{"file wrong type", file("rank = \"x\"\n"), []string{`Wrong value for a variable: Variable "rank" takes a number, and the value in --var-file is the string "x".`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			x, diags := parseText(t, valuesSource, test.given)
			if x != nil || !diags.HasErrors() {
				t.Fatal("it is taken for good")
			}
			readable(t, diags)
			got := diags.List()
			for i, d := range got {
				if text := d.Summary + ": " + d.Detail; i >= len(test.want) || !strings.HasPrefix(text, test.want[i]) {
					t.Errorf("not expected: %s", text)
				}
			}
			if len(got) != len(test.want) {
				t.Errorf("%d diagnostics, want %d", len(got), len(test.want))
			}
		})
	}
}

func TestLoadPaths(t *testing.T) {
	empty := t.TempDir()
	tests := []struct{ path, want string }{
		{filepath.Join(empty, "none"), "no experiment at"},
		{empty, "the folder has no .hcl file"},
	}
	for _, test := range tests {
		if _, _, err := Load(test.path, Values{}, toyKinds()); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.path, err, test.want)
		}
	}
	large := filepath.Join(empty, "large.hcl")
	if err := os.WriteFile(large, make([]byte, maxSource+1), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Load(large, Values{}, toyKinds()); err == nil || !strings.Contains(err.Error(), "larger than 16 MiB") {
		t.Errorf("a large file: %v", err)
	}
}

// TestDiagnosticsWrite shows a diagnostic as a person sees it.
func TestDiagnosticsWrite(t *testing.T) {
	_, diags := parseText(t, "stage \"sum\" \"s\" {\n  a = stage.t\n}\n", Values{})
	var b strings.Builder
	if err := diags.Write(&b, 100, false); err != nil {
		t.Fatal(err)
	}
	want := `Error: No such stage

  on x.hcl line 2, in stage "sum" "s":
   2:   a = stage.t

This experiment declares no stage called "t". There is s.

`
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
	if got := diags.Error(); got != `x.hcl:2: No such stage: This experiment declares no stage called "t". There is s.` {
		t.Errorf("Error gives %q", got)
	}
}

// TestValuesForPeople holds that a value is told as it was written, and that a backslash
// which was in it stays one.
func TestValuesForPeople(t *testing.T) {
	for text, want := range map[string]string{"a<b>&c": `"a<b>&c"`, `\u003c`: `"\\u003c"`, "a\\<\"": `"a\\<\""`} {
		if got := valueText(cty.StringVal(text)); got != want {
			t.Errorf("%q is told as %s, not %s", text, got, want)
		}
	}
}
