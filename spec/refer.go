package spec

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// roots are the words that a reference can begin with, and what each refers to.
var (
	roots = []string{"var", "local", "dataset", "stage", "module", "each"}
	whats = map[string]string{"var": "variable", "local": "local value", "dataset": "dataset", "stage": "stage", "module": "module"}
)

// refer checks every name that an expression uses against what is declared,
// before anything is evaluated, and orders the nodes by what they need.
func (p *parser) refer() {
	for _, n := range p.order {
		for _, e := range n.exprs {
			if !p.referExpr(n, e) {
				n.faulty, p.bad[e] = true, true
			}
		}
	}
	for _, v := range p.x.variables {
		for _, a := range v.validations {
			p.referValidation(v, a.condition)
			p.referValidation(v, a.message)
		}
	}
	for _, s := range p.x.stages {
		p.referDependsOn(s)
	}
	p.sort()
}

// referExpr checks the names in one expression and tells whether all are good.
// It also makes `[*]` behind a stage with for_each mean all its tasks, and behind
// a module with for_each all its instances: HCL's own splat would take either for one value.
func (p *parser) referExpr(n *node, e hclsyntax.Expression) bool {
	before := len(p.diags)
	free := map[int]bool{} // where references begin; others are of a for expression
	references := e.Variables()
	for _, t := range references {
		free[t.SourceRange().Start.Byte] = true
	}
	p.referFunctions(e)
	hclsyntax.VisitAll(e, func(x hclsyntax.Node) hcl.Diagnostics {
		switch x := x.(type) {
		case *hclsyntax.SplatExpr:
			p.referSplat(x, free)
		case *hclsyntax.IndexExpr:
			if n := p.nodeOf(x.Collection, free); n != nil && n.stage != nil && n.forEach == nil {
				p.notOfStage(n.stage, x.OpenRange)
			}
		case *hclsyntax.RelativeTraversalExpr:
			if index, ok := x.Source.(*hclsyntax.IndexExpr); ok {
				if n := p.nodeOf(index.Collection, free); n != nil && n.forEach != nil {
					p.referPart(n, x.Traversal)
				}
			}
		}
		return nil
	})
	for _, t := range references {
		p.referTraversal(n, e, t)
	}
	return len(p.diags) == before
}

func (p *parser) referFunctions(e hclsyntax.Expression) {
	hclsyntax.VisitAll(e, func(x hclsyntax.Node) hcl.Diagnostics {
		if call, ok := x.(*hclsyntax.FunctionCallExpr); ok {
			if _, ok := p.x.functions[call.Name]; !ok {
				p.fault(call.NameRange, "Unknown function", "There is no function %q.%s", call.Name, nearestOf(call.Name, functionNames()))
			}
		}
		return nil
	})
}

// nodeOf returns the stage or module that an expression of the form stage.x
// refers to, or nil where it is anything else.
func (p *parser) nodeOf(e hclsyntax.Expression, free map[int]bool) *node {
	source, ok := e.(*hclsyntax.ScopeTraversalExpr)
	if !ok || len(source.Traversal) != 2 || !free[source.SrcRange.Start.Byte] {
		return nil
	}
	root := source.Traversal.RootName()
	name, ok := source.Traversal[1].(hcl.TraverseAttr)
	if !ok || root != "stage" && root != "module" {
		return nil
	}
	return p.named(root + "." + name.Name)
}

// referSplat checks what follows [*], and puts a function before its source that
// lists tasks or instances. What a variable stands for is known only when it has
// its value, so the function looks at that.
func (p *parser) referSplat(x *hclsyntax.SplatExpr, free map[int]bool) {
	n, name := p.nodeOf(x.Source, free), instancesFunction
	if n != nil && n.module != nil && n.forEach != nil {
		name = membersFunction
	}
	if each, ok := x.Each.(*hclsyntax.RelativeTraversalExpr); ok && n != nil {
		p.referPart(n, each.Traversal)
	}
	at := x.Source.Range()
	x.Source = &hclsyntax.FunctionCallExpr{Name: name, Args: []hclsyntax.Expression{x.Source}, NameRange: at, OpenParenRange: at, CloseParenRange: at}
}

// referPart checks what follows a task or an instance of a module.
func (p *parser) referPart(n *node, rest hcl.Traversal) {
	if n.stage != nil {
		p.referMetric(n.stage, rest)
	} else {
		p.referOutput(n.module, rest)
	}
}

// referModule checks what follows module.x: the key of an instance where it has
// for_each, then an output.
func (p *parser) referModule(m *module, rest hcl.Traversal, at hcl.Range) {
	rest, ok := behindKey(m.node, rest)
	if !ok {
		address := m.node.address
		p.fault(at, "Which instance?", "%s has for_each, so it stands for several instances: %s[\"…\"] is one of them, %s[*] all.", address, address, address)
		return
	}
	p.referOutput(m, rest)
}

// behindKey is what follows the key of an instance, where there are several; ok is
// false where something else stands there.
func behindKey(n *node, rest hcl.Traversal) (behind hcl.Traversal, ok bool) {
	if len(rest) == 0 || n.forEach == nil {
		return rest, true
	}
	_, ok = rest[0].(hcl.TraverseIndex)
	return rest[1:], ok
}

// referOutput checks the name of a module's output.
func (p *parser) referOutput(m *module, rest hcl.Traversal) {
	if len(rest) == 0 || m.sources == nil {
		return
	}
	if name := stepName(rest[0]); !slices.Contains(m.outputs, name) {
		p.fault(rest[0].SourceRange(), "No such output", "The module in %s gives no output %q.%s", m.dir, name, nearest(name, m.outputs))
	}
}

// stepName is the name in .name or ["name"].
func stepName(t hcl.Traverser) string {
	switch step := t.(type) {
	case hcl.TraverseAttr:
		return step.Name
	case hcl.TraverseIndex:
		if text, ok := asText(step.Key); ok {
			return text
		}
		return valueText(step.Key)
	}
	return ""
}

func (p *parser) referTraversal(n *node, e hclsyntax.Expression, t hcl.Traversal) {
	root, at := t.RootName(), t.SourceRange()
	switch {
	case p.nodes["stage."+root] != nil && !slices.Contains(roots, root):
		p.fault(at, "Unknown reference", "Nothing is called %q. Did you mean \"stage.%s\"?", root, root)
		return
	case !slices.Contains(roots, root):
		p.fault(at, "Unknown reference", "A reference begins with var, local, dataset, stage, module or each, not with %q.%s Text stands between quotes.", root, nearestOf(root, roots))
		return
	}
	var name hcl.TraverseAttr
	if len(t) > 1 {
		name, _ = t[1].(hcl.TraverseAttr)
	}
	if name.Name == "" {
		p.fault(at, "Incomplete reference", "%q needs a name behind it, as in %s.name.", root, root)
		return
	}
	if root == "each" {
		p.referEach(n, e, name.Name, at)
		return
	}
	to := p.named(root + "." + name.Name)
	if to == nil {
		p.noSuch(root, name.Name, at)
		return
	}
	n.refers = append(n.refers, need{to, at})
	if to.stage != nil {
		p.referStage(to.stage, t[2:], at)
	}
	if to.module != nil {
		p.referModule(to.module, t[2:], at)
	}
}

// noSuch complains about a name that nothing is declared by.
func (p *parser) noSuch(root, name string, at hcl.Range) {
	p.fault(at, "No such "+whats[root], "This experiment declares no %s called %q.%s", whats[root], name, p.nearestDeclared(root, name))
}

func (p *parser) referEach(n *node, e hclsyntax.Expression, name string, at hcl.Range) {
	switch {
	case n.forEach == nil:
		p.fault(at, "each without for_each", "each.key and each.value exist only in a stage, dataset or module that has for_each.")
	case e == n.forEach:
		p.fault(at, "each in for_each", "for_each makes each.key and each.value, so it cannot use them.")
	case n.stage != nil && e == n.stage.when:
		p.fault(at, "each in when", "when turns a whole stage on or off; to leave out some tasks, leave them out of for_each.")
	case name != "key" && name != "value":
		p.fault(at, "Unknown reference", "each has a key and a value, and no %q.", name)
	}
}

// referStage checks what follows stage.x: the key of a task where it has
// for_each, then what referMetric allows.
func (p *parser) referStage(s *stage, rest hcl.Traversal, at hcl.Range) {
	rest, ok := behindKey(s.node, rest)
	if !ok {
		address := s.node.address
		p.fault(at, "Which task?", "%s has for_each, so it stands for several tasks: %s[\"…\"] is one of them, %s[*] all.", address, address, address)
		return
	}
	p.referMetric(s, rest)
}

// referMetric checks what follows a task: nothing, metrics, or metrics.NAME.
func (p *parser) referMetric(s *stage, rest hcl.Traversal) {
	if len(rest) == 0 || s.kind == nil {
		return
	}
	if a, ok := rest[0].(hcl.TraverseAttr); !ok || a.Name != "metrics" || len(rest) > 2 {
		p.notOfStage(s, rest.SourceRange())
		return
	}
	if len(rest) < 2 || s.kind.isGiver() { // its attributes tell which metrics there are
		return
	}
	name := stepName(rest[1])
	var names []string
	for _, m := range s.kind.Metrics {
		names = append(names, m.Name)
	}
	if !slices.Contains(names, name) {
		p.fault(rest[1].SourceRange(), "No such metric", "%s stage gives no metric %q.%s", start(withArticle(s.kind.Name)), name, nearest(name, names))
	}
}

func (p *parser) notOfStage(s *stage, at hcl.Range) {
	p.fault(at, "Unknown reference", "An expression can use a stage as a whole, or one of its metrics as in stage.%s.metrics.name, and nothing else of it.", s.name)
}

// referValidation checks a validation, which sees its own variable alone.
func (p *parser) referValidation(v *variable, e hclsyntax.Expression) {
	before := len(p.diags)
	p.referFunctions(e)
	for _, t := range e.Variables() {
		var name hcl.TraverseAttr
		if len(t) > 1 {
			name, _ = t[1].(hcl.TraverseAttr)
		}
		if t.RootName() != "var" || name.Name != v.name {
			p.fault(t.SourceRange(), "Validation refers to something else", "A validation can use var.%s alone.", v.name)
		}
	}
	if len(p.diags) > before {
		p.bad[e] = true
	}
}

func (p *parser) referDependsOn(s *stage) {
	a := s.common["depends_on"]
	if a == nil {
		return
	}
	list, ok := a.Expr.(*hclsyntax.TupleConsExpr)
	if !ok {
		p.notStages(a.Expr)
		return
	}
	for _, item := range list.Exprs {
		t, diags := hcl.AbsTraversalForExpr(item)
		var name hcl.TraverseAttr
		if len(t) == 2 && t.RootName() == "stage" {
			name, _ = t[1].(hcl.TraverseAttr)
		}
		to := p.named("stage." + name.Name)
		switch {
		case diags.HasErrors() || name.Name == "":
			p.notStages(item)
		case to == nil:
			p.noSuch("stage", name.Name, item.Range())
		default:
			s.after = append(s.after, to.stage)
			s.node.refers = append(s.node.refers, need{to, item.Range()})
		}
	}
}

func (p *parser) notStages(e hclsyntax.Expression) {
	p.fault(e.Range(), "Invalid depends_on", "depends_on is a list of whole stages, as in [stage.one, stage.two].")
}
