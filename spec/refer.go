package spec

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// roots are the words that a reference can begin with.
var roots = []string{"var", "local", "dataset", "stage", "each"}

// refer checks every name that an expression uses against what is declared,
// before anything is evaluated, and orders the nodes by what they need.
func (p *parser) refer() {
	byName := map[string]*stage{}
	for _, s := range p.stages {
		byName[s.node.address] = s
	}
	for _, n := range p.order {
		for _, e := range n.exprs {
			if !p.referExpr(n, e, byName) {
				n.faulty, p.bad[e] = true, true
			}
		}
	}
	for _, s := range p.stages {
		p.referDependsOn(s, byName)
	}
	p.sort()
}

// referExpr checks the names in one expression and tells whether all are good.
// It also makes `stage.x[*]` mean all tasks of a stage with for_each: HCL's own
// splat would take the map of tasks for one value.
func (p *parser) referExpr(n *node, e hclsyntax.Expression, stages map[string]*stage) bool {
	before := len(p.diags)
	hclsyntax.VisitAll(e, func(x hclsyntax.Node) hcl.Diagnostics {
		switch x := x.(type) {
		case *hclsyntax.FunctionCallExpr:
			if _, ok := p.x.functions[x.Name]; !ok && x.Name != instancesFunction {
				p.fault(x.NameRange, "Unknown function", "There is no function %q.%s", x.Name, nearest(x.Name, sortedKeys(p.x.functions)))
			}
		case *hclsyntax.SplatExpr:
			p.referSplat(x, stages)
		}
		return nil
	})
	for _, t := range e.Variables() {
		p.referTraversal(n, t, stages)
	}
	return len(p.diags) == before
}

func (p *parser) referSplat(x *hclsyntax.SplatExpr, stages map[string]*stage) {
	source, ok := x.Source.(*hclsyntax.ScopeTraversalExpr)
	if !ok || source.Traversal.RootName() != "stage" || len(source.Traversal) != 2 {
		return
	}
	name, ok := source.Traversal[1].(hcl.TraverseAttr)
	s := stages["stage."+name.Name]
	if !ok || s == nil || s.forEach == nil {
		return
	}
	if each, ok := x.Each.(*hclsyntax.RelativeTraversalExpr); ok {
		p.referMetric(s, each.Traversal)
	}
	x.Source = &hclsyntax.FunctionCallExpr{Name: instancesFunction, Args: []hclsyntax.Expression{source}, NameRange: source.SrcRange, OpenParenRange: source.SrcRange, CloseParenRange: source.SrcRange}
}

func (p *parser) referTraversal(n *node, t hcl.Traversal, stages map[string]*stage) {
	root, at := t.RootName(), t.SourceRange()
	switch {
	case p.nodes["stage."+root] != nil && !contains(roots, root):
		p.fault(at, "Unknown reference", "Nothing is called %q. Did you mean \"stage.%s\"?", root, root)
		return
	case !contains(roots, root):
		p.fault(at, "Unknown reference", "A reference begins with var, local, dataset, stage or each, not with %q.%s", root, nearestOf(root, roots))
		return
	case len(t) < 2:
		p.fault(at, "Incomplete reference", "%q needs a name behind it, as in %s.name.", root, root)
		return
	}
	name, ok := t[1].(hcl.TraverseAttr)
	if !ok {
		p.fault(at, "Incomplete reference", "%q needs a name behind it, as in %s.name.", root, root)
		return
	}
	if root == "each" {
		p.referEach(n, name.Name, at)
		return
	}
	to := p.nodes[root+"."+name.Name]
	if to == nil {
		what := map[string]string{"var": "variable", "local": "local value", "dataset": "dataset", "stage": "stage"}[root]
		p.fault(at, "No such "+what, "This experiment declares no %s called %q.%s", what, name.Name, nearest(name.Name, p.declaredNames(root)))
		return
	}
	n.needs = append(n.needs, need{to, at})
	if s := stages[to.address]; s != nil {
		rest := t[2:]
		if len(rest) > 0 && s.forEach != nil {
			if _, ok := rest[0].(hcl.TraverseIndex); ok {
				rest = rest[1:]
			} else {
				p.fault(at, "Which task?", "%s has for_each, so it stands for several tasks: %s[\"…\"] is one of them, %s[*] all.", to.address, to.address, to.address)
				return
			}
		}
		p.referMetric(s, rest)
	}
}

func (p *parser) referEach(n *node, name string, at hcl.Range) {
	if !n.each {
		p.fault(at, "each without for_each", "each.key and each.value exist only in a stage or dataset that has for_each.")
	} else if name != "key" && name != "value" {
		p.fault(at, "Unknown reference", "each has a key and a value, and no %q.", name)
	}
}

// referMetric checks what follows stage.x: nothing, metrics, or metrics.NAME.
func (p *parser) referMetric(s *stage, rest hcl.Traversal) {
	if len(rest) == 0 || s.kind == nil {
		return
	}
	if a, ok := rest[0].(hcl.TraverseAttr); !ok || a.Name != "metrics" {
		p.fault(rest.SourceRange(), "Unknown reference", "An expression can use a stage as a whole, or its metrics as in stage.%s.metrics.name, and nothing else of it.", s.name)
		return
	}
	if len(rest) < 2 {
		return
	}
	if a, ok := rest[1].(hcl.TraverseAttr); ok {
		var names []string
		for _, m := range s.kind.Metrics {
			names = append(names, m.Name)
		}
		if !contains(names, a.Name) {
			p.fault(a.SrcRange, "No such metric", "A %s stage gives no metric %q.%s", s.kind.Name, a.Name, nearest(a.Name, names))
		}
	}
}

func (p *parser) referDependsOn(s *stage, stages map[string]*stage) {
	a := s.common["depends_on"]
	if a == nil {
		return
	}
	items, diags := hcl.ExprList(a.Expr)
	if diags.HasErrors() {
		p.fault(a.Expr.Range(), "Invalid depends_on", "depends_on is a list of stages, as in [stage.one, stage.two].")
		return
	}
	for _, item := range items {
		t, diags := hcl.AbsTraversalForExpr(item)
		if diags.HasErrors() || len(t) != 2 || t.RootName() != "stage" {
			p.fault(item.Range(), "Invalid depends_on", "depends_on is a list of stages, as in [stage.one, stage.two].")
			continue
		}
		name := t[1].(hcl.TraverseAttr).Name
		to := stages["stage."+name]
		if to == nil {
			p.fault(item.Range(), "No such stage", "This experiment declares no stage called %q.%s", name, nearest(name, p.declaredNames("stage")))
			continue
		}
		s.after = append(s.after, to)
		s.node.needs = append(s.node.needs, need{to.node, item.Range()})
	}
}

func (p *parser) declaredNames(root string) []string {
	var names []string
	for _, n := range p.order {
		if name, ok := strings.CutPrefix(n.address, root+"."); ok {
			names = append(names, name)
		}
	}
	return names
}

// sort puts p.order into an order in which every node follows what it needs,
// as near to the source's as that allows, and names each cycle link by link.
func (p *parser) sort() {
	var sorted []*node
	var path []*node
	var visit func(n *node)
	visit = func(n *node) {
		n.state = 1
		path = append(path, n)
		for _, e := range n.needs {
			switch e.to.state {
			case 0:
				visit(e.to)
			case 1:
				p.cycle(path, e)
			}
		}
		path = path[:len(path)-1]
		n.state = 2
		sorted = append(sorted, n)
	}
	for _, n := range p.order {
		if n.state == 0 {
			visit(n)
		}
	}
	p.order = sorted
}

func (p *parser) cycle(path []*node, back need) {
	at := 0
	for i, n := range path {
		if n == back.to {
			at = i
		}
	}
	var links []string
	loop := path[at:]
	for i, n := range loop {
		n.faulty, n.cyclic = true, true
		to := back
		if i+1 < len(loop) {
			for _, e := range n.needs {
				if e.to == loop[i+1] {
					to = e
					break
				}
			}
		}
		links = append(links, fmt.Sprintf("%s needs %s (line %d)", n.address, to.to.address, to.at.Start.Line))
	}
	p.fault(loop[0].at, "Cycle", "These need each other, so none can come first: %s.", strings.Join(links, ", "))
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// nearestOf is nearest without the list of all names.
func nearestOf(name string, valid []string) string {
	if s := nearest(name, valid); strings.HasPrefix(s, " Did") {
		return s
	}
	return ""
}

// instancesFunction turns a stage with for_each into the list of its tasks; the
// name cannot be written in HCL.
const instancesFunction = "tasks of"
