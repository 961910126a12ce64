package cli

import (
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

const (
	between = 2  // spaces between columns
	narrow  = 24 // a column that wraps is no narrower than this, unless its text is
)

// column is one of a printed table.
type column struct {
	name  string
	right bool // numbers end below each other
	wrap  bool // takes what the others leave of the terminal's width
}

// table prints rows under the names of their columns; without names, rows alone.
// Where the terminal is too narrow for columns, each row is a list of its fields.
func (u *ui) table(columns []column, rows [][]string) {
	if u.json || len(rows) == 0 {
		return
	}
	rows = oneLine(rows)
	widths, fits := columnWidths(columns, rows, u.outLook.width)
	if !fits {
		columns, rows = withoutEmpty(columns, rows)
		widths, fits = columnWidths(columns, rows, u.outLook.width)
	}
	if !fits {
		u.fields(columns, rows)
		return
	}
	t := table.NewWriter()
	style := table.StyleDefault
	style.Options = table.OptionsNoBordersAndSeparators
	style.Box.PaddingLeft, style.Box.PaddingRight = "", strings.Repeat(" ", between)
	style.Format.Header = text.FormatDefault
	t.SetStyle(style)
	header, named := table.Row{}, false
	var configs []table.ColumnConfig
	for i, c := range columns {
		header = append(header, u.outLook.paint(bold, c.name))
		named = named || c.name != ""
		config := table.ColumnConfig{Number: i + 1, WidthMaxEnforcer: text.WrapSoft}
		if c.right {
			config.Align, config.AlignHeader = text.AlignRight, text.AlignRight
		}
		if c.wrap && u.outLook.width > 0 {
			config.WidthMax = widths[i]
		}
		configs = append(configs, config)
	}
	t.SetColumnConfigs(configs)
	if named {
		t.AppendHeader(header)
	}
	for _, r := range rows {
		row := table.Row{}
		for _, cell := range r {
			row = append(row, cell)
		}
		t.AppendRow(row)
	}
	for line := range strings.SplitSeq(t.Render(), "\n") {
		u.print("%s", strings.TrimRight(line, " "))
	}
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

// columnWidths are the widths that a table needs; columns that wrap share what the
// others leave of a terminal's. fits is false where that is too little.
func columnWidths(columns []column, rows [][]string, width int) (widths []int, fits bool) {
	left, wide := width-between*(len(columns)-1), []int{}
	for i, c := range columns {
		widest := text.StringWidthWithoutEscSequences(c.name)
		for _, r := range rows {
			widest = max(widest, text.StringWidthWithoutEscSequences(r[i]))
		}
		widths = append(widths, widest)
		if c.wrap {
			wide = append(wide, i)
		} else {
			left -= widest
		}
	}
	if width == 0 {
		return widths, true
	}
	for n := len(wide); n > 0; n-- { // the narrowest first, which leaves the others more
		at := 0
		for i := range wide {
			if widths[wide[i]] < widths[wide[at]] {
				at = i
			}
		}
		i := wide[at]
		wide = append(wide[:at], wide[at+1:]...)
		share := left / n
		if widths[i] > share {
			widths[i] = share
			if share < narrow {
				return widths, false
			}
		}
		left -= widths[i]
	}
	return widths, left >= 0
}

// withoutEmpty leaves out the columns, but the first, in which no row has text.
func withoutEmpty(columns []column, rows [][]string) (some []column, short [][]string) {
	short = make([][]string, len(rows))
	for i, c := range columns {
		if i > 0 && !slices.ContainsFunc(rows, func(r []string) bool { return r[i] != "" }) {
			continue
		}
		some = append(some, c)
		for j, r := range rows {
			short[j] = append(short[j], r[i])
		}
	}
	return some, short
}

// fields prints each row as its first cell and, below it, the others that have
// text, each with the name of its column. Cells of columns without names follow
// each other as far as the line goes.
func (u *ui) fields(columns []column, rows [][]string) {
	const indent = "  "
	name := 0
	for _, c := range columns[1:] {
		name = max(name, text.StringWidthWithoutEscSequences(c.name))
	}
	for _, r := range rows {
		if name == 0 {
			u.flow(r, indent+indent)
			continue
		}
		if r[0] != "" {
			u.hanging("", r[0], indent)
		}
		for i, c := range columns[1:] {
			if cell := r[i+1]; cell != "" {
				first := indent + u.outLook.paint(faint, text.Pad(c.name, name, ' ')) + indent
				u.hanging(first, cell, strings.Repeat(" ", name+2*len(indent)))
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
		case text.StringWidthWithoutEscSequences(before+longer) > u.outLook.width:
			u.hanging(before, line, indent)
			line, before = cell, indent
		default:
			line = longer
		}
	}
	u.hanging(before, line, indent)
}

// hanging prints text behind what its first line begins with; further lines have
// an indent.
func (u *ui) hanging(first, cell, indent string) {
	if text.StringWidthWithoutEscSequences(first+cell) <= u.outLook.width {
		u.print("%s", first+cell)
		return
	}
	width := max(u.outLook.width-len(indent), 1)
	for line := range strings.SplitSeq(text.WrapSoft(cell, width), "\n") {
		u.print("%s", strings.TrimRight(first+line, " "))
		first = indent
	}
}

// wrapped breaks prose at words; paragraphs, lists and code keep their lines.
func wrapped(prose string, width int) string {
	if width == 0 {
		return prose
	}
	return text.WrapSoft(prose, width-1)
}
