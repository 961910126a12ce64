package runner

import (
	"strings"
	"testing"
)

func TestReasonsInWords(t *testing.T) {
	const old = "reprise-key 1\nkind fit\nformat 1\ncode stages/fit aaaa\ncode gonum.org/v1/gonum v0.15.0\ncode stages/gone bbbb\nset rank 2\nset name \"a b\"\nset loss \"mse\"\nset note null\nset long \"x\"\nin trials 1\nfile data 2\n"
	const now = "reprise-key 1\nkind fit2\nformat 2\ncode stages/fit cccc\ncode gonum.org/v1/gonum v0.16.0\ncode stages/new dddd\nset rank 3\nset name \"b c\"\nset loss \"l1\"\nset note 5\nset extra 1\nset long \"0123456789012345678901234567890123456789012345678901234567890123456789\"\nin trials 2\nfile data 3\n"
	want := []string{"kind: fit -> fit2", "the encoding of artifacts changed", "code: stages/fit changed", "code: gonum.org/v1/gonum v0.15.0 -> v0.16.0",
		"code: stages/new is new", "rank: 2 -> 3", `name: "a b" -> "b c"`, "loss: mse -> l1", "note: (not given) -> 5", "extra: (none) -> 1",
		`long: x -> "01234567890123456789012345678901234567890123456789012345…`, "input trials changed", "file of data has new content", "code: stages/gone is no longer used"}
	var got []string
	for _, d := range Differences(old, now) {
		got = append(got, d.String())
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if d := Differences("reprise-key 1\n", "reprise-key 2\n"); len(d) != 1 || d[0].String() != "the form of keys changed" {
		t.Errorf("%v", d)
	}
}
