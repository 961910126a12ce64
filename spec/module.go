package spec

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// module is a module block as declared: a folder of .hcl files, read once for
// each instance.
type module struct {
	node      *node
	name      string
	dir       string
	files     []string          // of the folder
	sources   map[string][]byte // nil where the folder cannot be read
	required  map[string]bool   // variables, and whether they have no default
	outputs   []string
	args      map[string]*hclsyntax.Attribute
	instances []*moduleInstance
}

// moduleInstance is one reading of a module's folder, with its own values.
type moduleInstance struct {
	module  *module
	address string               // module.fit["k"], behind those that it stands in
	each    *instance            // nil without for_each
	values  map[string]cty.Value // of the arguments, when no metric is known
	faulty  bool                 // an argument has a fault, which has been told
	outer   *Experiment          // where the block stands
	inner   *Experiment          // what the folder declares
}

// moduleAttributes are those of a module block that are no variables.
var moduleAttributes = []string{"source", "for_each"}

// modules is what is known of all modules of an experiment while it is read.
type modules struct {
	count int             // instances so far
	held  int             // what all expressions came to so far
	told  map[string]bool // faults in their files

	attributes map[*Kind][]Attribute
}

// maxModules bounds the instances of modules in one experiment: modules within
// modules multiply.
const maxModules = 10_000

func (p *parser) declareModule(b *hclsyntax.Block) {
	p.noBlocks(b)
	n := &node{address: "module." + b.Labels[0], at: b.DefRange()}
	m := &module{node: n, name: b.Labels[0], required: map[string]bool{}, args: map[string]*hclsyntax.Attribute{}}
	n.module = m
	for _, a := range attributesInOrder(b.Body.Attributes) {
		switch a.Name {
		case "source":
			continue // a constant
		case "for_each":
			n.forEach = a.Expr
		default:
			m.args[a.Name] = a
		}
		n.exprs = append(n.exprs, a.Expr)
	}
	if a := b.Body.Attributes["source"]; a == nil {
		p.fault(n.at, "Missing attribute", "This module block needs the attribute \"source\", a folder such as \"./fit\".")
	} else if p.readModule(m, a) {
		p.checkArguments(m)
	}
	n.faulty = m.sources == nil
	n.eval = func() cty.Value { return p.moduleValue(m) }
	p.add(n)
}

// readModule reads the files of a module's folder, and which variables and
// outputs they declare.
func (p *parser) readModule(m *module, a *hclsyntax.Attribute) (ok bool) {
	before, source := len(p.diags), ""
	p.constant(a, cty.String, &source)
	if len(p.diags) > before {
		return false
	}
	m.dir = fromFolder(p.dir, source)
	info, err := p.x.reads.stat(m.dir)
	switch {
	case source == "" || err != nil || !info.IsDir():
		p.fault(a.Expr.Range(), "No such module", "There is no folder %s: source is a folder of .hcl files, absolute or relative to %s.", m.dir, p.dir)
		return false
	case p.contains(m.dir):
		p.fault(a.Expr.Range(), "Module contains itself", "The folder %s holds this block, directly or by modules within it, so it would never end.", m.dir)
		return false
	}
	m.files, _, err = p.x.reads.sourceFiles(m.dir)
	sources := map[string][]byte{}
	for _, name := range m.files {
		if err == nil {
			sources[name], err = p.x.reads.file(name)
		}
	}
	if err != nil {
		p.fault(a.Expr.Range(), "Cannot read the module", "%s: %s.", m.dir, bareError(err))
		return false
	}
	for _, name := range m.files {
		body := p.source(name, sources[name])
		if body == nil {
			return false // which has been told
		}
		m.declares(body)
	}
	m.sources = sources
	return true
}

// declares collects what one file of the module lets others set and use.
func (m *module) declares(body *hclsyntax.Body) {
	for _, b := range body.Blocks {
		switch {
		case len(b.Labels) != 1:
		case b.Type == "variable":
			m.required[b.Labels[0]] = b.Body.Attributes["default"] == nil
		case b.Type == "output":
			m.outputs = append(m.outputs, b.Labels[0])
		}
	}
}

// contains tells whether the experiment that is read lies in a folder, or in a
// module that does.
func (p *parser) contains(dir string) bool {
	real := p.x.reads.real(dir)
	for x := p.x; x != nil; x = x.outer() {
		if p.x.reads.real(x.Dir) == real {
			return true
		}
	}
	return false
}

// outer is the experiment or module that this one is a module in, or nil.
func (x *Experiment) outer() *Experiment {
	if x.within == nil {
		return nil
	}
	return x.within.outer
}

// checkArguments compares a block's attributes with the module's variables.
func (p *parser) checkArguments(m *module) {
	names := sortedKeys(m.required)
	for _, name := range sortedKeys(m.args) {
		switch _, ok := m.required[name]; {
		case !ok && slices.Contains(commonAttributes, name):
			p.fault(m.args[name].NameRange, "Unknown attribute", "A module block takes no %s: write it in the stages of the module, which can take it from a variable.", name)
		case !ok:
			p.fault(m.args[name].NameRange, "Unknown attribute", "The module in %s declares no variable %q.%s", m.dir, name, nearest(name, names))
		}
	}
	for _, name := range names {
		if slices.Contains(moduleAttributes, name) {
			p.fault(m.node.at, "Variable cannot be set", "The module in %s has a variable %q, which means something else in a module block. Give the variable another name.", m.dir, name)
		} else if m.required[name] && m.args[name] == nil {
			p.fault(m.node.at, "Missing attribute", "The module in %s needs a value for its variable %q, which has no default.", m.dir, name)
		}
	}
}

// prefix begins the addresses of what is declared in a module.
func (p *parser) prefix() string {
	if p.x.within == nil {
		return ""
	}
	return p.x.within.address + "."
}

// value is what expressions see of a module: its outputs by name, by instance
// where it has for_each.
func (m *module) value(ev *evaluator) cty.Value {
	instances := map[string]cty.Value{}
	for _, inst := range m.instances {
		inner, outputs := ev.within(inst), map[string]cty.Value{}
		for _, o := range inst.inner.Outputs {
			outputs[o.Name] = inner.value(o.node)
		}
		if inst.each == nil {
			return cty.ObjectVal(outputs)
		}
		instances[inst.each.key] = cty.ObjectVal(outputs)
	}
	return cty.ObjectVal(instances)
}

// within lists the addresses that stand for the task among others: of its stage,
// of the modules that it is in.
func (t *Task) within() []string {
	out := []string{t.StageAddress()}
	for x := t.x; x.within != nil; x = x.within.outer {
		out = append(out, x.within.address)
		if each := x.within.each; each != nil {
			out = append(out, strings.TrimSuffix(x.within.address, instanceAddress("", each.key)))
		}
	}
	return out
}
