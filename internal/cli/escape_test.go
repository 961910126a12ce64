package cli

import "testing"

func TestEscaped(t *testing.T) {
	for _, c := range []struct {
		text  string
		color bool
		want  string
	}{
		{"plain é\n\tline", false, "plain é\n\tline"},
		{"\x1b[2Jgone\x07\r\x7f\u009b", false, `\x1b[2Jgone\a\r\x7f` + `\u009b`},
		{"\x1b[31mred\x1b[0m \x1b[8mhidden\x1b]0;title\x07", true, "\x1b[31mred\x1b[0m " + `\x1b[8mhidden\x1b]0;title\a`},
		{"\x1b[31mred", false, `\x1b[31mred`},
		{"\u202edlrow", true, `\u202edlrow`},
		{"\x1b[1;4m10\x1b[0m", true, "\x1b[1;4m10\x1b[0m"}, // as HCL underlines
	} {
		if got := escaped(c.text, c.color); got != c.want {
			t.Errorf("%q, not %q", got, c.want)
		}
	}
}
