package spec

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

var textFunctions = map[string]function.Function{
	"base64decode": base64decodeFunction,
	"base64encode": ofString("Returns a string's bytes in base64.", "text", "the string",
		func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }),
	"basename": ofString("Returns the last part of a path.", "path", "the path", filepath.Base),
	"dirname":  ofString("Returns a path without its last part.", "path", "the path", filepath.Dir),

	"endswith": ofTwoStrings("Tells whether a string ends with another.", "suffix", "the end to look for", strings.HasSuffix),
	"replace":  replaceFunction,
	"sha256": ofString("Returns the sha256 of a string's bytes, in hexadecimal.", "text", "the string",
		func(s string) string { sum := sha256.Sum256([]byte(s)); return hex.EncodeToString(sum[:]) }),
	"startswith":  ofTwoStrings("Tells whether a string starts with another.", "prefix", "the start to look for", strings.HasPrefix),
	"strcontains": ofTwoStrings("Tells whether a string contains another.", "part", "the string to look for", strings.Contains),
}

func ofString(doc, name, nameDoc string, f func(string) string) function.Function {
	return function.New(&function.Spec{
		Description:  doc,
		Params:       []function.Parameter{funcParam(name, cty.String, nameDoc)},
		Type:         function.StaticReturnType(cty.String),
		RefineResult: notNull,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			return cty.StringVal(f(args[0].AsString())), nil
		},
	})
}

func ofTwoStrings(doc, second, secondDoc string, f func(s, second string) bool) function.Function {
	return function.New(&function.Spec{
		Description: doc,
		Params: []function.Parameter{
			funcParam("text", cty.String, "the string to look in"),
			funcParam(second, cty.String, secondDoc),
		},
		Type:         function.StaticReturnType(cty.Bool),
		RefineResult: notNull,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			return cty.BoolVal(f(args[0].AsString(), args[1].AsString())), nil
		},
	})
}

var base64decodeFunction = function.New(&function.Spec{
	Description:  "Returns the string that a base64 text stands for.",
	Params:       []function.Parameter{funcParam("text", cty.String, "the base64 text")},
	Type:         function.StaticReturnType(cty.String),
	RefineResult: notNull,
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		b, err := base64.StdEncoding.DecodeString(args[0].AsString())
		if err != nil {
			return cty.NilVal, function.NewArgErrorf(0, "it is not base64: %w", err)
		}
		if !utf8.Valid(b) {
			return cty.NilVal, function.NewArgErrorf(0, "it stands for bytes that are no UTF-8 text")
		}
		return cty.StringVal(string(b)), nil
	},
})

var replaceFunction = function.New(&function.Spec{
	Description: "Returns a string with every occurrence of a part replaced; a part between slashes, such as \"/[0-9]+/\", is a regular expression, and $1 in the replacement its first group.",
	Params: []function.Parameter{
		funcParam("text", cty.String, "the string to look in"),
		funcParam("part", cty.String, "what to look for"),
		funcParam("replacement", cty.String, "what to put there"),
	},
	Type:         function.StaticReturnType(cty.String),
	RefineResult: notNull,
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		part := args[1].AsString()
		if len(part) > 1 && strings.HasPrefix(part, "/") && strings.HasSuffix(part, "/") {
			return stdlib.RegexReplace(args[0], cty.StringVal(part[1:len(part)-1]), args[2])
		}
		return stdlib.Replace(args[0], args[1], args[2])
	},
})
