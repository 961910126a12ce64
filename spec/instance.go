package spec

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"

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

// known is the instance with the value that for_each gives it now that more
// metrics are known: a task can stand for another, as in for_each = stage.fit.
func (i instance) known(forEach hclsyntax.Expression, ctx *hcl.EvalContext) instance {
	if i.value.IsWhollyKnown() {
		return i
	}
	all, diags := evaluateExpr(forEach, ctx)
	if diags.HasErrors() {
		return i
	}
	all, _ = all.Unmark()
	if all.Type().IsObjectType() {
		return instance{i.key, all.GetAttr(i.key)}
	}
	return instance{i.key, all.Index(cty.StringVal(i.key))}
}

// maxTasks bounds the tasks of one stage.
const maxTasks = 100_000

// instances evaluates a for_each: a map, an object, or a set of strings, in the
// order of the keys. ok is false where there is a fault or a fault behind it.
func (p *parser) instances(n *node, e hclsyntax.Expression, ctx *hcl.EvalContext) (all []instance, ok bool) {
	v, marks := p.valueIn(n, e, ctx).Unmark()
	if len(marks) == 0 && (!v.IsKnown() || v.Type().IsSetType() && !v.IsWhollyKnown()) {
		n.faulty = true
		return nil, false // a fault that has been told
	}
	problem := ""
	switch t := v.Type(); {
	case len(marks) > 0:
		p.fault(e.Range(), "for_each depends on a metric", "Which tasks there are must be known before the run; a metric is known only after it.")
		n.faulty = true
		return nil, false
	case v.IsNull():
		problem = "for_each is null. For a stage that may be off, write when = condition."
	case t.IsTupleType() || t.IsListType():
		problem = "for_each takes a map, an object or a set of strings, and this is a list, which gives its elements no names. Write toset([...]) for strings, or { for x in [...] : \"x=${x}\" => x }."
	case t.IsSetType() && v.LengthInt() > 0 && t.ElementType() != cty.String:
		problem = "for_each takes a map, an object or a set of strings, and this set has other elements, which give the tasks no names. Write { for x in [...] : \"x=${x}\" => x }."
	case !t.IsMapType() && !t.IsObjectType() && !t.IsSetType(), t.Equals(stageType):
		problem = "for_each takes a map, an object or a set of strings, not " + described(v) + "."
	case v.LengthInt() > maxTasks:
		problem = fmt.Sprintf("for_each has %d elements, and a stage has at most %d tasks.", v.LengthInt(), maxTasks)
	default:
		all, problem = elements(v)
	}
	if problem != "" {
		p.fault(e.Range(), "Invalid for_each", "%s", problem)
		n.faulty = true
		return nil, false
	}
	return all, true
}

// elements lists what a for_each has, or says what is wrong with it.
func elements(v cty.Value) (all []instance, problem string) {
	for it := v.ElementIterator(); it.Next(); {
		key, value := it.Element()
		if v.Type().IsSetType() && value.IsNull() {
			return nil, "A set for for_each has no null in it."
		}
		if key.AsString() == "" {
			return nil, "A key of for_each is empty, and it is to name a task."
		}
		all = append(all, instance{key.AsString(), value})
	}
	slices.SortFunc(all, func(a, b instance) int { return strings.Compare(a.key, b.key) })
	return all, ""
}

// stageValue makes the tasks of a stage and the value that others see of it.
func (p *parser) stageValue(s *stage) cty.Value {
	if s.kind == nil {
		return cty.DynamicVal
	}
	ctx := p.x.evaluator(nil).context(s.node)
	if s.when != nil {
		if on, ok := p.condition(s.node, s.when, ctx); ok && !on { // a faulty one hides no other faults
			s.off = true
			p.x.off = append(p.x.off, p.prefix()+s.node.address)
			return s.value(nil)
		}
	}
	if s.forEach == nil {
		s.tasks = []*Task{p.task(s, p.prefix()+s.node.address, ctx, nil)}
		return s.value(nil)
	}
	all, ok := p.instances(s.node, s.forEach, ctx)
	if !ok {
		return cty.DynamicVal
	}
	for _, i := range all {
		address := instanceAddress(p.prefix()+s.node.address, i.key)
		t := p.x.aside.instance(address)
		if t == nil {
			t = p.task(s, address, ctx, &i)
		} else {
			t.stage = s
		}
		s.tasks = append(s.tasks, t)
	}
	return s.value(nil)
}

// condition evaluates the `when` of a stage or a check.
func (p *parser) condition(n *node, when hclsyntax.Expression, ctx *hcl.EvalContext) (on, ok bool) {
	v, marks := p.valueIn(n, when, ctx).UnmarkDeep()
	switch {
	case len(marks) > 0:
		p.fault(when.Range(), "when depends on a metric", "Whether a stage or a check is on must be known before the run; a metric is known only after it.")
	case !v.IsKnown():
		n.faulty = true
		return false, false // a fault that has been told
	case v.IsNull() || v.Type() != cty.Bool:
		p.fault(when.Range(), "Wrong type", "when is a condition, true or false, not %s.", described(v))
	default:
		return v.True(), true
	}
	n.faulty = true
	return false, false
}

// value is what expressions see of a stage: its metrics, unknown where m does
// not tell them (nil tells none), and the task itself; null where the stage is off.
func (s *stage) value(m Metrics) cty.Value {
	if s.off {
		if s.forEach != nil {
			return cty.NullVal(cty.Map(stageType))
		}
		return cty.NullVal(stageType)
	}
	switch {
	case s.forEach == nil:
		return s.tasks[0].value(s.tasks[0].metrics(m))
	case len(s.tasks) == 0:
		return cty.MapValEmpty(stageType)
	}
	return s.last.of(s.tasks, m)
}

// lastValue remembers the value of a stage with for_each: each of its tasks may
// be resolved by the same metrics of another such stage.
type lastValue struct {
	lock  sync.Mutex
	known []map[string]float64
	value cty.Value
}

func (l *lastValue) of(tasks []*Task, m Metrics) cty.Value {
	l.lock.Lock()
	defer l.lock.Unlock()
	changed := l.known == nil
	if changed {
		l.known = make([]map[string]float64, len(tasks))
	}
	for i, t := range tasks {
		if known := t.metrics(m); !sameMetrics(l.known[i], known) {
			l.known[i], changed = known, true
		}
	}
	if changed {
		all := map[string]cty.Value{}
		for i, t := range tasks {
			all[t.Instance] = t.value(l.known[i])
		}
		l.value = cty.MapVal(all)
	}
	return l.value
}

// sameMetrics is fast for the very same map, which it mostly gets.
func sameMetrics(a, b map[string]float64) bool {
	return reflect.ValueOf(a).Pointer() == reflect.ValueOf(b).Pointer() || (a == nil) == (b == nil) && maps.Equal(a, b)
}

// metrics returns the task's metrics, or nil where they are not known.
func (t *Task) metrics(m Metrics) map[string]float64 {
	if m == nil {
		return nil
	}
	known, ok := m(t)
	switch {
	case !ok:
		return nil
	case known == nil:
		return map[string]float64{}
	}
	return known
}

// value is what expressions see of a task whose metrics are known, or are not
// where known is nil.
func (t *Task) value(known map[string]float64) cty.Value {
	if known == nil && t.Gives.AnyMetric {
		return t.withMetrics(cty.UnknownVal(cty.Map(cty.Number)).Mark(metricOf{t}))
	}
	metrics := map[string]cty.Value{}
	for name, value := range known {
		metrics[name] = cty.NumberFloatVal(value).Mark(metricOf{t})
	}
	for _, g := range t.Gives.Metrics {
		if known == nil { // of those that are known, the run may have given fewer
			metrics[g.Name] = cty.UnknownVal(cty.Number).Mark(metricOf{t})
		}
	}
	byName := cty.MapValEmpty(cty.Number)
	if len(metrics) > 0 {
		byName = cty.MapVal(metrics)
	}
	return t.withMetrics(byName)
}

func (t *Task) withMetrics(byName cty.Value) cty.Value {
	return cty.ObjectVal(map[string]cty.Value{"metrics": byName, "task": cty.CapsuleVal(taskCapsule, t)})
}

func splitAddress(address string) (root, name string) {
	root, name, _ = strings.Cut(address, ".")
	return root, name
}
