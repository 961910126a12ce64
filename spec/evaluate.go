package spec

import (
	"reflect"

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
	p.x.functions[instancesFunction] = instances
	p.flags, p.fileValues = p.readGiven()
	for _, n := range p.order {
		for _, e := range n.needs {
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
}

// instancesFunction turns a stage with for_each into the list of its tasks; the
// name cannot be written in HCL.
const instancesFunction = "tasks of"

// instances turns the map of a stage's tasks into their list, and a stage that
// is off into the empty list.
var instances = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "stage", Type: cty.DynamicPseudoType, AllowNull: true, AllowMarked: true, AllowDynamicType: true, AllowUnknown: true}},
	Type:   func([]cty.Value) (cty.Type, error) { return cty.DynamicPseudoType, nil },
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		v, marks := args[0].Unmark()
		switch {
		case v.IsNull():
			return cty.ListValEmpty(stageType), nil
		case !v.IsKnown() || !v.CanIterateElements():
			return cty.DynamicVal, nil
		case v.LengthInt() == 0:
			return cty.ListValEmpty(stageType), nil
		}
		return cty.ListVal(v.AsValueSlice()).WithMarks(marks), nil
	},
})

// Metrics tells the metrics of a task that has a result; ok is false for others.
type Metrics func(t *Task) (metrics map[string]float64, ok bool)

// evaluator gives nodes their values for the metrics that are known.
type evaluator struct {
	x       *Experiment
	metrics Metrics // nil: values are those of parse time, when none is known
	memo    map[*node]cty.Value
}

func (x *Experiment) evaluator(m Metrics) *evaluator {
	return &evaluator{x: x, metrics: m, memo: map[*node]cty.Value{}}
}

// context returns what the expressions of a node can refer to.
func (ev *evaluator) context(n *node) *hcl.EvalContext {
	byRoot := map[string]map[string]cty.Value{}
	for _, e := range n.needs {
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
	case len(n.exprs) == 1: // a local
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
	v, diags := evaluateExpr(e, ctx)
	p.diags = append(p.diags, diags...)
	if diags.HasErrors() {
		n.faulty, p.bad[e] = true, true
		return cty.DynamicVal
	}
	return v
}
