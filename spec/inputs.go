package spec

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// taskOf returns the task that a value stands for, or nil.
func taskOf(v cty.Value) *Task {
	if v.IsNull() || !v.IsKnown() || !v.Type().Equals(stageType) {
		return nil
	}
	if t := v.GetAttr("task"); t.IsKnown() && !t.IsNull() {
		return t.EncapsulatedValue().(*Task)
	}
	return nil
}

// input decodes an attribute that takes one stage.
func (d *decoder) input(r *Resolved, a Attribute, e hclsyntax.Expression, v cty.Value) bool {
	t, ty := taskOf(v), v.Type()
	switch {
	case t != nil:
		d.checkTables(a, e, t)
		r.Inputs = append(r.Inputs, Input{a.Name, []*Task{t}})
	case !v.IsKnown() && (ty == cty.DynamicPseudoType || ty.Equals(stageType)):
		d.unknownInput(a, e)
	case v.IsKnown() && ty.IsMapType() && ty.ElementType().Equals(stageType):
		d.fault(e, "Which task?", "%q takes one stage, and this stands for %d tasks: choose one by its key, as in stage.name[\"key\"].", a.Name, v.LengthInt())
	default:
		d.fault(e, "Wrong type", "%q takes a stage, as in %s = stage.name, not %s.", a.Name, a.Name, described(v))
	}
	return true
}

func (d *decoder) unknownInput(a Attribute, e hclsyntax.Expression) {
	if !d.stage.node.faulty {
		d.fault(e, "Input depends on a metric", "Which stage %q takes must be known before the run; a metric is known only after it.", a.Name)
	}
}

// inputs decodes an attribute that takes a list of stages.
func (d *decoder) inputs(r *Resolved, a Attribute, e hclsyntax.Expression, v cty.Value) bool {
	ty := v.Type()
	switch {
	case !v.IsKnown() && (ty == cty.DynamicPseudoType || ty.IsListType() || ty.IsSetType()):
		d.unknownInput(a, e)
		return true
	case !ty.IsListType() && !ty.IsTupleType() && !ty.IsSetType():
		d.fault(e, "Wrong type", "%q takes a list of stages, as in stage.name[*] or [stage.one, stage.two], not %s.", a.Name, described(v))
		return true
	case v.LengthInt() == 0:
		d.fault(e, "No stage", "%q takes a list of at least one stage, and this list is empty.", a.Name)
		return true
	}
	in := Input{Attribute: a.Name}
	for i, one := range v.AsValueSlice() {
		at := elementOf(e, i)
		t := taskOf(one)
		switch {
		case t != nil:
			d.checkTables(a, at, t)
			in.Tasks = append(in.Tasks, t)
		case one.IsNull():
			d.fault(at, "Stage is off", "One of the stages of %q is off: its `when` is false. [for s in list : s if s != null] leaves out those that are off.", a.Name)
		case !one.IsKnown() && (one.Type() == cty.DynamicPseudoType || one.Type().Equals(stageType)):
			d.unknownInput(a, at)
		default:
			d.fault(at, "Wrong type", "%q takes a list of stages, and this list has %s in it.", a.Name, described(one))
		}
		if d.bad[at] && at == e {
			break // to say it of each would be too much
		}
	}
	r.Inputs = append(r.Inputs, in)
	return true
}

// elementOf is the expression of a list's element, where it is written out.
func elementOf(e hclsyntax.Expression, i int) hclsyntax.Expression {
	if list, ok := e.(*hclsyntax.TupleConsExpr); ok && i < len(list.Exprs) {
		return list.Exprs[i]
	}
	return e
}

// checkTables complains where a task's kind does not give the tables needed.
func (d *decoder) checkTables(a Attribute, e hclsyntax.Expression, t *Task) {
	var gives []string
	for _, g := range t.Kind.Tables {
		gives = append(gives, g.Name)
	}
	for _, need := range a.Needs {
		if !slices.Contains(gives, need) {
			all := "no tables"
			if len(gives) > 0 {
				all = strings.Join(gives, ", ")
			}
			d.fault(e, "Input lacks a table", "%q needs a stage that gives the table %q; %s is a %s stage, which gives %s.", a.Name, need, t.Address, t.Kind.Name, all)
			return
		}
	}
}
