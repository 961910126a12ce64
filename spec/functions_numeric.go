package spec

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

const (
	// maxValues bounds the lists that one call makes, so that a slip of the
	// keyboard is an error and not a machine out of memory: each number takes
	// some 200 bytes.
	maxValues = 1_000_000

	// numberBits is the precision of the numbers that HCL reads, bits.
	numberBits = 512

	// maxExponent is the largest power of ten that a float64 holds.
	maxExponent = 308
)

var numericFunctions = map[string]function.Function{
	"linspace": linspaceFunction,
	"logspace": logspaceFunction,
	"mean":     meanFunction,
	"median":   medianFunction,
	"quantile": quantileFunction,
	"range":    rangeFunction,
	"std":      stdFunction,
	"sum":      sumFunction,
}

var rangeFunction = function.New(&function.Spec{
	Description: "Returns the numbers from start (0 unless given) by step (1 unless given, or -1 where the limit lies below the start), up to the limit but not the limit itself: range(limit), range(start, limit) or range(start, limit, step).",
	VarParam:    funcVarParam("numbers", cty.Number, "limit; or start, limit; or start, limit, step"),
	Type: func(args []cty.Value) (cty.Type, error) {
		if len(args) < 1 || len(args) > 3 {
			return cty.NilType, errors.New("range takes a limit; or a start and a limit; or a start, a limit and a step")
		}
		return cty.List(cty.Number), nil
	},
	RefineResult: notNull,
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		n, err := finiteNumbers(args)
		if err != nil {
			return cty.NilVal, err
		}
		start, limit, step := new(big.Float), n[0], big.NewFloat(1)
		if len(n) > 1 {
			start, limit = n[0], n[1]
		}
		if limit.Cmp(start) < 0 {
			step = big.NewFloat(-1)
		}
		if len(n) == 3 {
			step = n[2]
			if step.Sign() == 0 {
				return cty.NilVal, function.NewArgErrorf(2, "the step must not be zero")
			}
			if limit.Cmp(start)*step.Sign() < 0 {
				return cty.NilVal, function.NewArgErrorf(2, "steps of %s never lead from %s to %s", shortest(step), shortest(start), shortest(limit))
			}
		}
		return rangeSteps(start, limit, step)
	},
})

// rangeSteps lists start + i step short of limit, which lies in the step's direction.
func rangeSteps(start, limit, step *big.Float) (cty.Value, error) {
	span := exactZero().Sub(limit, start)
	count, _ := exactZero().Quo(span, step).Float64()
	if count > maxValues {
		return cty.NilVal, fmt.Errorf("this range would have %.4g values; the most is %d", math.Ceil(count), maxValues)
	}
	values := make([]cty.Value, 0, int(count)+1)
	for i := range int64(count) + 1 {
		// Not by repeated addition, whose rounding errors would add up.
		x := exactZero().Mul(new(big.Float).SetInt64(i), step)
		value := tidy(x.Add(x, start))
		if value.AsBigFloat().Cmp(limit)*step.Sign() >= 0 {
			break
		}
		values = append(values, value)
	}
	return numberList(values), nil
}

var linspaceFunction = function.New(&function.Spec{
	Description: "Returns n numbers spread evenly from a to b, both included.",
	Params: []function.Parameter{
		funcParam("a", cty.Number, "the first number"),
		funcParam("b", cty.Number, "the last number"),
		funcParam("n", cty.Number, "how many"),
	},
	Type:         function.StaticReturnType(cty.List(cty.Number)),
	RefineResult: notNull,
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		points, err := evenly(args)
		if err != nil {
			return cty.NilVal, err
		}
		values := make([]cty.Value, len(points))
		for i, x := range points {
			values[i] = tidy(x)
		}
		return numberList(values), nil
	},
})

var logspaceFunction = function.New(&function.Spec{
	Description: "Returns n numbers spread evenly on a logarithmic scale, from 10^a to 10^b, both included: as in numpy, a and b are exponents, so logspace(-3, 0, 4) is [0.001, 0.01, 0.1, 1].",
	Params: []function.Parameter{
		funcParam("a", cty.Number, "the first number's power of ten"),
		funcParam("b", cty.Number, "the last number's power of ten"),
		funcParam("n", cty.Number, "how many"),
	},
	Type:         function.StaticReturnType(cty.List(cty.Number)),
	RefineResult: notNull,
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		for i, arg := range args[:2] {
			if x, _ := arg.AsBigFloat().Float64(); math.Abs(x) > maxExponent {
				return cty.NilVal, function.NewArgErrorf(i, "this is the power of ten, from -%d to %d; for numbers from 0.001 to 1 write logspace(-3, 0, n)", maxExponent, maxExponent)
			}
		}
		points, err := evenly(args)
		if err != nil {
			return cty.NilVal, err
		}
		values := make([]cty.Value, len(points))
		for i, x := range points {
			values[i] = powerOfTen(x)
		}
		return numberList(values), nil
	},
})

// evenly gives args[2] numbers from args[0] to args[1].
func evenly(args []cty.Value) ([]*big.Float, error) {
	ends, err := finiteNumbers(args)
	if err != nil {
		return nil, err
	}
	a, b := ends[0], ends[1]
	if !ends[2].IsInt() || ends[2].Sign() < 0 || ends[2].Cmp(big.NewFloat(maxValues)) > 0 {
		return nil, function.NewArgErrorf(2, "n is a whole number from 0 to %d, not %s", maxValues, shortest(ends[2]))
	}
	n, _ := ends[2].Int64()
	points := make([]*big.Float, n)
	for i := range points {
		points[i] = a
		if i > 0 {
			x := exactZero().Sub(b, a)
			x.Mul(x, new(big.Float).SetInt64(int64(i)))
			x.Quo(x, new(big.Float).SetInt64(n-1))
			points[i] = x.Add(x, a)
		}
	}
	return points, nil
}

func powerOfTen(exponent *big.Float) cty.Value {
	x, _ := exponent.Float64()
	if x == math.Trunc(x) { // exactly, which math.Pow does not promise
		return cty.MustParseNumberVal("1e" + strconv.Itoa(int(x)))
	}
	return tidy(big.NewFloat(math.Pow(10, x)))
}

// exactZero gives a zero that calculates with all the digits that HCL reads.
func exactZero() *big.Float { return new(big.Float).SetPrec(numberBits) }

// finiteNumbers gives the numbers behind known values, or an error that names the
// first infinite one.
func finiteNumbers(values []cty.Value) ([]*big.Float, error) {
	numbers := make([]*big.Float, len(values))
	for i, v := range values {
		numbers[i] = v.AsBigFloat()
		if numbers[i].IsInf() {
			return nil, function.NewArgErrorf(i, "the number is infinite")
		}
	}
	return numbers, nil
}

// tidy rounds x to what a float64 tells apart and gives the shortest decimal of
// that: three steps of 0.1 are 0.3 as someone would type it, in an address or a
// comparison, and not 0.3 give or take the last of 154 digits.
func tidy(x *big.Float) cty.Value {
	if x.Sign() == 0 {
		return cty.Zero
	}
	if n, accuracy := x.Int64(); accuracy == big.Exact {
		return cty.NumberIntVal(n) // without bits that take time to write
	}
	if x.IsInt() {
		return cty.NumberVal(x)
	}
	f, _ := x.Float64()
	return cty.MustParseNumberVal(strconv.FormatFloat(f, 'g', -1, 64))
}

// shortest writes x as someone would type it: in the fewest digits that tell
// its float64 apart, with an exponent only for the very large and small.
func shortest(x *big.Float) string {
	f, _ := x.Float64()
	if f == 0 {
		return "0"
	}
	if size := math.Abs(f); size >= 1e21 || size < 1e-6 {
		// Go pads exponents, as in 1e-09 and 1e+21.
		return strings.NewReplacer("e+0", "e", "e+", "e", "e-0", "e-").Replace(strconv.FormatFloat(f, 'e', -1, 64))
	}
	if x.IsInt() {
		return x.Text('f', 0)
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

func numberList(values []cty.Value) cty.Value {
	if len(values) == 0 {
		return cty.ListValEmpty(cty.Number)
	}
	return cty.ListVal(values)
}
