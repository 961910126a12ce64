package cli

import (
	"context"
	"fmt"
	"math"

	"reprise/artifacts"
	"reprise/internal/words"
	"reprise/runner"
)

const firstRows = 10

func (a *app) showTable(ctx context.Context, from *opened, address, name string) error {
	stored, err := from.artifact(ctx, address)
	if err != nil {
		return err
	}
	e, isTable, err := stored.find(name)
	if err != nil {
		return err
	}
	if !isTable {
		return &runner.UsageError{Message: fmt.Sprintf("%s is a file; write it somewhere: %s --to PATH", name, from.command("export", stored.step.Task.Address, name))}
	}
	t, err := stored.table(e)
	if err != nil {
		return err
	}
	doc := describe(t, e)
	doc.First = []map[string]any{}
	var rows [][]string
	for i := range min(firstRows, t.Len()) {
		values, row := map[string]any{}, []string{}
		for _, c := range t.Columns {
			values[c.Name] = cellValue(c, i)
			row = append(row, plain(words.Cell(c, i)))
		}
		doc.First = append(doc.First, values)
		rows = append(rows, row)
	}
	a.ui.object(doc)
	a.ui.tableHead(doc, rows)
	return nil
}

func (u *ui) tableHead(doc tableDocument, rows [][]string) {
	u.print("%s: %s, %s", doc.Name, dimensionText(doc.Rows), size(doc.Size))
	u.print("sha256 %s", doc.SHA256)
	u.print("")
	var columns []column
	total := 1
	for _, d := range doc.Rows {
		total *= d.Size
	}
	for _, c := range doc.Columns {
		name := c.Name
		if len(c.Cell) > 0 {
			name += " [" + dimensionText(c.Cell) + "]"
		}
		if c.Unit != "" {
			name += " (" + c.Unit + ")"
		}
		columns = append(columns, column{name: name, right: c.Type != "string" && len(c.Cell) == 0})
	}
	u.table(columns, rows)
	if total > len(rows) {
		u.print("… %d more rows", total-len(rows))
	}
}

// cellValue is a column's value in a row, for JSON: a list where the cell has dimensions.
func cellValue(c artifacts.Column, row int) any {
	if len(c.Cell) == 0 {
		return plainValue(c.Value(row))
	}
	n := words.CellSize(c)
	out := make([]any, n)
	for i := range n {
		out[i] = plainValue(c.Value(row*n + i))
	}
	return out
}

// plainValue is a value as JSON can have it, which knows no NaN.
func plainValue(v any) any {
	if f, ok := v.(float64); ok && (math.IsNaN(f) || math.IsInf(f, 0)) {
		return fmt.Sprint(f)
	}
	return v
}
