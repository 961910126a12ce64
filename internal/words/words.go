// Package words says values and changes to people: the same in a terminal and on
// a page.
package words

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"reprise/artifacts"
)

// Seconds is a duration as people say it.
func Seconds(s float64) string {
	switch {
	case s < 0.0005:
		return "<1 ms"
	case s < 0.0995:
		return fmt.Sprintf("%.0f ms", s*1000)
	case s < 99.95:
		return fmt.Sprintf("%.1f s", s)
	case s < 3600:
		return fmt.Sprintf("%d min %02d s", int(s)/60, int(s)%60)
	}
	return fmt.Sprintf("%d h %02d min", int(s)/3600, int(s)%3600/60)
}

// Figure is a number in few digits, for people; JSON has all of them.
func Figure(v float64) string { return strconv.FormatFloat(v, 'g', 5, 64) }

// Size is a number of bytes as people say it.
func Size(n int64) string {
	units := []string{"kB", "MB", "GB", "TB"}
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	v, unit := float64(n)/1000, 0
	for v >= 999.5 && unit < len(units)-1 {
		v, unit = v/1000, unit+1
	}
	return strconv.FormatFloat(v, 'g', 3, 64) + " " + units[unit]
}

// Natural compares names as people count: seed=2 before seed=10.
func Natural(a, b string) int {
	for a != "" && b != "" {
		x, y := number(a), number(b)
		if x > 0 && y > 0 {
			p, q := strings.TrimLeft(a[:x], "0"), strings.TrimLeft(b[:y], "0")
			if c := cmp.Or(cmp.Compare(len(p), len(q)), cmp.Compare(p, q)); c != 0 {
				return c
			}
			a, b = a[x:], b[y:]
			continue
		}
		if a[0] != b[0] {
			return cmp.Compare(a[0], b[0])
		}
		a, b = a[1:], b[1:]
	}
	return cmp.Compare(len(a), len(b))
}

// number is how many digits a text begins with.
func number(text string) int {
	return len(text) - len(strings.TrimLeft(text, "0123456789"))
}

// Count is a number with its noun, as in "1 task", "3 tasks".
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// CellSize is the number of values in one row of a column.
func CellSize(c artifacts.Column) int {
	n := 1
	for _, d := range c.Cell {
		n *= d.Size
	}
	return n
}

// firstCells is how many values of a cell with dimensions are shown.
const firstCells = 3

// Cell is a column's value in a row; of a cell with dimensions the first ones.
func Cell(c artifacts.Column, row int) string {
	if len(c.Cell) == 0 {
		return valueText(c.Value(row))
	}
	n := CellSize(c)
	var parts []string
	for i := range min(n, firstCells) {
		parts = append(parts, valueText(c.Value(row*n+i)))
	}
	if n > firstCells {
		parts = append(parts, "…")
	}
	return "[" + strings.Join(parts, " ") + "]"
}

func valueText(v any) string {
	if f, ok := v.(float64); ok {
		return Figure(f)
	}
	return fmt.Sprint(v)
}

// longCell is how much of a text a cell shows.
const longCell = 40

// Shortened is a text in a cell: one line, and not too long.
func Shortened(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) <= longCell {
		return s
	}
	return string([]rune(s)[:longCell-1]) + "…"
}

// OrNone is a value, or that there is none.
func OrNone(s string) string {
	if s == "" {
		return "(none)"
	}
	return s
}
