package spec

import (
	"reflect"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

const (
	// maxMade bounds what one expression makes on its way to a value: elements,
	// and text in units of textUnit bytes. HCL builds whatever it is asked for,
	// and cannot be told to stop.
	maxMade  = 4_000_000
	textUnit = 100

	// maxHeld bounds what all expressions of an experiment come to: its tasks
	// are held in memory.
	maxHeld = 40_000_000

	// faultCost is what an element with a fault counts: each is a diagnostic.
	faultCost = 100
)

// budget is what one evaluation may still make. Expressions that may make much
// stand in a [measured], which finds the budget in its context.
type budget struct{ left int }

// overdrawn is the panic that unwinds HCL's evaluation.
type overdrawn struct{ fault *hcl.Diagnostic }

// budgetName is that of the variable in which a context has its budget; it
// cannot be written in HCL.
const budgetName = "the budget"

var budgetCapsule = cty.Capsule("budget", reflect.TypeFor[budget]())

// context is parent with the budget in it.
func (b *budget) context(parent *hcl.EvalContext) *hcl.EvalContext {
	ctx := &hcl.EvalContext{}
	if parent != nil {
		ctx = parent.NewChild()
	}
	ctx.Variables = map[string]cty.Value{budgetName: cty.CapsuleVal(budgetCapsule, b)}
	return ctx
}

func budgetIn(ctx *hcl.EvalContext) *budget {
	for ; ctx != nil; ctx = ctx.Parent() {
		if v, ok := ctx.Variables[budgetName]; ok {
			return v.EncapsulatedValue().(*budget)
		}
	}
	return &budget{maxMade}
}

// spend takes what was made off the budget.
func (b *budget) spend(v cty.Value, faults int, at hcl.Range) {
	b.left -= weigh(v, b.left) + faults*faultCost
	if b.left < 0 {
		panic(overdrawn{tooMuch(at)})
	}
	if isExtreme(v) {
		panic(overdrawn{fault(at, "Number out of range", extremeDetail)})
	}
}

func tooMuch(at hcl.Range) *hcl.Diagnostic {
	return fault(at, "Too many values", "To evaluate this takes more than %d values, where %d bytes of text count as one.", maxMade, textUnit)
}

// weigh counts the plain values in a value, up to some more than a limit. A
// stage is one, whatever its metrics: it is the same wherever it is referred to.
func weigh(v cty.Value, limit int) int {
	v, _ = v.Unmark()
	t := v.Type()
	switch {
	case v.IsNull() || !v.IsKnown():
		return 1
	case t == cty.String:
		return 1 + len(v.AsString())/textUnit
	case t.IsPrimitiveType() || t.IsCapsuleType() || isStage(t):
		return 1
	case !v.CanIterateElements():
		return 1
	}
	n := 1
	if t.IsListType() || t.IsMapType() || t.IsSetType() {
		if e := t.ElementType(); e == cty.Number || e == cty.Bool || e.IsCapsuleType() || isStage(e) {
			return n + v.LengthInt()
		}
	}
	for it := v.ElementIterator(); n <= limit && it.Next(); {
		key, element := it.Element()
		if key.Type() == cty.String && !t.IsSetType() {
			n += len(key.AsString()) / textUnit
		}
		n += weigh(element, limit-n)
	}
	return n
}

// isStage is stageType.Equals without looking at much of other objects.
func isStage(t cty.Type) bool {
	return t.IsObjectType() && len(t.AttributeTypes()) == len(stageType.AttributeTypes()) && t.Equals(stageType)
}

// isExtreme tells whether a value is a number that is infinite, or would take long
// to write.
func isExtreme(v cty.Value) bool {
	v, _ = v.Unmark()
	if v.Type() != cty.Number || v.IsNull() || !v.IsKnown() {
		return false
	}
	f := v.AsBigFloat()
	bits := f.MantExp(nil)
	return f.IsInf() || bits > maxBits || bits < -maxBits
}

// measured is an expression whose values count. It embeds parentheses, which
// HCL's walks see through.
type measured struct {
	*hclsyntax.ParenthesesExpr
	as cty.Type // what a function takes there; cty.NilType for anything
}

// Value evaluates the expression and takes its value off the budget.
func (m *measured) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	v, diags := m.ParenthesesExpr.Value(ctx)
	faults := 0
	if diags.HasErrors() {
		faults = len(diags)
	}
	budgetIn(ctx).spend(v, faults, m.SrcRange)
	if m.as != cty.NilType {
		v, _ = piecewise(v, m.as)
	}
	return v, diags
}

// UnwrapExpression lets HCL read what is no value, such as a type.
func (m *measured) UnwrapExpression() hcl.Expression { return m.ParenthesesExpr.Expression }

// measure puts the parts of an expression that can multiply what it makes under
// its budget, and has operators refuse what is no number.
func measure(n hclsyntax.Node) {
	hclsyntax.VisitAll(n, func(n hclsyntax.Node) hcl.Diagnostics {
		switch n := n.(type) {
		case *hclsyntax.ForExpr:
			// Each element counts, whatever it is.
			n.CollExpr = measuredMaker(n.CollExpr, cty.NilType)
			n.KeyExpr, n.ValExpr, n.CondExpr = measuredExpr(n.KeyExpr, cty.NilType), measuredExpr(n.ValExpr, cty.NilType), measuredExpr(n.CondExpr, cty.NilType)
		case *hclsyntax.TemplateExpr:
			for i, part := range n.Parts {
				if _, ok := part.(*hclsyntax.LiteralValueExpr); !ok && !n.IsStringLiteral() {
					n.Parts[i] = measuredExpr(part, cty.NilType)
				}
			}
		case *hclsyntax.TemplateWrapExpr:
			n.Wrapped = measuredMaker(n.Wrapped, cty.NilType)
		case *hclsyntax.TupleConsExpr:
			for i, e := range n.Exprs {
				n.Exprs[i] = measuredMaker(e, cty.NilType)
			}
		case *hclsyntax.ObjectConsExpr:
			for i, item := range n.Items {
				n.Items[i].ValueExpr = measuredMaker(item.ValueExpr, cty.NilType)
			}
		case *hclsyntax.FunctionCallExpr:
			for i, e := range n.Args {
				n.Args[i] = measuredMaker(e, argumentType(n.Name, i))
			}
		case *hclsyntax.BinaryOpExpr:
			n.LHS, n.RHS = measuredMaker(n.LHS, cty.NilType), measuredMaker(n.RHS, cty.NilType)
			if op := checkedOperations[n.Op]; op != nil {
				n.Op = op
			}
		}
		return nil
	})
}

// measuredMaker measures what makes values; literals and references make none.
func measuredMaker(e hclsyntax.Expression, as cty.Type) hclsyntax.Expression {
	switch e.(type) {
	case *hclsyntax.LiteralValueExpr, *hclsyntax.ScopeTraversalExpr:
		if as == cty.NilType {
			return e
		}
	}
	return measuredExpr(e, as)
}

func measuredExpr(e hclsyntax.Expression, as cty.Type) hclsyntax.Expression {
	if _, ok := e.(*measured); ok || e == nil {
		return e
	}
	return &measured{&hclsyntax.ParenthesesExpr{Expression: e, SrcRange: e.Range()}, as}
}

// evaluateExpr evaluates an expression. What HCL says where that fails is put
// into this language's words: HCL knows neither stages nor the names there are.
func evaluateExpr(e hclsyntax.Expression, ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	v, _, diags := evaluateWeighed(e, ctx)
	return v, diags
}

// evaluateWeighed also tells how much the value is.
func evaluateWeighed(e hclsyntax.Expression, ctx *hcl.EvalContext) (v cty.Value, weight int, diags hcl.Diagnostics) {
	b := &budget{maxMade}
	defer func() {
		if r := recover(); r != nil {
			over, ok := r.(overdrawn)
			if !ok {
				panic(r)
			}
			v, weight, diags = cty.DynamicVal, 0, hcl.Diagnostics{over.fault}
		}
	}()
	v, diags = e.Value(b.context(ctx))
	b.left = maxMade
	for _, d := range diags {
		explain(d, e)
	}
	if diags.HasErrors() {
		return v, 0, diags
	}
	if weight = weigh(v, maxMade); weight > maxMade {
		return cty.DynamicVal, 0, hcl.Diagnostics{tooMuch(e.Range())}
	}
	if isExtreme(v) {
		return cty.DynamicVal, 0, hcl.Diagnostics{fault(e.Range(), "Number out of range", extremeDetail)}
	}
	return v, weight, diags
}

// hold adds to what the experiment comes to; it complains once where that is too much.
func (p *parser) hold(weight int, at hcl.Range) (ok bool) {
	before := p.modules.held
	p.modules.held += weight
	if before <= maxHeld && p.modules.held > maxHeld {
		p.fault(at, "Too many values", "All attributes, local values and outputs of this experiment together come to more than %d values, where %d bytes of text count as one. A stage can read or make large data.", maxHeld, textUnit)
	}
	return p.modules.held <= maxHeld
}
