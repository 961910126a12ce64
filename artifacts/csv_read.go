package artifacts

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// importCSV reads a header and lines. It reads them twice: what type a column
// has is known at its end.
func (r *reading) importCSV(content []byte) (*Table, error) {
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	var header []string
	var types []csvType
	rows := 0
	err := eachLine(content, func(fields []string) error {
		if header == nil {
			header = slices.Clone(fields)
			types = make([]csvType, len(header))
			return checkHeader(header)
		}
		rows++
		for i, text := range fields {
			types[i].see(text)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if header == nil {
		return nil, errors.New("it is empty; a header with the names of columns is expected")
	}
	columns := make([]*values, len(header))
	for i, name := range header {
		columns[i] = &values{column: Column{Name: name, values: types[i].make(rows)}, budget: r.budget}
	}
	first := true
	err = eachLine(content, func(fields []string) error {
		for i, text := range fields {
			if first {
				break
			}
			if err := columns[i].addCSV(text); err != nil {
				return err
			}
		}
		first = false
		return nil
	})
	if err != nil {
		return nil, err
	}
	return r.table(columns)
}

// eachLine calls for the header and for each line; the fields are only valid
// during the call. An error of the format tells the line.
func eachLine(content []byte, call func(fields []string) error) error {
	in := csv.NewReader(bytes.NewReader(content))
	in.ReuseRecord = true
	for {
		fields, err := in.Read()
		if errors.Is(err, csv.ErrFieldCount) {
			line, _ := in.FieldPos(0)
			return fmt.Errorf("line %d has %d fields, the header has %d", line, len(fields), in.FieldsPerRecord)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := call(fields); err != nil {
			return err
		}
	}
}

func checkHeader(names []string) error {
	seen := map[string]bool{}
	for i, name := range names {
		if name == "" {
			return fmt.Errorf("line 1: column %d has no name", i+1)
		}
		if seen[name] {
			return fmt.Errorf("line 1: two columns are named %q", name)
		}
		seen[name] = true
	}
	return nil
}

// csvType is what the fields of a column cannot be.
type csvType struct {
	notWhole, notNumber bool
	long                bool // one is a whole number that no float64 is
}

func (t *csvType) see(text string) {
	digits := strings.TrimLeft(text, "+-")
	if len(digits) > 1 && digits[0] == '0' && '0' <= digits[1] && digits[1] <= '9' {
		t.notWhole, t.notNumber = true, true // 007 is a name: as a number it would lose its zeros
	}
	if !t.notWhole {
		_, err := strconv.ParseInt(text, 10, 64)
		t.notWhole = err != nil
	}
	if t.notWhole && !t.notNumber && text != "" {
		_, err := strconv.ParseFloat(text, 64)
		t.notNumber = err != nil && !errors.Is(err, strconv.ErrRange)
	}
	t.long = t.long || isLong(digits)
}

// isLong tells whether digits are a whole number that float64 would round.
func isLong(digits string) bool {
	const safe = 15 // any number of so many digits is a float64
	if len(digits) <= safe || strings.Trim(digits, "0123456789") != "" {
		return false
	}
	x, _ := strconv.ParseFloat(digits, 64)
	exact, _ := new(big.Int).SetString(digits, 10)
	if math.IsInf(x, 0) || exact == nil {
		return true
	}
	rounded, _ := big.NewFloat(x).Int(nil)
	return rounded.Cmp(exact) != 0
}

func (t *csvType) make(rows int) any {
	switch {
	case t.notNumber, t.notWhole && t.long:
		return make([]string, 0, rows)
	case t.notWhole || rows == 0:
		return make([]float64, 0, rows)
	}
	return make([]int64, 0, rows)
}

// addCSV appends a field, whose type is known to fit.
func (v *values) addCSV(text string) error {
	switch v.column.values.(type) {
	case []int64:
		x, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return v.at(err)
		}
		return addNumbers(v, []int64{x}, nil)
	case []float64:
		x, err := strconv.ParseFloat(text, 64)
		switch {
		case text == "":
			x = math.NaN()
		case errors.Is(err, strconv.ErrRange):
			return v.at(fmt.Errorf("has %s, which is too large for a number of 64 bits; what is infinite is Inf", text))
		case err != nil:
			return v.at(err)
		}
		return addNumbers(v, []float64{x}, nil)
	}
	return v.addText(text, false)
}
