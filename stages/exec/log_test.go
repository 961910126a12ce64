package exec

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"reprise/spec"
)

func TestHead(t *testing.T) {
	said := &head{left: 10}
	for range 1000 {
		if n, err := fmt.Fprint(said, "abcd"); n != 4 || err != nil {
			t.Fatalf("a program must not notice: %d, %v", n, err)
		}
	}
	if got := said.String(); got != "abcdabcdab" {
		t.Errorf("%q", got)
	}
}

func TestProgressLines(t *testing.T) {
	var log bytes.Buffer
	var told []spec.Progress
	w := &progressLines{to: &log, progress: func(p spec.Progress) { told = append(told, p) }}
	for _, part := range []string{
		"one\nreprise-prog", "ress {\"done\": 2, \"total\": 5, \"loss\": 0.5}\ntwo\n",
		"reprise-progress null\nreprise-progress half\n", strings.Repeat("x", 2*longestLine), "\nlast",
	} {
		fmt.Fprint(w, part)
	}
	w.flush()
	want := "one\ntwo\nreprise-progress null\nreprise-progress half\n" + strings.Repeat("x", 2*longestLine) + "\nlast"
	if log.String() != want {
		t.Errorf("the log has %d bytes, not %d: %.80q", log.Len(), len(want), log.String())
	}
	if len(told) != 1 || told[0].Done != 2 || told[0].Total != 5 || told[0].Values["loss"] != 0.5 || len(told[0].Values) != 1 {
		t.Errorf("%+v", told)
	}
}

func TestTail(t *testing.T) {
	var said tail
	for i := range 100_000 {
		fmt.Fprintf(&said, "line %d\n", i)
	}
	lines := said.lines()
	if len(lines) != tailLines || lines[tailLines-1] != "line 99999" || cap(said.b) > 8*tailBytes {
		t.Errorf("%d bytes, %q", cap(said.b), lines)
	}
	if lines := (&tail{b: []byte("\n \n")}).lines(); lines != nil {
		t.Errorf("%q", lines)
	}
}

func TestShown(t *testing.T) {
	command := []string{"python3", "-c", "print('a b')", "", "--rank=2", "x\ny"}
	if got, want := shown(command), `python3 -c 'print('\''a b'\'')' '' --rank=2 'x`+"\n"+`y'`; got != want {
		t.Errorf("%s, not %s", got, want)
	}
	if got := brief(slices.Repeat([]string{"é"}, 500)); len([]rune(got)) != 100 || strings.Contains(got, "\n") {
		t.Errorf("%q", got)
	}
}

func TestSome(t *testing.T) {
	if got, want := some([]string{"a.txt", "b c", "d\x1b[0m\n", ""}), `a.txt, b c, "d\x1b[0m\n", ""`; got != want {
		t.Errorf("%s, not %s", got, want)
	}
	if got := some(strings.Split("abcdefghijklm", "")); got != "a, b, c, d, e, f, g, h, i, j and 3 more" {
		t.Error(got)
	}
}
