package spec

import (
	"errors"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

var collectionFunctions = map[string]function.Function{
	"alltrue":  ofBools("Tells whether all elements of a list are true; so they are in an empty one.", cty.False, cty.True),
	"anytrue":  ofBools("Tells whether any element of a list is true.", cty.True, cty.False),
	"coalesce": coalesceFunction,
	"grid":     gridFunction,
	"index":    indexFunction,
	"length":   lengthFunction,
	"lookup":   lookupFunction,
	"one":      oneFunction,
}

// coalesceFunction differs from cty's in that arguments need not agree in type,
// for the stages that it chooses between may be of different kinds.
var coalesceFunction = function.New(&function.Spec{
	Description: "Returns its first argument that is neither null nor an empty string, such as the first of several stages that is on.",
	VarParam: &function.Parameter{
		Name: "values", Type: cty.DynamicPseudoType, Description: "the values, of any types",
		AllowUnknown: true, AllowDynamicType: true, AllowNull: true, AllowMarked: true,
	},
	Type: func(args []cty.Value) (cty.Type, error) {
		v, err := coalesce(args)
		if err != nil {
			return cty.NilType, err
		}
		return v.Type(), nil
	},
	RefineResult: notNull,
	Impl:         func(args []cty.Value, _ cty.Type) (cty.Value, error) { return coalesce(args) },
})

func coalesce(args []cty.Value) (cty.Value, error) {
	var passed []cty.ValueMarks // of arguments that took part in the choice
	for i, arg := range args {
		bare, marks := arg.Unmark()
		passed = append(passed, marks)
		switch {
		case bare.IsNull():
		case !bare.IsKnown() && !surelyChosen(bare):
			return undecided(args[i:]).WithMarks(passed...), nil
		case bare.RawEquals(cty.StringVal("")):
		default:
			return arg.WithMarks(passed...), nil
		}
	}
	return cty.NilVal, errors.New("all arguments are null or empty strings")
}

// surelyChosen tells whether an unknown value can be neither null nor "".
func surelyChosen(unknown cty.Value) bool {
	r := unknown.Range()
	if !r.DefinitelyNotNull() || unknown.Type() == cty.DynamicPseudoType {
		return false
	}
	return unknown.Type() != cty.String || r.StringPrefix() != ""
}

// undecided is the choice between values of which the first is unknown: its
// type is known where all that may be chosen have the same.
func undecided(candidates []cty.Value) cty.Value {
	ty := candidates[0].Type()
	for _, c := range candidates[1:] {
		bare, _ := c.Unmark()
		if bare.IsNull() {
			continue
		}
		if !bare.Type().Equals(ty) {
			return cty.DynamicVal
		}
	}
	return cty.UnknownVal(ty)
}

// ofBools makes a function that is settled the moment an element equals
// decisive, and gives otherwise where none does.
func ofBools(doc string, decisive, otherwise cty.Value) function.Function {
	return function.New(&function.Spec{
		Description:  doc,
		Params:       []function.Parameter{funcParam("list", cty.List(cty.Bool), "the conditions; null counts as false")},
		Type:         function.StaticReturnType(cty.Bool),
		RefineResult: notNull,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			result := otherwise
			for _, e := range args[0].AsValueSlice() {
				if e.IsNull() {
					e = cty.False
				}
				if !e.IsKnown() {
					result = cty.UnknownVal(cty.Bool)
				} else if e.RawEquals(decisive) {
					return decisive, nil
				}
			}
			return result, nil
		},
	})
}

var indexFunction = function.New(&function.Spec{
	Description: "Returns the position of a value in a list, the first being 0.",
	Params: []function.Parameter{
		funcParam("list", cty.DynamicPseudoType, "the list"),
		funcParam("value", cty.DynamicPseudoType, "the value to find"),
	},
	Type: func(args []cty.Value) (cty.Type, error) {
		if ty := args[0].Type(); !ty.IsListType() && !ty.IsTupleType() {
			return cty.NilType, function.NewArgErrorf(0, "a list is required")
		}
		return cty.Number, nil
	},
	RefineResult: notNull,
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		for i, e := range args[0].AsValueSlice() {
			same := e.Equals(args[1])
			if !same.IsKnown() {
				return cty.UnknownVal(cty.Number), nil
			}
			if same.True() {
				return cty.NumberIntVal(int64(i)), nil
			}
		}
		return cty.NilVal, errors.New("the list has no such value")
	},
})

var lengthFunction = function.New(&function.Spec{
	Description: "Returns the number of elements of a list, set, map or object, or of characters in a string.",
	Params: []function.Parameter{{
		Name: "value", Type: cty.DynamicPseudoType, Description: "the collection or string",
		AllowUnknown: true, AllowDynamicType: true,
	}},
	Type: func(args []cty.Value) (cty.Type, error) {
		switch ty := args[0].Type(); {
		case ty == cty.String, ty == cty.DynamicPseudoType, ty.IsCollectionType(), ty.IsTupleType(), ty.IsObjectType():
			return cty.Number, nil
		}
		return cty.NilType, function.NewArgErrorf(0, "a list, a set, a map, an object or a string is required")
	},
	RefineResult: notNull,
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		switch ty := args[0].Type(); {
		case ty == cty.String:
			return stdlib.Strlen(args[0])
		case ty == cty.DynamicPseudoType:
			return cty.UnknownVal(cty.Number), nil
		case ty.IsObjectType():
			return cty.NumberIntVal(int64(len(ty.AttributeTypes()))), nil
		}
		return args[0].Length(), nil
	},
})

var lookupFunction = function.New(&function.Spec{
	Description: "Returns the value of a key in a map or object, or the default where there is no such key.",
	Params: []function.Parameter{
		funcParam("map", cty.DynamicPseudoType, "the map or object"),
		funcParam("key", cty.String, "the key"),
	},
	VarParam: &function.Parameter{
		Name: "default", Type: cty.DynamicPseudoType, Description: "the value where the key is absent",
		AllowUnknown: true, AllowDynamicType: true, AllowNull: true,
	},
	Type: func(args []cty.Value) (cty.Type, error) {
		ty := args[0].Type()
		switch {
		case len(args) > 3:
			return cty.NilType, errors.New("lookup takes a map, a key and at most one default")
		case ty.IsMapType():
			return ty.ElementType(), nil
		case !ty.IsObjectType():
			return cty.NilType, function.NewArgErrorf(0, "a map or an object is required")
		case !args[1].IsKnown():
			return cty.DynamicPseudoType, nil
		case ty.HasAttribute(args[1].AsString()):
			return ty.AttributeType(args[1].AsString()), nil
		case len(args) == 3:
			return args[2].Type(), nil
		}
		return cty.NilType, function.NewArgErrorf(1, "there is no key %q", args[1].AsString())
	},
	Impl: lookupKey,
})

func lookupKey(args []cty.Value, retType cty.Type) (cty.Value, error) {
	from, key := args[0], args[1]
	if from.Type().IsObjectType() {
		if from.Type().HasAttribute(key.AsString()) {
			return from.GetAttr(key.AsString()), nil
		}
	} else if from.HasIndex(key).True() {
		return from.Index(key), nil
	}
	if len(args) < 3 {
		return cty.NilVal, function.NewArgErrorf(1, "there is no key %q", key.AsString())
	}
	value, err := convert.Convert(args[2], retType)
	if err != nil {
		return cty.NilVal, function.NewArgErrorf(2, "the default must have the type of the map's values: %w", err)
	}
	return value, nil
}

var oneFunction = function.New(&function.Spec{
	Description: "Returns the only element of a list or set, or null where it is empty.",
	Params:      []function.Parameter{funcParam("list", cty.DynamicPseudoType, "a list or set of at most one element")},
	Type: func(args []cty.Value) (cty.Type, error) {
		ty := args[0].Type()
		switch {
		case ty.IsListType(), ty.IsSetType():
			return ty.ElementType(), nil
		case !ty.IsTupleType():
			return cty.NilType, function.NewArgErrorf(0, "a list or a set is required")
		case ty.Length() == 0:
			return cty.DynamicPseudoType, nil
		case ty.Length() == 1:
			return ty.TupleElementType(0), nil
		}
		return cty.NilType, function.NewArgErrorf(0, "there are %d elements where at most one may be", ty.Length())
	},
	Impl: func(args []cty.Value, retType cty.Type) (cty.Value, error) {
		elements := args[0].AsValueSlice()
		switch {
		case len(elements) == 0:
			return cty.NullVal(retType), nil
		case len(elements) == 1:
			return elements[0], nil
		case !args[0].Length().IsKnown(): // a set whose unknown elements may turn out the same
			return cty.UnknownVal(retType), nil
		}
		return cty.NilVal, function.NewArgErrorf(0, "there are %d elements where at most one may be", len(elements))
	},
})
