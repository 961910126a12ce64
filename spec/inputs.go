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
		r.Inputs = append(r.Inputs, Input{Attribute: a.Name, Tasks: []*Task{t}})
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
	r.Inputs = append(r.Inputs, Input{Attribute: a.Name, Tasks: d.listed(a, e, v)})
	return true
}

// listed returns the tasks of a list of stages, and complains about what in it
// is none.
func (d *decoder) listed(a Attribute, e hclsyntax.Expression, v cty.Value) (tasks []*Task) {
	for i, one := range v.AsValueSlice() {
		at := elementOf(e, i)
		t := taskOf(one)
		switch {
		case t != nil:
			d.checkTables(a, at, t)
			tasks = append(tasks, t)
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
	return tasks
}

// named decodes an attribute that takes inputs by name.
func (d *decoder) named(r *Resolved, a Attribute, e hclsyntax.Expression, v cty.Value) bool {
	ty := v.Type()
	switch {
	case !v.IsKnown():
		d.unknownInput(a, e)
		return true
	case !ty.IsObjectType() && !ty.IsMapType() || ty.Equals(stageType):
		d.fault(e, "Wrong type", "%q takes a map of stages and datasets, as in %s = { name = stage.name }, not %s.", a.Name, a.Name, described(v))
		return true
	}
	values := v.AsValueMap()
	for _, name := range sortedKeys(values) {
		one, at := values[name], memberOf(e, name)
		ty := one.Type()
		t := taskOf(one)
		in := Input{Attribute: a.Name, Name: name}
		switch {
		case !hclsyntax.ValidIdentifier(name):
			d.fault(at, "Invalid name", "%q is no name for an input: a name has letters, digits, _ and -, and starts with a letter.", name)
		case t != nil:
			d.checkTables(a, at, t)
			in.Tasks = []*Task{t}
			r.Inputs = append(r.Inputs, in)
		case !one.IsKnown() && (ty == cty.DynamicPseudoType || ty.Equals(stageType) || ty.Equals(datasetCapsule)):
			d.unknownInput(a, at)
		case one.IsNull():
			d.null(a, at, one)
		case ty.Equals(datasetCapsule):
			r.Files = append(r.Files, FileInput{Attribute: a.Name, Name: name, Dataset: one.EncapsulatedValue().(*Dataset)})
		case one.IsKnown() && (ty.IsListType() || ty.IsTupleType()) && one.LengthInt() == 0:
			d.fault(at, "No stage", "The input %q takes a list of at least one stage, and this list is empty.", name)
		case one.IsKnown() && (ty.IsListType() || ty.IsTupleType()):
			in.List, in.Tasks = true, d.listed(a, at, one)
			r.Inputs = append(r.Inputs, in)
		default:
			d.fault(at, "Wrong type", "The input %q takes a stage, a list of stages as in stage.name[*], or a dataset, not %s.", name, described(one))
		}
	}
	return true
}

// memberOf is the expression of a member of an object, where it is written out.
func memberOf(e hclsyntax.Expression, name string) hclsyntax.Expression {
	if object, ok := e.(*hclsyntax.ObjectConsExpr); ok {
		for _, item := range object.Items {
			if key, diags := item.KeyExpr.Value(nil); !diags.HasErrors() && key.Type() == cty.String && key.AsString() == name {
				return item.ValueExpr
			}
		}
	}
	return e
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
	if t.stage.node.faulty {
		return // an attribute that decides what it gives may be at fault
	}
	var gives []string
	for _, g := range t.Gives.Tables {
		gives = append(gives, g.Name)
	}
	for _, need := range a.Needs {
		if !slices.Contains(gives, need) {
			all := "no tables"
			if len(gives) > 0 {
				all = strings.Join(gives, ", ")
			}
			d.fault(e, "Input lacks a table", "%q needs a stage that gives the table %q; %s is %s stage, which gives %s.", a.Name, need, t.Address, withArticle(t.Kind.Name), all)
			return
		}
	}
}
