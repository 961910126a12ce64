package spec

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestBad reads every file of testdata/bad and expects exactly the errors that
// comments on its lines tell: # ERROR: summary: part of the detail.
func TestBad(t *testing.T) {
	names, err := filepath.Glob("testdata/bad/*.hcl")
	if err != nil || len(names) == 0 {
		t.Fatal("no files", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".hcl"), func(t *testing.T) {
			x, diags, err := Load(name, Values{}, toyKinds())
			if err != nil {
				t.Fatal(err)
			}
			if x != nil || !diags.HasErrors() {
				t.Fatal("it is taken for good")
			}
			inner, _ := filepath.Glob(strings.TrimSuffix(name, ".hcl") + "/*/*.hcl") // of modules
			var want []marker
			for _, file := range append(inner, name) {
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
	for i, line := range bytes.Split(src, []byte("\n")) {
		for _, text := range strings.Split(string(line), "# ERROR: ")[1:] {
			summary, detail, ok := strings.Cut(strings.TrimSpace(text), ": ")
			if !ok {
				t.Errorf("line %d: a marker is # ERROR: summary: detail", i+1)
			}
			all = append(all, marker{file, i + 1, summary, detail})
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
