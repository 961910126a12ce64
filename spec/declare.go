package spec

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// commonAttributes are those that every stage may have; none enters the key.
var commonAttributes = []string{"for_each", "when", "depends_on", "description", "timeout", "retries", "cache"}

var blockTypes = map[string]int{"experiment": 1, "variable": 1, "locals": 0, "dataset": 1, "stage": 2, "check": 1, "output": 1, "module": 1}

// blockForms says how to write a block whose labels are wrong.
var blockForms = map[string]string{
	"experiment": `experiment "name" { … }`, "variable": `variable "name" { … }`, "locals": `locals { … }`,
	"dataset": `dataset "name" { … }`, "stage": `stage "kind" "name" { … }`, "check": `check "name" { … }`, "output": `output "name" { … }`,
	"module": `module "name" { … }`,
}

func (p *parser) declare(body *hclsyntax.Body) {
	for _, a := range attributesInOrder(body.Attributes) {
		p.fault(a.NameRange, "Attribute outside a block", "%q stands at the top of the file, where only blocks may stand. Named values go into a locals block.", a.Name)
	}
	for _, b := range body.Blocks {
		labels, known := blockTypes[b.Type]
		if !known {
			p.fault(b.TypeRange, "Unknown block", "There is no block %q.%s", b.Type, nearest(b.Type, sortedKeys(blockTypes)))
			continue
		}
		if len(b.Labels) != labels {
			p.fault(b.DefRange(), "Wrong number of labels", "This block is written %s.", blockForms[b.Type])
			continue
		}
		for i, l := range b.Labels {
			if b.Type == "experiment" && l != "" || i == 0 && b.Type == "stage" {
				continue // a title of sorts, and a kind, which is looked up
			}
			if !hclsyntax.ValidIdentifier(l) {
				p.fault(b.LabelRanges[i], "Invalid name", "%q is no name: a name has letters, digits, _ and -, and starts with a letter.", l)
			}
		}
		switch b.Type {
		case "experiment":
			p.declareExperiment(b)
		case "variable":
			p.declareVariable(b)
		case "locals":
			p.noBlocks(b)
			for _, a := range attributesInOrder(b.Body.Attributes) {
				p.declareLocal(a)
			}
		case "dataset":
			p.declareDataset(b)
		case "stage":
			p.declareStage(b)
		case "check":
			p.declareCheck(b)
		case "output":
			p.declareOutput(b)
		case "module":
			p.declareModule(b)
		}
	}
}

// add makes a node referable; it complains and returns false where the name is taken.
func (p *parser) add(n *node) bool {
	if old := p.nodes[n.address]; old != nil {
		p.fault(n.at, "Declared twice", "%s is declared at %s:%d already; names are unique in an experiment.", n.address, old.at.Filename, old.at.Start.Line)
		return false
	}
	n.value = cty.DynamicVal
	p.nodes[n.address] = n
	p.order = append(p.order, n)
	root, name := splitAddress(n.address)
	p.names[root] = append(p.names[root], name)
	return true
}

// noBlocks complains about every nested block whose type is not in allowed.
func (p *parser) noBlocks(b *hclsyntax.Block, allowed ...string) {
	for _, inner := range b.Body.Blocks {
		if !slices.Contains(allowed, inner.Type) {
			p.fault(inner.TypeRange, "Unknown block", "%s block has no block %q.%s", start(withArticle(b.Type)), inner.Type, nearest(inner.Type, allowed))
		}
	}
}

// attributes returns the block's attributes and complains about those that are
// not in required or optional, and about required ones that are missing.
func (p *parser) attributes(b *hclsyntax.Block, required, optional []string) map[string]*hclsyntax.Attribute {
	valid := append(slices.Clone(required), optional...)
	for _, a := range attributesInOrder(b.Body.Attributes) {
		if !slices.Contains(valid, a.Name) {
			p.fault(a.NameRange, "Unknown attribute", "%s block has no attribute %q.%s", start(withArticle(b.Type)), a.Name, nearest(a.Name, valid))
		}
	}
	for _, name := range required {
		if b.Body.Attributes[name] == nil {
			p.fault(b.DefRange(), "Missing attribute", "This %s block needs the attribute %q.", b.Type, name)
		}
	}
	return b.Body.Attributes
}

func (p *parser) declareExperiment(b *hclsyntax.Block) {
	if p.experimentAt != nil {
		p.fault(b.DefRange(), "Two experiment blocks", "An experiment has at most one experiment block, and there is one at %s:%d already.", p.experimentAt.Filename, p.experimentAt.Start.Line)
		return
	}
	p.experimentAt = b.DefRange().Ptr()
	p.x.Name = b.Labels[0]
	p.noBlocks(b)
	attrs := p.attributes(b, nil, []string{"title", "description", "cites"})
	p.constant(attrs["title"], cty.String, &p.x.Title)
	p.constant(attrs["description"], cty.String, &p.x.Description)
	p.constant(attrs["cites"], cty.List(cty.String), &p.x.Cites)
}

func (p *parser) declareVariable(b *hclsyntax.Block) {
	p.noBlocks(b, "validation")
	attrs := p.attributes(b, nil, []string{"type", "default", "description"})
	v := &variable{name: b.Labels[0], typ: cty.DynamicPseudoType, at: b.DefRange()}
	if t := attrs["type"]; t != nil {
		typ, presets, diags := typeexpr.TypeConstraintWithDefaults(t.Expr)
		if diags.HasErrors() {
			p.fault(t.Expr.Range(), "Unknown type", "A type is string, number, bool, any, or list, set, map of one, such as list(number), or object({name = type, other = optional(type, default)}).")
		} else {
			v.typ, v.presets = typ, presets
		}
	}
	p.constant(attrs["description"], cty.String, &v.description)
	n := &node{address: "var." + v.name, at: v.at, variable: v}
	if d := attrs["default"]; d != nil {
		v.fallback = d.Expr
		if !isConstant(d.Expr) {
			p.fault(d.Expr.Range(), "Not a constant", "A default is written out, without references or functions. A value computed from others goes into a locals block.")
			v.fallback, n.faulty = nil, true
		}
	}
	for _, inner := range b.Body.Blocks {
		if inner.Type == "validation" {
			a := p.attributes(inner, []string{"condition", "error_message"}, nil)
			if a["condition"] != nil && a["error_message"] != nil {
				v.validations = append(v.validations, assertion{a["condition"].Expr, a["error_message"].Expr})
			}
		}
	}
	n.eval = func() cty.Value { return p.variableValue(v, n) }
	if p.add(n) {
		p.x.variables = append(p.x.variables, v)
	}
}

func (p *parser) declareLocal(a *hclsyntax.Attribute) {
	n := &node{address: "local." + a.Name, at: a.NameRange, exprs: []hclsyntax.Expression{a.Expr}}
	n.eval = func() cty.Value { return p.value(n, a.Expr) }
	p.add(n)
}

func (p *parser) declareDataset(b *hclsyntax.Block) {
	p.noBlocks(b)
	attrs := p.attributes(b, []string{"url", "sha256"}, []string{"for_each", "description"})
	n := &node{address: "dataset." + b.Labels[0], at: b.DefRange()}
	if a := attrs["for_each"]; a != nil {
		n.forEach = a.Expr
	}
	for _, a := range attributesInOrder(attrs) {
		n.exprs = append(n.exprs, a.Expr)
	}
	if attrs["url"] == nil || attrs["sha256"] == nil {
		n.faulty = true
	}
	n.eval = func() cty.Value { return p.datasetValue(n, attrs) }
	p.add(n)
}

func (p *parser) declareStage(b *hclsyntax.Block) {
	kindName, name := b.Labels[0], b.Labels[1]
	s := &stage{name: name, block: b, kind: p.kinds.Get(kindName), attrs: map[string]*hclsyntax.Attribute{}, common: map[string]*hclsyntax.Attribute{}}
	n := &node{address: "stage." + name, at: b.DefRange(), stage: s}
	s.node = n
	p.declareResources(s)
	if s.kind == nil {
		p.fault(b.LabelRanges[0], "Unknown kind", "There is no kind of stage %q.%s `reprise kinds` lists them.", kindName, nearest(kindName, p.kinds.Names()))
		n.faulty = true
	}
	for _, a := range attributesInOrder(b.Body.Attributes) {
		if slices.Contains(commonAttributes, a.Name) {
			s.common[a.Name] = a
		} else {
			s.attrs[a.Name] = a
		}
		if a.Name != "depends_on" {
			n.exprs = append(n.exprs, a.Expr)
		}
	}
	if a := s.common["for_each"]; a != nil {
		s.forEach, n.forEach = a.Expr, a.Expr
	}
	if a := s.common["when"]; a != nil {
		s.when = a.Expr
	}
	if s.kind != nil {
		s.attributes = p.attributesOf(s.kind)
		p.checkNames(s)
	}
	n.eval = func() cty.Value { return p.stageValue(s) }
	if p.add(n) {
		p.x.stages = append(p.x.stages, s)
	}
}

// attributesOf are those of a kind, which many stages ask for.
func (p *parser) attributesOf(k *Kind) []Attribute {
	if p.modules.attributes[k] == nil {
		p.modules.attributes[k] = k.Attributes()
	}
	return p.modules.attributes[k]
}

// checkNames complains about attributes that the kind does not have, and about
// missing ones.
func (p *parser) checkNames(s *stage) {
	valid := slices.Clone(commonAttributes)
	for _, a := range s.attributes {
		valid = append(valid, a.Name)
		if !a.Optional && s.attrs[a.Name] == nil {
			p.fault(s.block.DefRange(), "Missing attribute", "%s stage needs the attribute %q, %s: %s", start(withArticle(s.kind.Name)), a.Name, withArticle(a.phrase()), a.Doc)
			s.faulty = true
		}
	}
	for _, a := range attributesInOrder(s.block.Body.Attributes) {
		if !slices.Contains(valid, a.Name) {
			p.fault(a.NameRange, "Unknown attribute", "%s stage has no attribute %q.%s", start(withArticle(s.kind.Name)), a.Name, nearest(a.Name, valid))
			s.faulty = true
		}
	}
}

func (p *parser) declareCheck(b *hclsyntax.Block) {
	p.noBlocks(b, "assert", "baseline")
	at := b.DefRange()
	c := &Check{Name: p.prefix() + b.Labels[0], Where: fmt.Sprintf("%s:%d", at.Filename, at.Start.Line), x: p.x}
	attrs := p.attributes(b, nil, []string{"when", "description"})
	p.constant(attrs["description"], cty.String, &c.Description)
	n := &node{address: checkAddress(b.Labels[0]), at: at}
	if a := attrs["when"]; a != nil {
		c.when = a.Expr
		n.exprs = append(n.exprs, a.Expr)
	}
	for _, inner := range b.Body.Blocks {
		if inner.Type == "baseline" {
			p.declareBaseline(c, n, inner)
		}
		if inner.Type != "assert" {
			continue
		}
		a := p.attributes(inner, []string{"condition", "error_message"}, nil)
		if a["condition"] != nil && a["error_message"] != nil {
			c.asserts = append(c.asserts, assertion{a["condition"].Expr, a["error_message"].Expr})
			n.exprs = append(n.exprs, a["condition"].Expr, a["error_message"].Expr)
		}
	}
	if len(b.Body.Blocks) == 0 {
		p.fault(n.at, "Empty check", "A check needs at least one assert block with a condition and an error_message, or a baseline block with a metric and a tolerance; without one it could not fail.")
	}
	n.eval = func() cty.Value { c.node = n; p.tryCheck(c); return cty.DynamicVal }
	p.add(n)
	p.x.Checks = append(p.x.Checks, c)
}

func (p *parser) declareOutput(b *hclsyntax.Block) {
	p.noBlocks(b)
	attrs := p.attributes(b, []string{"value"}, []string{"description"})
	if attrs["value"] == nil {
		return
	}
	o := &Output{Name: b.Labels[0], x: p.x, expr: attrs["value"].Expr}
	p.constant(attrs["description"], cty.String, &o.Description)
	n := &node{address: "output." + o.Name, at: b.DefRange(), exprs: []hclsyntax.Expression{o.expr}}
	n.eval = func() cty.Value { o.node = n; return p.outputValue(n, o) }
	p.add(n)
	p.x.Outputs = append(p.x.Outputs, o)
}

func attributesInOrder(attrs hclsyntax.Attributes) []*hclsyntax.Attribute {
	out := make([]*hclsyntax.Attribute, 0, len(attrs))
	for _, a := range attrs {
		out = append(out, a)
	}
	slices.SortFunc(out, func(a, b *hclsyntax.Attribute) int { return a.SrcRange.Start.Byte - b.SrcRange.Start.Byte })
	return out
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, strings.Compare)
	return keys
}
