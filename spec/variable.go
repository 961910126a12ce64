package spec

import (
	"fmt"
	"os"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// Values are what a user gives for variables. The first that names a variable
// counts: a flag, a file, the environment; then the variable's default.
type Values struct {
	Flags   []string // name=value, from --var; the last of one name counts
	Files   []string // paths of files of name = value, from --var-file; the last counts
	Environ []string // the environment, as os.Environ gives it
}

const environPrefix = "REPRISE_VAR_"

// variable is a variable block as declared.
type variable struct {
	name        string
	typ         cty.Type
	description string
	fallback    hclsyntax.Expression // its default, or nil
	validations []assertion
	at          hcl.Range
	value       cty.Value
}

// assertion is a condition and what to say where it does not hold.
type assertion struct {
	condition, message hclsyntax.Expression
}

// constant evaluates an attribute that may refer to nothing into a Go value:
// *string or *[]string.
func (p *parser) constant(a *hclsyntax.Attribute, want cty.Type, into any) {
	if a == nil {
		return
	}
	v, diags := a.Expr.Value(nil)
	if !diags.HasErrors() {
		v, err := convert.Convert(v, want)
		if err == nil && v.IsWhollyKnown() && !v.IsNull() {
			switch into := into.(type) {
			case *string:
				*into = v.AsString()
			case *[]string:
				for _, e := range v.AsValueSlice() {
					*into = append(*into, e.AsString())
				}
			}
			return
		}
	}
	p.fault(a.Expr.Range(), "Not a constant", "%q is a %s written out, without references or functions.", a.Name, want.FriendlyName())
}

// givens finds the text or value given for each variable, and complains about
// values for variables that do not exist.
func (p *parser) readGiven() (flags map[string]string, files map[string]cty.Value) {
	flags, files = map[string]string{}, map[string]cty.Value{}
	known := p.declaredNames("var")
	for _, f := range p.given.Flags {
		name, text, ok := strings.Cut(f, "=")
		name = strings.TrimSpace(name)
		switch {
		case !ok:
			p.plainFault("Invalid --var", fmt.Sprintf("--var takes name=value, not %q.", f))
		case p.nodes["var."+name] == nil:
			p.plainFault("No such variable", fmt.Sprintf("--var %s: this experiment declares no variable called %q.%s", f, name, nearest(name, known)))
		default:
			flags[name] = text
		}
	}
	for _, path := range p.given.Files {
		p.readVarFile(path, files, known)
	}
	return flags, files
}

func (p *parser) readVarFile(path string, into map[string]cty.Value, known []string) {
	src, err := os.ReadFile(path)
	if err != nil {
		p.plainFault("Cannot read --var-file", err.Error())
		return
	}
	file, diags := hclsyntax.ParseConfig(src, path, hcl.InitialPos)
	p.files[path] = file
	p.diags = append(p.diags, diags...)
	attrs, diags := file.Body.JustAttributes()
	p.diags = append(p.diags, diags...)
	for name, a := range attrs {
		if p.nodes["var."+name] == nil {
			p.fault(a.NameRange, "No such variable", "This experiment declares no variable called %q.%s", name, nearest(name, known))
			continue
		}
		v, diags := a.Expr.Value(nil)
		p.diags = append(p.diags, diags...)
		if !diags.HasErrors() {
			into[name] = v
		}
	}
}

func (p *parser) plainFault(summary, detail string) {
	p.diags = append(p.diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail})
}

// variableValue finds, converts and validates a variable's value.
func (p *parser) variableValue(v *variable, n *node) cty.Value {
	value, from, ok := p.find(v, n)
	if !ok {
		return cty.DynamicVal
	}
	converted, err := convert.Convert(value, v.typ)
	if err != nil || converted.IsNull() {
		reason := "null is no value"
		if err != nil {
			reason = err.Error()
		}
		p.fault(v.at, "Wrong value for a variable", "%s for variable %q does not fit its type %s: %s.", from, v.name, v.typ.FriendlyName(), reason)
		n.faulty = true
		return cty.DynamicVal
	}
	v.value = converted
	ctx := &hcl.EvalContext{Functions: p.x.functions, Variables: map[string]cty.Value{"var": cty.ObjectVal(map[string]cty.Value{v.name: converted})}}
	for _, a := range v.validations {
		p.validate(v, n, a, ctx, from)
	}
	return converted
}

// find returns the value given for a variable and a phrase that says where from.
func (p *parser) find(v *variable, n *node) (value cty.Value, from string, ok bool) {
	if text, given := p.flags[v.name]; given {
		return p.fromText(v, n, text, "--var "+v.name)
	}
	if value, given := p.fileValues[v.name]; given {
		return value, "the value in --var-file", true
	}
	for _, e := range p.given.Environ {
		if text, given := strings.CutPrefix(e, environPrefix+v.name+"="); given {
			return p.fromText(v, n, text, environPrefix+v.name)
		}
	}
	if v.fallback != nil {
		value, diags := v.fallback.Value(nil)
		p.diags = append(p.diags, diags...)
		n.faulty = n.faulty || diags.HasErrors()
		return value, "the default", !diags.HasErrors()
	}
	if !n.faulty {
		p.fault(v.at, "Variable without a value", "Variable %q has no default: give it with --var %s=…, --var-file, or %s%s.", v.name, v.name, environPrefix, v.name)
		n.faulty = true
	}
	return cty.DynamicVal, "", false
}

// fromText reads a value given as text: as it stands for a string, as an HCL
// expression for anything else.
func (p *parser) fromText(v *variable, n *node, text, from string) (cty.Value, string, bool) {
	if v.typ == cty.String {
		return cty.StringVal(text), from, true
	}
	e, diags := hclsyntax.ParseExpression([]byte(text), from, hcl.InitialPos)
	if !diags.HasErrors() {
		value, diags := e.Value(nil)
		if !diags.HasErrors() {
			return value, from, true
		}
	}
	if v.typ == cty.DynamicPseudoType {
		return cty.StringVal(text), from, true // a bare word, as people type it
	}
	p.fault(v.at, "Wrong value for a variable", "%s: %q is no %s.", from, text, v.typ.FriendlyName())
	n.faulty = true
	return cty.DynamicVal, "", false
}

func (p *parser) validate(v *variable, n *node, a assertion, ctx *hcl.EvalContext, from string) {
	for _, e := range []hclsyntax.Expression{a.condition, a.message} {
		for _, t := range e.Variables() {
			if t.RootName() != "var" || len(t) < 2 || t[1].(hcl.TraverseAttr).Name != v.name {
				p.fault(t.SourceRange(), "Validation refers to something else", "A validation can use var.%s alone.", v.name)
				return
			}
		}
	}
	held, message, diags := a.evaluate(ctx)
	p.diags = append(p.diags, diags...)
	if !diags.HasErrors() && !held.known {
		return
	}
	if !diags.HasErrors() && !held.true {
		p.fault(v.at, "Value refused", "%s (%s gives %s).", strings.TrimSuffix(message, "."), from, valueText(v.value))
		n.faulty = true
	}
}

// valueText shows a value as HCL would be written, for messages and records.
func valueText(v cty.Value) string {
	v, _ = v.UnmarkDeep()
	if !v.IsWhollyKnown() {
		return "(known after run)"
	}
	b, err := ctyjson.Marshal(v, v.Type())
	if err != nil {
		return v.GoString()
	}
	return string(b)
}
