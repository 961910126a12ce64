package graphsvg

import (
	"math"
	"unicode"
)

// Sizes of text and boxes, in pixels.
const (
	titleSize   = 13.0
	captionSize = 11.0
	textLeft    = 30.0 // of text in a box: behind its mark
	textRight   = 12.0
	boldSize    = 1.06 * titleSize // as wide as if it were
	wordGap     = 7.0
	longest     = 40 // letters of a line; longer ones are cut in the middle
)

// many is the number of nodes beyond which a node is one line.
const many = 80

// size is that of a node's box.
func (n *Node) size(dense bool) (width, height float64) {
	over, title := lineWidth(n.Over, captionSize), lineWidth(n.Title, boldSize)
	caption, note := lineWidth(n.Caption, captionSize), lineWidth(n.Note, captionSize)
	if dense {
		return math.Ceil(textLeft + title + wordGap + caption + textRight), 20
	}
	height = 26
	if n.Over != "" {
		height += 14
	}
	if n.Caption != "" {
		height += 15
	}
	if n.Note != "" {
		height += 14
	}
	if n.tasks() > 1 {
		height += 8 // the bar of its states
	}
	return math.Ceil(max(96, textLeft+max(over, title, caption, note)+textRight)), height
}

// lineWidth is about how wide a line is, or what is shown of it.
func lineWidth(text string, size float64) float64 { return size * textWidth(shortened(text)) }

// shortened cuts the middle out of a long text.
func shortened(text string) string {
	r := []rune(text)
	if len(r) <= longest {
		return text
	}
	return string(r[:longest/2]) + "…" + string(r[len(r)-longest/2+1:])
}

// textWidth is about how wide a text is in a font without serifs, in units of
// its size: there is no font at hand, and who looks at the picture has his own.
func textWidth(text string) float64 {
	w := 0.0
	for _, r := range text {
		switch {
		case r >= 0x1100:
			w += 1
		case unicode.In(r, unicode.Mn):
		case r == 'm' || r == 'w' || r == 'M' || r == 'W' || r == '@' || r == '%':
			w += 0.87
		case unicode.IsUpper(r):
			w += 0.68
		case r == 'i' || r == 'j' || r == 'l' || r == 't' || r == 'f' || r == 'r' || unicode.IsPunct(r) && r != '_' && r != '…' || r == '|' || r == ' ':
			w += 0.34
		default:
			w += 0.57
		}
	}
	return w
}
