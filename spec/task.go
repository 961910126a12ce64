package spec

import (
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
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
	d := &decoder{stage: s, dir: p.dir, value: func(e hclsyntax.Expression) (cty.Value, hcl.Diagnostics) {
		return p.valueIn(s.node, e, ctx), nil
	}}
	r, pending := d.decode()
	p.diags = append(p.diags, d.diags...)
	if d.diags.HasErrors() {
		s.node.faulty = true
	}
	if !pending {
		t.resolved = r
	}
	for _, in := range r.Inputs {
		t.Needs = append(t.Needs, in.Tasks...)
	}
	t.Needs = append(t.Needs, d.after...)
	for _, other := range s.after {
		t.Needs = append(t.Needs, other.tasks...)
	}
	t.Needs = unique(t.Needs)
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
		t.Timeout, err = time.ParseDuration(v.AsString())
		if err != nil || t.Timeout <= 0 {
			return fmt.Errorf("timeout is a duration such as \"90s\" or \"2h\", not %q", v.AsString())
		}
		return nil
	})
	p.common(s, "retries", cty.Number, ctx, func(v cty.Value) error {
		n, accuracy := v.AsBigFloat().Int64()
		if accuracy != 0 || n < 0 || n > 100 {
			return fmt.Errorf("retries is a whole number from 0 to 100")
		}
		t.Retries = int(n)
		return nil
	})
}

func (p *parser) common(s *stage, name string, want cty.Type, ctx *hcl.EvalContext, use func(cty.Value) error) {
	a := s.common[name]
	if a == nil {
		return
	}
	v := p.valueIn(s.node, a.Expr, ctx)
	v, marks := v.UnmarkDeep()
	if len(marks) > 0 {
		p.fault(a.Expr.Range(), "Depends on a metric", "%q must be known before the run; a metric is known only after it.", name)
		return
	}
	converted, err := convert.Convert(v, want)
	switch {
	case err != nil:
		p.fault(a.Expr.Range(), "Wrong type", "%q is a %s.", name, want.FriendlyName())
	case converted.IsKnown() && !converted.IsNull():
		if err := use(converted); err != nil {
			p.fault(a.Expr.Range(), "Wrong value", "%s.", err)
		}
	}
}

// Follows tells whether the task needs the other, directly or through others.
func (t *Task) Follows(other *Task) bool {
	return slices.ContainsFunc(t.Needs, func(n *Task) bool { return n == other || n.Follows(other) })
}
