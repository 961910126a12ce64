package spec

import (
	"sync"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
)

// convertTo is convert.Convert in a time that grows with a list's length and not
// with its square: cty compares the types of all elements of a list written out,
// or made by a for expression, pair by pair.
func convertTo(v cty.Value, want cty.Type) (cty.Value, error) {
	if w, ok := piecewise(v, want); ok {
		return w, nil
	}
	return convert.Convert(v, want)
}

// piecewise converts what HCL gives for a list or map element by element. It
// returns false, and v as it is, where v is something else, where an element
// does not fit, or where elements of several types have no type to go by.
func piecewise(v cty.Value, want cty.Type) (cty.Value, bool) {
	bare, marks := v.Unmark()
	from := bare.Type()
	fits := from.IsTupleType() && (want.IsListType() || want.IsSetType()) || from.IsObjectType() && want.IsMapType()
	if !fits || bare.IsNull() || !bare.IsKnown() || bare.LengthInt() == 0 {
		return v, false
	}
	element := want.ElementType()
	list, byKey := make([]cty.Value, 0, bare.LengthInt()), map[string]cty.Value{}
	for it := bare.ElementIterator(); it.Next(); {
		key, e := it.Element()
		if element == cty.DynamicPseudoType {
			element = e.Type()
		}
		e, ok := piece(e, element)
		if !ok {
			return v, false
		}
		if list = append(list, e); want.IsMapType() {
			byKey[key.AsString()] = e
		}
	}
	switch {
	case want.IsMapType():
		bare = cty.MapVal(byKey)
	case want.IsSetType():
		bare = cty.SetVal(list)
	default:
		bare = cty.ListVal(list)
	}
	return bare.WithMarks(marks), true
}

// piece converts one element.
func piece(e cty.Value, want cty.Type) (cty.Value, bool) {
	if want.HasDynamicTypes() {
		return e, false
	}
	if e.Type().Equals(want) {
		return e, true
	}
	e, err := convertTo(e, want)
	return e, err == nil && e.Type().Equals(want)
}

// parameters are those of each function.
var parameters = sync.OnceValue(func() map[string]function.Function { return functions("", nil) })

// argumentType is the collection that a function takes at a position;
// cty.NilType where it takes anything else, or tells by what it is given.
func argumentType(name string, position int) cty.Type {
	switch name {
	case "tolist":
		return cty.List(cty.DynamicPseudoType)
	case "toset":
		return cty.Set(cty.DynamicPseudoType)
	case "tomap":
		return cty.Map(cty.DynamicPseudoType)
	}
	f, ok := parameters()[name]
	if !ok {
		return cty.NilType
	}
	p := f.VarParam()
	if params := f.Params(); position < len(params) {
		p = &params[position]
	}
	if p != nil && (p.Type.IsListType() || p.Type.IsSetType() || p.Type.IsMapType()) {
		return p.Type
	}
	return cty.NilType
}
