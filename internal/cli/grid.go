package cli

import (
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"
)

const (
	between  = 2  // spaces between columns
	narrow   = 32 // a column that wraps is no narrower than this, unless its text is
	leastKey = 12 // nor the first, where its longer cells have lines of their own
	below    = "    "
)

// column is one of a printed table.
type column struct {
	name  string
	right bool // numbers end below each other
	wrap  bool // takes what the others leave of the terminal's width
	least bool // is left out where there is no room
}

// grid is how wide the columns of a table are. Those of width 0 stand below their
// rows.
type grid struct {
	columns []column
	widths  []int
	width   int // of the terminal; 0: no limit
}

// natural is the grid that needs no cell to be broken.
func natural(columns []column, rows [][]string, width int) grid {
	g := grid{columns: columns, width: width}
	for i, c := range columns {
		widest := widthOf(c.name)
		for _, r := range rows {
			widest = max(widest, widthOf(r[i]))
		}
		g.widths = append(g.widths, widest)
	}
	return g
}

// left is what columns leave of the terminal's width.
func (g *grid) left() int {
	left := g.width + between
	for _, w := range g.widths {
		if w > 0 {
			left -= w + between
		}
	}
	return left
}

// wrap makes columns that wrap narrower, the widest first, and tells whether all
// fits then.
func (g *grid) wrap() bool {
	var wide []int
	for i, c := range g.columns {
		if c.wrap && g.widths[i] > narrow {
			wide = append(wide, i)
		}
	}
	for g.left() < 0 {
		slices.SortFunc(wide, func(a, b int) int { return g.widths[b] - g.widths[a] })
		if len(wide) == 0 || g.widths[wide[0]] == narrow {
			return false
		}
		least := narrow
		if len(wide) > 1 {
			least = max(least, g.widths[wide[1]])
		}
		if least == g.widths[wide[0]] { // two are as wide as each other
			least--
		}
		g.widths[wide[0]] -= min(-g.left(), g.widths[wide[0]]-least)
	}
	return true
}

// lower moves columns that wrap below their rows.
func (g *grid) lower() bool {
	for i, c := range g.columns {
		if c.wrap && i > 0 {
			g.widths[i] = 0
		}
	}
	return g.left() >= 0
}

// shorten makes the first column narrower.
func (g *grid) shorten() bool {
	g.widths[0] = max(min(g.widths[0], g.widths[0]+g.left()), min(g.widths[0], leastKey))
	return g.left() >= 0
}

// lines are a row as the grid has it. A first cell that is too long has a line of
// its own.
func (g *grid) lines(row []string) (lines []string) {
	row = slices.Clone(row)
	if g.width > 0 && widthOf(row[0]) > g.widths[0] {
		lines = append(lines, hanging("", row[0], below, g.width)...)
		row[0] = ""
	}
	cells := make([][]string, len(row))
	rest := 0
	for i, cell := range row {
		switch {
		case cell == "" || g.widths[i] == 0:
			continue
		case g.columns[i].wrap && g.width > 0:
			cells[i] = strings.Split(text.WrapSoft(cell, g.widths[i]), "\n")
		default:
			cells[i] = []string{cell}
		}
		rest = max(rest, len(cells[i]))
	}
	for n := range rest {
		lines = append(lines, g.line(cells, n))
	}
	for i, cell := range row {
		if cell != "" && g.widths[i] == 0 {
			lines = append(lines, hanging(below, cell, below, g.width)...)
		}
	}
	return lines
}

// line is the n-th line of a row's cells.
func (g *grid) line(cells [][]string, n int) string {
	var b strings.Builder
	for i, c := range cells {
		if g.widths[i] == 0 {
			continue
		}
		cell := ""
		if n < len(c) {
			cell = strings.TrimRight(c[n], " ")
		}
		if b.Len() > 0 {
			b.WriteString(strings.Repeat(" ", between))
		}
		space := strings.Repeat(" ", max(g.widths[i]-widthOf(cell), 0))
		if g.columns[i].right {
			cell = space + cell
		} else {
			cell += space
		}
		b.WriteString(cell)
	}
	return strings.TrimRight(b.String(), " ")
}

// hanging is text behind what its first line begins with, broken between words;
// further lines have an indent. A word is never broken: it may be a path or an
// address, to be copied. Without a width it is one line.
func hanging(first, cell, indent string, width int) (lines []string) {
	if width == 0 || widthOf(first+cell) <= width {
		return []string{first + cell}
	}
	line, empty := first, true
	for _, word := range strings.Split(cell, " ") {
		switch {
		case empty:
			line += word
		case widthOf(line+" "+word) <= width:
			line += " " + word
		default:
			lines = append(lines, strings.TrimRight(line, " "))
			line = indent + word
		}
		empty = false
	}
	return append(lines, line)
}
