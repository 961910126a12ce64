package spec

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// Function documents a function that expressions may call.
type Function struct {
	Name      string
	Signature string // such as join(separator: string, lists: list(string)...)
	Doc       string // what it does, in sentences
	Example   string // an expression
	Result    string // what evaluating the example gives, as HCL; "" where that depends on files
}

// FunctionGroup is functions that belong together.
type FunctionGroup struct {
	Title     string
	Functions []Function
}

// Functions documents all functions. The results of the examples are computed.
// It panics on a function without an example and on an example that fails, which
// are faults of the program.
func Functions() []FunctionGroup {
	all := functions("", nil)
	var groups []FunctionGroup
	for _, g := range functionExamples {
		group := FunctionGroup{Title: g.title}
		for _, example := range g.examples {
			name, _, _ := strings.Cut(example, "(")
			f := all[name]
			group.Functions = append(group.Functions, Function{
				Name: name, Signature: signature(name, f), Doc: sentence(f.Description()),
				Example: example, Result: evaluated(name, example, all),
			})
			delete(all, name)
		}
		slices.SortFunc(group.Functions, func(a, b Function) int { return strings.Compare(a.Name, b.Name) })
		groups = append(groups, group)
	}
	for name := range all {
		panic("spec: the function " + name + " has no example")
	}
	return groups
}

func signature(name string, f function.Function) string {
	written := func(p function.Parameter) string {
		if p.Type == cty.DynamicPseudoType || p.Type.IsCapsuleType() {
			return p.Name
		}
		return p.Name + ": " + typeexpr.TypeString(p.Type)
	}
	var params []string
	for _, p := range f.Params() {
		params = append(params, written(p))
	}
	if p := f.VarParam(); p != nil {
		params = append(params, written(*p)+"...")
	}
	return name + "(" + strings.Join(params, ", ") + ")"
}

// sentence ends every description as a sentence ends.
func sentence(doc string) string {
	return strings.TrimSuffix(strings.TrimSpace(doc), ".") + "."
}

// evaluated is what an example gives, as HCL. File functions have no folder to
// read here, and their results would tell nothing.
func evaluated(name, example string, all map[string]function.Function) string {
	if _, ok := fileFunctions("", nil)[name]; ok {
		return ""
	}
	e, diags := hclsyntax.ParseExpression([]byte(example), name, hcl.InitialPos)
	if diags.HasErrors() {
		panic(fmt.Sprintf("spec: the example %s: %v", example, diags))
	}
	v, diags := e.Value(&hcl.EvalContext{Functions: all, Variables: map[string]cty.Value{"given": cty.EmptyObjectVal}})
	if diags.HasErrors() {
		panic(fmt.Sprintf("spec: the example %s: %v", example, diags))
	}
	return onOneLine(v)
}

// aligned is an attribute whose equals sign lies below another.
var aligned = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(\S+) += `) })

// onOneLine is a value as HCL, objects in one line too.
func onOneLine(v cty.Value) string {
	lines := strings.Split(string(hclwrite.Format(hclwrite.TokensForValue(v).Bytes())), "\n")
	var out strings.Builder
	for i, line := range lines {
		text := aligned().ReplaceAllString(strings.TrimSpace(line), "$1 = ")
		switch {
		case i == 0, text == "":
		case strings.HasPrefix(text, "}"), strings.HasSuffix(lines[i-1], "{"):
			out.WriteString(" ")
		default:
			out.WriteString(", ")
		}
		out.WriteString(text)
	}
	return out.String()
}
