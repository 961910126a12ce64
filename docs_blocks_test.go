package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// block is a fenced block of a Markdown page that a test can do something with:
// commands to run, or the content of a file.
//
// An HTML comment on the line before it says how, in parts between semicolons:
//
//	not run: why           do not run it
//	file: PATH             the block is this file
//	append: PATH           the block is added to this file
//	set: PATH              its lines "name = value" replace those of this file that set the name
//	insert: PATH           each of its lines goes before the first of this file that begins alike
//	in: FOLDER             run in this folder of the copy
//	with: NAME=VALUE …     run with these variables, such as those of a small size
//	needs: recordings, or python: MODULE MODULE…
type block struct {
	page     string
	line     int
	language string
	says     map[string]string
	lines    []string
}

func (b block) where() string { return fmt.Sprintf("%s:%d", b.page, b.line) }

// command is a command with what the page shows of its output.
type command struct {
	text  string
	exit  string
	shown []string // nil where the page shows nothing
}

var (
	fence     = regexp.MustCompile("^\\s*```(\\w*)")
	directive = regexp.MustCompile(`^\s*<!-- (not run|file|append|set|insert|in|with|needs): (.*) -->$`)
	runs      = regexp.MustCompile(`^(\$ |\./|reprise |go |git |python3? |cd |export |[A-Z_]+=\S+ )`)
	exits     = regexp.MustCompile(`# exit (\d+)`)
)

// pages are the Markdown pages whose commands are run.
func pages(t *testing.T) []string {
	t.Helper()
	found := []string{"README.md"}
	for _, pattern := range []string{"docs/*.md", "docs/*/*.md", "experiments/*/README.md"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, names...)
	}
	return found
}

// blocks reads the blocks of a page that are commands or files.
func blocks(t *testing.T, page string) []block {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var found []block
	var open *block
	said := map[string]string{}
	for i, line := range strings.Split(string(text), "\n") {
		m := fence.FindStringSubmatch(line)
		switch {
		case m != nil && open == nil:
			open = &block{page: page, line: i + 1, language: m[1], says: said}
		case m != nil:
			if len(open.says) > 0 || open.isShell() {
				found = append(found, *open)
			}
			open, said = nil, map[string]string{}
		case open != nil:
			open.lines = append(open.lines, line)
		case directive.MatchString(line):
			for part := range strings.SplitSeq(strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(line), "<!-- "), " -->"), "; ") {
				key, value, _ := strings.Cut(part, ": ")
				said[key] = value
			}
		case strings.TrimSpace(line) != "":
			said = map[string]string{}
		}
	}
	return found
}

func (b block) isShell() bool {
	if b.language != "" {
		return slices.Contains([]string{"sh", "bash", "console", "shell"}, b.language)
	}
	return len(b.lines) > 0 && runs.MatchString(b.lines[0]) || slices.ContainsFunc(b.lines, func(l string) bool { return strings.HasPrefix(l, "$ ") })
}

// commands takes a block apart. Where a line begins with "$ ", it is a command
// and what follows is its output; else every line is a command.
func (b block) commands() []command {
	var found []command
	dollars := slices.ContainsFunc(b.lines, func(l string) bool { return strings.HasPrefix(l, "$ ") })
	continued := false
	for _, line := range b.lines {
		text, isCommand := strings.CutPrefix(line, "$ ")
		switch {
		case continued:
			found[len(found)-1].text += "\n" + line
		case isCommand || !dollars && strings.TrimSpace(line) != "":
			c := command{text: text, exit: "0"}
			if m := exits.FindStringSubmatch(text); m != nil {
				c.exit = m[1]
			}
			found = append(found, c)
		case len(found) > 0:
			found[len(found)-1].shown = append(found[len(found)-1].shown, line)
			continue
		}
		continued = strings.HasSuffix(text, `\`)
	}
	return found
}

// write makes of the block the file that it says, in a folder, and tells whether
// it did.
func (b block) write(folder string) (bool, error) {
	text := strings.Join(b.lines, "\n") + "\n"
	path := func(key string) string { return filepath.Join(folder, b.says[key]) }
	switch {
	case b.says["file"] != "":
		if err := os.MkdirAll(filepath.Dir(path("file")), 0o777); err != nil {
			return true, err
		}
		return true, os.WriteFile(path("file"), []byte(text), 0o666)
	case b.says["append"] != "":
		before, err := os.ReadFile(path("append"))
		if err != nil {
			return true, err
		}
		return true, os.WriteFile(path("append"), []byte(string(before)+"\n"+text), 0o666)
	case b.says["set"] != "":
		before, err := os.ReadFile(path("set"))
		if err != nil {
			return true, err
		}
		after := string(before)
		for _, line := range b.lines {
			name, _, _ := strings.Cut(strings.TrimSpace(line), " ")
			old := regexp.MustCompile(`(?m)^\s*` + regexp.QuoteMeta(name) + ` +=.*$`).FindString(after)
			if old == "" {
				return true, fmt.Errorf("nothing in %s sets %s", b.says["set"], name)
			}
			after = strings.Replace(after, old, line, 1)
		}
		return true, os.WriteFile(path("set"), []byte(after), 0o666)
	case b.says["insert"] != "":
		before, err := os.ReadFile(path("insert"))
		if err != nil {
			return true, err
		}
		after := string(before)
		for _, line := range b.lines {
			alike := line[:min(6, len(line))]
			if !strings.Contains(after, "\n"+alike) {
				return true, fmt.Errorf("no line of %s begins with %q", b.says["insert"], alike)
			}
			after = strings.Replace(after, "\n"+alike, "\n"+line+"\n"+alike, 1)
		}
		return true, os.WriteFile(path("insert"), []byte(after), 0o666)
	}
	return false, nil
}
