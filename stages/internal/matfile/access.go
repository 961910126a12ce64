package matfile

import (
	"fmt"
	"slices"
	"strings"
)

// Find returns the variable of that name, or an error that lists those there are.
func Find(vars []*Array, name string) (*Array, error) {
	var names []string
	for _, v := range vars {
		if v.Name == name {
			return v, nil
		}
		names = append(names, v.Name)
	}
	return nil, fmt.Errorf("no variable %q in the MATLAB file; it has %s", name, list(names))
}

// Field returns a field of a struct of one element.
func (a *Array) Field(name string) (*Array, error) {
	if a.Class != Struct || (len(a.Elems) != len(a.Fields)) {
		return nil, fmt.Errorf("field %q: a struct of one element is expected, not %s", name, a)
	}
	i := slices.Index(a.Fields, name)
	if i < 0 {
		return nil, fmt.Errorf("no field %q in the struct; it has %s", name, list(a.Fields))
	}
	return a.Elems[i], nil
}

// Scalar returns the one number of a numeric array.
func (a *Array) Scalar() (float64, error) {
	if a.Imag != nil || len(a.Numbers) != 1 {
		return 0, fmt.Errorf("one real number is expected, not %s", a)
	}
	return a.Numbers[0], nil
}

// Vector returns the numbers of a real array of any shape.
func (a *Array) Vector() ([]float64, error) {
	if a.Class < Double || a.Imag != nil {
		return nil, fmt.Errorf("real numbers are expected, not %s", a)
	}
	return a.Numbers, nil
}

// Cells returns the elements of a cell array.
func (a *Array) Cells() ([]*Array, error) {
	if a.Class != Cell {
		return nil, fmt.Errorf("a cell array is expected, not %s", a)
	}
	return a.Elems, nil
}

// String describes the array by size and class, as in "1x3 double".
func (a *Array) String() string {
	var size []string
	for _, d := range a.Dims {
		size = append(size, fmt.Sprint(d))
	}
	class := a.Class.String()
	if a.Logical {
		class = "logical"
	}
	if a.Imag != nil {
		class = "complex " + class
	}
	return strings.Join(size, "x") + " " + class
}

func list(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	const most = 20
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}
