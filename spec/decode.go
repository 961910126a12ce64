package spec

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// decoder turns the attributes of one task into its method's struct.
type decoder struct {
	stage   *stage
	address string // of the task
	dir     string
	reads   *reads
	// value evaluates an expression; its diagnostics are those that have not
	// been told already.
	value func(e hclsyntax.Expression) (cty.Value, hcl.Diagnostics)
	bad   map[hclsyntax.Expression]bool // has a fault that has been told

	diags   hcl.Diagnostics
	after   []*Task  // tasks whose metrics were used
	waiting []string // settings that are not known yet
}

func (d *decoder) fault(e hclsyntax.Expression, summary, detail string, args ...any) {
	d.bad[e] = true
	d.diags = append(d.diags, fault(e.Range(), summary, detail, args...))
}

// decode returns the task's attributes; pending is true where one of them
// depends on what only the run can tell.
func (d *decoder) decode() (r *Resolved, pending bool) {
	r = &Resolved{Method: d.stage.kind.New()}
	fields := reflect.ValueOf(r.Method).Elem()
	for _, a := range d.stage.attributes {
		if expr := d.stage.attrs[a.Name]; expr != nil && !d.attribute(r, a, fields.Field(a.field), expr.Expr) {
			pending = true
			if !a.IsInput() && !a.isFile() {
				d.waiting = append(d.waiting, a.Name)
			}
		}
	}
	if pending || d.diags.HasErrors() {
		return r, pending
	}
	for _, a := range d.stage.attributes {
		switch {
		case a.isFile() || a.IsInput():
		case a.Secret:
			r.Settings = append(r.Settings, secrets(a.Name, fields.Field(a.field))...)
		default:
			r.Settings = append(r.Settings, Setting{Name: a.Name, Value: settingText(fields.Field(a.field))})
		}
	}
	slices.SortFunc(r.Settings, func(a, b Setting) int { return strings.Compare(a.Name, b.Name) })
	if d.stage.faulty {
		return r, false
	}
	if c, ok := r.Method.(Checker); ok {
		d.refuse(c.Check())
	}
	if c, ok := r.Method.(NameChecker); ok {
		d.refuse(c.CheckNames(r.inputNames(), r.fileNames()))
	}
	return r, false
}

// inputNames has an element for each attribute with an input: the names of its
// elements where it takes inputs by name.
func (r *Resolved) inputNames() map[string][]string {
	names := map[string][]string{}
	for _, in := range r.Inputs {
		if in.Name == "" {
			names[in.Attribute] = nil
		} else {
			names[in.Attribute] = append(names[in.Attribute], in.Name)
		}
	}
	for _, f := range r.Files {
		if f.Name != "" && f.Dataset != nil {
			names[f.Attribute] = append(names[f.Attribute], f.Name)
		}
	}
	return names
}

// fileNames are the files that patterns match.
func (r *Resolved) fileNames() map[string][]string {
	names := map[string][]string{}
	for _, f := range r.Files {
		if f.Name != "" && f.Dataset == nil {
			names[f.Attribute] = append(names[f.Attribute], f.Name)
		}
	}
	return names
}

// refuse tells of all that a method's check found.
func (d *decoder) refuse(err error) {
	if err == nil {
		return
	}
	for _, fault := range joined(err) {
		d.refused(fault)
	}
}

// joined takes apart what errors.Join put together.
func joined(err error) []error {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		return many.Unwrap()
	}
	return []error{err}
}

// refused tells of attributes that the method's Check does not take, at the
// first of them that the error names.
func (d *decoder) refused(err error) {
	at := d.stage.block.DefRange()
	for _, word := range strings.FieldsFunc(err.Error(), func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if a := d.stage.attrs[word]; a != nil {
			at = a.Expr.Range()
			break
		}
	}
	d.diags = append(d.diags, fault(at, "Attribute out of range", "%s: %s.", d.address, strings.TrimSuffix(err.Error(), ".")))
}

// secrets are the elements of a map, each with the digest of its value.
func secrets(attribute string, v reflect.Value) (all []Setting) {
	for _, key := range v.MapKeys() {
		digest := sha256.Sum256([]byte(settingText(v.MapIndex(key))))
		all = append(all, Setting{Name: attribute + "[" + key.String() + "]", Value: "sha256:" + hex.EncodeToString(digest[:]), Secret: true})
	}
	return all
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
	var b strings.Builder
	out := json.NewEncoder(&b)
	out.SetEscapeHTML(false) // people read it: > is >
	if err := out.Encode(v.Interface()); err != nil {
		panic("spec: an attribute has no JSON: " + err.Error())
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// attribute decodes one attribute; false where its value is not known yet.
func (d *decoder) attribute(r *Resolved, a Attribute, field reflect.Value, e hclsyntax.Expression) bool {
	v, diags := d.value(e)
	d.diags = append(d.diags, diags...)
	if diags.HasErrors() || d.bad[e] {
		return false
	}
	v, marks := v.UnmarkDeep()
	if !a.IsInput() {
		if from := metricsIn(marks); len(from) > 0 {
			d.after = append(d.after, from...)
			if r.From == nil {
				r.From = map[string][]*Task{}
			}
			r.From[a.Name] = from
		}
	}
	if v.IsNull() {
		if !a.Optional {
			d.null(a, e, v)
		}
		return true
	}
	switch a.Type {
	case typeStage:
		return d.input(r, a, e, v)
	case typeStages:
		return d.inputs(r, a, e, v)
	case typeNamed:
		return d.named(r, a, e, v)
	case typeFile:
		return d.file(r, a, e, v)
	case typeFiles:
		return d.files(r, a, e, v)
	}
	converted, err := convertTo(v, attributeType(field.Type()))
	if err != nil {
		d.fault(e, "Wrong type", "%q takes a %s, %s.", a.Name, a.Type, misfit(v, err))
		return true
	}
	if !converted.IsWhollyKnown() {
		if a.Known && !d.stage.node.faulty {
			d.fault(e, "Depends on a metric", "%q must be known before the run; a metric is known only after it.", a.Name)
		}
		return false
	}
	if err := set(field, converted); err != nil {
		d.fault(e, "Wrong type", "%q takes a %s, and %s.", a.Name, a.Type, err)
	}
	return true
}

// metricsIn lists the tasks whose metrics a value depends on, in order of their
// addresses.
func metricsIn(marks cty.ValueMarks) []*Task {
	var tasks []*Task
	for m := range marks {
		if m, ok := m.(metricOf); ok {
			tasks = append(tasks, m.task)
		}
	}
	slices.SortFunc(tasks, func(a, b *Task) int { return strings.Compare(a.Address, b.Address) })
	return tasks
}

func (d *decoder) null(a Attribute, e hclsyntax.Expression, v cty.Value) {
	if v.Type().Equals(stageType) || v.Type().Equals(cty.Map(stageType)) {
		d.fault(e, "Stage is off", "%q needs a stage, and the `when` of this one is false. coalesce(stage.one, stage.two) stands for the first of two stages that is on.", a.Name)
		return
	}
	d.fault(e, "No value", "%q is null, and %s stage needs %s there.", a.Name, withArticle(d.stage.kind.Name), withArticle(a.phrase()))
}

func (d *decoder) file(r *Resolved, a Attribute, e hclsyntax.Expression, v cty.Value) bool {
	switch t := v.Type(); {
	case t == cty.DynamicPseudoType, !v.IsKnown() && (t == cty.String || t.Equals(datasetCapsule)):
		return false
	case t.Equals(datasetCapsule):
		r.Files = append(r.Files, FileInput{Attribute: a.Name, Dataset: v.EncapsulatedValue().(*Dataset)})
	case t == cty.String && v.AsString() != "":
		path := v.AsString()
		if !filepath.IsAbs(path) {
			path = filepath.Join(d.dir, path)
		}
		r.Files = append(r.Files, FileInput{Attribute: a.Name, Path: path})
	case t.IsMapType() && t.ElementType().Equals(datasetCapsule):
		d.fault(e, "Which dataset?", "%q takes one file, and this stands for %d datasets: choose one by its key, as in dataset.name[\"key\"].", a.Name, v.LengthInt())
	default:
		d.fault(e, "Wrong type", "%q takes a dataset, as in dataset.name, or the path of a file, not %s.", a.Name, described(v))
	}
	return true
}

// missing complains about paths where no file is: no stage could make one.
func (d *decoder) missing(r *Resolved) {
	for _, f := range r.Files {
		if f.Dataset != nil || f.Name != "" {
			continue
		}
		e := d.stage.attrs[f.Attribute].Expr
		info, err := d.reads.stat(f.Path)
		switch {
		case d.bad[e]:
		case err != nil:
			d.fault(e, "No such file", "%q: cannot read %s: %s.", f.Attribute, f.Path, bareError(err))
		case info.IsDir():
			d.fault(e, "No such file", "%q takes a file, and %s is a folder.", f.Attribute, f.Path)
		}
	}
}

// files decodes an attribute that takes patterns of files.
func (d *decoder) files(r *Resolved, a Attribute, e hclsyntax.Expression, v cty.Value) bool {
	patterns, err := convertTo(v, cty.List(cty.String))
	switch {
	case err != nil:
		d.fault(e, "Wrong type", "%q takes a %s, %s.", a.Name, a.phrase(), misfit(v, err))
		return true
	case !patterns.IsWhollyKnown():
		return false
	}
	search := fileSearch{reads: d.reads, root: d.dir, found: map[string]bool{}, inputs: true}
	for i, p := range patterns.AsValueSlice() {
		at := elementOf(e, i)
		if p.IsNull() {
			d.fault(at, "Wrong type", "%q takes a %s, and one of them is null.", a.Name, a.phrase())
			continue
		}
		parts, err := splitPattern(p.AsString())
		before := len(search.found)
		if err == nil {
			err = search.match("", parts)
		}
		switch {
		case err != nil:
			d.fault(at, "Invalid pattern", "%q: %s.", p.AsString(), err)
		case len(search.found) == before && !search.has(parts):
			d.fault(at, "No such file", "%s", noFile(d.dir, p.AsString()))
		}
	}
	for _, name := range sortedKeys(search.found) {
		r.Files = append(r.Files, FileInput{Attribute: a.Name, Name: name, Path: filepath.Join(d.dir, filepath.FromSlash(name))})
	}
	return true
}

// noFile says why a pattern stands for no file.
func noFile(dir, pattern string) string {
	info, err := os.Stat(filepath.Join(dir, filepath.FromSlash(pattern)))
	switch {
	case err == nil && info.IsDir():
		return fmt.Sprintf("%q is a folder; %q stands for all files in it.", pattern, strings.TrimSuffix(pattern, "/")+"/**")
	case err == nil && !info.Mode().IsRegular():
		return fmt.Sprintf("%q is no regular file.", pattern)
	}
	return fmt.Sprintf("No file in %s matches %q.", dir, pattern)
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
		return fmt.Errorf("an element of it is null")
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
		switch {
		case !big.IsInt():
			return fmt.Errorf("%s is not one", numberText(v))
		case accuracy != 0:
			return fmt.Errorf("%s is too large", numberText(v))
		}
		field.SetInt(n)
	case reflect.Float64:
		f, _ := v.AsBigFloat().Float64()
		if math.IsInf(f, 0) {
			return fmt.Errorf("%s is too large", numberText(v))
		}
		field.SetFloat(f + 0) // -0 and 0 are the same setting
	}
	return nil
}
