// Package reference makes the pages of docs/reference from the code: kinds,
// functions and commands, each in Markdown.
package reference

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"reprise/spec"
)

// Pages returns the pages by their files' names.
func Pages(kinds spec.Kinds, root *cobra.Command) map[string]string {
	return map[string]string{
		"kinds.md":     kindsPage(kinds),
		"functions.md": functionsPage(spec.Functions()),
		"commands.md":  commandsPage(root),
	}
}

// page is Markdown that is being written.
type page struct{ strings.Builder }

func newPage(title, about string) *page {
	p := &page{}
	p.line("<!-- Made from the code by: go generate . -->")
	p.line("# %s\n\n%s", title, about)
	return p
}

func (p *page) line(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

// table writes a table, if it has rows.
func (p *page) table(header []string, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	p.line("\n| %s |\n|%s", strings.Join(header, " | "), strings.Repeat(" --- |", len(header)))
	for _, row := range rows {
		for i, cell := range row {
			row[i] = strings.ReplaceAll(cell, "|", `\|`)
		}
		p.line("| %s |", strings.Join(row, " | "))
	}
}

// fenced writes lines as they are.
func (p *page) fenced(language, text string) { p.line("\n```%s\n%s\n```", language, text) }

// prose writes paragraphs of plain text. Those that are laid out by hand, which
// begin with spaces, stay as they are.
func (p *page) prose(text string) {
	var laidOut []string
	flush := func() {
		if laidOut != nil {
			p.fenced("text", outdented(strings.Join(laidOut, "\n\n")))
			laidOut = nil
		}
	}
	for _, paragraph := range strings.Split(strings.TrimSpace(text), "\n\n") {
		if strings.HasPrefix(paragraph, "  ") {
			laidOut = append(laidOut, paragraph)
			continue
		}
		flush()
		p.line("\n%s", plain(paragraph))
	}
	flush()
}

// outdented takes away the spaces that all lines begin with.
func outdented(text string) string {
	lines := strings.Split(text, "\n")
	least := len(text)
	for _, line := range lines {
		if line != "" {
			least = min(least, len(line)-len(strings.TrimLeft(line, " ")))
		}
	}
	for i, line := range lines {
		lines[i] = line[min(least, len(line)):]
	}
	return strings.Join(lines, "\n")
}

// plain escapes what Markdown would take for more than letters.
var plain = strings.NewReplacer("<", "&lt;", "*", `\*`).Replace

// code is text in a font of fixed width; "" stays "".
func code(text string) string {
	switch {
	case text == "":
		return ""
	case strings.Contains(text, "`"):
		return "`` " + text + " ``"
	}
	return "`" + text + "`"
}
