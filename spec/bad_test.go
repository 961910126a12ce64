package spec

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestBad reads every file of testdata/bad and expects exactly the errors that
// comments on its lines tell: # ERROR: summary: part of the detail. Errors in JSON,
// which has no comments, are told in a file beside it, of lines such as 3: summary:
// detail. What the command line gives stands behind # GIVEN:, and an error in it,
// which has no line, behind # ERROR IN GIVEN:.
func TestBad(t *testing.T) {
	var names []string
	for _, pattern := range []string{"testdata/bad/*.hcl", "testdata/bad/*.hcl.json"} {
		some, err := filepath.Glob(pattern)
		if err != nil || len(some) == 0 {
			t.Fatal("no files", pattern, err)
		}
		names = append(names, some...)
	}
	for _, name := range names {
		stem := strings.TrimSuffix(strings.TrimSuffix(name, ".json"), ".hcl")
		t.Run(filepath.Base(stem), func(t *testing.T) {
			x, diags, err := Load(name, givenIn(t, name), toyKinds())
			if err != nil {
				t.Fatal(err)
			}
			if x != nil || !diags.HasErrors() {
				t.Fatal("it is taken for good")
			}
			files, _ := filepath.Glob(stem + "/*/*.hcl") // of modules
			if isJSON(name) {
				files = append(files, stem+".errors")
			} else {
				files = append(files, name)
			}
			var want []marker
			for _, file := range files {
				want = append(want, markers(t, file)...)
			}
			wantDiagnostics(t, diags, want)
			readable(t, diags)
			var printed strings.Builder
			if err := diags.Write(&printed, 100, false); err != nil {
				t.Fatal(err)
			}
			if word := shownInnards.FindString(printed.String()); word != "" {
				t.Errorf("what is printed shows innards: %s", word)
			}
		})
	}
}

// givenIn reads what the command line gives to a file.
func givenIn(t *testing.T, name string) (v Values) {
	t.Helper()
	src, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(src)) {
		text, ok := strings.CutPrefix(strings.TrimSpace(line), "# GIVEN: ")
		flag, value, _ := strings.Cut(text, " ")
		switch {
		case !ok:
		case flag == "--var":
			v.Flags = append(v.Flags, value)
		case flag == "--var-file":
			v.Files = append(v.Files, value)
		default:
			t.Errorf("%s gives %s", name, flag)
		}
	}
	return v
}

// shownInnards is what HCL shows of values that are objects to it alone.
var shownInnards = regexp.MustCompile(`(?m)^with .*(stage|dataset|object).*$`)

// marker is an error that a comment says to expect.
type marker struct {
	file            string
	line            int
	summary, detail string
}

func markers(t *testing.T, file string) (all []marker) {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(string(src), "\n") {
		at := marker{file: file, line: i + 1}
		var texts []string
		switch {
		case strings.HasSuffix(file, ".errors"):
			number, text, _ := strings.Cut(line, ": ")
			if at.line, err = strconv.Atoi(number); err == nil {
				texts = []string{text}
			} else if line != "" {
				t.Errorf("%s:%d does not begin with the number of a line", file, i+1)
			}
			at.file = strings.TrimSuffix(file, ".errors") + ".hcl.json"
		case strings.HasPrefix(line, "# ERROR IN GIVEN: "):
			texts, at.file, at.line = []string{strings.TrimPrefix(line, "# ERROR IN GIVEN: ")}, "", 0
		default:
			texts = strings.Split(line, "# ERROR: ")[1:]
		}
		for _, text := range texts {
			var ok bool
			if at.summary, at.detail, ok = strings.Cut(strings.TrimSpace(text), ": "); !ok {
				t.Errorf("%s:%d: a marker is # ERROR: summary: detail", file, i+1)
			}
			all = append(all, at)
		}
	}
	return all
}

// wantDiagnostics matches diagnostics and markers one to one.
func wantDiagnostics(t *testing.T, diags *Diagnostics, want []marker) {
	t.Helper()
	for _, d := range diags.List() {
		at := -1
		for i, m := range want {
			if m.file == d.File && m.line == d.Line && m.summary == d.Summary && strings.Contains(d.Detail, m.detail) {
				at = i
				break
			}
		}
		if at < 0 {
			t.Errorf("not expected, %s:%d: %s: %s", d.File, d.Line, d.Summary, d.Detail)
			continue
		}
		want = append(want[:at], want[at+1:]...)
	}
	for _, m := range want {
		t.Errorf("missing, %s:%d: %s: %s", m.file, m.line, m.summary, m.detail)
	}
}

// innards are words that a person who writes experiments need not know.
var innards = regexp.MustCompile(`(?i)\bcapsule|\bcty\b|dynamic|tuple|primitive|pseudo|EncapsulatedValue|panic|goroutine|%!`)

// readable complains about diagnostics that do not read well.
func readable(t *testing.T, diags *Diagnostics) {
	t.Helper()
	for _, d := range diags.List() {
		text := fmt.Sprintf("%s: %s", d.Summary, d.Detail)
		if d.Summary == "" || d.Detail == "" {
			t.Errorf("a diagnostic without summary or detail: %q", text)
		}
		if word := innards.FindString(text); word != "" {
			t.Errorf("a diagnostic speaks of %q: %s", word, text)
		}
		if strings.HasSuffix(d.Detail, "..") || !strings.HasSuffix(d.Detail, ".") && !strings.HasSuffix(d.Detail, "?") {
			t.Errorf("a detail that is no sentence: %s", text)
		}
	}
}
