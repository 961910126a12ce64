package cli

import (
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/mattn/go-runewidth"
)

// liveRow is a line that tells how far something is.
type liveRow struct {
	name   string
	share  float64 // of it that is done; below 0: nobody knows
	step   string
	figure string
	time   string
}

const (
	widestBar    = 24
	narrowestBar = 8
	shortName    = 20 // to which names are cut before anything is left out
)

// widths are those of a liveRow's parts; 0: it is left out.
type widths struct{ name, bar, step, figure, time int }

func (w widths) total() int {
	total := w.name
	for _, n := range []int{w.bar, w.step, w.figure, w.time} {
		if n > 0 {
			total += between + n
		}
	}
	return total
}

// widen makes room for rows. Widths never shrink while a run goes on, but the
// name's, or columns would jump to and fro.
func (w *widths) widen(rows []liveRow) {
	w.name = 0
	for _, r := range rows {
		w.name = max(w.name, widthOf(r.name))
		w.step, w.figure, w.time = max(w.step, widthOf(r.step)), max(w.figure, widthOf(r.figure)), max(w.time, widthOf(r.time))
		if r.share >= 0 {
			w.bar = widestBar
		}
	}
}

// within are widths that fit into a line: the bar shrinks first, then names do;
// then bar, figure and step are left out, and last the time.
func (w widths) within(width int) widths {
	name := w.name
	w.bar -= min(max(w.total()-width, 0), max(w.bar-narrowestBar, 0))
	w.name -= min(max(w.total()-width, 0), max(w.name-shortName, 0))
	for _, part := range []*int{&w.bar, &w.figure, &w.step, &w.time} {
		if w.total() > width {
			*part = 0
		}
	}
	w.name = min(name, max(w.name+width-w.total(), 0))
	return w
}

// line is a row in columns of these widths.
func (w widths) line(r liveRow, l look) string {
	var b strings.Builder
	cell := func(s string, width int) {
		if width > 0 {
			b.WriteString(strings.Repeat(" ", between) + s + strings.Repeat(" ", max(width-widthOf(s), 0)))
		}
	}
	name := elided(r.name, w.name)
	b.WriteString(name + strings.Repeat(" ", w.name-widthOf(name)))
	cell(w.drawBar(r.share, l), w.bar)
	cell(r.step, w.step)
	cell(r.figure, w.figure)
	cell(r.time, w.time)
	return escaped(strings.TrimRight(b.String(), " "), l.color)
}

func (w widths) drawBar(share float64, l look) string {
	if share < 0 {
		return ""
	}
	cells := w.bar / runewidth.RuneWidth('━') // which is two in some locales
	full := min(int(share*float64(cells)), cells)
	return l.paint(green, strings.Repeat("━", full)) + l.paint(faint, strings.Repeat("─", cells-full))
}

// widthOf is how wide a terminal shows a text.
func widthOf(s string) int { return text.StringWidthWithoutEscSequences(s) }
