package spec

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// moduleValue reads the module for each of its instances; its value is what its
// outputs are.
func (p *parser) moduleValue(m *module) cty.Value {
	if m.sources == nil {
		return cty.DynamicVal
	}
	ctx := p.x.evaluator(nil).context(m.node)
	if m.node.forEach == nil {
		p.instantiate(m, nil, ctx)
		return m.value(p.x.evaluator(nil))
	}
	all, ok := p.instances(m.node, m.node.forEach, ctx)
	if !ok {
		return cty.DynamicVal
	}
	told := map[string]bool{}
	for _, i := range all {
		if p.modules.count > maxModules {
			p.fault(m.node.at, "Too many modules", "This experiment has more than %d instances of modules.", maxModules)
			m.node.faulty = true
			return cty.DynamicVal
		}
		before := len(p.diags)
		p.instantiate(m, &i, ctx)
		p.tellOnce(before, told)
	}
	return m.value(p.x.evaluator(nil))
}

// tellOnce drops the diagnostics from the one at first on that tell of a fault
// that another instance has been told to have.
func (p *parser) tellOnce(first int, told map[string]bool) {
	place := func(d *hcl.Diagnostic) string {
		if d.Subject == nil {
			return d.Summary
		}
		return d.Subject.String() + d.Summary
	}
	fresh := slices.DeleteFunc(p.diags[first:], func(d *hcl.Diagnostic) bool { return told[place(d)] })
	p.diags = p.diags[:first+len(fresh)]
	for _, d := range fresh {
		told[place(d)] = true
	}
}

// instantiate reads the module's folder with the values that the block gives to
// its variables.
func (p *parser) instantiate(m *module, each *instance, ctx *hcl.EvalContext) {
	inst := &moduleInstance{module: m, address: p.prefix() + m.node.address, each: each, outer: p.x, values: map[string]cty.Value{}}
	if each != nil {
		inst.address = instanceAddress(inst.address, each.key)
		ctx = each.context(ctx)
	}
	for _, name := range sortedKeys(m.args) {
		inst.values[name] = p.valueIn(m.node, m.args[name].Expr, ctx)
	}
	inst.faulty = m.node.faulty
	child := newParser(m.dir, p.kinds, p.x.reads)
	child.files, child.modules = p.files, p.modules
	child.x.files, child.x.within = p.files, inst
	inst.inner = child.x
	p.modules.count++
	child.read(m.files, m.sources)
	p.diags = append(p.diags, p.placed(inst, child.diags)...)
	m.node.faulty = m.node.faulty || child.diags.HasErrors()
	m.instances = append(m.instances, inst)
	p.x.Tasks = append(p.x.Tasks, child.x.Tasks...)
	p.x.Checks = append(p.x.Checks, child.x.Checks...)
	p.x.off = append(p.x.off, child.x.off...)
}

// placed says of faults in a module's files which block reads them; a fault that
// several blocks meet is told of the first.
func (p *parser) placed(inst *moduleInstance, diags hcl.Diagnostics) (out hcl.Diagnostics) {
	at := inst.module.node.at
	for _, d := range diags {
		if d.Extra == nil && d.Subject != nil && slices.Contains(inst.module.files, d.Subject.Filename) {
			text := d.Subject.String() + d.Summary + d.Detail
			if p.modules.told[text] {
				continue
			}
			p.modules.told[text] = true
			d.Extra = inst // it has been placed
			d.Detail += fmt.Sprintf(" This is in %s, which stands at %s:%d.", inst.address, at.Filename, at.Start.Line)
		}
		out = append(out, d)
	}
	return out
}
