package spec

import (
	"fmt"
	"maps"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
)

// maxGrid bounds the combinations of a grid, each of which is to be a task.
const maxGrid = 100_000

var gridFunction = function.New(&function.Spec{
	Description: `Returns every combination of named lists as a map ready for for_each: grid({ rank = [1, 2], seed = [0] }) has the keys "rank=1,seed=0" and "rank=2,seed=0", names sorted, and values such as { rank = 1, seed = 0 }.`,
	Params:      []function.Parameter{funcParam("lists", cty.DynamicPseudoType, "an object of lists; their elements are numbers, strings or bools")},
	Type:        function.StaticReturnType(cty.DynamicPseudoType),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		if ty := args[0].Type(); !ty.IsObjectType() && !ty.IsMapType() {
			return cty.NilVal, function.NewArgErrorf(0, "an object of lists is required, as in grid({ rank = [1, 2] })")
		}
		if !args[0].IsWhollyKnown() {
			return cty.DynamicVal, nil
		}
		axes, err := gridAxes(args[0])
		if err != nil {
			return cty.NilVal, function.NewArgError(0, err)
		}
		cells, err := gridCells(axes)
		if err != nil {
			return cty.NilVal, function.NewArgError(0, err)
		}
		return mapOrObject(cells), nil
	},
})

// gridAxis is one named list of a grid, with each element's part of the key.
type gridAxis struct {
	name   string
	values []cty.Value
	parts  []string // such as "rank=2"
}

// gridAxes reads the lists of a grid in the order of their names.
func gridAxes(lists cty.Value) ([]gridAxis, error) {
	var axes []gridAxis
	total := 1
	for it := lists.ElementIterator(); it.Next(); {
		k, list := it.Element()
		a := gridAxis{name: k.AsString()}
		if ty := list.Type(); list.IsNull() || !ty.IsListType() && !ty.IsTupleType() && !ty.IsSetType() {
			return nil, fmt.Errorf("%s is no list; write one as in %s = [1, 2]", a.name, a.name)
		}
		a.values = list.AsValueSlice()
		for i, v := range a.values {
			text, err := keyText(v)
			if err != nil {
				return nil, fmt.Errorf("%s[%d] %w", a.name, i, err)
			}
			a.parts = append(a.parts, a.name+"="+text)
		}
		// Bounded at each factor, so the product cannot overflow.
		if total *= len(a.values); total > maxGrid {
			return nil, fmt.Errorf("this grid would have more than %d combinations", maxGrid)
		}
		axes = append(axes, a)
	}
	if len(axes) == 0 {
		return nil, fmt.Errorf("a grid needs at least one named list")
	}
	return axes, nil
}

// keyText writes a value as someone would type it in an address.
func keyText(v cty.Value) (string, error) {
	switch {
	case v.IsNull():
		return "", fmt.Errorf("is null")
	case v.Type() == cty.Number:
		return shortest(v.AsBigFloat()), nil
	case v.Type().IsPrimitiveType():
		text, err := convert.Convert(v, cty.String)
		if err != nil {
			return "", err
		}
		return text.AsString(), nil
	}
	return "", fmt.Errorf("is %s; a grid takes numbers, strings and bools", described(v))
}

// gridCells gives the grid's values by their keys.
func gridCells(axes []gridAxis) (map[string]cty.Value, error) {
	cells := make(map[string]cty.Value)
	parts := make([]string, len(axes))
	values := make(map[string]cty.Value, len(axes))
	var fill func(int) error
	fill = func(depth int) error {
		if depth == len(axes) {
			key := strings.Join(parts, ",")
			if _, ok := cells[key]; ok {
				return fmt.Errorf("two combinations have the key %q", key)
			}
			cells[key] = cty.ObjectVal(maps.Clone(values))
			return nil
		}
		a := axes[depth]
		for i := range a.values {
			parts[depth], values[a.name] = a.parts[i], a.values[i]
			if err := fill(depth + 1); err != nil {
				return err
			}
		}
		return nil
	}
	return cells, fill(0)
}

// mapOrObject gives a map where all values have one type. Otherwise an object,
// which for_each takes too, so that 1 and "x" in one list stay what they are.
func mapOrObject(values map[string]cty.Value) cty.Value {
	var ty cty.Type
	for _, v := range values {
		if ty != cty.NilType && !v.Type().Equals(ty) {
			return cty.ObjectVal(values)
		}
		ty = v.Type()
	}
	if len(values) == 0 {
		return cty.EmptyObjectVal
	}
	return cty.MapVal(values)
}
