package spec

import (
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// distinctFunction is the standard one where values are compared with those of
// the same hash alone: its own comparing of all with all takes minutes for a
// few ten thousand.
var distinctFunction = function.New(&function.Spec{
	Description: stdlib.DistinctFunc.Description(),
	Params:      stdlib.DistinctFunc.Params(),
	Type: func(args []cty.Value) (cty.Type, error) {
		return stdlib.DistinctFunc.ReturnTypeForValues(args)
	},
	RefineResult: notNull,
	Impl: func(args []cty.Value, want cty.Type) (cty.Value, error) {
		if !args[0].IsWhollyKnown() {
			return cty.UnknownVal(want), nil
		}
		var out []cty.Value
		seen := map[int][]cty.Value{}
		for it := args[0].ElementIterator(); it.Next(); {
			_, v := it.Element()
			h, known := v.Hash(), false
			for _, other := range seen[h] {
				known = known || other.RawEquals(v)
			}
			if !known {
				seen[h] = append(seen[h], v)
				out = append(out, v)
			}
		}
		if len(out) == 0 {
			return cty.ListValEmpty(want.ElementType()), nil
		}
		return cty.ListVal(out), nil
	},
})
