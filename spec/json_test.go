package spec

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func parseJSON(src string, given Values) (*Experiment, *Diagnostics) {
	return parse([]string{"x.hcl.json"}, map[string][]byte{"x.hcl.json": []byte(src)}, ".", given, toyKinds(), nil)
}

// TestBadJSON expects exactly these errors, each with its line.
func TestBadJSON(t *testing.T) {
	stage := func(attributes string) string {
		return "{\"stage\": {\"const\": {\"one\": {\n" + attributes + "\n}}}}"
	}
	tests := []struct {
		name, src string
		want      []string // "line: summary: part of the detail"
	}{
		{"empty", "", []string{"1: Invalid JSON: ends too early"}},
		{"no object", "[1]", []string{"1: Invalid JSON: is one object"}},
		{"open", "{\n\"locals\": {", []string{"2: Invalid JSON: "}},
		{"open string", "{\n\"locals", []string{"2: Invalid JSON: "}},
		{"comma", "{\"locals\": {\n\"a\": [1,]}}", []string{"2: Invalid JSON: This is no JSON"}},
		{"no name", "{\"locals\": {\n1: 2}}", []string{"2: Invalid JSON: "}},
		{"mismatched", "{\"locals\": [1}}", []string{"1: Invalid JSON: "}},
		{"behind", "{}\n{}", []string{"2: Invalid JSON: Something stands behind the end"}},
		{"twice", "{\"locals\": {\"a\": 1,\n\"a\": 2}}", []string{`2: Name stands twice: "a" stands in this object already, on line 1.`}},
		{"twice in a value", "{\"locals\": {\"a\": {\"b\": 1,\n\"b\": 2}}}", []string{`2: Name stands twice: "b" stands in this object already`}},
		{"binary", "{\"locals\": {\"a\": \"\x00\"}}", []string{"1: Not an experiment: no text in UTF-8"}},
		{"deep", `{"locals": {"a": ` + strings.Repeat("[", 100_000) + `}}`, []string{"1: Nested too deeply: More than 500"}},
		{"deep objects", `{"locals": ` + strings.Repeat(`{"a": `, 100_000) + `}}`, []string{"1: Nested too deeply: More than 500"}},
		{"deep template", `{"locals": {"a": "${` + strings.Repeat("(", 100_000) + `}"}}`, []string{"1: Nested too deeply: More than 500"}},
		{"deep type", `{"variable": {"a": {"type": "` + strings.Repeat("list(", 100_000) + `"}}}`, []string{"1: Nested too deeply: More than 500"}},
		{"large number", "{\"locals\": {\n\"a\": 1e999999999}}", []string{"2: Number out of range: Numbers are at most"}},
		{"largest number", "{\"locals\": {\n\"a\": 1e99999999999999999999}}", []string{"2: Number out of range: Numbers are at most"}},
		{"template", "{\"locals\": {\n\"a\": \"${1 +}\"}}", []string{"2: Invalid expression: "}},
		{"invalid name", "{\"locals\": {\n\"a b\": 1}}", []string{`2: Invalid name: "a b" is no name`}},
		{"unknown block", "{\n\"stages\": {}}", []string{`2: Unknown block: There is no block "stages". Did you mean "stage"?`}},
		{"not a block", "{\"stage\": {\"const\": {\n\"one\": 3}}}", []string{`2: Not a block: In JSON a block is an object, here that of "stage".`}},
		{"unknown attribute", stage("\"value\": 1,\n\"vale\": 2"), []string{`3: Unknown attribute: A const stage has no attribute "vale"`}},
		{"reference", stage(`"value": "${var.none}"`), []string{"2: No such variable: "}},
		{"type", stage(`"value": "large"`), []string{`2: Wrong type: "value" takes a number, not the string "large".`}},
		{"depends_on", stage(`"value": 1, "depends_on": ["stage.two", "one", 3]`), []string{"2: No such stage: ", "2: Invalid depends_on: ", "2: Invalid depends_on: "}},
		{"depends_on text", stage(`"value": 1, "depends_on": "stage.one"`), []string{"2: Invalid depends_on: "}},
		{"two lines", stage(`"value": "${\n\n\nnone}"`), []string{"5: Unknown reference: "}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			x, diags := parseJSON(test.src, Values{})
			if x != nil || !diags.HasErrors() {
				t.Fatal("it is taken for good")
			}
			readable(t, diags)
			saysSomething(t, diags)
			got := diags.List()
			for i, d := range got {
				text := fmt.Sprintf("%d: %s: %s", d.Line, d.Summary, d.Detail)
				if i >= len(test.want) {
					t.Errorf("not expected: %s", text)
					continue
				}
				head, part := test.want[i], ""
				if at := strings.LastIndex(head, ": "); at > 0 {
					head, part = head[:at], head[at+2:]
				}
				if !strings.HasPrefix(text, head) || !strings.Contains(d.Detail, part) {
					t.Errorf("got %s, want %s", text, test.want[i])
				}
			}
			if len(got) < len(test.want) {
				t.Errorf("%d diagnostics, want %d", len(got), len(test.want))
			}
		})
	}
}

// TestLoadJSON loads a file alone, with values in JSON.
func TestLoadJSON(t *testing.T) {
	dir := t.TempDir()
	path, values := filepath.Join(dir, "alone.hcl.json"), filepath.Join(dir, "values.json")
	for name, text := range map[string]string{
		path:   `{"variable": {"a": {"type": "list(number)"}, "b": {"type": "string", "default": "x"}}, "output": {"sum": {"value": "${sum(var.a)}"}}}`,
		values: `{"a": [1, 2], "b": "$${y}"}`,
	} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	x, diags, err := Load(path, Values{Files: []string{values}}, toyKinds())
	if err != nil || diags.HasErrors() {
		t.Fatal(err, diags.Error())
	}
	if v := x.Variables(); x.Name != "alone" || v["a"] != "[1,2]" || v["b"] != `"${y}"` {
		t.Errorf("%s %v", x.Name, v)
	}
	if v, known, err := x.Outputs[0].Value(nil); string(v) != "3" || !known || err != nil {
		t.Errorf("%s %t %v", v, known, err)
	}
	if got := x.Beside("baseline.json"); got != filepath.Join(dir, "alone.baseline.json") {
		t.Errorf("its baseline lies in %s", got)
	}
	bad := writeFile(t, "bad.json", "{\"a\": \"${var.b}\",\n\"none\": 1}")
	_, diags, _ = Load(path, Values{Files: []string{bad}}, toyKinds())
	if text := diags.Error(); !strings.Contains(text, "bad.json:1: Not a constant") || !strings.Contains(text, "bad.json:2: No such variable") {
		t.Error(text)
	}
}
