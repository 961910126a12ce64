package spec

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// decoder turns the attributes of one task into its method's struct.
type decoder struct {
	stage *stage
	dir   string
	// value evaluates an expression; ok is false where that failed, and the
	// diagnostics are added unless they have been told already.
	value func(e hclsyntax.Expression) (v cty.Value, diags hcl.Diagnostics)

	diags hcl.Diagnostics
	after []*Task // tasks whose metrics were used
}

func (d *decoder) fault(at hcl.Range, summary, detail string, args ...any) {
	d.diags = append(d.diags, fault(at, summary, detail, args...))
}

// decode returns the task's attributes; pending is true where one of them
// depends on what only the run can tell.
func (d *decoder) decode() (r *Resolved, pending bool) {
	kind := d.stage.kind
	r = &Resolved{Method: kind.New()}
	fields := reflect.ValueOf(r.Method).Elem()
	for _, a := range kind.Attributes() {
		expr := d.stage.attrs[a.Name]
		switch {
		case expr != nil:
			if !d.attribute(r, a, fields.Field(a.field), expr) {
				pending = true
			}
		case a.Type == typeFile || a.IsInput():
			// Optional and not given, or missing, which has been told.
		}
	}
	if pending || d.diags.HasErrors() {
		return r, pending
	}
	for _, a := range kind.Attributes() {
		if a.Type != typeFile && !a.IsInput() {
			r.Settings = append(r.Settings, Setting{a.Name, settingText(fields.Field(a.field))})
		}
	}
	slices.SortFunc(r.Settings, func(a, b Setting) int { return strings.Compare(a.Name, b.Name) })
	if c, ok := r.Method.(Checker); ok && !d.stage.faulty {
		if err := c.Check(); err != nil {
			d.fault(d.stage.block.DefRange(), "Attribute out of range", "%s.", strings.TrimSuffix(err.Error(), "."))
		}
	}
	return r, false
}

// settingText is an attribute's value in a key: JSON, where an empty list is the
// same whether it was given or not.
func settingText(v reflect.Value) string {
	if v.Kind() == reflect.Slice && v.Len() == 0 {
		return "[]"
	}
	if v.Kind() == reflect.Map && v.Len() == 0 {
		return "{}"
	}
	b, err := json.Marshal(v.Interface())
	if err != nil {
		panic("spec: an attribute has no JSON: " + err.Error())
	}
	return string(b)
}

// attribute decodes one attribute; false where its value is not known yet.
func (d *decoder) attribute(r *Resolved, a Attribute, field reflect.Value, expr *hclsyntax.Attribute) bool {
	v, diags := d.value(expr.Expr)
	d.diags = append(d.diags, diags...)
	if diags.HasErrors() {
		return false
	}
	v, marks := v.UnmarkDeep()
	if !a.IsInput() {
		for m := range marks {
			if m, ok := m.(metricOf); ok {
				d.after = append(d.after, m.task)
			}
		}
	}
	at := expr.Expr.Range()
	if v.IsNull() {
		if !a.Optional {
			d.null(a, at, expr.Expr)
		}
		return true
	}
	switch a.Type {
	case typeStage:
		return d.input(r, a, at, v)
	case typeStages:
		return d.inputs(r, a, at, v)
	case typeFile:
		return d.file(r, a, at, v)
	}
	want := attributeType(field.Type())
	converted, err := convert.Convert(v, want)
	if err != nil {
		d.fault(at, "Wrong type", "%q is a %s: %s.", a.Name, a.Type, err)
		return true
	}
	if !converted.IsWhollyKnown() {
		return false
	}
	if err := set(field, converted); err != nil {
		d.fault(at, "Wrong type", "%q is a %s: %s.", a.Name, a.Type, err)
	}
	return true
}

func (d *decoder) null(a Attribute, at hcl.Range, e hclsyntax.Expression) {
	for _, t := range e.Variables() {
		if t.RootName() == "stage" {
			d.fault(at, "No stage", "%q needs a stage, and what it refers to is off: its `when` is false.", a.Name)
			return
		}
	}
	d.fault(at, "No value", "%q is null, and a %s stage needs it.", a.Name, d.stage.kind.Name)
}

// taskOf returns the task that a value stands for.
func taskOf(v cty.Value) *Task {
	if v.IsNull() || !v.IsKnown() || !v.Type().Equals(stageType) {
		return nil
	}
	if t := v.GetAttr("task"); t.IsKnown() && !t.IsNull() {
		return t.EncapsulatedValue().(*Task)
	}
	return nil
}

func (d *decoder) input(r *Resolved, a Attribute, at hcl.Range, v cty.Value) bool {
	if !v.IsKnown() {
		return d.unknownInput(a, at)
	}
	t := taskOf(v)
	switch {
	case t != nil:
		d.checkTables(a, at, t)
		r.Inputs = append(r.Inputs, Input{a.Name, []*Task{t}})
	case v.Type().IsMapType() && v.Type().ElementType().Equals(stageType):
		d.fault(at, "Which task?", "%q takes one stage, and this stands for %d tasks: choose one by its key, as in stage.name[\"key\"].", a.Name, v.LengthInt())
	default:
		d.fault(at, "Wrong type", "%q takes a stage, as in %s = stage.name, not a %s.", a.Name, a.Name, friendly(v))
	}
	return true
}

// friendly names a value's type without the language's own innards.
func friendly(v cty.Value) string {
	if v.Type().Equals(stageType) {
		return "stage"
	}
	return v.Type().FriendlyNameForConstraint()
}

func (d *decoder) unknownInput(a Attribute, at hcl.Range) bool {
	if !d.stage.node.faulty {
		d.fault(at, "Input depends on a metric", "Which stage %q takes must be known before the run; a metric is known only after it.", a.Name)
	}
	return true
}

func (d *decoder) inputs(r *Resolved, a Attribute, at hcl.Range, v cty.Value) bool {
	if !v.IsKnown() {
		return d.unknownInput(a, at)
	}
	if t := v.Type(); !t.IsListType() && !t.IsTupleType() && !t.IsSetType() {
		d.fault(at, "Wrong type", "%q takes a list of stages, as in stage.name[*] or [stage.one, stage.two].", a.Name)
		return true
	}
	in := Input{Attribute: a.Name}
	for _, e := range v.AsValueSlice() {
		t := taskOf(e)
		switch {
		case t != nil:
			d.checkTables(a, at, t)
			in.Tasks = append(in.Tasks, t)
		case e.IsNull():
			d.fault(at, "No stage", "One of the stages of %q is off: its `when` is false.", a.Name)
			return true
		case !e.IsKnown():
			return d.unknownInput(a, at)
		default:
			d.fault(at, "Wrong type", "%q takes a list of stages, and this list has a %s in it.", a.Name, friendly(e))
			return true
		}
	}
	if len(in.Tasks) == 0 {
		d.fault(at, "No stage", "%q takes a list of at least one stage, and this list is empty.", a.Name)
		return true
	}
	r.Inputs = append(r.Inputs, in)
	return true
}

// checkTables complains where a task's kind does not give the tables needed.
func (d *decoder) checkTables(a Attribute, at hcl.Range, t *Task) {
	var gives []string
	for _, g := range t.Kind.Tables {
		gives = append(gives, g.Name)
	}
	for _, need := range a.Needs {
		if !contains(gives, need) {
			d.fault(at, "Input lacks a table", "%q needs a stage that gives the table %q; %s is a %s stage, which gives %s.", a.Name, need, t.Address, t.Kind.Name, strings.Join(gives, ", "))
			return
		}
	}
}

func (d *decoder) file(r *Resolved, a Attribute, at hcl.Range, v cty.Value) bool {
	switch {
	case !v.IsKnown():
		return false
	case v.Type().Equals(datasetCapsule):
		r.Files = append(r.Files, FileInput{Attribute: a.Name, Dataset: v.EncapsulatedValue().(*Dataset)})
	case v.Type() == cty.String:
		path := v.AsString()
		if !filepath.IsAbs(path) {
			path = filepath.Join(d.dir, path)
		}
		r.Files = append(r.Files, FileInput{Attribute: a.Name, Path: path})
	default:
		d.fault(at, "Wrong type", "%q takes a dataset, as in dataset.name, or the path of a file, not a %s.", a.Name, v.Type().FriendlyNameForConstraint())
	}
	return true
}

// attributeType is the cty type of a field of a method's struct.
func attributeType(t reflect.Type) cty.Type {
	switch t.Kind() {
	case reflect.Pointer:
		return attributeType(t.Elem())
	case reflect.Slice:
		return cty.List(attributeType(t.Elem()))
	case reflect.Map:
		return cty.Map(attributeType(t.Elem()))
	case reflect.String:
		return cty.String
	case reflect.Bool:
		return cty.Bool
	}
	return cty.Number
}

// set stores a known value of the field's type in the field.
func set(field reflect.Value, v cty.Value) error {
	if v.IsNull() {
		return fmt.Errorf("an element is null")
	}
	switch field.Kind() {
	case reflect.Pointer:
		field.Set(reflect.New(field.Type().Elem()))
		return set(field.Elem(), v)
	case reflect.Slice:
		field.Set(reflect.MakeSlice(field.Type(), v.LengthInt(), v.LengthInt()))
		for i, e := range v.AsValueSlice() {
			if err := set(field.Index(i), e); err != nil {
				return err
			}
		}
	case reflect.Map:
		field.Set(reflect.MakeMap(field.Type()))
		for k, e := range v.AsValueMap() {
			element := reflect.New(field.Type().Elem()).Elem()
			if err := set(element, e); err != nil {
				return err
			}
			field.SetMapIndex(reflect.ValueOf(k), element)
		}
	case reflect.String:
		field.SetString(v.AsString())
	case reflect.Bool:
		field.SetBool(v.True())
	case reflect.Int:
		big := v.AsBigFloat()
		n, accuracy := big.Int64()
		if accuracy != 0 {
			return fmt.Errorf("%s is not a whole number", big.Text('g', -1))
		}
		field.SetInt(n)
	case reflect.Float64:
		f, _ := v.AsBigFloat().Float64()
		field.SetFloat(f)
	}
	return nil
}
