package spec

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
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
	presets     *typeexpr.Defaults // of optional parts of the type
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
	v, diags := evaluateExpr(a.Expr, nil)
	if !diags.HasErrors() {
		v, err := convertTo(v, want)
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
	p.fault(a.Expr.Range(), "Not a constant", "%q takes %s written out, without references or functions.", a.Name, withArticle(typeWords(want)))
}

// isConstant tells whether an expression refers to nothing and calls nothing.
func isConstant(e hclsyntax.Expression) bool {
	constant := len(e.Variables()) == 0
	hclsyntax.VisitAll(e, func(n hclsyntax.Node) hcl.Diagnostics {
		if _, ok := n.(*hclsyntax.FunctionCallExpr); ok {
			constant = false
		}
		return nil
	})
	return constant
}

// readGiven finds the text or value given for each variable by flags and files,
// and complains about values for variables that do not exist.
func (p *parser) readGiven() (flags map[string]string, files map[string]cty.Value) {
	flags, files = map[string]string{}, map[string]cty.Value{}
	for _, f := range p.given.Flags {
		name, text, ok := strings.Cut(f, "=")
		name = strings.TrimSpace(name)
		switch {
		case !ok:
			p.plainFault("Invalid --var", fmt.Sprintf("--var takes name=value, not %q.", f))
		case p.nodes["var."+name] == nil:
			p.plainFault("No such variable", fmt.Sprintf("--var %s: this experiment declares no variable called %q.%s", f, name, p.nearestDeclared("var", name)))
		default:
			flags[name] = text
		}
	}
	for _, path := range p.given.Files {
		p.readVarFile(path, files)
	}
	return flags, files
}

func (p *parser) readVarFile(path string, into map[string]cty.Value) {
	src, err := p.x.reads.file(path)
	if err != nil {
		p.plainFault("Cannot read --var-file", fmt.Sprintf("%s: %s.", path, bareError(err)))
		return
	}
	body := p.parseFile(path, src, true)
	if body == nil {
		return
	}
	for _, b := range body.Blocks {
		p.fault(b.TypeRange, "Unknown block", "A file of variables has lines such as name = value, and no blocks.")
	}
	for _, a := range attributesInOrder(body.Attributes) {
		if p.nodes["var."+a.Name] == nil {
			p.noSuch("var", a.Name, a.NameRange)
			continue
		}
		if !isConstant(a.Expr) {
			p.fault(a.Expr.Range(), "Not a constant", "The value of a variable is written out, without references or functions.")
			continue
		}
		v, diags := evaluateExpr(a.Expr, nil)
		p.diags = append(p.diags, diags...)
		if !diags.HasErrors() {
			into[a.Name] = v
		}
	}
}

func (p *parser) plainFault(summary, detail string) {
	p.diags = append(p.diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail})
}

// given is a value given for a variable, with a phrase that says where from.
type given struct {
	value cty.Value
	from  string
	at    hcl.Range // where to say that it is wrong
}

// variableValue finds, converts and validates a variable's value.
func (p *parser) variableValue(v *variable, n *node) cty.Value {
	g, ok := p.find(v, n)
	if !ok {
		n.faulty = true
		return cty.DynamicVal
	}
	converted, diags := v.take(g, p.x.functions, p.bad)
	p.diags = append(p.diags, diags...)
	n.faulty = n.faulty || diags.HasErrors()
	v.value = converted
	return converted
}

// convert gives a value the variable's type, and optional parts of it their defaults.
func (v *variable) convert(value cty.Value) (cty.Value, error) {
	if v.presets != nil {
		value = v.presets.Apply(value)
	}
	return convertTo(value, v.typ)
}

// take converts a value to the variable's type and puts it before the
// validations; those in skip have faults that have been told.
func (v *variable) take(g given, functions map[string]function.Function, skip map[hclsyntax.Expression]bool) (cty.Value, hcl.Diagnostics) {
	converted, err := v.convert(g.value)
	if err != nil {
		reason := misfit(g.value, err)
		if whole, ok := strings.CutPrefix(reason, "not "); ok {
			reason = "and " + g.from + " is " + whole
		} else {
			reason = strings.Replace(reason, "in it", "in "+g.from, 1)
		}
		if strings.Contains(err.Error(), "attribute \"") { // a part of an object
			reason += fmt.Sprintf(" without all of its parts: %s", err)
		}
		return cty.DynamicVal, hcl.Diagnostics{fault(g.at, "Wrong value for a variable", "Variable %q takes %s, %s.", v.name, withArticle(typeWords(v.typ)), reason)}
	}
	var diags hcl.Diagnostics
	ctx := &hcl.EvalContext{Functions: functions, Variables: map[string]cty.Value{"var": cty.ObjectVal(map[string]cty.Value{v.name: converted})}}
	for _, a := range v.validations {
		if skip[a.condition] || skip[a.message] {
			continue
		}
		held, message, faults := a.evaluate(ctx)
		diags = append(diags, faults...)
		if !faults.HasErrors() && held.known && !held.true {
			diags = append(diags, fault(g.at, "Value refused", "%s; %s gives %s.", strings.TrimSuffix(message, "."), g.from, valueText(converted)))
		}
	}
	return converted, diags
}

// find returns the value given for a variable.
func (p *parser) find(v *variable, n *node) (g given, ok bool) {
	if inst := p.x.within; inst != nil {
		if value, ok := inst.values[v.name]; ok {
			return given{value, "the module's argument", inst.module.args[v.name].Expr.Range()}, !inst.faulty
		}
		if v.fallback == nil {
			return g, false // which has been told
		}
	}
	if text, ok := p.flags[v.name]; ok {
		return p.fromText(v, text, "--var "+v.name)
	}
	if value, ok := p.fileValues[v.name]; ok {
		return given{value, "the value in --var-file", v.at}, true
	}
	for _, e := range p.given.Environ {
		if text, ok := strings.CutPrefix(e, environPrefix+v.name+"="); ok {
			return p.fromText(v, text, environPrefix+v.name)
		}
	}
	if v.fallback != nil {
		value, diags := evaluateExpr(v.fallback, nil)
		p.diags = append(p.diags, diags...)
		return given{value, "the default", v.at}, !diags.HasErrors()
	}
	if !n.faulty {
		p.fault(v.at, "Variable without a value", "Variable %q has no default: give it with --var %s=…, --var-file, or %s%s.", v.name, v.name, environPrefix, v.name)
	}
	return g, false
}

// constantValue evaluates an expression that parsed without diags and refers to
// nothing.
func constantValue(e hclsyntax.Expression, diags hcl.Diagnostics) (cty.Value, bool) {
	if diags.HasErrors() {
		return cty.NilVal, false
	}
	if _, extreme := extremeNumber(e); extreme {
		return cty.NilVal, false
	}
	measure(e)
	v, diags := evaluateExpr(e, nil)
	return v, !diags.HasErrors()
}

// fromText reads a value given as text: as it stands for a string, as an HCL
// expression for anything else.
func (p *parser) fromText(v *variable, text, from string) (g given, ok bool) {
	if v.typ == cty.String {
		return given{cty.StringVal(text), from, v.at}, true
	}
	if _, deep := tooDeep([]byte(text), from); !deep {
		e, diags := hclsyntax.ParseExpression([]byte(text), from, hcl.InitialPos)
		if value, ok := constantValue(e, diags); ok {
			return given{value, from, v.at}, true
		}
	}
	if v.typ == cty.DynamicPseudoType {
		return given{cty.StringVal(text), from, v.at}, true // a bare word, as people type it
	}
	p.fault(v.at, "Wrong value for a variable", "Variable %q takes %s, and %s is the string %q.", v.name, withArticle(typeWords(v.typ)), from, text)
	return g, false
}

// unescaped takes back what JSON for browsers escapes: people read < as <. A backslash
// that was in the text is \\ in JSON, and stays.
var unescaped = strings.NewReplacer(`\\`, `\\`, `\u003c`, "<", `\u003e`, ">", `\u0026`, "&")

// valueText shows a value as HCL would be written, for messages and records.
func valueText(v cty.Value) string {
	v, _ = v.UnmarkDeep()
	if !v.IsWhollyKnown() {
		return "(known after run)"
	}
	b, err := ctyjson.Marshal(v, v.Type())
	switch {
	case err == nil:
		return unescaped.Replace(string(b))
	case v.Type() == cty.Number: // and not finite
		return v.AsBigFloat().String()
	}
	return "(cannot be shown)"
}
