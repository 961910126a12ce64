package cli

import (
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"
)

// table prints rows under the names of their columns; without names, rows alone.
// Where the terminal is too narrow, columns without text are left out, then what
// may wrap stands below its row, then the least columns are left out, a long first
// cell has a line of its own, and at last each row is a list of its fields.
func (u *ui) table(columns []column, rows [][]string) {
	if u.json || len(rows) == 0 {
		return
	}
	columns, rows = slices.Clone(columns), oneLine(rows)
	g := natural(columns, rows, u.outLook.width)
	fits := g.width == 0 || g.wrap()
	if !fits {
		columns, rows = withoutEmpty(columns, rows)
		g = natural(columns, rows, g.width)
		fits = g.wrap() || g.lower()
	}
	var left []string
	for i := len(columns) - 1; i > 0 && len(columns) > 2 && !fits; i-- {
		if columns[i].least {
			left = append(left, columns[i].name)
			columns, rows = without(i, columns, rows)
			g.columns, g.widths = columns, slices.Delete(g.widths, i, i+1)
			fits = g.left() >= 0
		}
	}
	if fits || g.shorten() {
		u.grid(g, rows)
	} else {
		u.fields(columns, rows)
	}
	if len(left) > 0 {
		slices.Reverse(left)
		u.prose(u.outLook.paint(faint, "not shown for want of width: "+join(left)))
	}
}

// grid prints rows, and above them the names of columns that have one.
func (u *ui) grid(g grid, rows [][]string) {
	var header []string
	named := false
	for _, c := range g.columns {
		header = append(header, u.outLook.paint(bold, c.name))
		named = named || c.name != ""
	}
	lines := []string{}
	if named {
		for i, w := range g.widths {
			if w == 0 {
				header[i] = "" // what stands below its row explains itself
			}
		}
		lines = g.lines(header)
	}
	for _, r := range rows {
		lines = append(lines, g.lines(r)...)
	}
	u.print("%s", strings.Join(lines, "\n")) // at once: ten thousand calls of the system take longer than the table
}

// breaks are what would end a row's line within a cell, such as a key of for_each.
var breaks = strings.NewReplacer("\n", `\n`, "\r", `\r`, "\t", `\t`)

func oneLine(rows [][]string) [][]string {
	out := make([][]string, len(rows))
	for i, r := range rows {
		for _, cell := range r {
			out[i] = append(out[i], breaks.Replace(cell))
		}
	}
	return out
}

// without leaves out a column; the lists are its own to change.
func without(i int, columns []column, rows [][]string) ([]column, [][]string) {
	for j := range rows {
		rows[j] = slices.Delete(rows[j], i, i+1)
	}
	return slices.Delete(columns, i, i+1), rows
}

// withoutEmpty leaves out the columns, but the first, in which no row has text.
func withoutEmpty(columns []column, rows [][]string) ([]column, [][]string) {
	for i := len(columns) - 1; i > 0; i-- {
		if !slices.ContainsFunc(rows, func(r []string) bool { return r[i] != "" }) {
			columns, rows = without(i, columns, rows)
		}
	}
	return columns, rows
}

// fields prints each row as its first cell and, below it, the others that have
// text, each with the name of its column. Cells of columns without names follow
// each other as far as the line goes.
func (u *ui) fields(columns []column, rows [][]string) {
	const indent = "  "
	name := 0
	for _, c := range columns[1:] {
		name = max(name, widthOf(c.name))
	}
	for _, r := range rows {
		if name == 0 {
			u.flow(r, indent+indent)
			continue
		}
		if r[0] != "" {
			u.hang("", r[0], indent)
		}
		for i, c := range columns[1:] {
			if cell := r[i+1]; cell != "" {
				first := indent + u.outLook.paint(faint, text.Pad(c.name, name, ' ')) + indent
				u.hang(first, cell, strings.Repeat(" ", name+2*len(indent)))
			}
		}
	}
}

// flow prints cells behind each other, on further lines where they do not fit.
func (u *ui) flow(cells []string, indent string) {
	line, before := "", ""
	for _, cell := range cells {
		longer := line + strings.Repeat(" ", between) + cell
		switch {
		case cell == "":
		case line == "":
			line = cell
		case widthOf(before+longer) > u.outLook.width:
			u.hang(before, line, indent)
			line, before = cell, indent
		default:
			line = longer
		}
	}
	u.hang(before, line, indent)
}

// hang prints text behind what its first line begins with; further lines have an
// indent.
func (u *ui) hang(first, cell, indent string) {
	for _, line := range hanging(first, cell, indent, u.outLook.width) {
		u.print("%s", line)
	}
}

// prose prints a line of a result, broken at words where it is long.
func (u *ui) prose(line string) { u.hang("", line, "  ") }

// wrapped breaks prose at words; paragraphs, lists and code keep their lines.
func wrapped(prose string, width int) string {
	if width == 0 {
		return prose
	}
	return text.WrapSoft(prose, width-1)
}
