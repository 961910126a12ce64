package spec

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
)

// explain puts a fault in evaluating an expression into this language's words.
func explain(d *hcl.Diagnostic, whole hclsyntax.Expression) {
	ofStages, innards := false, false
	if e, ok := d.Expression.(hclsyntax.Expression); ok {
		for _, t := range e.Variables() {
			v, _ := t.TraverseAbs(d.EvalContext)
			ofStages = ofStages || t.RootName() == "stage"
			innards = innards || ofStages || holdsInnards(v.Type())
		}
	}
	var panicked function.PanicError
	if call, ok := d.Extra.(hclsyntax.FunctionCallDiagExtra); ok && errors.As(call.FunctionCallError(), &panicked) {
		d.Detail = fmt.Sprintf("%s has no result for what it is given.", call.CalledFunctionName())
		if over, ok := panicked.Value.(overdrawn); ok { // in an argument of try or can
			d.Summary, d.Detail = over.fault.Summary, over.fault.Detail
		}
	}
	if reason, ok := strings.CutPrefix(d.Detail, "Error during operation: "); ok {
		d.Detail = start(reason)
	}
	if s, ok := failedStep(d.Expression, d.EvalContext); ok {
		s.explain(d)
	} else if s, ok := failedInSplat(d, whole); ok {
		s.explain(d)
	} else if d.Detail = plainer.Replace(d.Detail); ofStages {
		d.Detail = strings.NewReplacer("an object", "a stage", "object", "stage").Replace(d.Detail)
	}
	if innards {
		d.Expression, d.EvalContext = nil, nil // from which the values of references are shown: objects of innards
	}
}

// holdsInnards tells whether values of a type have stages or datasets in them.
func holdsInnards(t cty.Type) (holds bool) {
	switch {
	case t.IsCapsuleType():
		return true
	case t.IsCollectionType():
		return holdsInnards(t.ElementType())
	case t.IsTupleType():
		return slices.ContainsFunc(t.TupleElementTypes(), holdsInnards)
	case t.IsObjectType():
		for _, a := range t.AttributeTypes() {
			holds = holds || holdsInnards(a)
		}
	}
	return holds
}

// plainer names what HCL calls a tuple as everyone does, and so on.
var plainer = strings.NewReplacer("tuple, list, or set type", "list or set", "tuple", "list", "a primitive-typed value", "a plain value", "dynamic", "a value of any type")

// step is a name or key taken of a value that does not have it.
type step struct {
	of   cty.Value
	text string // of, as it is written; empty where it is an expression
	name string
}

// failedStep finds the step of a reference that cannot be taken.
func failedStep(e hcl.Expression, ctx *hcl.EvalContext) (s step, ok bool) {
	switch e := e.(type) {
	case *hclsyntax.ScopeTraversalExpr:
		for i := 1; i < len(e.Traversal); i++ {
			of, _ := e.Traversal[:i].TraverseAbs(ctx)
			if _, diags := e.Traversal[:i+1].TraverseAbs(ctx); diags.HasErrors() {
				return newStep(of, written(e.Traversal[:i]), e.Traversal[i])
			}
		}
	case *hclsyntax.RelativeTraversalExpr:
		of, diags := e.Source.Value(ctx)
		if diags.HasErrors() {
			return s, false
		}
		for _, t := range e.Traversal {
			next, diags := t.TraversalStep(of)
			if diags.HasErrors() {
				return newStep(of, "", t)
			}
			of = next
		}
	case *hclsyntax.IndexExpr:
		of, diags := e.Collection.Value(ctx)
		key, keyDiags := e.Key.Value(ctx)
		if diags.HasErrors() || keyDiags.HasErrors() {
			return s, false
		}
		text := ""
		if t, ok := e.Collection.(*hclsyntax.ScopeTraversalExpr); ok {
			text = written(t.Traversal)
		}
		return newStep(of, text, hcl.TraverseIndex{Key: key})
	}
	return s, false
}

// failedInSplat finds the step behind a [*] that one of its elements cannot take.
func failedInSplat(d *hcl.Diagnostic, whole hclsyntax.Expression) (s step, ok bool) {
	hclsyntax.VisitAll(whole, func(n hclsyntax.Node) hcl.Diagnostics {
		splat, isSplat := n.(*hclsyntax.SplatExpr)
		if !isSplat || ok || d.EvalContext == nil {
			return nil
		}
		each, isSteps := splat.Each.(*hclsyntax.RelativeTraversalExpr)
		list, diags := splat.Source.Value(d.EvalContext)
		list, _ = list.Unmark()
		if !isSteps || d.Subject == nil || !each.SrcRange.Overlaps(*d.Subject) || diags.HasErrors() || !list.CanIterateElements() {
			return nil
		}
		for _, of := range list.AsValueSlice() {
			for _, t := range each.Traversal {
				next, diags := t.TraversalStep(of)
				if diags.HasErrors() {
					s, ok = newStep(of, "", t)
					return nil
				}
				of = next
			}
		}
		return nil
	})
	return s, ok
}

func newStep(of cty.Value, text string, t hcl.Traverser) (step, bool) {
	of, _ = of.Unmark()
	s := step{of: of, text: text}
	switch t := t.(type) {
	case hcl.TraverseAttr:
		s.name = t.Name
	case hcl.TraverseIndex:
		name, ok := asText(t.Key)
		if !ok {
			return s, false
		}
		s.name = name
	}
	ty := of.Type()
	return s, of.IsNull() || ty.IsObjectType() || ty.IsMapType() && of.IsKnown()
}

func (s step) explain(d *hcl.Diagnostic) {
	what := s.text
	if what == "" {
		what = "this"
	}
	ty := s.of.Type()
	ofStages := ty.Equals(stageType) || ty.IsMapType() && ty.ElementType().Equals(stageType)
	var names []string
	switch {
	case s.of.IsNull() && ofStages:
		d.Summary = "Stage is off"
		d.Detail = fmt.Sprintf("The `when` of %s is false, so there is nothing to take from it. coalesce(stage.one, stage.two) stands for the first of two stages that is on.", what)
		return
	case s.of.IsNull():
		d.Summary = "No value"
		d.Detail = fmt.Sprintf("There is no %q to take, for %s is null.", s.name, what)
		return
	case ty.IsObjectType():
		d.Summary = "No such name"
		names = sortedKeys(ty.AttributeTypes())
	default:
		d.Summary = "No such key"
		names = sortedKeys(s.of.AsValueMap())
		if ofStages {
			d.Summary = "No such task"
		}
	}
	d.Detail = fmt.Sprintf("There is no %q in %s.%s", s.name, what, nearest(s.name, names))
}

// written is a reference as it stands in the source.
func written(t hcl.Traversal) string {
	var b strings.Builder
	for _, s := range t {
		switch s := s.(type) {
		case hcl.TraverseRoot:
			b.WriteString(s.Name)
		case hcl.TraverseAttr:
			b.WriteString("." + s.Name)
		case hcl.TraverseIndex:
			fmt.Fprintf(&b, "[%s]", valueText(s.Key))
		}
	}
	return b.String()
}

// asText converts a known value to a string.
func asText(v cty.Value) (string, bool) {
	v, _ = v.UnmarkDeep()
	s, err := convert.Convert(v, cty.String)
	if err != nil || !s.IsKnown() || s.IsNull() {
		return "", false
	}
	return s.AsString(), true
}

// described is a value's type in this language's words, with its article.
func described(v cty.Value) string {
	t := v.Type()
	switch {
	case v.IsNull():
		return "null"
	case t.Equals(stageType):
		return "a stage"
	case t == cty.String && v.IsKnown() && len(v.AsString()) <= 40:
		return fmt.Sprintf("the string %q", v.AsString())
	case t.IsMapType() && t.ElementType().Equals(stageType):
		return "a stage with for_each"
	case t.IsTupleType() || t.IsListType():
		return "a list"
	case t.IsObjectType():
		return "an object"
	case t == cty.DynamicPseudoType:
		return "a value of any type"
	case t == cty.Number && v.IsKnown():
		return "the number " + numberText(v)
	}
	return withArticle(typeWords(t))
}

// typeWords is a type in words, as in "list of numbers".
func typeWords(t cty.Type) string {
	switch {
	case t == cty.DynamicPseudoType:
		return "value of any type"
	case t.IsCollectionType():
		kind := "map"
		if t.IsListType() {
			kind = "list"
		} else if t.IsSetType() {
			kind = "set"
		}
		return kind + " of " + plural(typeWords(t.ElementType()))
	}
	return t.FriendlyName()
}

// numberText is a number as a message shows it.
func numberText(v cty.Value) string { return v.AsBigFloat().Text('g', 10) }

// misfit says what of a value does not fit a type, to end a sentence that says
// what is expected.
func misfit(v cty.Value, err error) string {
	at, ok := err.(cty.PathError)
	if !ok || len(at.Path) == 0 {
		return "not " + described(v)
	}
	var place strings.Builder
	for _, s := range at.Path {
		var key cty.Value
		switch s := s.(type) {
		case cty.GetAttrStep:
			key = cty.StringVal(s.Name)
		case cty.IndexStep:
			key = s.Key
		}
		next, diags := hcl.Index(v, key, nil)
		if diags.HasErrors() {
			return "and an element of it is of another type"
		}
		v = next
		fmt.Fprintf(&place, "[%s]", valueText(key))
	}
	return fmt.Sprintf("and %s in it is %s", place.String(), described(v))
}
