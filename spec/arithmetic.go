package spec

import (
	"errors"
	"fmt"
	"math"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// checkedOperations are HCL's operators for numbers, each with one that refuses
// what gives no number: HCL makes 1/0 an infinite number and 5 % 0 five.
var checkedOperations = map[*hclsyntax.Operation]*hclsyntax.Operation{
	hclsyntax.OpAdd:      checkedOperation(hclsyntax.OpAdd, false),
	hclsyntax.OpSubtract: checkedOperation(hclsyntax.OpSubtract, false),
	hclsyntax.OpMultiply: checkedOperation(hclsyntax.OpMultiply, false),
	hclsyntax.OpDivide:   checkedOperation(hclsyntax.OpDivide, true),
	hclsyntax.OpModulo:   checkedOperation(hclsyntax.OpModulo, true),
}

var (
	errByZero  = errors.New("the number to divide by is 0")
	errExtreme = errors.New("the result is out of range; numbers are at most about 1e308")
)

// checkedOperation makes an operator check its result, and divides its operands
// only by what is not 0.
func checkedOperation(op *hclsyntax.Operation, divides bool) *hclsyntax.Operation {
	impl := function.New(&function.Spec{
		Params:       op.Impl.Params(),
		Type:         function.StaticReturnType(cty.Number),
		RefineResult: notNull,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			if divides && args[1].AsBigFloat().Sign() == 0 {
				return cty.NilVal, errByZero
			}
			v, err := op.Impl.Call(args)
			switch {
			case err != nil:
				return cty.NilVal, err
			case isExtreme(v) && v.AsBigFloat().MantExp(nil) < 0:
				return cty.Zero, nil
			case isExtreme(v):
				return cty.NilVal, errExtreme
			}
			return v, nil
		},
	})
	return &hclsyntax.Operation{Impl: impl, Type: op.Type, ShortCircuit: op.ShortCircuit}
}

var (
	logFunction = ofFloats("Returns the logarithm of a number in a base.", "base", "the base",
		func(x, base float64) float64 { return math.Log(x) / math.Log(base) })
	powFunction = ofFloats("Returns a number raised to a power.", "power", "the power", math.Pow)
)

// ofFloats makes a function of two numbers, which may have no finite value.
func ofFloats(doc, second, secondDoc string, f func(x, y float64) float64) function.Function {
	return function.New(&function.Spec{
		Description:  doc,
		Params:       []function.Parameter{funcParam("num", cty.Number, "the number"), funcParam(second, cty.Number, secondDoc)},
		Type:         function.StaticReturnType(cty.Number),
		RefineResult: notNull,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			x, _ := args[0].AsBigFloat().Float64()
			y, _ := args[1].AsBigFloat().Float64()
			v := f(x, y)
			of := fmt.Sprintf("%s and %s", shortest(args[0].AsBigFloat()), shortest(args[1].AsBigFloat()))
			switch {
			case math.IsNaN(v):
				return cty.NilVal, fmt.Errorf("of %s the result is no real number", of)
			case math.IsInf(v, 0) && !math.IsInf(x, 0) && !math.IsInf(y, 0):
				return cty.NilVal, fmt.Errorf("of %s the result is infinite, or too large", of)
			}
			return cty.NumberFloatVal(v), nil
		},
	})
}
