package spec

import (
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// functions returns the functions that expressions may call, by name. File
// functions read paths relative to dir, the experiment's folder. Apart from the
// files that those read, a function's result depends on its arguments alone:
// there is no clock, no randomness and no environment here.
func functions(dir string, reads *reads) map[string]function.Function {
	all := make(map[string]function.Function)
	for _, group := range []map[string]function.Function{
		standardFunctions, numericFunctions, collectionFunctions, textFunctions, fileFunctions(dir, reads),
	} {
		maps.Copy(all, group)
	}
	for name, grow := range growth {
		all[name] = bounded(name, grow, all[name])
	}
	return all
}

// functionNames lists the names of all functions, sorted.
func functionNames() []string {
	return slices.Sorted(maps.Keys(functions("", nil)))
}

// standardFunctions are those that do what Terraform's users expect of the name
// as they stand.
var standardFunctions = map[string]function.Function{
	"abs":      stdlib.AbsoluteFunc,
	"ceil":     stdlib.CeilFunc,
	"floor":    stdlib.FloorFunc,
	"log":      logFunction,
	"max":      stdlib.MaxFunc,
	"min":      stdlib.MinFunc,
	"parseint": stdlib.ParseIntFunc,
	"pow":      powFunction,
	"signum":   stdlib.SignumFunc,

	"chomp": stdlib.ChompFunc,
	"format": stdlib.FormatFunc.WithNewDescriptions("Puts values into a text where it has verbs, such as %s, %d and %.3f, as C's printf does.",
		[]string{"the text", "the values"}),
	"formatlist": stdlib.FormatListFunc.WithNewDescriptions("Formats each element of a list as format does.",
		[]string{"the text", "the values, lists among them"}),
	"indent":     stdlib.IndentFunc,
	"join":       stdlib.JoinFunc,
	"lower":      stdlib.LowerFunc,
	"regex":      stdlib.RegexFunc,
	"regexall":   stdlib.RegexAllFunc,
	"split":      stdlib.SplitFunc,
	"strrev":     stdlib.ReverseFunc,
	"substr":     stdlib.SubstrFunc,
	"title":      stdlib.TitleFunc,
	"trim":       stdlib.TrimFunc,
	"trimprefix": stdlib.TrimPrefixFunc,
	"trimspace":  stdlib.TrimSpaceFunc,
	"trimsuffix": stdlib.TrimSuffixFunc.WithNewDescriptions("Removes the given suffix from the end of the given string, if present.",
		[]string{"the string", "the suffix"}),
	"upper": stdlib.UpperFunc,

	"chunklist":       stdlib.ChunklistFunc,
	"coalescelist":    stdlib.CoalesceListFunc,
	"compact":         stdlib.CompactFunc,
	"concat":          stdlib.ConcatFunc,
	"contains":        stdlib.ContainsFunc,
	"distinct":        distinctFunction,
	"element":         stdlib.ElementFunc,
	"flatten":         stdlib.FlattenFunc,
	"keys":            stdlib.KeysFunc,
	"merge":           stdlib.MergeFunc,
	"reverse":         stdlib.ReverseListFunc,
	"setintersection": stdlib.SetIntersectionFunc,
	"setproduct":      stdlib.SetProductFunc,
	"setsubtract":     stdlib.SetSubtractFunc,
	"setunion":        stdlib.SetUnionFunc,
	"slice":           stdlib.SliceFunc,
	"sort":            stdlib.SortFunc,
	"values":          stdlib.ValuesFunc,
	"zipmap":          stdlib.ZipmapFunc,

	"csvdecode": stdlib.CSVDecodeFunc.WithNewDescriptions("Returns the rows of a CSV text as a list of objects, whose attributes the header names.",
		[]string{"the text"}),
	"jsondecode": stdlib.JSONDecodeFunc,
	"jsonencode": stdlib.JSONEncodeFunc,

	"tobool":   conversion(cty.Bool, "a bool"),
	"tolist":   conversion(cty.List(cty.DynamicPseudoType), "a list"),
	"tomap":    conversion(cty.Map(cty.DynamicPseudoType), "a map"),
	"tonumber": conversion(cty.Number, "a number"),
	"toset":    conversion(cty.Set(cty.DynamicPseudoType), "a set, without duplicates"),
	"tostring": conversion(cty.String, "a string"),

	"can": tryfunc.CanFunc.WithNewDescriptions("Tells whether the expression can be evaluated without an error.",
		[]string{"the expression to try"}),
	"try": tryfunc.TryFunc.WithNewDescriptions("Returns the value of the first expression that can be evaluated without an error.",
		[]string{"the expressions to try, in order"}),
}

func conversion(to cty.Type, words string) function.Function {
	return stdlib.MakeToFunc(to).WithNewDescriptions("Converts a value to "+words+".", []string{"the value"})
}

// funcParam describes a function's parameter.
func funcParam(name string, ty cty.Type, doc string) function.Parameter {
	return function.Parameter{Name: name, Type: ty, Description: doc}
}

// funcVarParam describes the parameter that takes all further arguments.
func funcVarParam(name string, ty cty.Type, doc string) *function.Parameter {
	p := funcParam(name, ty, doc)
	return &p
}

// notNull tells cty that a function never returns null, so that comparisons of
// its unknown results with null are known.
func notNull(b *cty.RefinementBuilder) *cty.RefinementBuilder { return b.NotNull() }
