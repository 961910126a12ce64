package spec

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/agext/levenshtein"
	"github.com/hashicorp/hcl/v2"
)

// Diagnostics are what is wrong with an experiment: each with a summary, its
// place in the source, and what to do.
type Diagnostics struct {
	list  hcl.Diagnostics
	files map[string]*hcl.File
}

// HasErrors tells whether anything is wrong.
func (d *Diagnostics) HasErrors() bool { return d != nil && d.list.HasErrors() }

// Error lists the diagnostics, one a line: file:line: summary: detail.
func (d *Diagnostics) Error() string {
	var lines []string
	for _, x := range d.list {
		at := ""
		if x.Subject != nil {
			at = fmt.Sprintf("%s:%d: ", x.Subject.Filename, x.Subject.Start.Line)
		}
		lines = append(lines, at+x.Summary+": "+x.Detail)
	}
	return strings.Join(lines, "\n")
}

// Write prints every diagnostic with its source line underlined.
func (d *Diagnostics) Write(w io.Writer, width int, color bool) error {
	files := map[string]*hcl.File{}
	for name, f := range d.files {
		files[name] = f
		if shown := shownText(string(f.Bytes)); len(shown) == len(f.Bytes) { // else it is no text at all
			files[name] = &hcl.File{Bytes: []byte(shown), Nav: f.Nav}
		}
	}
	for _, x := range d.list {
		x, files := printable(x, files)
		if err := hcl.NewDiagnosticTextWriter(w, files, uint(max(width, 40)), color).WriteDiagnostic(x); err != nil {
			return err
		}
	}
	return nil
}

// longLine is how much of a line is shown to each side of a fault, bytes.
const longLine = 200

// printable returns a diagnostic without what a terminal would obey, and with its
// file, of which a long line is cut to the part that it is about.
func printable(x *hcl.Diagnostic, files map[string]*hcl.File) (*hcl.Diagnostic, map[string]*hcl.File) {
	shown := *x
	shown.Summary, shown.Detail = shownText(x.Summary), shownText(x.Detail)
	if x.Subject == nil || files[x.Subject.Filename] == nil {
		return &shown, files
	}
	src, at := files[x.Subject.Filename].Bytes, *x.Subject
	begin := min(at.Start.Byte, len(src))
	line := bytes.LastIndexByte(src[:begin], '\n') + 1
	end := len(src)
	if i := bytes.IndexByte(src[begin:], '\n'); i >= 0 {
		end = begin + i
	}
	if end-line <= 3*longLine {
		return &shown, files
	}
	first, last := max(runeStart(src, begin-longLine), line), min(runeStart(src, begin+longLine), end)
	src = slices.Concat(src[:line], src[first:last], src[end:])
	at.Start.Byte -= first - line
	at.End.Byte = min(max(at.End.Byte, begin+1), last) - (first - line)
	at.End.Line = at.Start.Line
	shown.Context, shown.Expression = nil, nil
	shown.Subject = &at
	return &shown, map[string]*hcl.File{at.Filename: {Bytes: src, Nav: files[at.Filename].Nav}}
}

// runeStart is the beginning of the character that a byte is of.
func runeStart(src []byte, at int) int {
	at = max(min(at, len(src)), 0)
	for at > 0 && at < len(src) && !utf8.RuneStart(src[at]) {
		at--
	}
	return at
}

// shownText has a ? for each byte of a character that a terminal would obey.
func shownText(s string) string {
	return strings.Map(func(r rune) rune {
		if r == 0x7f || r < ' ' && r != '\n' && r != '\t' && r != '\r' {
			return '?'
		}
		return r
	}, strings.NewReplacer(c1...).Replace(s))
}

// c1 are the controls of two bytes.
var c1 = func() (pairs []string) {
	for r := rune(0x80); r <= 0x9f; r++ {
		pairs = append(pairs, string(r), "??")
	}
	return pairs
}()

// Diagnostic is one diagnostic for programs.
type Diagnostic struct {
	Summary string `json:"summary"`
	Detail  string `json:"detail"`
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
}

// List returns the diagnostics for programs.
func (d *Diagnostics) List() []Diagnostic {
	var out []Diagnostic
	for _, x := range d.list {
		one := Diagnostic{Summary: x.Summary, Detail: x.Detail}
		if x.Subject != nil {
			one.File, one.Line, one.Column = x.Subject.Filename, x.Subject.Start.Line, x.Subject.Start.Column
		}
		out = append(out, one)
	}
	return out
}

// sorted puts diagnostics in the order of the source and drops repetitions.
func (d *Diagnostics) sorted() *Diagnostics {
	slices.SortStableFunc(d.list, func(a, b *hcl.Diagnostic) int {
		switch {
		case a.Subject == nil && b.Subject == nil:
			return 0
		case a.Subject == nil:
			return -1
		case b.Subject == nil:
			return 1
		}
		if c := strings.Compare(a.Subject.Filename, b.Subject.Filename); c != 0 {
			return c
		}
		return a.Subject.Start.Byte - b.Subject.Start.Byte
	})
	type place struct{ file, text string }
	told := map[place]bool{}
	d.list = slices.DeleteFunc(d.list, func(x *hcl.Diagnostic) bool {
		at := place{text: x.Summary + x.Detail}
		if x.Subject != nil {
			at.file = x.Subject.String()
		}
		again := told[at]
		told[at] = true
		return again
	})
	return d
}

func fault(at hcl.Range, summary, detail string, args ...any) *hcl.Diagnostic {
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: fmt.Sprintf(detail, args...), Subject: &at}
}

// withArticle puts "a" or "an" before a word.
func withArticle(word string) string {
	if word != "" && strings.ContainsRune("aeiou", rune(word[0])) {
		return "an " + word
	}
	return "a " + word
}

// start writes a sentence's first letter large.
func start(sentence string) string { return strings.ToUpper(sentence[:1]) + sentence[1:] }

// nearest ends a sentence with the valid name that a misspelt one is closest to,
// or with the names there are where none is close.
func nearest(name string, valid []string) string {
	best, distance := "", math.MaxInt
	for _, v := range valid {
		if d := levenshtein.Distance(name, v, nil); d < distance && d <= max(len(name), len(v))/2 {
			best, distance = v, d
		}
	}
	switch {
	case best != "":
		return fmt.Sprintf(" Did you mean %q?", best)
	case len(valid) == 0:
		return " There is none."
	case len(valid) > 12:
		return ""
	}
	return fmt.Sprintf(" There is %s.", strings.Join(valid, ", "))
}

// nearestOf is nearest without the list of all names.
func nearestOf(name string, valid []string) string {
	if s := nearest(name, valid); strings.HasPrefix(s, " Did") {
		return s
	}
	return ""
}

// manyFaults is how many faults are told with the nearest name, which takes
// time for each name that is declared.
const manyFaults = 200

// nearestDeclared is nearest among what is declared: root is "var", "stage", ….
func (p *parser) nearestDeclared(root, name string) string {
	if len(p.diags) > manyFaults {
		return ""
	}
	return nearest(name, p.names[root])
}
