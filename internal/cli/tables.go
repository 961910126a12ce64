package cli

import (
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// column is one of a printed table.
type column struct {
	name  string
	right bool // numbers end below each other
	wrap  bool // takes what the others leave of the terminal's width
}

// table prints rows under the names of their columns; without names, rows alone.
func (u *ui) table(columns []column, rows [][]string) {
	if u.json || len(rows) == 0 {
		return
	}
	t := table.NewWriter()
	style := table.StyleDefault
	style.Options = table.OptionsNoBordersAndSeparators
	style.Box.PaddingLeft, style.Box.PaddingRight, style.Box.UnfinishedRow = "", "  ", "…"
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
			config.WidthMax = max(20, u.outLook.width-widthBut(i, columns, rows)-1)
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
	if u.outLook.width > 0 {
		t.SetAllowedRowLength(u.outLook.width)
	}
	for line := range strings.SplitSeq(t.Render(), "\n") {
		u.print("%s", strings.TrimRight(line, " "))
	}
}

// widthBut is the width of all columns but one.
func widthBut(but int, columns []column, rows [][]string) int {
	total := 0
	for i, c := range columns {
		if i == but {
			continue
		}
		widest := len(c.name)
		for _, r := range rows {
			widest = max(widest, text.StringWidthWithoutEscSequences(r[i]))
		}
		total += widest + 2
	}
	return total
}

// wrapped breaks prose at words; paragraphs, lists and code keep their lines.
func wrapped(prose string, width int) string {
	if width == 0 {
		return prose
	}
	return text.WrapSoft(prose, width-1)
}
