package spec

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// instance is one element of a for_each.
type instance struct {
	key   string
	value cty.Value
}

func (i instance) context(parent *hcl.EvalContext) *hcl.EvalContext {
	ctx := parent.NewChild()
	ctx.Variables = map[string]cty.Value{"each": cty.ObjectVal(map[string]cty.Value{"key": cty.StringVal(i.key), "value": i.value})}
	return ctx
}

func instanceAddress(address, key string) string { return fmt.Sprintf("%s[%q]", address, key) }

// instances evaluates a for_each: a map, an object, or a set of strings, in the
// order of the keys. ok is false where there is a fault or a fault behind it.
func (p *parser) instances(n *node, e hclsyntax.Expression, ctx *hcl.EvalContext) (all []instance, ok bool) {
	v := p.valueIn(n, e, ctx)
	v, marks := v.UnmarkDeep()
	if len(marks) > 0 {
		p.fault(e.Range(), "for_each depends on a metric", "What tasks there are must be known before the run; a metric is known only after it.")
		n.faulty = true
		return nil, false
	}
	if !v.IsWhollyKnown() && n.faulty {
		return nil, false
	}
	t := v.Type()
	switch {
	case v.IsNull() || !v.IsKnown():
		p.fault(e.Range(), "Invalid for_each", "for_each needs a value that is known and not null.")
	case t.IsMapType() || t.IsObjectType():
		for k, value := range v.AsValueMap() {
			all = append(all, instance{k, value})
		}
		slices.SortFunc(all, func(a, b instance) int { return strings.Compare(a.key, b.key) })
		return all, true
	case t.IsSetType() && t.ElementType() == cty.String:
		for _, value := range v.AsValueSlice() {
			if value.IsNull() {
				p.fault(e.Range(), "Invalid for_each", "A set for for_each has no null in it.")
				n.faulty = true
				return nil, false
			}
			all = append(all, instance{value.AsString(), value})
		}
		return all, true
	case t.IsTupleType() || t.IsListType():
		p.fault(e.Range(), "Invalid for_each", "for_each takes a map, an object or a set of strings, and this is a list, which gives its elements no names. Write toset([...]) for strings, or { for x in ... : \"x=${x}\" => x }.")
	default:
		p.fault(e.Range(), "Invalid for_each", "for_each takes a map, an object or a set of strings, not a %s.", t.FriendlyName())
	}
	n.faulty = true
	return nil, false
}

// stageValue makes the tasks of a stage and the value that others see of it.
func (p *parser) stageValue(s *stage) cty.Value {
	if s.kind == nil {
		return cty.DynamicVal
	}
	ctx := p.x.evaluator(noMetrics).context(s.node)
	s.node.stage = s
	if s.when != nil {
		on, ok := p.condition(s, ctx)
		if !ok {
			return cty.DynamicVal
		}
		if !on {
			s.off = true
			return s.value(noMetrics)
		}
	}
	if s.forEach == nil {
		s.tasks = []*Task{p.task(s, s.node.address, ctx, nil)}
		return s.value(noMetrics)
	}
	all, ok := p.instances(s.node, s.forEach, ctx)
	if !ok {
		return cty.DynamicVal
	}
	for _, i := range all {
		t := p.task(s, instanceAddress(s.node.address, i.key), ctx, &i)
		s.tasks = append(s.tasks, t)
	}
	return s.value(noMetrics)
}

// condition evaluates `when`.
func (p *parser) condition(s *stage, ctx *hcl.EvalContext) (on, ok bool) {
	for _, t := range s.when.Variables() {
		if t.RootName() == "each" {
			p.fault(s.when.Range(), "when uses each", "when turns a whole stage on or off; to leave out some tasks, leave them out of for_each.")
			s.node.faulty = true
			return false, false
		}
	}
	v := p.valueIn(s.node, s.when, ctx)
	v, marks := v.UnmarkDeep()
	switch {
	case len(marks) > 0:
		p.fault(s.when.Range(), "when depends on a metric", "Whether a stage is on must be known before the run; a metric is known only after it.")
	case !v.IsKnown() && s.node.faulty:
		return false, false
	case !v.IsKnown() || v.IsNull() || v.Type() != cty.Bool:
		p.fault(s.when.Range(), "Wrong type", "when is a condition: true or false.")
	default:
		return v.True(), true
	}
	s.node.faulty = true
	return false, false
}

// value is what expressions see of a stage: its metrics, unknown before they
// are known, and the task itself; null where the stage is off.
func (s *stage) value(m Metrics) cty.Value {
	if s.off {
		if s.forEach != nil {
			return cty.NullVal(cty.Map(stageType))
		}
		return cty.NullVal(stageType)
	}
	one := func(t *Task) cty.Value {
		metrics := map[string]cty.Value{}
		known, ok := m(t)
		for _, g := range s.kind.Metrics {
			v := cty.UnknownVal(cty.Number)
			if value, given := known[g.Name]; given {
				v = cty.NumberFloatVal(value)
			} else if ok {
				continue
			}
			metrics[g.Name] = v.Mark(metricOf{t})
		}
		byName := cty.MapValEmpty(cty.Number)
		if len(metrics) > 0 {
			byName = cty.MapVal(metrics)
		}
		return cty.ObjectVal(map[string]cty.Value{"metrics": byName, "task": cty.CapsuleVal(taskCapsule, t)})
	}
	if s.forEach == nil {
		return one(s.tasks[0])
	}
	if len(s.tasks) == 0 {
		return cty.MapValEmpty(stageType)
	}
	all := map[string]cty.Value{}
	for _, t := range s.tasks {
		all[t.Instance] = one(t)
	}
	return cty.MapVal(all)
}

func splitAddress(address string) (root, name string) {
	root, name, _ = strings.Cut(address, ".")
	return root, name
}
