package spec

import (
	"errors"
	"math/big"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// errNotFinite is a result that is no number. cty knows infinities, which are
// larger than anything: a condition on one would hold that says nothing.
var errNotFinite = errors.New("the result is no finite number, as where something is divided by zero")

// finite makes a function of numbers an error where its result is infinite or
// no number at all.
func finite(f function.Function) function.Function {
	return function.New(&function.Spec{
		Description:  f.Description(),
		Params:       f.Params(),
		VarParam:     f.VarParam(),
		Type:         function.StaticReturnType(cty.Number),
		RefineResult: notNull,
		Impl: func(args []cty.Value, _ cty.Type) (v cty.Value, err error) {
			defer func() {
				if _, ok := recover().(big.ErrNaN); ok {
					v, err = cty.NilVal, errNotFinite
				}
			}()
			if v, err = f.Call(args); err != nil {
				return v, err
			}
			if v.IsKnown() && v.AsBigFloat().IsInf() {
				return cty.NilVal, errNotFinite
			}
			return v, nil
		},
	})
}

// finiteOps stand for HCL's own operations that can give what is not finite.
var finiteOps = map[*hclsyntax.Operation]*hclsyntax.Operation{
	hclsyntax.OpDivide: {Impl: finite(stdlib.DivideFunc), Type: cty.Number},
	hclsyntax.OpModulo: {Impl: finite(stdlib.ModuloFunc), Type: cty.Number},
}
