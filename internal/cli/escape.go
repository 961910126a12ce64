package cli

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
	"unicode"
)

// colors are the sequences that paint text here and in diagnostics.
var colors = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\x1b\[(?:[0124]|1;4|3[0-7]|38;5;\d{1,3})m`) })

// plain is a text that came from elsewhere, in which nothing paints.
func plain(text string) string { return escaped(text, false) }

// escaped writes out the control characters of a text, those that turn its direction too: names and messages come
// from programs and files, and a terminal would obey them. Line ends and tabs
// stay, and colours where they are shown.
func escaped(text string, color bool) string {
	isCommand := func(r rune) bool {
		return (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) && r != '\n' && r != '\t'
	}
	if !strings.ContainsFunc(text, isCommand) {
		return text
	}
	var b strings.Builder
	for i, r := range text {
		switch {
		case !isCommand(r):
			b.WriteRune(r)
		case color && colors().MatchString(text[i:]):
			b.WriteRune(r)
		default:
			quoted := strconv.QuoteRune(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		}
	}
	return b.String()
}
