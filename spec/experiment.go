package spec

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// Experiment is a parsed experiment: its stages expanded to tasks in an order in
// which each follows what it needs. There is no graph type: the tasks and what
// each of them needs are the graph.
type Experiment struct {
	Name        string // of its experiment block, else of its file or folder
	Title       string
	Description string
	Cites       []string
	Dir         string // the folder that relative paths in it start from
	Tasks       []*Task
	Aside       int // tasks that are not among those, as they stand and are out of sight; see [LoadPart]
	Checks      []*Check
	Outputs     []*Output

	variables []*variable
	off       []string // addresses of the stages and checks whose `when` is false
	path      string   // as given
	names     []string // of its files
	stages    []*stage
	functions map[string]function.Function
	files     map[string]*hcl.File
	reads     *reads          // what was asked of the file system
	within    *moduleInstance // what it is read as, where it is a module's folder
	aside     *aside          // what it is read in part by; nil where it is read as a whole
}

// Variables returns the value of each variable as JSON text.
func (x *Experiment) Variables() map[string]string {
	out := map[string]string{}
	for _, v := range x.variables {
		out[v.name] = valueText(v.value)
	}
	return out
}

// Descriptions returns the description of each variable.
func (x *Experiment) Descriptions() map[string]string {
	out := map[string]string{}
	for _, v := range x.variables {
		out[v.name] = v.description
	}
	return out
}

// Given returns, as JSON text, the variables whose values are not their defaults.
func (x *Experiment) Given() map[string]string {
	out := map[string]string{}
	for _, v := range x.variables {
		value := valueText(v.value)
		if v.fallback != nil {
			if preset, diags := evaluateExpr(v.fallback, nil); !diags.HasErrors() {
				if converted, err := v.convert(preset); err == nil && valueText(converted) == value {
					continue
				}
			}
		}
		out[v.name] = value
	}
	return out
}

// Path is where the experiment was read, as it was given.
func (x *Experiment) Path() string { return x.path }

// Beside is the path of a file that goes with the experiment: baseline.json in
// its folder for one that is a folder, rat.baseline.json beside rat.hcl.
func (x *Experiment) Beside(name string) string {
	if info, err := os.Stat(x.path); err == nil && info.IsDir() {
		return filepath.Join(x.path, name)
	}
	stem := strings.TrimSuffix(strings.TrimSuffix(x.path, ".json"), ".hcl")
	return stem + "." + name
}

// Find returns the tasks that an address names: one task, all of a stage, with or
// without the leading "stage.", or all of a module. It returns nil where there is none.
func (x *Experiment) Find(address string) []*Task {
	names := func(full string) bool {
		return full == address || full == "stage."+address || withoutQuotes(full) == "stage."+address || withoutQuotes(full) == address
	}
	var found []*Task
	for _, t := range x.Tasks {
		if names(t.Address) {
			return []*Task{t}
		}
		if slices.ContainsFunc(t.within(), names) {
			found = append(found, t)
		}
	}
	return found
}

// Declares tells whether a task, or a stage or check that is off, has an address.
func (x *Experiment) Declares(address string) bool {
	return x.Find(address) != nil || slices.Contains(x.off, SweepAddress(address)) || x.aside.declares(address)
}

// withoutQuotes is an address as a shell passes it on that was not told to leave
// the quotes: stage.fit[seed=3].
func withoutQuotes(address string) string { return strings.ReplaceAll(address, `"`, "") }

// NoSuchTask ends a sentence about an address that names nothing with the
// nearest one that does.
func (x *Experiment) NoSuchTask(address string) string {
	if !strings.HasPrefix(address, "stage.") && !strings.HasPrefix(address, "module.") {
		address = "stage." + address
	}
	stage, _, _ := strings.Cut(address, "[")
	if slices.Contains(x.off, stage) || slices.Contains(x.off, address) {
		return fmt.Sprintf(" %s is off, for its `when` is false.", stage)
	}
	var names []string
	seen := map[string]bool{}
	for _, t := range x.Tasks {
		for _, name := range append([]string{t.Address}, t.within()...) {
			if !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
		}
	}
	return nearest(address, names)
}

// Task is one stage, or one instance of a stage with for_each, ready to run.
type Task struct {
	Address     string // stage.fit["seed=3"], module.rat.stage.fit["seed=3"]
	Stage       string // fit
	Instance    string // seed=3; "" without for_each
	Kind        *Kind
	Description string
	Cache       bool          // false: runs each time
	Timeout     time.Duration // 0: none
	Retries     int
	Resources   Resources
	Where       string  // file:line of its block
	Gives       Outputs // what it gives, as far as can be told before it runs
	Place       int     // among all tasks of the experiment

	// Standing says that it is as it was when its result was made, and has not been
	// read again: see [LoadPart]. It has an address, a kind and needs; what its block
	// says is not known, and Resolve gives nothing.
	Standing bool

	// Needs are the tasks that must have a result before this one can run:
	// its inputs, its depends_on, and those whose metrics its attributes use. Of one
	// that stands, those that are in sight.
	Needs []*Task
	// Takes are those of them whose artifacts are its inputs.
	Takes []*Task
	// After are those of them that are there for the order alone: nothing of
	// them enters the key.
	After []*Task

	stage    *stage
	each     *instance
	resolved *Resolved // nil while an attribute depends on a metric that is not known
	x        *Experiment
}

// Upstream are the tasks that enter its key: all that it needs but those that it only
// follows, in sight or not.
func (t *Task) Upstream() []*Task {
	if t.Standing {
		return t.x.aside.upstream(t)
	}
	return t.Needs[:len(t.Needs)-len(t.After)]
}

// StageAddress names all tasks of the task's stage: stage.fit.
func (t *Task) StageAddress() string {
	if t.each == nil {
		return t.Address
	}
	return strings.TrimSuffix(t.Address, instanceAddress("", t.each.key))
}

// Resources are what a task needs of a machine; 0 where it does not say. They
// never change a result.
type Resources struct {
	CPUs   int
	Memory int64 // bytes
	GPUs   int
	Time   time.Duration // an executor that plans ahead reserves as much
}

// Resolved is a task whose attributes are all known.
type Resolved struct {
	Method   Method
	Settings []Setting
	Inputs   []Input
	Files    []FileInput
	From     map[string][]*Task // by attribute the tasks whose metrics its value is made of
}

// Setting is an attribute that enters the key: its name and its value as JSON,
// defaults included. Of a secret one there is a setting for each element, with
// the digest of its value.
type Setting struct {
	Name   string
	Value  string
	Secret bool
}

// Input is an attribute that takes stages, or one element of such an attribute
// that takes them by name, and the tasks that it refers to.
type Input struct {
	Attribute string
	Name      string // of the element; "" where the attribute takes one input
	List      bool   // the element is a list
	Tasks     []*Task
}

// Label names the input in a key: trials, inputs[fit], inputs[fits][*].
func (in Input) Label() string {
	label := in.Attribute
	if in.Name != "" {
		label += "[" + in.Name + "]"
	}
	if in.List {
		label += "[*]"
	}
	return label
}

// FileInput is an attribute that takes a file, or one file of several: a
// dataset, or a path, absolute or relative to where reprise runs.
type FileInput struct {
	Attribute string
	Name      string // of one of several; "" where the attribute takes one file
	Dataset   *Dataset
	Path      string
}

// Label names the file in a key: file, files[lib/decode.py].
func (f FileInput) Label() string {
	if f.Name != "" {
		return f.Attribute + "[" + f.Name + "]"
	}
	return f.Attribute
}

// Resolve returns the task with all its attributes known, given the metrics of
// the tasks that have a result; nil where an attribute waits for another metric.
// Diagnostics tell of a metric that makes an attribute invalid.
func (t *Task) Resolve(m Metrics) (*Resolved, *Diagnostics) {
	if t.resolved != nil || t.Standing {
		return t.resolved, nil
	}
	ev, d := t.decoder(m)
	r, pending := d.decode()
	switch {
	case ev.diags.HasErrors():
		return nil, &Diagnostics{list: *ev.diags, files: t.x.files}
	case d.diags.HasErrors():
		return nil, &Diagnostics{list: d.diags, files: t.x.files}
	case pending:
		return nil, nil
	}
	return r, nil
}

// Known is what Resolve returns of a task that waits for no metric; nil of others.
func (t *Task) Known() *Resolved { return t.resolved }

// Waiting names the attributes whose values only the run can tell, given the
// metrics of the tasks that have a result.
func (t *Task) Waiting(m Metrics) []string {
	if t.resolved != nil || t.Standing {
		return nil
	}
	_, d := t.decoder(m)
	d.decode()
	return d.waiting
}

func (t *Task) decoder(m Metrics) (*evaluator, *decoder) {
	ev := t.x.evaluator(m)
	ctx := ev.context(t.stage.node)
	if t.each != nil {
		ctx = t.each.known(t.stage.forEach, ctx).context(ctx)
	}
	return ev, &decoder{stage: t.stage, address: t.Address, dir: t.x.Dir, reads: t.x.reads, bad: map[hclsyntax.Expression]bool{},
		value: func(e hclsyntax.Expression) (cty.Value, hcl.Diagnostics) { return evaluateExpr(e, ctx) }}
}
