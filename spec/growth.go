package spec

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// growth tells of each function whose result can be much more than what it is
// given how much it would be, in the units of [weigh].
var growth = map[string]func(args []cty.Value) float64{
	"concat":     weighAll,
	"csvdecode":  func(args []cty.Value) float64 { return separators(args[0], ",\n") },
	"format":     formatGrowth,
	"formatlist": formatGrowth,
	"indent": func(args []cty.Value) float64 {
		width, _ := args[0].AsBigFloat().Float64()
		return weighAll(args) + width*separators(args[1], "\n")/textUnit
	},
	"join": func(args []cty.Value) float64 {
		n := 0
		for _, list := range args[1:] {
			n += list.LengthInt()
		}
		return weighAll(args) + float64(n)*text(args[0])/textUnit
	},
	"jsondecode": func(args []cty.Value) float64 { return separators(args[0], ",:[{") },
	"merge":      weighAll,
	"regexall":   func(args []cty.Value) float64 { return text(args[1]) },
	"replace":    func(args []cty.Value) float64 { return (text(args[0]) + 1) * (text(args[2]) + 1) / textUnit },
	"setproduct": func(args []cty.Value) float64 {
		n := 1.0
		for _, list := range args {
			if !list.CanIterateElements() || !list.Length().IsKnown() {
				return 0 // it says so itself
			}
			n *= float64(list.LengthInt())
		}
		return n * float64(1+len(args))
	},
	"setunion": weighAll,
	"split": func(args []cty.Value) float64 {
		if args[0].AsString() == "" {
			return text(args[1])
		}
		return 1 + float64(strings.Count(args[1].AsString(), args[0].AsString()))
	},
}

func weighAll(args []cty.Value) float64 {
	n := 0.0
	for _, v := range args {
		n += float64(weigh(v, maxMade))
	}
	return n
}

// text is the length of a string in bytes.
func text(v cty.Value) float64 { return float64(len(v.AsString())) }

// separators counts the characters of a text that may begin another value in it.
func separators(v cty.Value, any string) float64 {
	n := 1
	for _, b := range []byte(v.AsString()) {
		if strings.IndexByte(any, b) >= 0 {
			n++
		}
	}
	return float64(n)
}

// widths are the numbers in the verbs of a format, as in %5d and %.3f.
var widths = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`%[^a-zA-Z%]*`) })

var digitsForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[0-9]+`) })

// formatGrowth is of as many texts as the longest list has elements.
func formatGrowth(args []cty.Value) float64 {
	if args[0].IsNull() || args[0].Type() != cty.String {
		return 0 // it says so itself
	}
	each, times := text(args[0]), 1.0
	for _, verb := range widths().FindAllString(args[0].AsString(), -1) {
		for _, digits := range digitsForm().FindAllString(verb, -1) {
			n, err := strconv.ParseFloat(digits, 64)
			if err == nil {
				each += n
			}
		}
	}
	for _, v := range args[1:] {
		if t := v.Type(); v.IsKnown() && !v.IsNull() && (t.IsListType() || t.IsTupleType() || t.IsSetType()) && v.Length().IsKnown() {
			times = max(times, float64(v.LengthInt()))
		} else {
			each += float64(weigh(v, maxMade)) * textUnit
		}
	}
	return weighAll(args) + times*(1+each/textUnit)
}

// bounded makes a function refuse what would give too much before it is built.
func bounded(name string, grow func(args []cty.Value) float64, f function.Function) function.Function {
	refine := notNull
	if name == "merge" { // of nulls gives null
		refine = nil
	}
	return function.New(&function.Spec{
		Description: f.Description(),
		Params:      f.Params(),
		VarParam:    f.VarParam(),
		Type: func(args []cty.Value) (cty.Type, error) {
			if err := withinBounds(args, grow); err != nil { // for some build the result to tell its type
				return cty.NilType, err
			}
			return f.ReturnTypeForValues(args)
		},
		RefineResult: refine,
		Impl:         func(args []cty.Value, _ cty.Type) (cty.Value, error) { return f.Call(args) },
	})
}

// withinBounds estimates what comes of arguments that are known.
func withinBounds(args []cty.Value, grow func(args []cty.Value) float64) error {
	bare := make([]cty.Value, len(args))
	for i, v := range args {
		if bare[i], _ = v.UnmarkDeep(); !bare[i].IsWhollyKnown() || bare[i].IsNull() {
			return nil
		}
	}
	if n := grow(bare); n > maxMade {
		return fmt.Errorf("this would make about %.2g values, where %d bytes of text count as one; the most is %d", n, textUnit, maxMade)
	}
	return nil
}
