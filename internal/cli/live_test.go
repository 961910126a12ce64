package cli

import (
	"fmt"
	"strings"
	"testing"
)

// screen is a terminal that knows what live lines use: a column is not wider than
// it, since they are not.
type screen struct {
	lines  []string
	row    int
	writes int
}

func (s *screen) Write(b []byte) (int, error) {
	s.writes++
	for text := string(b); text != ""; {
		for len(s.lines) <= s.row {
			s.lines = append(s.lines, "")
		}
		var after string
		switch {
		case strings.HasPrefix(text, "\x1b[?2026"):
			after = text[len("\x1b[?2026h"):]
		case strings.HasPrefix(text, "\x1b[A"):
			s.row, after = s.row-1, text[3:]
		case strings.HasPrefix(text, "\x1b[J"):
			s.lines, after = s.lines[:s.row], text[3:]
		case strings.HasPrefix(text, "\x1b[K"):
			after = text[3:]
		case strings.HasPrefix(text, "\r\n"):
			s.row, after = s.row+1, text[2:]
		case text[0] == '\r':
			after = text[1:]
		default:
			end := strings.IndexAny(text, "\r\x1b")
			if end < 0 {
				return 0, fmt.Errorf("no end of a line in %q", text)
			}
			s.lines[s.row], after = text[:end], text[end:]
		}
		text = after
	}
	return len(b), nil
}

// What stays is above the lines that change, which are drawn in one write and only
// where something changed, and leave nothing behind.
func TestLiveLines(t *testing.T) {
	s := &screen{}
	now := []string{}
	l := &live{out: s, size: func() (int, int) { return 40, 10 }, lines: func(width, most int) []string {
		if width != 40 || most != 9 {
			t.Errorf("room for %d lines of %d", most, width)
		}
		return now
	}, end: make(chan struct{})}
	looks := func(want ...string) {
		t.Helper()
		if got := strings.Join(s.lines, "\n"); strings.TrimRight(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("the screen shows\n%s\nnot\n%s", got, strings.Join(want, "\n"))
		}
	}
	now = []string{"fit 1/3", "1 of 2 tasks"}
	l.draw()
	looks("fit 1/3", "1 of 2 tasks")
	fmt.Fprintln(l, "done a")
	looks("fit 1/3", "1 of 2 tasks") // with the next drawing
	now = []string{"fit 2/3", "law", "1 of 2 tasks"}
	before := s.writes
	l.draw()
	looks("done a", "fit 2/3", "law", "1 of 2 tasks")
	l.draw()
	if s.writes != before+1 {
		t.Errorf("%d writes for one change", s.writes-before)
	}
	now = []string{"2 of 2 tasks"}
	l.draw()
	looks("done a", "2 of 2 tasks")
	fmt.Fprintln(l, "done b\ndone c")
	l.stop()
	looks("done a", "done b", "done c")
}
