package spec

import (
	"errors"
	"math/big"
	"slices"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

var sumFunction = ofNumbers("Returns the sum of a list of numbers.", 1, func(x []*big.Float) cty.Value {
	return cty.NumberVal(sumOf(x))
})

var meanFunction = ofNumbers("Returns the mean of a list of numbers.", 1, func(x []*big.Float) cty.Value {
	return tidy(meanOf(x))
})

var stdFunction = ofNumbers("Returns the sample standard deviation of a list of numbers, whose denominator is one less than their number.", 2, func(x []*big.Float) cty.Value {
	m, squares := meanOf(x), make([]*big.Float, len(x))
	for i := range x {
		d := exactZero().Sub(x[i], m)
		squares[i] = d.Mul(d, d)
	}
	variance := exactZero().Quo(sumOf(squares), new(big.Float).SetInt64(int64(len(x)-1)))
	return tidy(variance.Sqrt(variance))
})

var medianFunction = ofNumbers("Returns the median of a list of numbers: the middle one, or the mean of the two in the middle.", 1, func(x []*big.Float) cty.Value {
	return tidy(quantileOf(x, big.NewFloat(0.5)))
})

var quantileFunction = function.New(&function.Spec{
	Description: "Returns the quantile q of a list of numbers, between the two nearest of them where it is none, as in numpy: quantile(list, 0.5) is the median.",
	Params: []function.Parameter{
		funcParam("list", cty.List(cty.Number), "the numbers"),
		funcParam("q", cty.Number, "from 0, which gives the smallest, to 1, which gives the largest"),
	},
	Type:         function.StaticReturnType(cty.Number),
	RefineResult: notNull,
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		q := args[1].AsBigFloat()
		if q.Sign() < 0 || q.Cmp(big.NewFloat(1)) > 0 {
			return cty.NilVal, function.NewArgErrorf(1, "q is a number from 0 to 1, not %s", shortest(q))
		}
		return ofNumbers("", 1, func(x []*big.Float) cty.Value { return tidy(quantileOf(x, q)) }).Call(args[:1])
	},
})

// quantileOf lies at q of the way from the smallest number to the largest, counted
// in numbers.
func quantileOf(x []*big.Float, q *big.Float) *big.Float {
	sorted := slices.SortedFunc(slices.Values(x), func(a, b *big.Float) int { return a.Cmp(b) })
	at := exactZero().Mul(q, new(big.Float).SetInt64(int64(len(x)-1)))
	below, _ := at.Int64()
	low, high := sorted[below], sorted[min(int(below)+1, len(x)-1)]
	part := exactZero().Sub(at, new(big.Float).SetInt64(below))
	step := exactZero().Sub(high, low)
	return exactZero().Add(low, step.Mul(step, part))
}

// ofNumbers makes a function from at least some numbers to one. Where an
// element is unknown so is the result.
func ofNumbers(doc string, atLeast int, f func([]*big.Float) cty.Value) function.Function {
	return function.New(&function.Spec{
		Description:  doc,
		Params:       []function.Parameter{funcParam("list", cty.List(cty.Number), "the numbers")},
		Type:         function.StaticReturnType(cty.Number),
		RefineResult: notNull,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			elements := args[0].AsValueSlice()
			if len(elements) < atLeast {
				return cty.NilVal, function.NewArgErrorf(0, "this needs at least %d of them, and the list has %d", atLeast, len(elements))
			}
			for i, e := range elements {
				if e.IsNull() {
					return cty.NilVal, function.NewArgErrorf(0, "element %d is null", i)
				}
			}
			if !args[0].IsWhollyKnown() {
				return cty.UnknownVal(cty.Number), nil
			}
			numbers, err := finiteNumbers(elements)
			if err != nil {
				return cty.NilVal, function.NewArgError(0, errors.New("a number is infinite"))
			}
			return f(numbers), nil
		},
	})
}

func sumOf(x []*big.Float) *big.Float {
	sum := exactZero()
	for _, v := range x {
		sum.Add(sum, v)
	}
	return sum
}

func meanOf(x []*big.Float) *big.Float {
	return exactZero().Quo(sumOf(x), new(big.Float).SetInt64(int64(len(x))))
}
