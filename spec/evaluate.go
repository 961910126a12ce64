package spec

import (
	"reflect"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// A stage's value is the same object type for every kind, so that conditionals
// and lists can mix stages; names of metrics are checked by refer, not by type.
var (
	taskCapsule    = cty.Capsule("stage", reflect.TypeFor[Task]())
	datasetCapsule = cty.Capsule("dataset", reflect.TypeFor[Dataset]())
	stageType      = cty.Object(map[string]cty.Type{"metrics": cty.Map(cty.Number), "task": taskCapsule})
)

// metricOf marks a metric's value, so that what depends on it is known to.
type metricOf struct{ task *Task }

// evaluate gives every node its value, in order.
func (p *parser) evaluate() {
	p.x.functions[instancesFunction], p.x.functions[membersFunction] = listed, members
	p.flags, p.fileValues = p.readGiven()
	for _, n := range p.order {
		for _, e := range n.refers {
			n.faulty = n.faulty || e.to.faulty
		}
		if !n.cyclic {
			n.value = n.eval()
			n.known = n.value.IsWhollyKnown()
		}
		if n.stage != nil {
			p.x.Tasks = append(p.x.Tasks, n.stage.tasks...)
		}
	}
	p.x.Checks = slices.DeleteFunc(p.x.Checks, func(c *Check) bool { return c.off })
}

// The functions that a splat puts before its source; their names cannot be
// written in HCL.
const (
	instancesFunction = "tasks of"
	membersFunction   = "instances of"
)

// listed turns the map of a stage's tasks, or of datasets, into their list, and
// such a map that is off into the empty list; anything else it leaves to HCL's splat.
var listed = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "stage", Type: cty.DynamicPseudoType, AllowNull: true, AllowMarked: true, AllowDynamicType: true, AllowUnknown: true}},
	Type:   func([]cty.Value) (cty.Type, error) { return cty.DynamicPseudoType, nil },
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		v, marks := args[0].Unmark()
		t := v.Type()
		if !t.IsMapType() || !t.ElementType().Equals(stageType) && !t.ElementType().Equals(datasetCapsule) {
			return args[0], nil
		}
		switch {
		case !v.IsKnown():
			return cty.DynamicVal.WithMarks(marks), nil
		case v.IsNull() || v.LengthInt() == 0:
			return cty.ListValEmpty(t.ElementType()), nil
		}
		return cty.ListVal(v.AsValueSlice()).WithMarks(marks), nil
	},
})

// members turns the instances of a module by their keys into the list of them.
var members = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "module", Type: cty.DynamicPseudoType, AllowMarked: true, AllowDynamicType: true, AllowUnknown: true}},
	Type:   func([]cty.Value) (cty.Type, error) { return cty.DynamicPseudoType, nil },
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		v, _ := args[0].Unmark() // a module's value has none itself
		if !v.IsKnown() || !v.Type().IsObjectType() {
			return cty.DynamicVal, nil
		}
		byKey, list := v.AsValueMap(), []cty.Value{}
		for _, key := range sortedKeys(byKey) {
			list = append(list, byKey[key])
		}
		return cty.TupleVal(list), nil
	},
})

// Metrics tells the metrics of a task that has a result; ok is false for others.
type Metrics func(t *Task) (metrics map[string]float64, ok bool)

// evaluator gives nodes their values for the metrics that are known.
type evaluator struct {
	x       *Experiment
	metrics Metrics // nil: values are those of parse time, when none is known
	memo    map[*node]cty.Value
	outer   *evaluator // of where x is a module, made when needed
	inner   map[*moduleInstance]*evaluator
	diags   *hcl.Diagnostics // metrics that variables of modules refuse
}

func (x *Experiment) evaluator(m Metrics) *evaluator {
	return &evaluator{x: x, metrics: m, memo: map[*node]cty.Value{}, inner: map[*moduleInstance]*evaluator{}, diags: &hcl.Diagnostics{}}
}

// within is the evaluator of what an instance of a module declares.
func (ev *evaluator) within(inst *moduleInstance) *evaluator {
	if ev.inner[inst] == nil {
		inner := inst.inner.evaluator(ev.metrics)
		inner.outer, inner.diags = ev, ev.diags
		ev.inner[inst] = inner
	}
	return ev.inner[inst]
}

// argument is the value that the block of a module gives to one of its variables
// for the metrics that are known.
func (ev *evaluator) argument(v *variable, preset cty.Value) cty.Value {
	inst := ev.x.within
	if ev.outer == nil {
		ev.outer = inst.outer.evaluator(ev.metrics)
		ev.outer.diags = ev.diags
		ev.outer.inner[inst] = ev
	}
	m := inst.module
	ctx := ev.outer.context(m.node)
	if inst.each != nil {
		ctx = inst.each.known(m.node.forEach, ctx).context(ctx)
	}
	value, diags := evaluateExpr(m.args[v.name].Expr, ctx)
	if diags.HasErrors() {
		*ev.diags = append(*ev.diags, diags...)
		return preset
	}
	g := given{value, "the module's argument", m.args[v.name].Expr.Range()}
	converted, diags := v.take(g, ev.x.functions, nil)
	*ev.diags = append(*ev.diags, diags...)
	if diags.HasErrors() {
		return preset
	}
	return converted
}

// context returns what the expressions of a node can refer to.
func (ev *evaluator) context(n *node) *hcl.EvalContext {
	byRoot := map[string]map[string]cty.Value{}
	for _, e := range n.refers {
		root, name := splitAddress(e.to.address)
		if byRoot[root] == nil {
			byRoot[root] = map[string]cty.Value{}
		}
		byRoot[root][name] = ev.value(e.to)
	}
	ctx := &hcl.EvalContext{Variables: map[string]cty.Value{}, Functions: ev.x.functions}
	for root, values := range byRoot {
		ctx.Variables[root] = cty.ObjectVal(values)
	}
	return ctx
}

// value is a node's value; only what depends on metrics is computed again.
func (ev *evaluator) value(n *node) cty.Value {
	if ev.metrics == nil {
		return n.value
	}
	if v, ok := ev.memo[n]; ok {
		return v
	}
	v := n.value
	switch {
	case n.known:
	case n.stage != nil:
		v = n.stage.value(ev.metrics)
	case n.module != nil:
		v = n.module.value(ev)
	case n.variable != nil:
		v = ev.argument(n.variable, v)
	case len(n.exprs) == 1: // a local or an output
		if got, diags := evaluateExpr(n.exprs[0], ev.context(n)); !diags.HasErrors() {
			v = got
		}
	}
	ev.memo[n] = v
	return v
}

// value evaluates one expression of a node at parse time.
func (p *parser) value(n *node, e hclsyntax.Expression) cty.Value {
	return p.valueIn(n, e, p.x.evaluator(nil).context(n))
}

func (p *parser) valueIn(n *node, e hclsyntax.Expression, ctx *hcl.EvalContext) cty.Value {
	if p.bad[e] {
		return cty.DynamicVal
	}
	v, weight, diags := evaluateWeighed(e, ctx)
	p.diags = append(p.diags, diags...)
	if diags.HasErrors() || !p.hold(weight, e.Range()) {
		n.faulty, p.bad[e] = true, true
		return cty.DynamicVal
	}
	return v
}
