package plot

import (
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// shortened is a text that is no wider than that: where it must, it has "…" for
// a part of it, not of its end, which often tells it from others.
func shortened(style draw.TextStyle, text string, width vg.Length) string {
	if style.Width(text) <= width {
		return text
	}
	letters := []rune(text)
	for n := len(letters) - 1; n > 0; n-- {
		tail := n / 3
		cut := strings.TrimRight(string(letters[:n-tail]), " ") + "…" + strings.TrimLeft(string(letters[len(letters)-tail:]), " ")
		if style.Width(cut) <= width {
			return cut
		}
	}
	return "…"
}

// wrapped breaks a text between words into lines that are no wider than that.
func wrapped(style draw.TextStyle, text string, width vg.Length) []string {
	var lines []string
	for _, word := range strings.Fields(text) {
		last := len(lines) - 1
		if last >= 0 && style.Width(lines[last]+" "+word) <= width {
			lines[last] += " " + word
			continue
		}
		lines = append(lines, word)
	}
	for i := range lines {
		lines[i] = shortened(style, lines[i], width)
	}
	return lines
}
