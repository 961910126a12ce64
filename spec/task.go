package spec

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// task makes one task of a stage at parse time: its attributes are checked, and
// kept where all are known already.
func (p *parser) task(s *stage, address string, ctx *hcl.EvalContext, each *instance) *Task {
	at := s.block.DefRange()
	t := &Task{Address: address, Stage: s.name, Kind: s.kind, Cache: true, stage: s, each: each, x: p.x,
		Where: fmt.Sprintf("%s:%d", at.Filename, at.Start.Line)}
	if each != nil {
		t.Instance = each.key
		ctx = each.context(ctx)
	}
	// A fault of one instance is not told again of the others.
	d := &decoder{stage: s, address: address, dir: p.dir, reads: p.x.reads, bad: p.bad, value: func(e hclsyntax.Expression) (cty.Value, hcl.Diagnostics) {
		return p.valueIn(s.node, e, ctx), nil
	}}
	r, pending := d.decode()
	d.missing(r)
	p.diags = append(p.diags, d.diags...)
	if d.diags.HasErrors() {
		s.node.faulty, s.faulty = true, true
	}
	if !pending {
		t.resolved = r
	}
	t.Gives = s.kind.outputs()
	if g, ok := r.Method.(Giver); ok {
		t.Gives = g.Gives()
	}
	for _, in := range r.Inputs {
		t.Needs = append(t.Needs, in.Tasks...)
	}
	t.Takes = unique(t.Needs)
	t.Needs = append(t.Needs, d.after...)
	data := len(unique(t.Needs))
	for _, other := range s.after {
		t.Needs = append(t.Needs, other.tasks...)
	}
	t.Needs = unique(t.Needs)
	t.After = t.Needs[data:]
	p.commonAttributes(s, t, ctx)
	return t
}

func unique(tasks []*Task) []*Task {
	var out []*Task
	seen := map[*Task]bool{}
	for _, t := range tasks {
		if !seen[t] {
			seen[t] = true
			out = append(out, t)
		}
	}
	return out
}

// commonAttributes reads what every stage may have and what never enters a key.
func (p *parser) commonAttributes(s *stage, t *Task, ctx *hcl.EvalContext) {
	p.common(s, "description", cty.String, ctx, func(v cty.Value) error {
		t.Description = v.AsString()
		return nil
	})
	p.common(s, "cache", cty.Bool, ctx, func(v cty.Value) error {
		t.Cache = v.True()
		return nil
	})
	p.common(s, "timeout", cty.String, ctx, func(v cty.Value) (err error) {
		t.Timeout, err = parseDuration("timeout", v.AsString())
		return err
	})
	p.common(s, "retries", cty.Number, ctx, func(v cty.Value) error {
		n, accuracy := v.AsBigFloat().Int64()
		if accuracy != 0 || n < 0 || n > 100 {
			return fmt.Errorf("retries is a whole number from 0 to 100, not %s", valueText(v))
		}
		t.Retries = int(n)
		return nil
	})
	p.resources(s, t, ctx)
}

func (p *parser) common(s *stage, name string, want cty.Type, ctx *hcl.EvalContext, use func(cty.Value) error) {
	p.setting(s, s.common[name], want, ctx, use)
}

// setting evaluates an attribute that says how a task runs, never what it gives.
func (p *parser) setting(s *stage, a *hclsyntax.Attribute, want cty.Type, ctx *hcl.EvalContext, use func(cty.Value) error) {
	if a == nil {
		return
	}
	name := a.Name
	v, marks := p.valueIn(s.node, a.Expr, ctx).UnmarkDeep()
	converted, err := convertTo(v, want)
	switch {
	case len(marks) > 0:
		p.fault(a.Expr.Range(), "Depends on a metric", "%q must be known before the run; a metric is known only after it.", name)
	case err != nil:
		p.fault(a.Expr.Range(), "Wrong type", "%q takes a %s, not %s.", name, typeWords(want), described(v))
	case !converted.IsKnown() || converted.IsNull():
		return // a fault that has been told, or as if not given
	default:
		if err = use(converted); err == nil {
			return
		}
		p.fault(a.Expr.Range(), "Wrong value", "%s.", err)
	}
	p.bad[a.Expr] = true
}
