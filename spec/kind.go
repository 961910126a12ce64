package spec

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"reprise/artifacts"
)

// Method does a stage's work. The struct behind it holds the stage's
// attributes: exported fields with an `hcl` tag, whose preset values are the
// defaults. See [Kind] for the tags.
//
// Run must give the same artifact for the same attributes, inputs and files,
// whatever env.Threads is; it stops soon after ctx is cancelled.
type Method interface {
	Run(ctx context.Context, env *Env) (*artifacts.Artifact, error)
}

// Checker is a Method that can refuse its attributes before anything runs.
// The error reads as a sentence about the attributes, such as
// "rank is a whole number from 1 to 8, not 9".
//
// Check tells all that is wrong: it joins the faults with [errors.Join], made
// with [Require].
type Checker interface {
	Check() error
}

// NameChecker is a Method that can refuse the names of its inputs, and of the
// files that patterns match, by attribute. An attribute that takes stages without
// names is there, with none, where it has one: so a method can refuse that some
// input is given, or is not. It tells all that is wrong, as a [Checker] does.
type NameChecker interface {
	CheckNames(inputs, files map[string][]string) error
}

// Require returns nil where a requirement on attributes holds, and else the
// error that the sentence tells.
func Require(holds bool, format string, args ...any) error {
	if holds {
		return nil
	}
	return fmt.Errorf(format, args...)
}

// Giver is a Method whose attributes decide what it gives, as those of a stage
// that runs any program do. Its kind's Tables, Metrics and Files are empty.
// Attributes that decide it have the tag option "known": they may not depend
// on a metric.
type Giver interface {
	Gives() Outputs
}

// Prober is a Method that depends on something beyond attributes, inputs and
// files, such as the version of a program. What its probes find enters the key.
type Prober interface {
	Probes() []Probe
}

// Probe finds out one thing that a result depends on. Probes with the same name
// find the same, and one of them is run for all tasks of a plan.
type Probe struct {
	Name string // such as the command, for people
	Run  func(ctx context.Context) (string, error)

	// Inside says that it asks this program alone, so that the same build finds
	// the same.
	Inside bool
}

// Ref is the type of a field that takes one stage: an input. The tag
// `needs:"trials,steps"` names the tables that the input must have. A method
// reads it with [Env.Input].
type Ref struct{}

// Refs is the type of a field that takes a list of stages: a fan-in, as in
// `fits = stage.fit[*]`. A method reads it with [Env.Inputs].
type Refs struct{}

// RefMap is the type of a field that takes inputs by name: stages, lists of
// stages, datasets, as in `inputs = { trials = stage.trials, fits = stage.fit[*] }`.
// A method reads it with [Env.Named].
type RefMap struct{}

// File is the type of a field that takes a dataset or the path of a file. Its
// content enters the key. A method reads it with [Env.ReadFile].
type File struct{}

// Files is the type of a field that takes a list of patterns (*, ?, [a-z] and **
// for any folders) of files in the experiment's folder. Names and contents of
// the files that they match enter the key. A method reads it with [Env.Files].
type Files struct{}

// Kind is what a stage does: its name and documentation, its attributes, and
// what it gives.
//
// Attributes are the tagged fields of the struct that New returns:
//
//	Trials spec.Ref `hcl:"trials" needs:"trials,steps" doc:"..."`
//	Rank   int      `hcl:"rank,optional" doc:"Rank of the connectivity, 1 to 8."`
//
// Fields may be string, bool, int, float64, slices and string-keyed maps of
// these, pointers to them where "not given" means something, or Ref, Refs,
// RefMap, File, Files. The tag option "optional" lets an attribute be left out;
// "known" asks for a value that does not depend on a metric; "secret", of a map,
// keeps its values out of keys, which have their digests.
type Kind struct {
	Name    string
	Doc     string        // what it does, in Markdown; the first sentence stands alone
	New     func() Method // attributes preset to their defaults
	Tables  []Gives       // the tables it gives
	Metrics []Gives       // the metrics it gives
	Files   []Gives       // the files it gives

	// Code identifies the source that a result depends on, one item a package
	// or module; nil means none. It is asked when a key is made.
	Code func() []Code
}

// Outputs are what a task gives.
type Outputs struct {
	Tables  []Gives
	Metrics []Gives
	Files   []Gives
	// AnyMetric says that there are metrics whose names only a run can tell, so
	// that a reference to any name is taken until then.
	AnyMetric bool
}

// Gives documents one table, metric or file that a kind gives.
type Gives struct {
	Name string
	Doc  string
}

// Code names a package or module whose code can change a kind's results, and
// the digest of its source or its version.
type Code struct {
	Package string
	Version string
	// Functions gives a digest of each function, method, type, variable and
	// constant of the package by its name, to name what changed; nil where they
	// are not known.
	Functions func() map[string]string
}

// outputs are what tasks of the kind give where their method is no Giver.
func (k *Kind) outputs() Outputs {
	return Outputs{Tables: k.Tables, Metrics: k.Metrics, Files: k.Files}
}

// isGiver tells whether attributes decide what tasks of the kind give.
func (k *Kind) isGiver() bool {
	_, ok := k.New().(Giver)
	return ok
}

// Attribute is one attribute of a kind, read from its method's struct.
type Attribute struct {
	Name     string
	Doc      string
	Optional bool
	Default  string   // as HCL; "" where required or none
	Type     string   // as HCL: number, whole number, string, bool, list of numbers, …, stage, stages, file
	Known    bool     // its value may not depend on a metric
	Secret   bool     // its values enter the key by their digests
	Needs    []string // tables needed, for a stage or stages

	field int
}

// IsInput tells whether the attribute takes stages.
func (a Attribute) IsInput() bool {
	return a.Type == typeStage || a.Type == typeStages || a.Type == typeNamed
}

// isFile tells whether the attribute takes files.
func (a Attribute) isFile() bool { return a.Type == typeFile || a.Type == typeFiles }

// phrase is the type as sentences have it.
func (a Attribute) phrase() string {
	switch a.Type {
	case typeStages:
		return "list of stages"
	case typeNamed:
		return "map of stages and datasets"
	case typeFiles:
		return "list of patterns of files"
	}
	return a.Type
}

const (
	typeStage  = "stage"
	typeStages = "stages"
	typeNamed  = "named inputs"
	typeFile   = "file"
	typeFiles  = "files"
)

// Attributes lists the kind's attributes in the order of the struct's fields. It
// panics where one is not documented, which is a fault of the program.
func (k *Kind) Attributes() []Attribute {
	v := reflect.ValueOf(k.New()).Elem()
	var out []Attribute
	for i := range v.NumField() {
		f := v.Type().Field(i)
		tag, ok := f.Tag.Lookup("hcl")
		if !ok {
			continue
		}
		options := strings.Split(tag, ",")
		a := Attribute{Name: options[0], Doc: f.Tag.Get("doc"), Type: typeName(f.Type), field: i,
			Optional: slices.Contains(options, "optional"), Known: slices.Contains(options, "known"), Secret: slices.Contains(options, "secret")}
		if needs := f.Tag.Get("needs"); needs != "" {
			a.Needs = strings.Split(needs, ",")
		}
		if a.Name == "" || a.Doc == "" {
			panic(fmt.Sprintf("spec: attribute %q of kind %q is not documented", a.Name, k.Name))
		}
		if a.Optional && !a.IsInput() && !a.isFile() {
			a.Default = defaultText(v.Field(i))
		}
		out = append(out, a)
	}
	return out
}

// Presets are the values that the attributes of the kind have where they are not
// given, as keys have them.
func (k *Kind) Presets() map[string]string {
	v := reflect.ValueOf(k.New()).Elem()
	presets := map[string]string{}
	for _, a := range k.Attributes() {
		if a.Optional && !a.Secret && !a.IsInput() && !a.isFile() {
			presets[a.Name] = settingText(v.Field(a.field))
		}
	}
	return presets
}

func typeName(t reflect.Type) string {
	switch t {
	case reflect.TypeFor[Ref]():
		return typeStage
	case reflect.TypeFor[Refs]():
		return typeStages
	case reflect.TypeFor[RefMap]():
		return typeNamed
	case reflect.TypeFor[File]():
		return typeFile
	case reflect.TypeFor[Files]():
		return typeFiles
	}
	switch t.Kind() {
	case reflect.Pointer:
		return typeName(t.Elem())
	case reflect.Slice:
		return "list of " + plural(typeName(t.Elem()))
	case reflect.Map:
		return "map of " + plural(typeName(t.Elem()))
	case reflect.Int:
		return "whole number"
	case reflect.Float64:
		return "number"
	case reflect.Bool:
		return "bool"
	case reflect.String:
		return "string"
	}
	panic("spec: no attribute can have type " + t.String())
}

// plural turns "list of numbers" into "lists of numbers", "bool" into "bools".
func plural(typeName string) string {
	first, rest, _ := strings.Cut(typeName, " of ")
	if rest != "" {
		return first + "s of " + rest
	}
	return first + "s"
}

func defaultText(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return ""
		}
		return defaultText(v.Elem())
	case reflect.String:
		return fmt.Sprintf("%q", v.String())
	case reflect.Slice:
		var parts []string
		for i := range v.Len() {
			parts = append(parts, defaultText(v.Index(i)))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case reflect.Map:
		var parts []string
		for _, key := range v.MapKeys() {
			parts = append(parts, fmt.Sprintf("%q = %s", key.String(), defaultText(v.MapIndex(key))))
		}
		slices.Sort(parts)
		return strings.ReplaceAll("{ "+strings.Join(parts, ", ")+" }", "{  }", "{}")
	}
	return fmt.Sprint(v.Interface())
}

// Kinds is the registry of kinds: a value, passed in, so that tests of the
// engine bring their own.
type Kinds struct {
	byName map[string]*Kind
	names  []string
}

// NewKinds registers kinds. It panics on a fault of the program: a kind without
// a name, or twice the same.
func NewKinds(kinds ...*Kind) Kinds {
	r := Kinds{byName: map[string]*Kind{}}
	for _, k := range kinds {
		if k.Name == "" || k.New == nil || r.byName[k.Name] != nil {
			panic(fmt.Sprintf("spec: kind %q has no name, no constructor, or is registered twice", k.Name))
		}
		r.byName[k.Name] = k
		r.names = append(r.names, k.Name)
	}
	slices.Sort(r.names)
	return r
}

// Get returns the kind of that name, or nil.
func (r Kinds) Get(name string) *Kind { return r.byName[name] }

// Names returns the names of all kinds, sorted.
func (r Kinds) Names() []string { return r.names }
