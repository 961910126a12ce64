package main

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// volatile is what differs from one run of a command to the next, and the word
// that stands for it when output is compared.
var volatile = []struct {
	form *regexp.Regexp
	word string
}{
	{regexp.MustCompile(`\d{8}T\d{6}Z-[0-9a-f]{6}`), "RUN"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d( at)? \d\d:\d\d(:\d\d)?( \+\d{4})?`), "DATE"},
	{regexp.MustCompile(`\b[0-9a-f]{12,64}\b`), "DIGEST"},
	{regexp.MustCompile(`<?\b\d+(\.\d+)? ?(ns|µs|ms|s|min|h)\b`), "TIME"},
	{regexp.MustCompile(`with \d+ jobs?( \(between TIME and TIME\))?`), "with JOBS"},
	{regexp.MustCompile(`\b\d+(\.\d+)? (B|kB|MB|GB)\b`), "SIZE"},
	{regexp.MustCompile(`go1\.\d+(\.\d+)?`), "GO"},
	{regexp.MustCompile(`with \d+ and \d+ threads`), "with THREADS"},
	{regexp.MustCompile(`machine \S+,`), "machine NAME,"},
}

// progress is what a run tells while it runs, where there is no terminal.
var progress = regexp.MustCompile(`^((started|done|cached|failed|next:|then:) |\d+ tasks? cached$)`)

// comparable are the lines of an output without what differs each time.
func comparable(lines []string) []string {
	var out []string
	for _, line := range lines {
		line = strings.Join(strings.Fields(line), " ")
		if line == "" || progress.MatchString(line) {
			continue
		}
		for _, v := range volatile {
			line = v.form.ReplaceAllString(line, v.word)
		}
		out = append(out, line)
	}
	return out
}

// misses tells in which way an output is not what a page shows; "" where it is.
// A shown line "…" stands for any lines, "…" within a line for any text, and
// numbers with a point need agree within 2 %.
func misses(shown, output []string) string {
	want, got := comparable(shown), comparable(output)
	skips, next := false, 0
	for _, line := range want {
		if line == "…" {
			skips = true
			continue
		}
		from := next
		for next < len(got) && !sameLine(line, got[next]) && skips {
			next++
		}
		if next == len(got) || !sameLine(line, got[next]) {
			rest := got[min(from, len(got)):]
			return fmt.Sprintf("the page shows\n\t%s\nwhere the output goes on with\n\t%s", line, strings.Join(rest, "\n\t"))
		}
		next++
		skips = false
	}
	if next < len(got) && !skips {
		return "the page ends where the output goes on with\n\t" + strings.Join(got[next:], "\n\t")
	}
	return ""
}

func sameLine(shown, got string) bool {
	if parts := strings.Split(shown, "…"); len(parts) > 1 {
		for i := range parts {
			parts[i] = regexp.QuoteMeta(parts[i])
		}
		return regexp.MustCompile("^" + strings.Join(parts, ".*") + "$").MatchString(got)
	}
	a, b := strings.Fields(shown), strings.Fields(got)
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] && !near(a[i], b[i]) {
			return false
		}
	}
	return true
}

func near(shown, got string) bool {
	a, err := strconv.ParseFloat(strings.Trim(shown, "(),;%"), 64)
	b, err2 := strconv.ParseFloat(strings.Trim(got, "(),;%"), 64)
	return err == nil && err2 == nil && strings.Contains(shown, ".") && math.Abs(a-b) <= 0.02*max(math.Abs(a), math.Abs(b))
}

func TestMisses(t *testing.T) {
	output := []string{"started stage.a: never run", "task   state  time", "a      done   13 ms", "b      done   14 ms", "", "score 0.1234", "2 run, 0 cached in 0.1 s"}
	for _, c := range []struct {
		shown string
		same  bool
	}{
		{"task state time\na done 3 ms\nb done 2.1 s\nscore 0.1235\n2 run, 0 cached in 4 s", true},
		{"…\nscore 0.12…\n…", true},
		{"…\n2 run, 0 cached in 4 s", true},
		{"task state time\n…", true},
		{"task state time\na done 3 ms", false},
		{"…\nscore 0.15\n…", false},
		{"…\n3 run, 0 cached in 4 s", false},
		{"…\nscore 0.1234\nb done 1 s\n…", false},
	} {
		if got := misses(strings.Split(c.shown, "\n"), output); (got == "") != c.same {
			t.Errorf("%q: %q", c.shown, got)
		}
	}
}
